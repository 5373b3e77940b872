"""What operations and copies take in real time, in nanoseconds, on one hart."""

import statistics

from bench.rows import BASE, LEAST, MEDIAN, ONE, TWO, WALK
from bench.runs import LIMIT, names_of, rounds_in_turn, run

# What our kernel is told in each mode, and what is run in it.
OURS = {
    ONE: (("onetable", "direct"), ("bench time", "benchcopy time")),
    TWO: (("twotables", "direct"), ("bench time", "benchcopy time")),
    WALK: (("onetable", "walk"), ("bench time",)),
}
OTHER = {BASE: ((), ("bench time",))}


def one_round(system, say):
    """Every figure once, the modes one after the other."""
    figures = {}
    with system.machine() as machine:
        machine.boot(LIMIT)
        for mode, (words, commands) in (
                OURS if system.is_ours else OTHER).items():
            for word in words:
                machine.run(f"stats {word}")
            for command in commands:
                found = run(machine, command, names_of(system, command),
                            lambda text, mode=mode: say(f"{mode}: {text}"))
                figures |= {f"{mode} {name}": value
                            for name, value in found.items()}
    return figures


def least_and_median(rounds):
    """Of the rounds. What a copy takes is a difference, which errors make less
    as well as more, so that its least says nothing, and its median all."""
    return {f"{which} {name}": round(pick(each[name] for each in rounds))
            for which, pick in ((LEAST, min), (MEDIAN, statistics.median))
            for name in rounds[0]}


def real_figures(systems, count, progress):
    """For each system, of so many rounds; none: no figures."""
    return [least_and_median(rounds) if rounds else {}
            for rounds in rounds_in_turn(systems, count, one_round, progress,
                                         "real time")]
