"""Ways in which students pack what they hand in: each writes files, a
dictionary from names to bytes, to a place in a folder."""

import io
import os
import stat
import subprocess
import tarfile
import zipfile


def as_folder(place, files):
    for name, data in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def as_tar(place, files, suffix=".tar.gz", top="", change=None):
    """change(info) may make of a member what is no file."""
    mode = "w:" + suffix.removeprefix(".tar").removeprefix(".")
    with tarfile.open(f"{place}{suffix}", mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(top + name)
            info.size = len(data)
            if change:
                change(info)
            archive.addfile(info, io.BytesIO(data))


def as_zip(place, files, top="", mode=stat.S_IFREG | 0o644):
    with zipfile.ZipFile(f"{place}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(top + name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)


def git(folder, *arguments):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@example.org",
         *arguments], cwd=folder, check=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def as_bundle(place, files):
    folder = place.with_name(f".{place.name}")
    as_folder(folder, files)
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "the lab")
    git(folder, "bundle", "create", f"../{place.name}.bundle", "HEAD")
    subprocess.run(["rm", "-rf", folder], check=True)


def as_links(place, files):
    """A folder with a link where a file should be."""
    as_folder(place, files)
    path = place / next(iter(files))
    path.unlink()
    path.symlink_to("/etc/passwd")


def as_linked_folder(place, files):
    """A folder of which a part lies elsewhere."""
    elsewhere = place.with_name(f".{place.name}")
    as_folder(elsewhere, files)
    place.mkdir()
    (place / "kernel").symlink_to(elsewhere / "kernel")


def as_pipe(place, files):
    as_folder(place, files)
    path = place / "time.txt"
    path.unlink()
    os.mkfifo(path)
