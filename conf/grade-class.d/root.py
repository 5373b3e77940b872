"""A file system of a process's own: of the machine it shows only what is
needed to build and to run, read-only; all else is a small disk in memory,
which is gone with the process.

Used in new user, mount and process namespaces. It is not a wall against
programs that attack the kernel: no program of a student's runs outside QEMU,
but compilers read whatever file a student's C names.
"""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_REMOUNT, MS_BIND, MS_REC = 32, 4096, 16384
MS_NOATIME, MS_NODIRATIME, MS_RELATIME = 1024, 2048, 1 << 21
MNT_DETACH = 2

# A mount that others have locked must keep these: statvfs's bit -> mount's.
KEPT = {os.ST_NOSUID: MS_NOSUID, os.ST_NODEV: MS_NODEV,
        os.ST_NOEXEC: MS_NOEXEC, os.ST_NOATIME: MS_NOATIME,
        os.ST_NODIRATIME: MS_NODIRATIME, os.ST_RELATIME: MS_RELATIME}

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
          "/etc/alternatives", "/etc/ld.so.cache", "/dev/null",
          "/dev/urandom")
OLD_ROOT = "old"

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def mount(source, target, kind, flags, data=None):
    arguments = [text and os.fsencode(text)
                 for text in (source, target, kind)]
    check(libc.mount(*arguments, ctypes.c_ulong(flags),
                     data and data.encode()), f"mount {target}")


def show(source, target, writable=False):
    """Let a file or a folder be seen at a place of the new root."""
    source = Path(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(os.readlink(source))
        return
    target.mkdir(exist_ok=True) if source.is_dir() else target.touch()
    mount(source, target, None, MS_BIND | MS_REC)
    if not writable:
        had = os.statvfs(target).f_flag
        kept = sum(flag for bit, flag in KEPT.items() if had & bit)
        mount(None, target, None, MS_REMOUNT | MS_BIND | MS_RDONLY | kept)


def enter(place, nbytes, readable, own):
    """Make place, an empty folder, the root. readable: what is seen where it
    is; own: (what, where in the new root, whether it may be written)."""
    place = Path(place)
    mount("tmpfs", place, "tmpfs", MS_NOSUID | MS_NODEV,
          f"size={nbytes},mode=755")
    for name in (*SYSTEM, *readable):
        if os.path.lexists(name) and not os.path.lexists(place / name[1:]):
            show(name, place / name[1:])
    for source, target, writable in own:
        show(source, place / target, writable)
    (place / "tmp").mkdir()
    (place / OLD_ROOT).mkdir()
    os.chdir(place)
    # A command for administrators: not on everybody's path.
    program = shutil.which("pivot_root", path="/usr/sbin:/sbin:/usr/bin:/bin")
    subprocess.run([program or "pivot_root", ".", OLD_ROOT], check=True)
    os.chdir("/")
    check(libc.umount2(b"/" + OLD_ROOT.encode(), MNT_DETACH), "umount")
    os.rmdir("/" + OLD_ROOT)
