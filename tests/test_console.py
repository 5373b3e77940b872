"""Line editing, as the person at the keyboard sees it."""

import re

from lib.machine import PROMPT

BACKSPACE, DELETE = "\b", "\x7f"
KILL_LINE, END, LIST = "\x15", "\x04", "\x10"
ENTRY = re.compile(r"page table 0x[0-9a-f]{16}"
                   r"|[. ]+\d+: pte 0x[0-9a-f]{16} pa 0x[0-9a-f]{16}")
# Init may be awake still, from reaping an orphan; the shell, from forking.
STATE = "(sleeping|runnable|running)"


def typed(shell, keys, printed):
    """These keys run a command that prints this."""
    shell.type(keys)
    shell.expect(r"\n" + printed + r"\r?\n\$ ")


def test_backspace(shell):
    typed(shell, "echo wrongx" + BACKSPACE * 6 + "right\n", "right")


def test_delete(shell):
    typed(shell, "echo abc" + DELETE + "d\n", "abd")


def test_backspace_stops_at_the_prompt(shell):
    typed(shell, "x" + BACKSPACE * 9 + "echo ok\n", "ok")


def test_kill_line(shell):
    typed(shell, "rubbish rubbish" + KILL_LINE + "echo clean\n", "clean")


def test_carriage_return_ends_a_line(shell):
    typed(shell, "echo return\r", "return")


def test_end_of_input(shell):
    typed(shell, "cat | wc\none\ntwo\n" + END, "2 2 8 ")


def test_lines_are_whole(shell):
    """Those of a program and of the kernel do not fall into each other."""
    listed = shell.run("ls").splitlines()
    entries = len(ENTRY.findall(shell.run("ptdump")))
    assert len(listed) > 10 and entries > 10
    times = 4
    lists, tables = ("; ".join([name] * times) for name in ("ls", "ptdump"))
    for _ in range(15):
        shell.type(f"({lists}; echo end) & {tables}; echo end\n")
        shell.expect(r"echo end\r?\n")
        text = ""
        for _ in range(2):
            shell.expect(r"\bend\r?\n")
            text += shell.before() + shell.after()
        lines = text.replace("$ ", "").splitlines()
        assert len(list(filter(ENTRY.fullmatch, lines))) == entries * times
        assert [line for line in lines if not ENTRY.fullmatch(line)
                and line != "end"] == listed * times


def test_list_amid_a_flood(shell):
    """The list does not wait until a program has printed all of it."""
    shell.type("cat" + " README" * 9 + "\n")
    shell.expect("two page tables per process")
    shell.type(LIST)
    # What the program prints may stand between the lines of the list.
    for name in ("init", "sh", "cat"):
        shell.expect(rf"\d+ {STATE} {name}\r?\n")
    shell.expect("two page tables per process")
    shell.expect(PROMPT)


def test_typing_ahead(shell):
    """Lines that come before anybody reads them are kept."""
    shell.type("cat > ahead\none\ntwo\nthree\n" + END)
    shell.expect(PROMPT)
    assert shell.run("cat ahead") == "one\ntwo\nthree\n"
    shell.run("rm ahead")


def test_more_than_the_ring_holds(shell):
    """What has no room in the kernel is held back, not lost."""
    parts, lines, word = 25, 16, "x" * 57
    shell.type("zombie; cat > much\n")
    for part in range(parts):
        shell.type(f"{part:06} {word}\n" * lines)
        shell.expect(rf"{part:06} {word}\r?\n" * lines)
    shell.type(END)
    shell.expect(r"\$ ")
    total = parts * lines
    assert shell.run("wc much") == f"{total} {2 * total} {65 * total} much\n"
    shell.run("rm much")


def test_list(shell):
    shell.type(LIST)
    shell.expect(rf"\n1 {STATE} init\r?\n\d+ {STATE} sh\r?\n")
    typed(shell, "echo on\n", "on")


def test_list_keeps_the_line(shell):
    shell.type("echo ke")
    shell.type(LIST)
    shell.expect("init")
    typed(shell, "pt\n", "kept")
