"""Programs that always end: each in a group of its own, with a deadline and a
bound on what is kept of its output."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import threading
import time

from .failure import Failure, Interrupted, printable, require

FLOOD = 1 << 20      # bytes of output that no test of ours comes near
FAREWELL = 3         # seconds that a program has to end when asked to
GLANCE = 0.02        # seconds between looks whether it has


def has_ended(process):
    """It is not reaped: as long as it is there, nobody else's process or group
    can have its number. Only where Python has no waitid (macOS, before Python
    3.13) is the number free for the moment until its group is ended."""
    if not hasattr(os, "waitid"):
        return process.poll() is not None
    return bool(os.waitid(os.P_PID, process.pid,
                          os.WEXITED | os.WNOHANG | os.WNOWAIT))


def ends_within(process, seconds):
    """Whether it ends in that time."""
    until = time.monotonic() + seconds
    while not has_ended(process):
        if time.monotonic() >= until:
            return False
        time.sleep(GLANCE)
    return True


def signal_group(process, number):
    """There may be nobody left in it; of a group of whom all have ended and
    none was reaped, macOS says that it is not ours."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


# What runs a program that ends with us, even if we are killed. It is Linux's;
# without it such a program stays.
LEASH = ["setpriv", "--pdeathsig", "KILL"]


class Groups:
    """Starts programs in groups of their own, from any thread, until it is
    interrupted; and ends them with all that they have started."""

    def __init__(self):
        self._lock = threading.Lock()
        self._started = set()  # and not ended by us
        self.interrupted = False

    def start(self, command, **options):
        with self._lock:
            if self.interrupted:
                raise Interrupted
            process = subprocess.Popen(
                [*(LEASH if shutil.which(LEASH[0]) else []), *command],
                start_new_session=True, **options)
            self._started.add(process)
            return process

    def end(self, process, politely=False):
        """End it with its group; gives its exit status. Make, asked politely,
        removes what it has only half made."""
        if process in self._started:
            if politely and not has_ended(process):
                signal_group(process, signal.SIGTERM)
                ends_within(process, FAREWELL)
            # The group may outlive the process that leads it.
            signal_group(process, signal.SIGKILL)
            process.wait()
            self._started.discard(process)
        return process.returncode

    def interrupt(self):
        """Nothing starts any more; who waits for output raises Interrupted
        and ends what it runs."""
        with self._lock:
            self.interrupted = True


class Program:
    """A program that runs, and what it has printed so far. The output is
    bounded: a program that floods fails the test."""

    polite = False

    def __init__(self, groups, command, deadline, **options):
        self._groups = groups
        self._deadline = deadline
        self._began = time.monotonic()
        self.output = ""
        self._ended = False
        try:
            self._process = groups.start(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, bufsize=0, **options)
        except OSError as error:
            raise Failure(f"{command[0]} runs", error.strerror) from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._groups.end(self._process, self.polite)
        self._process.stdin.close()
        self._process.stdout.close()

    def read(self, expected, deadline=None):
        """Add to the output what comes next; False at its end. Fails when the
        time is up, or when too much has come."""
        limit = self._deadline if deadline is None else deadline
        while not self._ended:
            if self._groups.interrupted:
                raise Interrupted
            left = limit - time.monotonic()
            if left <= 0:
                took = round(limit - self._began, 1)
                raise Failure(expected,
                              f"not that within {took:g} s: it hangs")
            ready, _, _ = select.select([self._process.stdout], [], [],
                                        min(left, 0.2))
            if ready:
                break
        else:
            return False
        chunk = os.read(self._process.stdout.fileno(), 1 << 16)
        self._ended = not chunk
        self.output += printable(chunk.decode("latin-1"))
        require(len(self.output) <= FLOOD, expected,
                f"a flood: more than {FLOOD >> 20} MiB of output")
        return not self._ended

    def finish(self, expected):
        """Wait for the end; gives the exit status."""
        while self.read(expected):
            pass
        require(ends_within(self._process, FAREWELL), expected,
                "the end of its output: it hangs")
        return self._groups.end(self._process)

    def ended_with(self):
        """After the end of the output: how it ended, in words."""
        if not ends_within(self._process, FAREWELL):
            return "the end of the output"
        return f"its end, with status {self._groups.end(self._process)}"


class Make(Program):
    """A run of make, which must have the time to clean up."""

    polite = True
