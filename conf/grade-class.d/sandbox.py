"""Boxes, seen from outside: each does one piece of work (see box.py)."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

TOOLS = Path(__file__).resolve().parent

sys.path.insert(0, str(TOOLS.parent))
from labgrade.gnumake import make_command  # noqa: E402

PROBE_LIMIT = 30  # seconds
SPARE = 180       # seconds beyond its limit until a box is given up
FAREWELL = 30     # seconds for one to end what it has started
GLANCE = 0.2      # seconds between looks whether to go on

# It ends when we do, and what is in it ends with it.
NAMESPACES = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "--pid",
              "--ipc", "--uts", "--mount", "--fork", "--kill-child=KILL"]
# A user namespace gives anybody the right to the others. Root has it, and the
# numbers of users that nobody has: no limit on processes holds for root.
AS_ANYBODY = ["--user", "--map-root-user"]
FIRST_USER = 1 << 30

NO_NAMESPACES = """\
grade-class: no namespaces on this system ({reason}).
  The limits on time, memory and output hold, and nothing stays running; but a
  compiler can read this machine's files for a submission, so look at the logs
  before you hand them out, and each submission's build takes longer."""


class BoxFailed(Exception):
    """The grader's own failure: nobody's grade."""


class Interrupted(Exception):
    """The run is to end."""


class Sandbox:
    """Starts boxes, from any thread, until it is closed."""

    def __init__(self, work, script, show=(), namespaces=True):
        self._work = work
        self._script = script
        self._show = [str(path) for path in show]
        self._closed = False
        self._users = itertools.count(FIRST_USER)
        self._as_root = False
        self.isolated = namespaces
        self.complaint = None
        reason = self._probe() if namespaces else "not wanted"
        if reason:
            self.isolated = False
            self.complaint = NO_NAMESPACES.format(reason=reason)

    def _probe(self):
        """Why boxes cannot be had; None if they can, one way or another."""
        for self._as_root in (True, False) if os.getuid() == 0 else (False,):
            try:
                self.run("probe", PROBE_LIMIT)
                return None
            except BoxFailed as error:
                reason = str(error).splitlines()[-1]
        return reason

    def _command(self):
        command = [sys.executable, "-B", str(TOOLS / "box.py")]
        if not self.isolated:
            return command
        return NAMESPACES + ([] if self._as_root else AS_ANYBODY) + command

    def _readable(self):
        """Python may live anywhere."""
        return [*dict.fromkeys([sys.prefix, sys.base_prefix]), *self._show]

    def _order(self, work, place):
        qemu = os.environ.get("QEMU", "qemu-system-riscv64")
        base = self._work / "tree"
        user = next(self._users) if self._as_root else None
        return {"work": work, "place": place, "isolated": self.isolated,
                "user": user,
                "base": str(base), "tools": str(TOOLS),
                "readable": self._readable(), "script": self._script,
                "make": make_command(), "qemu": shutil.which(qemu) or qemu}

    def run(self, work, limit, **more):
        """Have a box do a piece of work, which it ends by itself about when
        the limit is reached; gives its outcome. BoxFailed if there is
        none."""
        place = tempfile.mkdtemp(prefix="box-", dir=self._work)
        order = {**self._order(work, place), "limit": limit, **more}
        try:
            return self._outcome(json.dumps(order), limit)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _outcome(self, order, limit):
        process = self._start(self._command())
        # Killed, unshare takes its namespaces along. A box without them is
        # asked to end, and ends what it has started.
        stop = signal.SIGKILL if self.isolated else signal.SIGTERM
        until = time.monotonic() + limit + SPARE
        try:
            output, errors = self._communicate(process, order, until)
        finally:
            self._end(process, stop)
        try:
            return json.loads(output)
        except ValueError:
            raise BoxFailed(errors.strip() or f"status {process.returncode}"
                            ) from None

    def _communicate(self, process, order, until):
        """What it says, unless it is late or we are closed."""
        while True:
            try:
                said = process.communicate(order, GLANCE)
            except subprocess.TimeoutExpired:
                said, order = None, None
            if self._closed:
                raise Interrupted
            if said:
                return said
            if time.monotonic() > until:
                raise BoxFailed("it does not end")

    def _start(self, command):
        if self._closed:
            raise Interrupted
        try:
            # A session of its own: ^C is ours.
            return subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True, encoding="utf-8",
                errors="replace", start_new_session=True)
        except OSError as error:
            raise BoxFailed(f"{command[0]}: {error.strerror}") from None

    @staticmethod
    def _end(process, stop):
        if process.poll() is None:
            process.send_signal(stop)
            with suppress(subprocess.TimeoutExpired):
                process.wait(FAREWELL)
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()

    def close(self):
        """Nothing starts any more, and what runs is ended by whoever waits
        for it."""
        self._closed = True
