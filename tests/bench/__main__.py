"""Measure the system: what `make bench` does.

    python3 -m bench [--base TREE] [--runs N] [--usertests] [--out FOLDER]

A comparison of the direct copies with the walking ones, and a table. OUT gets
bench.json with all figures, and the pictures.
"""

import argparse
import datetime
import json
import os
import signal
import sys
import tempfile
from pathlib import Path

from bench.check import compiler
from bench.foreign import BadTree, ForeignBuild
from bench.pictures import NoPictures, draw_all
from bench.runs import Progress, System, counted_figures
from bench.wall import usertests_figures, wall_figures
from bench.words import first_lines, load_words, missed, table
from lib.build import ROOT
from lib.machine import MachineError

OUT = ROOT / "build" / "bench"


def options(arguments):
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--base", type=Path, help="another xv6 tree")
    parser.add_argument("--runs", type=int, default=5,
                        help="of what is measured by the wall's clock")
    parser.add_argument("--usertests", action="store_true",
                        help="the other tree's usertests -q, on both kernels")
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args(arguments)
    if chosen.usertests and not chosen.base:
        parser.error("--usertests goes with --base")
    return chosen


def measure(chosen, systems, progress):
    """The figures of each system."""
    found = [counted_figures(system, progress) for system in systems]
    for figures, more in zip(
            found, wall_figures(systems, chosen.runs, progress)):
        figures.update(more)
    if chosen.usertests:
        for figures, more in zip(
                found, usertests_figures(systems, chosen.runs, progress)):
            figures.update(more)
    progress.clear()
    return found


def report(chosen, ours, base, load):
    """The exit status. load is the machine's before and after."""
    print(first_lines(ours), table(ours, base), sep="\n\n")
    chosen.out.mkdir(parents=True, exist_ok=True)
    results = {"date": datetime.date.today().isoformat(),
               "compiler": compiler(), "cores": os.cpu_count(), "load": load,
               "ours": ours, "base": base}
    (chosen.out / "bench.json").write_text(json.dumps(results, indent=1))
    print(f"\n{results['date']}, {results['compiler']}, {load_words(results)}")
    print(f"{len(missed(ours, base))} figures miss their goals; all are in "
          f"{chosen.out}/bench.json")
    try:
        files = draw_all(ours, base, chosen.out)
    except NoPictures as why:
        print(f"make bench: no pictures: {why}", file=sys.stderr)
        return 1
    print("pictures: " + " ".join(path.name for path in files))
    return 0


def main(arguments):
    # Being told to end still ends every machine that was started.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit("ended by a signal"))
    chosen = options(arguments)
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        try:
            progress.say("builds")
            systems = [System()]
            if chosen.base:
                systems.append(System(
                    ForeignBuild(chosen.base, folder), "base"))
            load = [os.getloadavg()[0]]
            found = measure(chosen, systems, progress)
            load.append(os.getloadavg()[0])
        except (BadTree, MachineError) as why:
            progress.clear()
            sys.exit(f"make bench: {why}")
    return report(chosen, found[0], found[1] if chosen.base else {}, load)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
