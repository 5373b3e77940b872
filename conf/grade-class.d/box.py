"""Do one piece of work in a box: box.py <ORDER >OUTCOME, both in JSON.

The order "build" makes the clean handout, in its place; "grade" takes a
submission, lays it over a copy of that, and runs the handout's grade script;
"probe" only starts a program. Whatever the work starts ends with the box.
"""

import ctypes
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import root

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38

MOST_DISK = 512 << 20    # bytes, all files together
MOST_OUTPUT = 1 << 20    # bytes kept of what a program says
MOST_REPORT = 32 << 20
UNPACK_LIMIT = 120       # seconds
PROBE_LIMIT = 10         # seconds for a program that does nothing
BUILD_LIMIT = 600        # seconds for the handout

# (now, at most). Nothing that a submission can influence goes beyond the
# first; QEMU, which is ours, asks for the second.
LIMITS = {
    resource.RLIMIT_AS: (1 << 30, 8 << 30),
    resource.RLIMIT_CPU: (60, 3600),
    resource.RLIMIT_FSIZE: (64 << 20, 64 << 20),
    resource.RLIMIT_NOFILE: (256, 256),
    resource.RLIMIT_CORE: (0, 0),
}
MOST_PROCESSES = 256

QEMU_PROGRAM = """#!/bin/sh
ulimit -S -v "$(ulimit -H -v)"
ulimit -S -t "$(ulimit -H -t)"
exec {qemu} "$@"
"""
TOO_LONG = "it took longer than {limit:g} s"

prctl = root.libc.prctl


class Unfinished(Exception):
    """Why there is no report: the student's own doing."""


def limit(resource_number, wanted):
    """Set a limit, or what the system allows of it."""
    allowed = resource.getrlimit(resource_number)[1]
    if allowed != resource.RLIM_INFINITY:
        wanted = tuple(min(value, allowed) for value in wanted)
    resource.setrlimit(resource_number, wanted)


class Box:
    """Where the work is done: /lab of a root of its own, or, without
    namespaces, a folder among others."""

    def __init__(self, order):
        self.order = order
        self.isolated = order["isolated"]
        self.lab = Path("/lab" if self.isolated else order["place"])
        self.user = order["user"] if order["work"] != "build" else None
        self.submission = order.get("submission")
        self.base = order["base"]
        self.tools = order["tools"]

    def enter(self):
        if self.isolated:
            self._enter_root()
        else:
            # Orphans come to us, and are ended when we end.
            prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            prctl(PR_SET_CHILD_SUBREAPER, 1)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        (self.lab / "tmp").mkdir(parents=True)
        for number, wanted in LIMITS.items():
            limit(number, wanted)
        if self.isolated:  # else it would count all that the user runs
            limit(resource.RLIMIT_NPROC, (MOST_PROCESSES, MOST_PROCESSES))
        qemu = self.lab / "qemu"
        qemu.write_text(QEMU_PROGRAM.format(qemu=self.order["qemu"]))
        qemu.chmod(0o755)
        self._give(self.lab, self.lab / "tmp")

    def _give(self, *paths):
        """Let the box's own user have them, if it has one."""
        if self.user is not None:
            for path in paths:
                os.chown(path, self.user, self.user, follow_symlinks=False)

    def _enter_root(self):
        building = self.order["work"] == "build"
        own = [(self.tools, "lab/tools", False),
               (self.base, "lab/tree" if building else "lab/base", building)]
        if self.submission:
            own.append((self.submission, "lab/submission", False))
            self.submission = "/lab/submission"
        root.enter(self.order["place"], MOST_DISK, self.order["readable"], own)
        self.base = "/lab/tree" if building else "/lab/base"
        self.tools = "/lab/tools"

    def run(self, command, seconds, folder, user=None):
        """(exit status, or None if the time was up; what it said)."""
        environment = {
            "PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C",
            "HOME": str(self.lab), "TMPDIR": str(self.lab / "tmp"),
            "GIT_CONFIG_NOSYSTEM": "1", "QEMU": str(self.lab / "qemu"),
            "MAKE": self.order["make"], "PYTHONDONTWRITEBYTECODE": "1"}
        with open(self.lab / "output", "w+b") as output:
            process = subprocess.Popen(
                command, cwd=folder, env=environment, stdout=output,
                stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                start_new_session=True, user=user, group=user,
                extra_groups=None if user is None else [])
            try:
                status = process.wait(seconds)
            except subprocess.TimeoutExpired:
                status = None
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            output.seek(0)
            said = output.read(MOST_OUTPUT)
        return status, said.decode("utf-8", "replace")

    def probe(self):
        status, said = self.run(["true"], PROBE_LIMIT, self.lab, self.user)
        if status != 0:
            raise RuntimeError(said)
        return {}

    def build(self):
        """The handout, and what its grade script says of its tests."""
        status, said = self.run(
            [self.order["make"], f"-j{self.order['jobs']}", "all"],
            BUILD_LIMIT, self.base)
        if status != 0:
            raise Unfinished(f"the clean handout does not build:\n{said}")
        status, said = self.run([sys.executable, self.order["script"],
                                 "--list"], BUILD_LIMIT, self.base)
        if status != 0:
            raise Unfinished(f"its grade script does not run:\n{said}")
        return {"list": said}

    def grade(self):
        os.sched_setaffinity(0, {self.order["core"]})
        tree = self.lab / "tree"
        # Times are copied, too: what the student's files do not touch is
        # not made again.
        shutil.copytree(self.base, tree, symlinks=True)
        missing = self._take(tree)
        self._give(tree, *tree.rglob("*"))
        status, said = self.run(
            [sys.executable, self.order["script"], "--jobs", "1",
             "--json", self.lab / "json", "--gradescope", self.lab / "scope",
             *self.order["options"]], self.order["limit"], tree, self.user)
        if status is None:
            raise Unfinished("the grading was ended: " +
                             TOO_LONG.format(**self.order))
        if not (self.lab / "scope").exists():
            raise RuntimeError(f"the grade script, status {status}:\n{said}")
        return {"missing": missing, "said": said,
                "report": self._report("json"),
                "scope": self._report("scope")}

    def _take(self, tree):
        status, said = self.run(
            [sys.executable, "-I", f"{self.tools}/unpack.py", self.submission,
             tree], UNPACK_LIMIT, self.lab)
        if status == 1:
            raise Unfinished(said.strip())
        if status != 0:
            why = (TOO_LONG.format(limit=UNPACK_LIMIT) if status is None else
                   f"its unpacking ended with status {status}")
            raise Unfinished(f"it cannot be unpacked: {why}")
        return said.split()

    def _report(self, name):
        with open(self.lab / name, encoding="utf-8") as file:
            return json.loads(file.read(MOST_REPORT))


def children():
    """The processes whose parent we are."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text("latin-1").rsplit(")", 1)[1].split()
            if int(fields[1]) == os.getpid():
                yield int(path.parent.name)


def end_descendants():
    """A child's children become ours when it ends."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        for pid in children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def main():
    order = json.load(sys.stdin)
    box = Box(order)
    try:
        box.enter()
        outcome = {"build": box.build, "grade": box.grade,
                   "probe": box.probe}[order["work"]]()
    except Unfinished as reason:
        outcome = {"unfinished": str(reason)}
    finally:
        # A process namespace ends with its first process, which we are.
        if not box.isolated:
            end_descendants()
    json.dump(outcome, sys.stdout)


if __name__ == "__main__":
    main()
