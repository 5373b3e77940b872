"""What the box in which a submission is graded keeps in: a grade script that
tries to get out stands in for whatever a submission may bring about."""

import os
import socket
import sys
from pathlib import Path

import pytest

from lib.build import ROOT

sys.path[:0] = [str(ROOT / "conf" / "grade-class.d")]

import unpack  # noqa: E402
from sandbox import BoxFailed, Sandbox  # noqa: E402

LIMIT = 60
CORE = max(os.sched_getaffinity(0))

# Each function says how it ended: the name of an error, or what it got.
SCRIPT = '''#!/usr/bin/env python3
import json, os, socket, subprocess, sys

def read_secret(secret):
    return open(secret).read()

def write_elsewhere(secret):
    for place in os.path.dirname(secret), "/usr", "/lab/base", "/lab/tools":
        try:
            open(place + "/mark", "w").close()
            return place
        except OSError as error:
            last = error
    raise last

def connect(secret):
    socket.create_connection(("127.0.0.1", int(os.path.basename(secret))), 5)
    return "connected"

def take_memory(secret):
    return len(bytearray(2 << 30))

def write_long_file(secret):
    with open("long", "wb") as file:
        for _ in range(200):
            file.write(bytes(1 << 20))
    return "written"

def fill_disk(secret):
    parts = [f"part{number}" for number in range(20)]
    try:
        for part in parts:
            with open(part, "wb") as file:
                for _ in range(60):
                    file.write(bytes(1 << 20))
        return "written"
    finally:
        for part in filter(os.path.exists, parts):
            os.unlink(part)

def fork_many(secret):
    for _ in range(1000):
        if os.fork() == 0:
            os.setsid()
            os.execlp("sleep", "sleep", "1000", secret)
    return "forked"

def cores(secret):
    return sorted(os.sched_getaffinity(0))

found = {}
for name in sys.argv[sys.argv.index("--") + 2:]:
    try:
        found[name] = str(globals()[name](sys.argv[sys.argv.index("--") + 1]))
    except BaseException as error:
        found[name] = type(error).__name__
for option in ("--json", "--gradescope"):
    with open(sys.argv[sys.argv.index(option) + 1], "w") as file:
        json.dump(found, file)
'''


@pytest.fixture(scope="module")
def listener():
    """Somebody to be reached by the network."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def run_in_box(folder, *tries, namespaces, limit=LIMIT, port=0, text=SCRIPT):
    """What became of the tries. A secret lies beside the box."""
    work = folder / "work"
    (work / "tree").mkdir(parents=True)
    (work / "tree" / "grade-lab-x").write_text(text)
    (folder / "theirs").mkdir()
    (folder / "theirs" / "time.txt").write_text("16")
    secret = folder / str(port)
    secret.write_text("secret")
    sandbox = Sandbox(work, "grade-lab-x", namespaces=namespaces)
    if namespaces and not sandbox.isolated:
        pytest.skip(sandbox.complaint)
    outcome = sandbox.run(
        "grade", limit, core=CORE, submission=str(folder / "theirs"),
        options=["--", str(secret), *tries])
    assert processes_of(secret) == []
    assert [path.name for path in work.iterdir()] == ["tree"]
    assert [path.name for path in (work / "tree").iterdir()] == ["grade-lab-x"]
    return outcome


def processes_of(secret):
    """Those whose command names it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(secret) in path.read_bytes():
                found.append(path)
        except OSError:
            continue
    return found


def test_walls(tmp_path, listener):
    """With namespaces."""
    outcome = run_in_box(
        tmp_path, "read_secret", "write_elsewhere", "connect", "take_memory",
        "write_long_file", "fill_disk", "fork_many", "cores",
        namespaces=True, port=listener)
    found = outcome["report"]
    assert found == {"read_secret": "FileNotFoundError",
                     "write_elsewhere": "OSError",
                     "connect": "OSError", "take_memory": "MemoryError",
                     "write_long_file": "OSError", "fill_disk": "OSError",
                     "fork_many": "BlockingIOError", "cores": f"[{CORE}]"}
    assert outcome["missing"] == [name for name in unpack.WANTED
                                  if name != "time.txt"]


def test_limits_alone(tmp_path):
    """Without them."""
    outcome = run_in_box(tmp_path, "take_memory", "write_long_file", "cores",
                         namespaces=False)
    assert outcome["report"] == {"take_memory": "MemoryError",
                                 "write_long_file": "OSError",
                                 "cores": f"[{CORE}]"}


ORPHAN = SCRIPT.replace("range(1000)", "range(3)")


@pytest.mark.parametrize("namespaces", [True, False])
def test_orphans_end(tmp_path, namespaces):
    """run_in_box looks for them."""
    outcome = run_in_box(tmp_path, "fork_many", namespaces=namespaces,
                         text=ORPHAN)
    assert outcome["report"] == {"fork_many": "forked"}


@pytest.mark.parametrize("namespaces", [True, False])
def test_time_is_up(tmp_path, namespaces):
    outcome = run_in_box(
        tmp_path, "fork_many", namespaces=namespaces, limit=2,
        text=ORPHAN + "import time\ntime.sleep(1000)\n")
    assert outcome["unfinished"] == \
        "the grading was ended: it took longer than 2 s"


@pytest.mark.parametrize("namespaces", [True, False])
def test_graders_own_failure(tmp_path, namespaces):
    """It is nobody's grade."""
    with pytest.raises(BoxFailed, match="the grade script, status 3"):
        run_in_box(tmp_path, namespaces=namespaces,
                   text="import sys\nsys.exit(3)\n")


def test_system_without_namespaces(tmp_path, monkeypatch):
    """It says so, and why."""
    (tmp_path / "unshare").write_text(
        "#!/bin/sh\necho unshare: not permitted >&2\nexit 1\n")
    (tmp_path / "unshare").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    sandbox = Sandbox(tmp_path, "grade-lab-x")
    assert not sandbox.isolated
    assert "unshare: not permitted" in sandbox.complaint
