"""What a text says that one types and sees, played for real.

A block of the text is a list of lines:

    host$ make qemu CPUS=1     start this machine in place of the one before
    host$ make qemu-gdb ...    the same, waiting for gdb
    host$ make gdb             meet it
    $ ls                       at the system's prompt; while gdb's `continue`
                               runs, in the other window
    (gdb) bt                   at gdb's prompt
    anything else              what comes; a line of `...` is any lines, `...`
                               within a line anything, 0x... any digits, of
                               which the last may be given: 0x...d7
"""

import os
import re
import shlex
import signal

import pexpect

from lib.build import DEBUG, NORMAL, ROOT
from lib.machine import LIMIT, PROMPT, Machine, MachineError, free_port

GDB_PROMPT = r"(?:^|\n)\(gdb\) "
TYPED = re.compile(r"(host\$|\$|\(gdb\)) (.*)")


def pattern_of(lines):
    """The regular expression of lines that a text shows."""
    pattern = ""
    for line in lines:
        if line == "...":
            pattern += r"(?:[^\n]*\n)*?"
            continue
        line = re.escape(line).replace(r"0x\.\.\.", "0x[0-9a-f]*")
        pattern += line.replace(r"\.\.\.", r"[^\n]*?") + r" *\n"
    return re.compile(pattern)


def same(shown, came):
    """Whether this came, by what is shown of it."""
    came = came.replace("\r", "").strip("\n")
    return pattern_of(shown).fullmatch(came + "\n" if came else "") is not None


def steps_of(lines):
    """(where, what is typed, the lines that come) of each step."""
    steps = []
    for line in lines:
        typed = TYPED.fullmatch(line)
        if typed:
            steps.append((typed[1], typed[2], []))
        elif not steps:
            raise ValueError(f"nothing was typed before: {line}")
        else:
            steps[-1][2].append(line)
    return steps


class Gdb:
    """make gdb."""

    def __init__(self, build, port, folder):
        script = folder / "gdbinit"
        script.write_text(
            (ROOT / "conf" / "gdbinit.tmpl").read_text()
            .replace("@PORT@", str(port))
            .replace("@KERNEL@", str(build.kernel)))
        command = build.make("-n", "gdb")[1].splitlines()[-1].split()[0]
        self._gdb = pexpect.spawn(
            command, ["-q", "-nx", "-iex", "set editing off",
                      "-iex", "set width 0", "-iex", "set style enabled off",
                      "-x", str(script)], cwd=ROOT, echo=False, timeout=LIMIT,
            encoding="utf-8", env=os.environ | {"TERM": "dumb"})
        self._gdb.delaybeforesend = None
        self.wait()

    def type(self, command):
        self._gdb.send(command + "\n")

    def wait(self):
        """What came before the next prompt."""
        try:
            self._gdb.expect(GDB_PROMPT)
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise MachineError(f"gdb does not come back; its last:\n"
                               f"{self._gdb.before[-3000:]}") from None
        return self._gdb.before

    def close(self):
        if self._gdb.isalive():
            os.kill(self._gdb.pid, signal.SIGKILL)
            self._gdb.wait()
        self._gdb.close()


class Session:
    """Use it as a context: what it has started ends with it. Programs of the
    image, beside the build's, come from `image`, which is copied."""

    def __init__(self, folder, image=None):
        self._folder, self._image = folder, image
        self._machine = self._gdb = self._port = None
        self._waits_for_boot = False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()

    def _end(self):
        if self._gdb is not None:
            self._gdb.close()
        if self._machine is not None:
            self._machine.close()
        self._machine = self._gdb = None

    def play(self, lines):
        """Type what the block says; gives what is wrong with what comes."""
        steps, wrong = steps_of(lines), []
        for at, (where, typed, shown) in enumerate(steps):
            following = steps[at + 1][0] if at + 1 < len(steps) else ""
            came = self._step(where, typed, following)
            if came is not None and not same(shown, came):
                wrong.append(f"after `{typed}` the text shows\n" +
                             "\n".join(shown) + "\nand this came:\n" + came)
        return wrong

    def _step(self, where, typed, following):
        """What came; None if that comes with a later step."""
        if where == "host$":
            return self._host(shlex.split(typed))
        if where == "(gdb)":
            self._gdb.type(typed)
            if following == "$":
                return None
            return self._gdb.wait()
        if self._gdb is None:
            return self._machine.run(typed)
        if self._waits_for_boot:
            self._machine.expect(PROMPT)
            self._waits_for_boot = False
        self._machine.type(typed + "\n")
        return self._gdb.wait()

    def _host(self, words):
        if words == ["make", "gdb"]:
            self._gdb = Gdb(self._machine.build, self._port, self._folder)
            return ""
        assert words[0] == "make", words
        goal = next(word for word in words[1:] if "=" not in word)
        given = dict(word.split("=", 1) for word in words[1:] if "=" in word)
        extra = shlex.split(given.pop("QEMUEXTRA", ""))
        build = DEBUG if given.pop("DEBUG", "") else NORMAL
        options = {"cpus": int(given.pop("CPUS", 3)),
                   "bios": given.pop("BIOS", "none"),
                   "mem": given.pop("MEM", "128M")}
        assert goal in ("qemu", "qemu-gdb") and not given, words

        self._end()
        if self._image is not None:
            options["image"] = self._folder / "fs.img"
            options["image"].write_bytes(self._image.read_bytes())
        if goal == "qemu-gdb":
            self._port = free_port()
            extra += ["-S", "-gdb", f"tcp:127.0.0.1:{self._port}"]
        self._machine = Machine(build, bootargs="", extra=extra, **options)
        self._waits_for_boot = goal == "qemu-gdb"
        if self._waits_for_boot:
            return ""
        return self._machine.boot().removesuffix("$ ")
