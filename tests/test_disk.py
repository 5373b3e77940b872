"""What is on the disk after power-off, and after the power was taken away."""

import shutil
import subprocess
import time

import pytest

from lib.build import DEBUG, NORMAL
from lib.disk import BLOCK, ROOT, Disk
from lib.images import write_at
from lib.machine import LIMIT, Machine


@pytest.fixture
def image(tmp_path):
    """A disk that outlives its machines."""
    path = tmp_path / "fs.img"
    shutil.copyfile(NORMAL.image, path)
    return path


def reach(condition, what, limit=LIMIT):
    """Look until it is true."""
    end = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < end, f"not within {limit} s: {what}"
        time.sleep(0.001)


def boot_and_check(image, build=NORMAL):
    """Boot from it, let recovery do its work, and check what it leaves.
    Gives what the boot printed."""
    with Machine(build, image=image) as machine:
        text = machine.boot()
        machine.poweroff()
    assert Disk(image).faults() == []
    return text


def lines_with(text, start):
    return [line for line in text.splitlines() if line.startswith(start)]


def test_new_image(image):
    assert Disk(image).faults() == []


def test_persists(image):
    with Machine(image=image) as machine:
        machine.boot()
        machine.run("mkdir d")
        machine.run("echo kept > d/file")
        machine.run("ln d/file link")
        machine.run("rm README")
        machine.poweroff()
    assert Disk(image).faults() == []
    with Machine(image=image) as machine:
        assert not lines_with(machine.boot(), "recovering")
        assert machine.run("cat d/file") == "kept\n"
        assert machine.run("cat link") == "kept\n"
        assert "cannot open" in machine.run("cat README")
        machine.poweroff()
    assert Disk(image).faults() == []


def test_sync_lasts(image):
    with Machine(image=image) as machine:
        machine.boot()
        machine.run("echo kept > file")
        machine.run("sync")
        machine.kill()
    with Machine(image=image) as machine:
        machine.boot()
        assert machine.run("cat file") == "kept\n"
        machine.poweroff()
    assert Disk(image).faults() == []


def test_commits_by_itself(image):
    """Nobody asks for it, and what was written stays all the same."""
    with Machine(image=image) as machine:
        machine.boot()
        machine.run("sync")
        machine.run("echo the words > file")
        reach(lambda: b"the words\n" in image.read_bytes(), "the commit")
        machine.kill()
    boot_and_check(image)


def block_of_file(disk, name):
    """Where the first block of a file in the root is."""
    number = {name: number for number, name
              in disk.entries(*disk.inode(ROOT)[2:])}[name]
    return disk.inode(number)[3][0]


def test_image_at_rest_is_plain(image):
    """Once nothing is written any more, the log is empty: what a tool changes
    on the image then is not undone."""
    disk = Disk(image)
    with Machine(image=image) as machine:
        machine.boot()
        machine.run("echo by the system > file")
        reach(lambda: disk.tree().get("file") == b"by the system\n"
              and not disk.log_length(), "the file, and an empty log", 10)
        write_at(image, block_of_file(disk, "file") * BLOCK, b"by the tool  ")
        machine.kill()
    with Machine(image=image) as machine:
        assert not lines_with(machine.boot(), "recovering")
        assert machine.run("cat file") == "by the tool  \n"
        machine.poweroff()
    assert Disk(image).faults() == []


def test_poweroff_amid_writes_leaves_the_log_empty(image):
    for _ in range(3):
        with Machine(image=image) as machine:
            assert not lines_with(machine.boot(), "recovering")
            machine.run("logstress f0 f1 f2 f3 &")
            machine.poweroff()
        assert Disk(image).faults() == []


def many_removed_directories(depth):
    """Calls for fsscript: a descriptor in the last of so many, all removed;
    then it waits for ever."""
    return "".join([
        "mkdir d\nchdir d\n" * depth, "open 0 . 0\n",
        "chdir ..\nunlink d\n" * depth, "mkdir /all-removed\n",
        "pipe 1 2\nread 1 1\n"])


def test_removed_directories_hold_no_others(tmp_path):
    """One descriptor in the last of more directories than the kernel keeps
    inodes leaves others room."""
    image, script = tmp_path / "fs.img", tmp_path / "script"
    script.write_text(many_removed_directories(450))
    subprocess.run(
        [NORMAL.ready().mkfs, image, "-s", "4000", "-i", "1000", script,
         NORMAL.test_program("fsscript"),
         *map(NORMAL.program, ("init", "sh", "ls", "mkdir", "rm",
                               "poweroff"))], check=True, timeout=60)
    with Machine(image=image) as machine:
        machine.boot()
        machine.run("fsscript < script > said &")
        reach(lambda: "cannot" not in machine.run("ls all-removed"),
              "removed directories", 20)
        assert machine.run("mkdir e") == ""
        assert machine.run("rm e") == ""
        machine.poweroff()


@pytest.mark.parametrize("program", ["forphan", "dorphan"])
def test_orphan_is_reclaimed(image, program):
    """A file or directory without a name, held open when the power goes."""
    with Machine(image=image) as machine:
        machine.boot()
        machine.type(program + "\n")
        machine.expect("wait for the end")
        machine.kill()
    assert lines_with(boot_and_check(image), "ireclaim")
    assert not lines_with(boot_and_check(image), "ireclaim")


@pytest.mark.parametrize("build", [NORMAL, DEBUG], ids=lambda b: b.name)
def test_recovers(image, build):
    """The power goes while the log holds a commit that is not home yet."""
    for _ in range(20):
        with Machine(build, image=image) as machine:
            machine.boot()
            machine.type("logstress f0 f1 f2 f3\n")
            disk = Disk(image)
            reach(lambda: disk.log_length() > 0, "a commit record")
            machine.kill()
        was_full = Disk(image).log_length() > 0
        text = boot_and_check(image, build)
        assert bool(lines_with(text, "recovering")) == was_full
        if was_full:
            return
    pytest.fail("the log was empty each time that the power went")
