"""Prove what tests/prove says of the kernel, by the model checker cbmc.

    python3 -m prove COMPILER... -- [NAME]    (in the folder above this one)

A proof is a function prove_... of a file NAME.c, whose first comment has a line
for it, with its bound: no loop may go round as often, which is checked.

    prove_x: bound 3, any_load for load_segment

lets calls of load_segment go to any_load, a function of the file. Each proof is
run twice: MUST holds in all cases, and SOME_CASE in one.

    loop WORDS of mm/copy_new.c: at < words_end

puts "WORDS && " before these conditions, in a copy of the kernel's file. WORDS
is ANY_TURN of prove.h: the loop is proved by induction.
"""

import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent.parent
TOOLS = ("cbmc", "goto-cc", "goto-instrument")
MISSING = ("cbmc is missing, which the proofs need. Debian 13 has it: "
           "apt-get install cbmc")
MEMORY = 6 << 30  # bytes
LIMIT = int(os.environ.get("PROVE_LIMIT", "1200"))  # seconds

LINE = re.compile(r"^ \*   (prove_\w+): bound (\d+)"
                  r"((?:,(?:\n \*      )? \w+ for \w+)*)$", re.M)
LOOP = re.compile(r"^ \*   loop (\w+) of (\S+): (.*)$", re.M)
FUNCTION = re.compile(r"^void (prove_\w+)\(void\)$", re.M)
FALSE = re.compile(r"^\[(\S*)\] (line \d+ )?(.*): (FAILURE|ERROR|UNKNOWN)$", re.M)
CASE = re.compile(r"^\[.*\] line \d+ (case .*): (\w+)$", re.M)
UNITS = re.compile(r"^\*\* \d+ of (\d+) failed", re.M)


class Trouble(Exception):
    """Why something is not proved."""


@dataclass
class Proof:
    """One function that cbmc begins with."""

    file: str
    name: str
    bound: str
    instead: list  # (function, the one that calls of it go to)


def proofs_of(path):
    text = path.read_text()
    found = [Proof(path.stem, name, bound,
                   [(old, new) for new, old in
                    re.findall(r"(\w+) for (\w+)", instead)])
             for name, bound, instead in LINE.findall(text)]
    if sorted(p.name for p in found) != sorted(FUNCTION.findall(text)):
        raise Trouble(f"{path.name}: its first comment lists other proofs "
                      "than it has")
    return found


def loops_of(path):
    """(macro, the kernel's file, the text that it comes before) of each."""
    return LOOP.findall(path.read_text())


def missing():
    return [tool for tool in TOOLS if not shutil.which(tool)]


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(folder, *command):
    try:
        done = subprocess.run(
            command, cwd=folder, text=True, check=False, timeout=LIMIT,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, preexec_fn=limit_memory)
    except subprocess.TimeoutExpired:
        raise Trouble(f"no answer after {LIMIT} seconds") from None
    return done.returncode, done.stdout


def must_run(folder, *command):
    status, said = run(folder, *command)
    if status != 0:
        raise Trouble(f"{command[0]}: {said[-2000:]}")


def with_loops(folder, path):
    """A folder with copies of the files whose loops are proved by
    induction."""
    copies = folder / "copies"
    for macro, name, condition in loops_of(path):
        copy = copies / name
        text = (copy if copy.exists() else ROOT / "kernel" / name).read_text()
        if condition not in text:
            raise Trouble(f"kernel/{name} has no loop: {condition}")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text.replace(condition, f"{macro} && {condition}"))
    return copies


def answer(folder, compiler, proof, cases):
    """What cbmc says of a proof."""
    copies = with_loops(folder, FOLDER / f"{proof.file}.c")
    must_run(ROOT, *compiler[:1], "-iquote", str(copies), *compiler[1:],
             *(["-DCASES"] if cases else []), "-E", "-o",
             str(folder / "all.i"), f"tests/prove/{proof.file}.c")
    # All that the model of a machine tells apart here is what char is: both
    # have 64 bits, the lowest byte first.
    must_run(folder, "goto-cc", "-funsigned-char", "--function", proof.name,
             "-o", "program", "all.i")
    for old, new in proof.instead:
        must_run(folder, "goto-instrument", "--replace-calls", f"{old}:{new}",
                 "program", "program")
    status, said = run(
        folder, "cbmc", "program", "--function", proof.name, "--unwind",
        proof.bound, "--unwinding-assertions", "--drop-unused-functions",
        "--slice-formula")
    if status not in (0, 10) or not UNITS.search(said):
        raise Trouble(said[-2000:])
    return said


def prove(compiler, proof):
    """How many properties hold. Trouble: one does not, or a case that should
    be there is not."""
    with tempfile.TemporaryDirectory(prefix="prove-") as folder:
        said = answer(Path(folder), compiler, proof, False)
        wrong = [f"{where} {line}{what}"
                 for where, line, what, _ in FALSE.findall(said)]
        if wrong or "VERIFICATION SUCCESSFUL" not in said:
            raise Trouble("\n  ".join(["does not hold:", *wrong]))
        cases = CASE.findall(answer(Path(folder), compiler, proof, True))
        never = [case for case, result in cases if result != "FAILURE"]
        if never or not cases:
            raise Trouble("\n  ".join(["never comes about:", *never]))
        return int(UNITS.search(said)[1])


def main(words):
    if missing():
        print(f"prove: skipped. {MISSING}")
        return 0
    compiler, _, names = " ".join(words).partition(" -- ")
    name = names.strip()
    proofs = [proof for path in sorted(FOLDER.glob("*.c"))
              for proof in proofs_of(path)
              if name in ("", proof.file, proof.name)]
    if not proofs:
        sys.exit(f"P={name}: there is no such proof")
    failed = 0
    for proof in proofs:
        began = time.monotonic()
        try:
            number = prove(compiler.split(), proof)
            print(f"ok {proof.file}: {proof.name} ({number} properties, "
                  f"{time.monotonic() - began:.0f} s)", flush=True)
        except Trouble as trouble:
            failed += 1
            print(f"FAILED {proof.file}: {proof.name}: {trouble}", flush=True)
    print(f"{len(proofs) - failed} proved, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
