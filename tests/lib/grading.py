"""Running the grade script, and systems that misbehave in QEMU's place."""

import importlib.machinery
import importlib.util
import re
import subprocess
import sys
import time
from pathlib import Path

from lib.build import NORMAL, ROOT, clean_environment

LIMIT = 60
SCRIPT = "grade-lab-pgtbl"


def load_script():
    loader = importlib.machinery.SourceFileLoader("grade", str(ROOT / SCRIPT))
    spec = importlib.util.spec_from_loader("grade", loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules["grade"] = module
    sys.path.insert(0, str(ROOT))
    spec.loader.exec_module(module)
    return module


grade = load_script()  # its parts


def environment(folder, **variables):
    """The build that is there already, and a place for temporary files."""
    place = folder / "temporary"
    place.mkdir(exist_ok=True)
    return {**clean_environment(), "STRICT": "1", "TMPDIR": str(place),
            "O": str(NORMAL.ready().folder.relative_to(ROOT)), **variables}


def start(folder, *arguments, tree=ROOT, **variables):
    """The script, with variables for its environment."""
    return subprocess.Popen(
        [sys.executable, tree / SCRIPT, *arguments],
        env=environment(folder, **variables), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True)


def run(folder, *arguments, **options):
    """(exit status, output) of the script; it leaves no temporary file."""
    process = start(folder, *arguments, **options)
    output = process.communicate(timeout=LIMIT)[0]
    assert temporary(folder) == []
    return process.returncode, output


def results(output):
    """What the output says: name -> (passed, the reason's lines)."""
    found = {}
    parts = re.split(r"^== Test (.+) ==\n", output, flags=re.M)
    for name, text in zip(parts[1::2], parts[2::2]):
        verdict = re.search(
            rf"^{re.escape(name)}: (?:(OK) \(\d+\.\ds\)|FAIL)\n"
            r"((?:    .*\n)*)", text, re.M)
        assert verdict, text
        assert bool(verdict.group(1)) != bool(verdict.group(2)), text
        found[name] = bool(verdict.group(1)), verdict.group(2)
    return found


def fake(folder, body):
    """A program in QEMU's place, and the file where it notes its pids."""
    program = folder / "fake-qemu"
    if body is not None:
        program.write_text(f"#!/bin/sh\necho $$ >>$PIDS\n{body}\n")
        program.chmod(0o755)
    pids = folder / "pids"
    pids.touch()
    return {"QEMU": str(program), "PIDS": str(pids)}


def alive(folder):
    """Which of the fakes' processes still run. One that ended may wait for
    its parent to notice."""
    found = []
    for pid in (folder / "pids").read_text().split():
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1]
        except (FileNotFoundError, ProcessLookupError):  # even while read
            continue
        if state.split()[0] != "Z":
            found.append(pid)
    return found


def temporary(folder):
    """What the script has left where temporary files go."""
    return list((folder / "temporary").iterdir())


def wait_until(condition):
    until = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


# What of a results.json we use, by Gradescope's "Autograder Specifications,
# Output Format".
NUMBER = (int, float)
RESULTS = {"score": NUMBER, "execution_time": NUMBER, "output": str,
           "visibility": str, "tests": list}
RESULT_OF_TEST = {"name": str, "score": NUMBER, "max_score": NUMBER,
                  "status": str, "output": str, "visibility": str}


def check_gradescope(results):
    """Each field is known there, and of its type. Students see all of it."""
    assert {"score", "tests"} <= set(results)
    for part, fields in [(results, RESULTS), *(
            (test, RESULT_OF_TEST) for test in results["tests"])]:
        assert all(isinstance(part[name], fields[name]) for name in part)
        assert part["visibility"] == "visible"
    for test in results["tests"]:
        assert test["status"] in ("passed", "failed")
        assert 0 <= test["score"] <= test["max_score"]
