"""Measure the system: what `make bench` does.

    python3 -m bench [--base TREE] [--runs N] [--usertests] [--out FOLDER]

A comparison of the direct copies with the walking ones, and three tables: of
what is counted, of some of it beside Linux, and of real time. OUT gets
bench.json with all figures, and the pictures.
"""

import argparse
import datetime
import json
import os
import signal
import sys
import tempfile
import textwrap
from pathlib import Path

from bench.check import compiler
from bench.foreign import BadTree, ForeignBuild
from bench.pictures import NoPictures, draw_all
from bench.real import real_figures
from bench.rows import BASE
from bench.runs import Progress, System, counted_figures, modes_of
from bench.wall import usertests_figures, wall_figures
from bench.words import (COLUMNS, first_lines, linux_table, missed, real_table,
                         setting, table)
from lib.build import ROOT
from lib.machine import ICOUNT, MachineError, qemu_version

OUT = ROOT / "build" / "bench"


def options(arguments):
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--base", type=Path, help="another xv6 tree")
    parser.add_argument("--runs", type=int, default=5,
                        help="of what is measured in real time")
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
    clocked = [real_figures, wall_figures]
    if chosen.usertests:
        clocked.append(usertests_figures)
    for measured in clocked:
        for figures, more in zip(
                found, measured(systems, chosen.runs, progress)):
            figures.update(more)
    progress.clear()
    return found


def results_of(chosen, folder, progress):
    """All that there is to say."""
    progress.say("builds")
    systems = [System()]
    if chosen.base:
        systems.append(System(ForeignBuild(chosen.base, folder), BASE))
    before = os.getloadavg()[0]
    found = measure(chosen, systems, progress)
    return {"date": datetime.date.today().isoformat(),
            "compiler": compiler(), "qemu": qemu_version(),
            "cores": os.cpu_count(), "load": [before, os.getloadavg()[0]],
            "modes": {"counted": modes_of(systems[0], ICOUNT),
                      "real": modes_of(systems[0])},
            "ours": found[0], "base": found[1] if chosen.base else {}}


def report(chosen, results):
    """The exit status."""
    ours, base = results["ours"], results["base"]
    print(first_lines(results), table(ours, base), linux_table(ours),
          real_table(ours, base), sep="\n\n")
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "bench.json").write_text(json.dumps(results, indent=1))
    print("\n" + textwrap.fill(f"Measured on {setting(results)}.", COLUMNS))
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
            results = results_of(chosen, folder, progress)
        except (BadTree, MachineError) as why:
            progress.clear()
            sys.exit(f"make bench: {why}")
    return report(chosen, results)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
