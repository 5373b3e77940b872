"""What students hand in, oddly packed: grading a class takes what can be
taken, and says briefly and plainly why the rest cannot."""

import subprocess
import sys
import zipfile

import pytest

from lib.build import ROOT

TOOLS = ROOT / "conf" / "grade-class.d"
sys.path[:0] = [str(TOOLS), str(ROOT / "tests" / "class")]

import packing  # noqa: E402
import submissions  # noqa: E402
import unpack  # noqa: E402


def test_zip_without_kinds(tmp_path):
    """Python's zipfile, given a name, notes the permissions alone."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("time.txt", "3\n")
    assert unpack.take(tmp_path / "a.zip") == {"time.txt": b"3\n"}


BUNDLE = b"# v2 git bundle\n"


@pytest.mark.parametrize("heads, says", [
    (b"", "the git bundle holds no branch"),
    (b"1" * 40 + b" refs/heads/\xff\n", "git: ")])
def test_bundle_without_files(tmp_path, heads, says):
    (tmp_path / "a.bundle").write_bytes(BUNDLE + heads + b"\nPACK")
    with pytest.raises(unpack.Refused) as refused:
        unpack.take(tmp_path / "a.bundle")
    assert says in str(refused.value)


def test_branch_like_an_option(tmp_path):
    """A branch's name is a name, whatever it looks like."""
    packing.as_bundle(tmp_path / "a", {"time.txt": b"3\n"})
    path = tmp_path / "a.bundle"
    path.write_bytes(path.read_bytes().replace(b" HEAD\n", b" --quiet\n", 1))
    assert unpack.take(path) == {"time.txt": b"3\n"}


def test_reason_is_brief(tmp_path):
    packing.as_tar(tmp_path / "a", {"a" * 100000: b""}, top="../")
    done = subprocess.run(
        [sys.executable, TOOLS / "unpack.py", tmp_path / "a.tar.gz", tmp_path],
        capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("the path ../aaa")
    assert len(done.stdout) < 2 * unpack.MOST_SAID


@pytest.mark.parametrize("name", [".zip", ".tar.gz", "..zip"])
def test_hidden(tmp_path, name):
    """A suffix alone is nobody's name."""
    (tmp_path / name).write_text("")
    assert submissions.find(tmp_path) == []


def test_unreadable_stops_nobody(tmp_path, monkeypatch):
    """It is refused in its box; here it only has to be told apart."""
    def refuse(_):
        raise PermissionError(13, "Permission denied")

    packing.as_folder(tmp_path / "ann", {"time.txt": b"3\n"})
    submission = submissions.find(tmp_path)[0]
    readable = submission.fingerprint()
    monkeypatch.setattr(unpack, "of_folder", refuse)
    assert submission.fingerprint() != readable
    with pytest.raises(unpack.Refused, match="Permission denied"):
        unpack.take(submission.paths[0])
