"""A disk that fails: what a read, a write or a flush says then, and what is
on the disk afterwards. QEMU's filter blkdebug lets it fail."""

import shutil

import pytest

from lib.build import NORMAL
from lib.crash import check_image
from lib.disk import BLOCK, ROOT, Disk
from lib.machine import Machine

SECTOR = 512
STOPPED = "fs: the log cannot be written; no more changes are taken\n"
EIO = 5
TEXT = 4096 // BLOCK  # a program's text begins on its file's second page


@pytest.fixture
def image(tmp_path):
    """A disk that has booted, with a file on it that is there to stay. Its
    log is empty, and booting from it writes nothing."""
    path = tmp_path / "fs.img"
    shutil.copyfile(NORMAL.image, path)
    with Machine(image=path) as machine:
        machine.boot()
        machine.run("echo these words stay > kept")
        machine.poweroff()
    return path


def failing(image, *, operation, block=None, once=False):
    """Boot from the image on a disk that fails in all such operations, or in
    those on one block, always or once."""
    rule = f"inject-error.0.event=none,inject-error.0.iotype={operation}," \
           f"inject-error.0.errno={EIO}"
    if block is not None:
        rule += f",inject-error.0.sector={block * BLOCK // SECTOR}"
    if once:
        rule += ",inject-error.0.once=on"

    def adjust(command):
        at = command.index("-drive")
        return command[:at] + [
            "-blockdev", f"driver=blkdebug,node-name=x0,{rule},"
            f"image.driver=file,image.filename={image}"] + command[at + 2:]
    return Machine(image=image, adjust=adjust)


def inode_of(disk, name):
    _, _, size, addresses = disk.inode(ROOT)
    return next(number for number, entry in disk.entries(size, addresses)
                if entry == name)


def block_of(disk, name, index=0):
    """A data block of a file in the root directory."""
    addresses = disk.inode(inode_of(disk, name))[3]
    return disk.blocks_of(addresses)[0][index]


def check_kept(image):
    """On a disk that works again, the file is there; gives the names that are
    there beside it. fsck finds nothing."""
    with Machine(image=image) as machine:
        machine.boot()
        assert machine.run("cat kept") == "these words stay\n"
        machine.poweroff()
    check_image(image)
    return set(Disk(image).tree())


# Reads.

@pytest.mark.parametrize("once", [False, True], ids=["always", "once"])
def test_read(image, once):
    """The program that reads gets -1, and all else works. One failure does no
    harm: a block that could not be read with others is read again alone."""
    with failing(image, operation="read", once=once,
                 block=block_of(Disk(image), "README", 1)) as machine:
        machine.boot()
        for command in ("cat README", "wc README"):
            failed = machine.run(command).endswith("README: read error\n")
            assert failed != once
        assert machine.run("cat kept") == "these words stay\n"
        machine.run("echo new > file")
        machine.poweroff()
    assert "file" in check_kept(image)


@pytest.mark.parametrize("index", [0, TEXT], ids=["header", "text"])
def test_read_of_a_program(image, index):
    with failing(image, operation="read",
                 block=block_of(Disk(image), "wc", index)) as machine:
        machine.boot()
        assert "exec wc failed" in machine.run("wc README")
        assert machine.run("cat kept") == "these words stay\n"
        machine.poweroff()
    check_kept(image)


def test_read_for_a_change(image):
    """Nothing changes if the blocks that it would change cannot be read."""
    with failing(image, operation="read",
                 block=Disk(image).bmapstart) as machine:
        machine.boot()
        assert "cannot" in machine.run("mkdir d")
        assert "cannot" in machine.run("ls d")
        assert machine.run("cat kept") == "these words stay\n"
        machine.poweroff()
    assert "d" not in check_kept(image)


@pytest.mark.parametrize("what, said", [
    ("superblock", "the superblock cannot be read"),
    ("log", "the log cannot be read"),
    ("root", "the root directory cannot be read"),
])
def test_read_at_boot(image, what, said):
    disk = Disk(image)
    block = {"superblock": 1, "log": disk.logstart,
             "root": disk.inodestart}[what]
    with failing(image, operation="read", block=block) as machine:
        assert machine.wait() != 0
        assert said in machine.console()


# Writes and flushes.

def log_block(disk):
    return disk.logstart + 1


def log_header(disk):
    return disk.logstart


def any_block(_):
    return None


WAYS = [("write", log_block), ("write", log_header), ("write", any_block),
        ("flush", any_block)]


@pytest.mark.parametrize("once", [False, True], ids=["always", "once"])
@pytest.mark.parametrize("operation, where", WAYS,
                         ids=[f"{op}-{place.__name__}" for op, place in WAYS])
def test_log_fails(image, operation, where, once):
    """Writing stops, with a message, also on a disk that works again; what can
    be read stays so. Nothing of what failed is on the disk, all that was
    committed before is."""
    with failing(image, operation=operation, once=once,
                 block=where(Disk(image))) as machine:
        machine.boot()
        machine.run("mkdir lost")
        assert "sync: the disk reports an error" in machine.run("sync")
        assert machine.console().count(STOPPED) == 1
        assert "cannot make more" in machine.run("mkdir more")
        assert "cannot remove kept" in machine.run("rm kept")
        assert "cannot link" in machine.run("ln kept other")
        assert "cannot open new" in machine.run("echo x > new")
        assert "sync: the disk reports an error" in machine.run("sync")
        assert machine.run("cat kept") == "these words stay\n"
        machine.type("poweroff\n")
        machine.expect("sync failed: the disk may lack the last changes")
        assert machine.wait() == 0
        assert machine.console().count(STOPPED) == 1
    names = check_kept(image)
    assert "kept" in names
    assert not names & {"lost", "more", "other", "new"}


def test_home_fails(image):
    """A commit that cannot be written home stays in the log, and the next
    boot writes it home."""
    home = Disk(image).inodestart
    with failing(image, operation="write", block=home) as machine:
        machine.boot()
        machine.run("mkdir committed")
        assert "reports an error" in machine.run("sync")
        assert "cannot make more" in machine.run("mkdir more")
        machine.kill()
    assert Disk(image).log_length() > 0
    names = check_kept(image)
    assert "committed" in names and "more" not in names


def test_recovery_fails(image):
    """A log that cannot be written home at boot: a message, no shell, and
    nothing is lost."""
    home = Disk(image).inodestart
    with failing(image, operation="write", block=home) as machine:
        machine.boot()
        machine.run("mkdir committed")
        machine.run("sync")
        machine.kill()
    with failing(image, operation="write", block=home) as machine:
        assert machine.wait() != 0
        text = machine.console()
    assert "recovering" in text
    assert "what the log holds cannot be written home" in text
    assert "committed" in check_kept(image)


def bitmap(disk):
    return disk.bmapstart


@pytest.mark.parametrize("where", [log_block, bitmap],
                         ids=lambda place: place.__name__)
def test_busy_disk_fails(image, where):
    """Processes that wait for room in the log get -1, be it that the log or
    what it holds cannot be written."""
    with failing(image, operation="write", once=True,
                 block=where(Disk(image))) as machine:
        machine.boot()
        text = machine.run("logstress f0 f1 f2 f3")
        assert text.count("logstress: cannot write") == 4
        assert machine.run("cat kept") == "these words stay\n"
        assert "reports an error" in machine.run("sync")
        machine.kill()
    check_kept(image)
