"""Examine mutants: are they noticed, and by the right tests alone?

    python3 -m mutants [REGEX]    (in the folder above this one)

A line for each mutant whose name the expression is found in: `ok NAME (n s)`,
or `FAILED NAME: why`. examine.py says what a mutant is.
"""

import re
import signal
import sys

from mutants.examine import FOLDER, Trouble, examine_all, read_mutant


def chosen(expression):
    """The mutants that the expression names, and how many are malformed."""
    mutants, malformed = [], 0
    for patch in sorted(FOLDER.glob("*.patch")):
        if not re.search(expression, patch.stem):
            continue
        try:
            mutants.append(read_mutant(patch))
        except Trouble as trouble:
            print(f"FAILED {patch.stem}: {trouble}")
            malformed += 1
    return mutants, malformed


def main(expression=""):
    # Being told to end still ends all that was started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))
    try:
        mutants, failed = chosen(expression)
    except re.error as error:
        sys.exit(f"M={expression}: {error}")
    if not mutants and not failed:
        sys.exit(f"M={expression}: no mutant has such a name")
    troubles = []

    def report(name, seconds, trouble):
        if trouble:
            troubles.append(trouble)
            print(f"FAILED {name}: {trouble}", flush=True)
        else:
            print(f"ok {name} ({seconds:.0f} s)", flush=True)

    examine_all(mutants, report)
    failed += len(troubles)
    print(f"{len(mutants) - len(troubles)} as they should be, {failed} not")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
