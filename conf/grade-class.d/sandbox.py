"""Boxes, seen from outside: each does one piece of work (see box.py)."""

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
PROBE_LIMIT = 30  # seconds
SPARE = 180       # seconds beyond its limit until a box is given up
FAREWELL = 30     # seconds for one to end what it has started
GLANCE = 0.2      # seconds between looks whether to go on

# It ends when we do, and what is in it ends with it.
NAMESPACES = ["setpriv", "--pdeathsig", "KILL", "unshare", "--user",
              "--map-root-user", "--net", "--pid", "--ipc", "--uts",
              "--mount", "--fork", "--kill-child=KILL"]

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
        self.isolated = False
        self.complaint = None
        reason = "not wanted" if not namespaces else self._probe()
        if reason:
            self.complaint = NO_NAMESPACES.format(reason=reason)
        else:
            self.isolated = True

    def _probe(self):
        """Why boxes cannot be had; None if they can."""
        try:
            self.run("probe", PROBE_LIMIT, isolated=True)
        except BoxFailed as error:
            return str(error).splitlines()[-1]
        return None

    def _readable(self):
        """Python may live anywhere."""
        return [*dict.fromkeys([sys.prefix, sys.base_prefix]), *self._show]

    def _order(self, work, place, isolated):
        qemu = os.environ.get("QEMU", "qemu-system-riscv64")
        base = self._work / "tree"
        return {"work": work, "place": str(place), "isolated": isolated,
                "base": str(base), "tools": str(TOOLS),
                "readable": self._readable(), "script": self._script,
                "qemu": shutil.which(qemu) or qemu}

    def run(self, work, limit, isolated=None, **more):
        """Have a box do a piece of work, which it ends by itself about when
        the limit is reached; gives its outcome. BoxFailed if there is
        none."""
        if isolated is None:
            isolated = self.isolated
        place = tempfile.mkdtemp(prefix="box-", dir=self._work)
        order = {**self._order(work, place, isolated), "limit": limit, **more}
        command = [sys.executable, "-B", str(TOOLS / "box.py")]
        if isolated:
            command = NAMESPACES + command
        try:
            return self._outcome(command, isolated, json.dumps(order), limit)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _outcome(self, command, isolated, order, limit):
        process = self._start(command)
        # Killed, unshare takes its namespaces along. A box without them is
        # asked to end, and ends what it has started.
        stop = signal.SIGKILL if isolated else signal.SIGTERM
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
