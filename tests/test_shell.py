"""Every program of the system, and what the shell can do with them, typed at
the prompt as a person would."""

import re

import pytest

from lib.build import DEBUG, NORMAL, ROOT
from lib.machine import LIMIT, PROMPT, Machine

PROGRAMS = """cat echo forktest grep grind init kill ln ls mkdir rm sh stressfs
usertests wc zombie logstress forphan dorphan pgtbltest stats ptdump poweroff
sync""".split()

README = (ROOT / "README").read_text()


def listing(shell, *paths):
    """What ls says: name -> (type, size)."""
    words = shell.run(" ".join(["ls", *paths])).split()
    rows = [words[i:i + 4] for i in range(0, len(words), 4)]
    return {row[0]: (int(row[1]), int(row[3])) for row in rows}


def test_ls(shell):
    files = listing(shell)
    assert files["."][0] == files[".."][0] == 1
    assert files["README"] == (2, len(README.encode()))
    for device in ("console", "statistics", "counters", "sink"):
        assert files[device] == (3, 0)
    for program in PROGRAMS:
        size = NORMAL.program(program).stat().st_size
        assert files[program] == (2, size), program


def test_disk_is_for_people(shell):
    """What only tests run is on an image of theirs, beside all the rest."""
    lines = shell.run("ls").splitlines()
    assert len(lines) <= 22 and max(map(len, lines)) < 80, "no screen's"
    assert len(shell.run("ls | cat").splitlines()) == len(listing(shell))
    names = {path.stem for path in (ROOT / "tests/programs").glob("*.c")}
    assert len(names) >= 10 and not names & listing(shell).keys()
    with Machine(NORMAL, programs=True) as machine:
        machine.boot()
        assert listing(machine).keys() == listing(shell).keys() | names
        machine.poweroff()


def test_cat(shell):
    assert shell.run("cat README") == README


def test_wc(shell):
    counts = [README.count("\n"), len(README.split()), len(README.encode())]
    assert shell.run("wc README").split() == [*map(str, counts), "README"]


def test_grep(shell):
    expected = [line for line in README.splitlines() if "page" in line]
    assert shell.run("grep page README").splitlines() == expected
    assert shell.run("echo abc | grep ^a.*c$") == "abc\n"
    assert shell.run("echo abc | grep ^b") == ""


# What is typed, and what it prints.
LINES = {
    "echo": ("echo one two", "one two\n"),
    "list": ("echo a; echo b", "a\nb\n"),
    "pipe": ("echo one two three | wc", "1 3 14 \n"),
    "long pipe": ("echo x | cat | cat | cat | cat", "x\n"),
    "parentheses": ("(echo a; echo b) | wc", "2 2 4 \n"),
    "parentheses alone": ("(echo a; (echo b))", "a\nb\n"),
    "nothing": ("", ""),
    "blanks": ("   ", ""),
    "a path": ("/echo hi", "hi\n"),
    "cd": ("cd /; echo there", "there\n"),
}


@pytest.mark.parametrize("name", LINES)
def test_line(shell, name):
    typed, printed = LINES[name]
    assert shell.run(typed) == printed


def test_redirection(shell):
    shell.run("echo first > r.out")
    assert shell.run("cat r.out") == "first\n"
    shell.run("echo second >> r.out")
    assert shell.run("cat < r.out") == "first\nsecond\n"
    shell.run("echo x > r.out")
    assert shell.run("cat r.out") == "x\n"
    shell.run("rm r.out")
    assert "cannot open" in shell.run("cat r.out")


def test_background(shell):
    shell.run("echo behind > b.out &")
    # The shell waits for its own children, so another line shows the end.
    for _ in range(100):
        if shell.run("cat b.out") == "behind\n":
            break
    else:
        pytest.fail("the background job wrote nothing")
    shell.run("rm b.out")


def test_background_reaped(shell):
    """Jobs that have ended take no process slot."""
    for _ in range(80):
        shell.run("echo > nul &")
    assert shell.run("echo room") == "room\n"
    shell.run("rm nul")


def test_directories(shell):
    shell.run("mkdir d")
    shell.run("mkdir d/e")
    shell.run("cd d/e")
    shell.run("echo deep > f")
    assert shell.run("/cat ../../d/e/f") == "deep\n"
    assert shell.run("/cat /d/e/f") == "deep\n"
    shell.run("cd /")
    assert "d" in listing(shell)
    assert shell.run("rm d") != "", "not empty: it cannot be removed"
    assert shell.run("rm d/e/f d/e d") == ""
    assert "d" not in listing(shell)


def test_removed_directory_leads_to_no_stranger(shell):
    """Its .. is not the number of a directory made since."""
    shell.run("mkdir a")
    shell.run("mkdir a/b")
    said = shell.run("(cd a/b; /rm /a/b; /rm /a; /mkdir /c; "
                     "/echo mine > /c/victim; /rm ../victim; /ls .)")
    assert "../victim" in said
    assert shell.run("cat c/victim") == "mine\n"
    assert shell.run("rm c/victim c") == ""


def test_cd_fails(shell):
    assert shell.run("cd nowhere") != ""
    assert shell.run("cd README") != ""
    assert "README" in listing(shell)


def test_links(shell):
    shell.run("echo same > l1")
    assert shell.run("ln l1 l2") == ""
    shell.run("rm l1")
    assert shell.run("cat l2") == "same\n"
    assert shell.run("rm l2") == ""
    assert shell.run("ln nofile l3") != ""
    assert shell.run("rm nofile") != ""


def test_script(shell):
    shell.run("echo echo from a script > s")
    shell.run("echo echo second line >> s")
    assert shell.run("sh s") == "from a script\nsecond line\n"
    shell.run("rm s")
    assert shell.run("sh nofile") == "sh: cannot open nofile\n"
    assert shell.run("sh /") == "sh: / is a directory\n"


@pytest.mark.parametrize("line", ["( echo a", "echo a )", "| cat", "echo >",
                                  "; ;", "&", "echo a | | cat", "()"])
def test_syntax_error(shell, line):
    assert "syntax" in shell.run(line)
    assert shell.run("echo on") == "on\n"


def test_long_line(shell):
    """Longer than the shell takes; the console gives it in pieces."""
    shell.type("echo " + "x" * 600 + "\n")
    shell.expect("too long")
    shell.expect(PROMPT)
    assert shell.run("echo on") == "on\n"


def test_too_many_arguments(shell):
    shell.run("echo " + " ".join("a" * 40))
    assert shell.run("echo on") == "on\n"


def test_no_such_program(shell):
    assert "nosuchprogram" in shell.run("nosuchprogram")


def test_not_a_program(shell):
    assert shell.run("README") != ""


def processes(machine):
    """What ^P lists: name -> pid."""
    before = len(machine.console())
    machine.type("\x10")
    machine.run("echo listed")
    return {name: pid for pid, name in re.findall(
        r"^(\d+) \w+ (\S+)$", machine.console()[before:], re.M)}


def test_kill():
    with Machine(NORMAL) as machine:
        machine.boot()
        machine.type("forphan &\n")  # sleeps until it is killed
        machine.expect(r"orphaned file \d+\r?\n")
        found = processes(machine)
        assert found["init"] == "1" and "sh" in found
        pid = found["forphan"]
        assert machine.run(f"kill {pid}") == ""
        for _ in range(100):
            if "forphan" not in processes(machine):
                break
        else:
            pytest.fail("it is still there")
        assert "no process" in machine.run(f"kill {pid}")
        machine.poweroff()


def test_forktest(shell):
    assert shell.run("forktest").endswith("fork test OK\n")


def test_zombie(shell):
    shell.run("zombie")
    assert shell.run("echo on") == "on\n"


COUNTS = r"copyin: (\d+)\ncopyinstr: (\d+)\n"


def test_stats(shell):
    assert re.fullmatch(COUNTS + "mode: direct\n", shell.run("stats"))
    everything = shell.run("stats -a")
    assert re.match(COUNTS + "mode: direct\n", everything)
    assert len(everything) < 4096
    for name in ("copyout", "copyin_walk", "copyinstr_walk", "copyout_walk",
                 "pages_free", "files_open", "lock page"):
        assert f"\n{name}: " in everything
    for line in ("stats rubbish", "stats -a walk", "stats walk walk"):
        assert shell.run(line) == (
            "usage: stats [-a | walk | direct | onetable | twotables]\n")


def test_copybench(shell):
    """A table of a screen; the modes are then as they were."""
    assert shell.run("stats walk") == shell.run("stats twotables") == ""
    said = shell.run("copybench").splitlines()
    assert len(said) <= 24 and max(map(len, said)) < 80
    rows = [re.fullmatch(r" +(\d+)(?:  odd)? +(\d+) +(\d+) +(\d+\.\d)", line)
            for line in said]
    assert [int(row[1]) for row in rows if row and "odd" not in row[0]] == [
        4 ** n for n in range(9)]
    assert re.fullmatch(r"a system call that does nothing: \d+ ns with two "
                        r"tables, \d+ with one", said[-1])
    everything = shell.run("stats -a")
    assert "mode: walk\n" in everything and "tables: two\n" in everything
    assert shell.run("stats direct") == shell.run("stats onetable") == ""


def test_statistics_are_those_of_2020(shell):
    """Two lines, of what has gone direct; then -1, which cat tells, and a
    reader after that begins anew."""
    for _ in range(2):
        said = re.fullmatch(COUNTS + "cat: statistics: read error\n",
                            shell.run("cat statistics"))
        assert said
        now = re.match(COUNTS, shell.run("stats -a"))
        assert int(now[1]) > int(said[1]) and int(now[2]) > int(said[2])


@pytest.mark.parametrize("device", ["statistics", "counters"])
def test_mode_is_a_word(shell, device):
    assert shell.run(f"echo walk > {device}") == ""
    try:
        assert shell.run("stats").endswith("mode: walk\n")
        for word in ("wal", "walking", "WALK", "walk direct", "onetables"):
            assert shell.run(f"echo {word} > {device}") == \
                "echo: write error\n"
        assert shell.run("stats").endswith("mode: walk\n")
    finally:
        assert shell.run(f"echo direct > {device}") == ""
    assert shell.run("stats").endswith("mode: direct\n")


def test_sink(shell):
    assert shell.run("cat README > sink") == ""
    assert shell.run("echo walk > sink") == ""
    assert shell.run("stats").endswith("mode: direct\n")


def test_missing_devices_come_back():
    """At the next boot; an older disk has only the statistics."""
    with Machine(NORMAL) as machine:
        machine.boot()
        machine.run("rm statistics counters sink")
        assert "cannot read the counters" in machine.run("stats")
        machine.poweroff()
        with Machine(NORMAL, image=machine.image) as again:
            assert "init: cannot" not in again.boot()
            assert re.match(COUNTS, again.run("stats"))
            assert re.match(COUNTS, again.run("cat statistics"))
            again.poweroff()


def counters(shell):
    """The counters, with their calls for reading them."""
    found = re.findall(r"^(\w+): (\d+)$", shell.run("stats -a"), re.M)
    return {name: int(number) for name, number in found}


def test_copies_go_direct_or_walk(shell):
    before = counters(shell)
    shell.run("echo x")
    after = counters(shell)
    assert after["copyin"] > before["copyin"]
    assert after["copyinstr"] > before["copyinstr"]
    shell.run("stats walk")
    try:
        before = counters(shell)
        assert shell.run("cat README") == README
        after = counters(shell)
        assert after["copyin"] == before["copyin"]
        assert after["copyinstr"] == before["copyinstr"]
        assert after["copyin_walk"] > before["copyin_walk"]
        assert after["copyinstr_walk"] > before["copyinstr_walk"]
    finally:
        shell.run("stats direct")


def test_ptdump_user(shell):
    text = shell.run("ptdump 1")
    assert re.match(r"page table 0x[0-9a-f]{16}\n\.\.0: pte ", text)
    assert re.search(r"^\.\. \.\. \.\.511: pte ", text, re.M)


def test_ptdump_kernel(shell):
    """Its mirror is process 1's low memory; large leaves are leaves."""
    user = shell.run("ptdump 1")
    kernel = shell.run("ptdump -k 1")
    low = re.findall(r"^\.\. \.\. \.\.[0-3]: pte .*$", user, re.M)
    assert low[:4] == re.findall(r"^\.\. \.\. \.\.[0-3]: pte .*$", kernel,
                                 re.M)[:4]
    assert re.search(r"^\.\. \.\.\d+: pte 0x[0-9a-f]{15}[7f] ", kernel,
                     re.M), "no large leaf"


def test_ptdump_errors(shell):
    assert "999" in shell.run("ptdump 999")
    assert "usage" in shell.run("ptdump rubbish")


@pytest.mark.parametrize("mode", ["walk", "direct"])
def test_pgtbltest(shell, mode):
    shell.run(f"stats {mode}")
    lines = shell.run("pgtbltest").splitlines()
    shell.run("stats direct")
    for name in ("ugetpid_test", "pgaccess_test", "print_pgtbl",
                 "print_kpgtbl", "superpg_fork", "superpg_free"):
        assert f"{name}: OK" in lines


@pytest.mark.parametrize("mode", ["walk", "direct"])
def test_large_leaves(shell, mode):
    shell.run(f"stats {mode}")
    outputs = [shell.run(f"usertests {name}") for name in
               ("largecopies", "largeaccess", "largerace",
                "largememory")]
    shell.run("stats direct")
    for output in outputs:
        assert output.endswith("ALL TESTS PASSED\n"), output


def test_out_of_memory_is_said(shell):
    text = shell.run("usertests cowout")
    assert re.search(r"^usertests \(pid \d+\): out of memory, "
                     r"sepc 0x[0-9a-f]+ stval 0x[0-9a-f]+$", text, re.M), text
    assert text.endswith("ALL TESTS PASSED\n"), text


def test_sync(shell):
    assert shell.run("sync") == ""


def test_stressfs(shell):
    shell.run("stressfs", limit=2 * LIMIT)
    files = [name for name in listing(shell) if name.startswith("stressfs")
             and name != "stressfs"]
    if files:
        shell.run("rm " + " ".join(files))


@pytest.mark.parametrize("command", [
    "ls . . . . . . . .", f"cat {8 * 'README '}", f"grep . {8 * 'README '}"],
    ids=lambda command: command.split()[0])
def test_output_that_is_closed(shell, command):
    """One word of it is enough. Each prints more than a pipe holds."""
    said = shell.run(f"{command} | nosuchprogram").splitlines()
    name = command.split()[0]
    assert set(said) == {"exec nosuchprogram failed", f"{name}: write error"}
    assert len(said) == 2


def test_fault_is_reported(shell):
    """The console says who, why and where when a program is killed."""
    text = shell.run("usertests stacktest")
    assert re.search(r"sepc[ =]+0x[0-9a-f]+", text)
    assert re.search(r"stval[ =]+0x[0-9a-f]+", text)
    assert "usertests" in text


def test_grind_runs():
    with Machine(NORMAL) as machine:
        machine.boot()
        machine.type("grind\n")
        # It writes a letter now and then, for ever.
        machine.expect(r"grind\r?\n(?:[^$]{20})")
        machine.kill()


@pytest.mark.parametrize("status", [0, 7])
def test_poweroff(status):
    with Machine(NORMAL) as machine:
        machine.boot()
        machine.poweroff(status)


def test_shell_restarts():
    """End of input ends the shell, and init starts another."""
    with Machine(NORMAL) as machine:
        machine.boot()
        machine.type("\x04")
        machine.expect("init: starting sh")
        machine.expect(PROMPT)
        assert machine.run("echo again") == "again\n"
        machine.poweroff()
