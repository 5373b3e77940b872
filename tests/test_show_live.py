"""`make show` as a command: this tree's kernel in pictures, other people's
consoles and scripts, and what cannot be shown."""

import re
import subprocess
import sys

import pytest

from lib.build import NORMAL, ROOT, clean_environment, make
from lib.showtext import PAGE, Memory, process, story

sys.path[:0] = [str(ROOT / "conf")]
from labshow import console, layout, model  # noqa: E402

LOGS = ROOT / "tests" / "show"
STOP = layout.USER_VA_STOP


def show(*arguments, check=True):
    return make("show", *arguments, check=check)


def refused(*arguments):
    """The line that says why not; the exit status is not 0."""
    status, said = show(*arguments, check=False)
    assert status != 0
    return said


class Recorded:
    """What `make show` has made of this tree's kernel."""

    def __init__(self, out):
        self.said = NORMAL.ready().make("-j2", "show", f"OUT={out}")[1]
        self.out = out
        self.console = (out / "console.txt").read_text()
        self.steps = console.read(self.console).steps

    def step(self, title):
        return next(step for step in self.steps if title in step.title)

    def process(self, title, name="showsteps", child=False):
        found = sorted((one for one in self.step(title).processes.values()
                        if one.name == name), key=lambda one: one.pid)
        return found[-1 if child else 0]

    def changes(self, before, after, **whose):
        """{va: kind} of the leaves of level 0 and 1 of the user table."""
        found = model.changes(self.process(before, **whose).user,
                              self.process(after, **whose).user)
        return {place[1]: kind for place, (kind, _) in found.items()
                if kind != model.TOUCHED}


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    return Recorded(tmp_path_factory.mktemp("show") / "a folder, it's new")


EXEC, SBRK, TOUCH, LAZY, LARGE, FORK, WRITE, CHILD, PAST, EXIT = (
    "a program of its own", "sbrk", "first touch", "lazy touch", "2 MiB",
    "fork", "first write", "exec in the child", "Past the stop", "exit")


def test_it_says_where_the_page_is(tour):
    assert re.search(rf"^{re.escape(str(tour.out))}/index\.html: 12 steps, "
                     r"\d+ pictures, \d+ s$", tour.said, re.M)
    assert (tour.out / "index.html").read_text().startswith("<!DOCTYPE html>")
    names = [path.name for path in tour.out.glob("*.svg")]
    for number in range(1, 13):
        assert any(name.startswith(f"{number:02d}-") for name in names)


def test_first_step_is_of_process_1(tour):
    [init] = tour.steps[0].processes.values()
    assert init.label == "1 init" and init.user and not init.kernel


def test_every_mirror_is_true(tour):
    seen = 0
    for step in tour.steps[1:]:
        for one in step.processes.values():
            slots = model.mirror(one)
            assert slots
            for _, mine, private in slots:
                assert mine and private and mine.pte == private.pte
            seen += 1
    assert seen >= 20


def test_memory_comes_at_the_first_touch(tour):
    assert tour.changes(EXEC, SBRK) == {}
    touched = tour.changes(SBRK, TOUCH)
    assert list(touched.values()) == ["new"]
    [first] = touched
    assert tour.changes(TOUCH, LAZY) == {
        first + 5 * PAGE: "new"}  # two of three left, then the third
    assert tour.changes(LAZY, LARGE) == {2 << 20: "new"}
    leaf = tour.process(LARGE).user.by_place()[1, 2 << 20]
    assert leaf.is_leaf


def test_fork_and_the_first_write(tour):
    child = tour.process(FORK, child=True)
    frames = model.shared_frames(tour.step(FORK).processes.values())
    shared = {leaf.va for users in frames.values() for one, leaf in users
              if one.key == child.key}
    assert {0, 2 << 20} <= shared and len(shared) >= 5
    assert all(model.is_cow(leaf) or not leaf.pte & layout.W
               for users in frames.values() for _, leaf in users)
    [va] = tour.changes(FORK, WRITE, child=True)
    assert va in shared
    child, parent = (tour.process(WRITE, child=which).user.by_place()[0, va]
                     for which in (True, False))
    assert child.pa != parent.pa
    assert child.pte & layout.W and model.is_cow(parent)


def test_exec_past_the_stop_and_exit(tour):
    cat = tour.process(CHILD, name="cat")
    frames = model.shared_frames(tour.step(CHILD).processes.values())
    assert not any(one.key == cat.key for users in frames.values()
                   for one, _ in users)
    past = tour.process(PAST)
    assert (0, STOP) in past.user.by_place()
    assert past.kernel.by_place()[1, STOP].pa == STOP  # the PLIC's
    assert "cat" not in [one.name for one in
                         tour.step(EXIT).processes.values()]


def test_saved_console_gives_the_same_page(tour, tmp_path):
    show(f"LOG={tour.out / 'console.txt'}", f"OUT={tmp_path / 'again'}")
    live, again = ((folder / "index.html").read_text()
                   for folder in (tour.out, tmp_path / "again"))
    assert again == live.replace('"source":"this kernel, live"',
                                 '"source":"console.txt"')
    for path in tour.out.glob("*.svg"):
        assert (tmp_path / "again" / path.name).read_text() == \
            path.read_text()


def test_script(tmp_path):
    script = tmp_path / "it's mine"
    script.write_text("# First\n# why\necho hello | cat\n\nptdump\n")
    NORMAL.ready().make("-j2", "show", f"SCRIPT={script}", f"OUT={tmp_path}")
    steps = console.read((tmp_path / "console.txt").read_text()).steps
    assert [step.title for step in steps] == ["The machine starts", "First",
                                              "$ ptdump"]
    assert steps[1].text == ["why"]
    assert [one.label for one in steps[2].processes.values()] == [
        "ptdump itself", "1 init", "2 sh"]


@pytest.mark.parametrize("name, steps", [("xv6-2020.log", 1),
                                         ("xv6-2025.log", 3)])
def test_other_kernels(tmp_path, name, steps):
    """No machine and no compiler is needed."""
    said = show(f"LOG={LOGS / name}", f"OUT={tmp_path}", "TOOLPREFIX=nosuch-",
                "QEMU=nosuch")[1]
    assert f"{tmp_path}/index.html: {steps} steps" in said
    assert not (tmp_path / "console.txt").exists()


def test_what_was_there_before(tmp_path):
    """Pictures of an earlier run go; other files stay."""
    (tmp_path / "01-old-step.svg").touch()
    (tmp_path / "mine.svg").touch()
    show(f"LOG={LOGS / 'ours.log'}", f"OUT={tmp_path}")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "01-program-4-program.svg", "index.html", "mine.svg"]


def test_logs_that_cannot_be_read(tmp_path):
    assert "nosuch.log: No such file" in refused("LOG=nosuch.log")
    assert "Is a directory" in refused(f"LOG={tmp_path}")
    (tmp_path / "log").write_text("$ ls\nREADME\n")
    assert re.search(r"^show: .*/log: there is no page table in it",
                     refused(f"LOG={tmp_path / 'log'}"), re.M)
    text = story()[0].replace("pa 0x00000000800", "pa 0x00000000900", 1)
    (tmp_path / "log").write_text(text)
    assert re.search(r"^show: .*/log: line \d+: the word .* names the page",
                     refused(f"LOG={tmp_path / 'log'}"), re.M)
    with open(tmp_path / "log", "wb") as log:
        log.truncate(65 << 20)
    assert "over 64 MiB" in refused(f"LOG={tmp_path / 'log'}")


def test_out_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    assert "file" in refused(f"LOG={LOGS / 'ours.log'}",
                             f"OUT={tmp_path / 'file'}")


def test_log_and_script():
    assert "LOG and SCRIPT" in refused("LOG=a", "SCRIPT=b")


# In the kernel's place: a program that shows a prompt, and answers little.
FAKE = """#!/usr/bin/env python3
import os, sys, termios, tty
print("xv6 kernel is booting\\n", flush=True)
{start}
print("$ ", end="", flush=True)
for line in sys.stdin:
    print(line, end="")
    for word, answer in {answers!r}.items():
        if word in line:
            print(answer)
    print("$ ", end="", flush=True)
"""


def fake(folder, start="", **answers):
    program = folder / "qemu"
    program.write_text(FAKE.format(start=start, answers={
        "\x10": "\n1 sleeping init"} | answers))
    program.chmod(0o755)
    return program


def show_fake(program, *arguments):
    """conf/show with this in QEMU's place: (exit status, what it says)."""
    (program.parent / "image").touch()
    done = subprocess.run(
        [sys.executable, "-B", ROOT / "conf" / "show", "--image",
         program.parent / "image", "--qemu",
         f"{program} -m 128M -smp 1", *arguments,
         "--", program.parent / "out"], env=clean_environment(), text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=120, check=False)
    assert not list(program.parent.glob("out/*")) or done.returncode == 0
    return done.returncode, done.stdout


@pytest.fixture
def one_line(tmp_path):
    script = tmp_path / "script"
    script.write_text("echo\n")
    return "--script", script


def test_vmprint_that_is_not_written(tmp_path, one_line):
    status, said = show_fake(fake(tmp_path), *one_line)
    assert status == 1
    assert "there is no page table in it" in said
    assert "Is vmprint, in kernel/mm/vmprint.c, written yet?" in said


def test_private_table_that_is_not_written(tmp_path, one_line):
    """The page has the user table, and says that the other is unknown."""
    memory = Memory()
    user, _, _ = process(memory)
    status, said = show_fake(fake(tmp_path, **{"ptdump 1": memory.text(user)}),
                             *one_line)
    assert status == 0, said
    assert "not in this text" in next(
        (tmp_path / "out").glob("*.svg")).read_text()


def test_system_that_ends(tmp_path, one_line):
    status, said = show_fake(fake(tmp_path, start="sys.exit()"), *one_line)
    assert status == 1
    assert "show: the system does not come along: end of" in said


def test_script_that_cannot_be_read(tmp_path):
    status, said = show_fake(fake(tmp_path), "--script", tmp_path / "nosuch")
    assert (status, said) == (1, f"show: {tmp_path}/nosuch: No such file or "
                              "directory\n")
    (tmp_path / "script").write_text("\n")
    status, said = show_fake(fake(tmp_path), "--script", tmp_path / "script")
    assert status == 1 and "there is no line to type in it" in said


def test_ranges_alone(tmp_path, one_line):
    """Where vmprint is not written, `maps` still shows what there is."""
    ranges = ("process 1, init: break 0x1000\n"
              "0x0000000000 0x0000001000     4K r-xu no     text")
    status, said = show_fake(fake(tmp_path, **{"maps 1": ranges}), *one_line)
    assert status == 0, said
    assert '"0x0000001000","4 KiB","r-xu","no","text"' in \
        (tmp_path / "out" / "index.html").read_text()
