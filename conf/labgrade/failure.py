"""How a test fails, and text that comes from a submission."""

import os
import stat

TAIL_LINES = 12
LINE_WIDTH = 160


class Failure(Exception):
    """Why a test gives no points."""

    def __init__(self, expected, came):
        super().__init__(f"expected {expected}; came: {came}")
        self.expected = expected
        self.came = came


class Interrupted(Exception):
    """The whole run is to end; whoever waits for a program gives up."""


def require(condition, expected, came):
    """Fail unless the condition holds."""
    if not condition:
        raise Failure(expected, came)


def printable(text):
    """Text that cannot harm a terminal or an XML file."""
    return "".join(c if c == "\n" or " " <= c <= "~" else f"\\x{ord(c):02x}"
                   for c in text.replace("\r", "").replace("\t", "    "))


def last_lines(text):
    """The end of a console, short enough to be read."""
    lines = text[-TAIL_LINES * 1024:].splitlines()[-TAIL_LINES:]
    return [line if len(line) <= LINE_WIDTH else line[:LINE_WIDTH] + " ..."
            for line in lines]


def read_text(name, limit=1 << 16):
    """A file that a student hands in. It need not be a file, nor end."""
    try:
        # A pipe would keep a plain open waiting.
        fd = os.open(name, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise Failure(f"a file {name}", error.strerror) from None
    with open(fd, "rb") as file:
        require(stat.S_ISREG(os.fstat(fd).st_mode), f"a file {name}",
                "something else of that name")
        content = file.read(limit + 1)
    require(len(content) <= limit, f"at most {limit} bytes in {name}", "more")
    return content.decode("utf-8-sig", "replace")  # as Windows marks it
