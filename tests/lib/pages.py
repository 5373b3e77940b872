"""What pages of docs/ are made of, and what they name."""

import re

# A code block, with what stands behind its fence: a language, and the name of
# the file that it is.
BLOCK = re.compile(r"^ *```(\w*) ?(\S*)\n(.*?)^ *```$", re.M | re.S)

COMMENT = re.compile(r"/\*.*?\*/", re.S)

# A function's first line, a macro of C or assembly, a label, a system call.
DEFINITION = re.compile(
    r"^(?:(?:\w+|__attribute__\(\(\w+\)\))[ *]+)*(\w+)\((?![^\n]*;$)|"
    r"^ *# *define (\w+)\b|^\s*\.macro\s+(\w+)|^(\w+):|\bCALL\(\d+, (\w+)\)",
    re.M)


def prose(text):
    """A page without its blocks."""
    return BLOCK.sub("", text)


def defined(path):
    """The functions and macros that a source defines."""
    text = COMMENT.sub("", path.read_text())
    return {name for names in DEFINITION.findall(text) for name in names
            if name}
