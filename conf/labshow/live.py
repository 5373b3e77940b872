"""Tables from a machine that runs: a script's lines are typed at its shell,
and after each step the tables of all processes are asked for. What comes of it
is a console's text, as a person could have made it by hand."""

import re
from dataclasses import dataclass, field

from lib.machine import Machine, MachineError

LIST = "\x10"  # ^P
LISTED = re.compile(r"^(\d+) (\w+) \S", re.M)
GONE = ("zombie", "ending", "unused", "new")
LIMIT = 60  # seconds for one command


class Refused(Exception):
    """Why there is nothing to show."""


@dataclass
class Part:
    """A step of a script. Without a title it is called as its command."""
    title: str = ""
    text: list = field(default_factory=list)
    commands: list = field(default_factory=list)


def read_script(text, name):
    """The parts of a script. A line that begins with # gives the step that
    begins there its title, and the next such lines its explanation; all that is
    typed up to an empty line or the next title belongs to it. A line without a
    title is a step by itself."""
    parts, current, in_title = [], None, False
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line.isprintable():
            raise Refused(f"{name}:{number}: only what can be typed may stand "
                          "in a script")
        if not line:
            current, in_title = None, False
        elif line.startswith("#") and in_title:
            current.text.append(line[1:].strip())
        elif line.startswith("#"):
            current, in_title = Part(line[1:].strip()), True
            parts.append(current)
        elif current is None:
            parts.append(Part(commands=[line]))
        else:
            current.commands.append(line)
            in_title = False
    if not parts:
        raise Refused(f"{name}: there is no line to type in it")
    return parts


class Tables:
    """Asks a system at its prompt for the tables of its processes: of those
    that the first step found, init and the shell, later on only where there are
    no others."""

    def __init__(self, machine):
        self._machine = machine
        self._has_maps = True
        self._first = None

    def _pids(self):
        self._machine.type(LIST)
        said = self._machine.run("", LIMIT)
        pids = [int(pid) for pid, state in LISTED.findall(said)
                if state not in GONE]
        if not pids:
            raise Refused("^P lists no process")
        return pids, said

    def take(self):
        """The text of all of them."""
        pids, said = self._pids()
        if self._first is None:
            self._first = set(pids)
        texts = [said]
        for pid in [pid for pid in pids if pid not in self._first] or pids:
            commands = [f"ptdump {pid}", f"ptdump -k {pid}"]
            if self._has_maps:
                commands.append(f"maps {pid}")
            for command in commands:
                answer = self._machine.run(command, LIMIT)
                if command.startswith("maps") and "exec maps failed" in answer:
                    self._has_maps = False
                texts.append(f"$ {command}\n{answer}")
        return "".join(texts)


def marked(part):
    """The lines that tell a reader of the console of a step."""
    title = part.title or "$ " + part.commands[0]
    return "".join(f"== {line}\n" for line in [title, *part.text])


def record(build, parts):
    """Boot, play the parts, and give the console's text."""
    try:
        with Machine(build, programs=True, cpus=1) as machine:
            texts = [machine.boot(LIMIT)]
            tables = Tables(machine)
            for part in parts:
                texts.append("\n" + marked(part))
                for command in part.commands:
                    said = machine.run(command, LIMIT)
                    texts.append(f"$ {command}\n{said}")
                texts.append(tables.take())
            return "".join(texts)
    except MachineError as error:
        raise Refused(f"the system does not come along: {error}") from None
