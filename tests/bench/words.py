"""The tables, and what is to be said first."""

import textwrap

from bench.rows import (BASE, BENCH_ROWS, KINDS, LAB, LEAST, LINUX,
                        LINUX_CYCLES, LINUX_CYCLES_ARE, LINUX_IS, MEDIAN, MODES,
                        ONE, OTHERS, OTHERS_MOST, REAL_ROWS, SECTIONS, SIZES,
                        TWO, WALK, XV6, copy_name, real)

SAID_SIZES = (8, 4096, 65536)
COLUMNS = 79
WORDS = 30   # columns for the words of a row
FIGURE = 11  # for a figure
COUNT = 6
GOAL = 9
TIMES = 7
EXACTLY = 100  # times better, from which on tenths do not matter
OVER = "*"    # marks a figure that misses its goal


def bytes_in_words(nbytes):
    return "1 byte" if nbytes == 1 else f"{nbytes:,} bytes"


def factor(figures, kind, placement, nbytes):
    """How many times as fast the direct copy is."""
    walk, direct = (figures[copy_name(kind, mode, placement, nbytes)]
                    for mode in MODES)
    return walk / direct


def winning_sizes(figures, kind, placement):
    return [nbytes for nbytes in SIZES[kind]
            if factor(figures, kind, placement, nbytes) > 1]


def where_it_wins(winning, sizes):
    """At which of these sizes, in words."""
    if len(winning) == len(sizes):
        return "at every size"
    if not winning:
        return "at no size"
    if winning == list(sizes[-len(winning):]):
        return f"from {bytes_in_words(winning[0])} on"
    if winning == list(sizes[:len(winning)]):
        return f"up to {bytes_in_words(winning[-1])}"
    return "at " + ", ".join(f"{nbytes:,}" for nbytes in winning) + " bytes"


PLACES = {"aligned": "from a page's start",
          "crossing": "across a page's end, at an odd address"}


def comparison(figures, kind):
    """How much faster direct is, at which sizes."""
    parts = []
    for placement, place in PLACES.items():
        factors = [f"{factor(figures, kind, placement, nbytes):.1f} at "
                   f"{bytes_in_words(nbytes)}" for nbytes in SAID_SIZES
                   if nbytes in SIZES[kind]]
        wins = where_it_wins(winning_sizes(figures, kind, placement),
                             SIZES[kind])
        parts.append(f"{', '.join(factors)}, {place}: it wins {wins}")
    return (f"Direct {kind}, in times as fast as walking: " + "; ".join(parts)
            + ".")


def reason(figures):
    """Why: what a copy costs beyond its bytes, by either way."""
    walk, direct = (figures[copy_name("copyin", mode, "aligned", 1)]
                    for mode in MODES)
    return ("The walk looks up each page in the user table before it copies "
            "from it; the direct copy takes the address as it is, and the MMU "
            f"looks it up. One byte costs {walk} cycles by walking, {direct} "
            "direct.")


def worst(figures):
    """The direct copy that does worst beside a walking one."""
    times, of, kind, placement, nbytes = min(
        (factor(ours, kind, placement, nbytes), of, kind, placement, nbytes)
        for of in (ONE, TWO) for ours in [real(figures, MEDIAN, of)]
        for kind in KINDS for placement in PLACES for nbytes in SIZES[kind])
    return (f"With one table or with two, a direct copy takes at most "
            f"{1 / times:.2f} times as long as a walking one: {kind} of "
            f"{bytes_in_words(nbytes)} {PLACES[placement]}, with {of}.")


def state(modes, figures):
    """Of the machine that measured."""
    return (f"{modes['tables']} table, ASIDs {modes['asids']}, SUM "
            f"{modes['sum']}, {'Svade' if figures['svade'] else 'no Svade'}")


def first_lines(results):
    """What is true in instructions, and in real time if that was measured."""
    figures, modes = results["ours"], results["modes"]
    said = [f"In instructions ({state(modes['counted'], figures)}):",
            *(comparison(figures, kind) for kind in KINDS), reason(figures)]
    timed = real(figures, MEDIAN, ONE)
    if timed:
        said += [f"In real time on QEMU {results['qemu']} "
                 f"({state(modes['real'], figures)}):",
                 *(comparison(timed, kind) for kind in KINDS), worst(figures)]
    return "\n".join(textwrap.fill(line, COLUMNS) for line in said)


def load_words(results):
    """What else the machine had to do, which real time shows."""
    before, after = results["load"]
    said = (f"{results['cores']} cores with a load of {before:.1f} before and "
            f"{after:.1f} after")
    if before > results["cores"] / 2:
        said += " (others used them, too: what real time shows is too long)"
    return said


def others_words(ours):
    """That the host had other work while harts were compared, if it had."""
    shares = [share for name, share in ours.items() if name.endswith(OTHERS)]
    if not shares or max(shares) <= OTHERS_MOST:
        return ""
    return ("Nothing is claimed of several harts: while they were measured, "
            f"others used up to {max(shares)} % of the host, or it is not known "
            "what they used.")


def setting(results):
    """When, by what, and on what it was measured."""
    return (f"{results['date']} by `make bench`, compiled by "
            f"{results['compiler']}, on QEMU {results['qemu']} and "
            f"{load_words(results)}")


def number(form, value):
    return "" if value is None else form.format(value)


def times(row, ours, reference):
    better = (row.times_better(ours, reference)
              if ours is not None and reference is not None else None)
    if better is None:
        return ""
    return f"{better:,.1f}" if better < EXACTLY else f"{better:,.0f}"


def cells_of(row, ours, base):
    """The figures of a row; the last one compares it with the other tree, if
    there is one, which takes the lab's place."""
    value, beside = row.value(ours), row.value(base)
    goal = row.goal_beside(base)
    mark = OVER if row.is_over(value, goal) else ""
    seconds = (beside, row.xv6) if base else (row.xv6, row.lab)
    return [number(row.form, value) + mark,
            *(number("{}", count) for count in row.counts(ours)),
            *(number(row.form, each) for each in (*seconds, goal)),
            times(row, value, beside if base else row.xv6)]


def layout(words, cells, widths):
    return (words.ljust(WORDS) + "".join(
        cell.rjust(width) for cell, width in zip(cells, widths))).rstrip()


def table(ours, base):
    """What is counted, and by the clock what has no mode; base is empty
    without another tree."""
    widths = (FIGURE, COUNT, COUNT, FIGURE, FIGURE, GOAL, TIMES)
    seconds = (BASE, XV6) if base else (XV6, LAB)
    lines = [layout("", ["ours", "satp", "TLB", *seconds, "goal", "times"],
                    widths)]
    for section, rows in SECTIONS.items():
        measured = [row for row in rows if row.value(ours) is not None or
                    row.was_disturbed(ours)]
        if measured:
            lines.append(f"{section}:")
            lines += [layout("  " + row.words, cells_of(row, ours, base),
                             widths) for row in measured]
    said = others_words(ours)
    return "\n".join([
        *lines, *textwrap.wrap(said, COLUMNS),
        "satp: writes of it, TLB: flushes, both exact, of one operation on one "
        "hart, one table",
        f"times: how many times as good as {seconds[0]}; {OVER}: misses its "
        "goal"])


def linux_table(ours):
    """The rows in which Linux was ahead once, beside what it took."""
    widths = (*[FIGURE] * 4, TIMES)
    lines = [layout("", ["ours", "goal", "tmpfs", "ext4", "times"], widths),
             "beside Linux, instructions of one operation:"]
    for name, figures in LINUX_CYCLES.items():
        row = BENCH_ROWS[name]
        value = row.value(ours)
        mark = OVER if row.is_over(value, row.goal) else ""
        lines.append(layout("  " + row.words, [
            number(row.form, value) + mark,
            *(number(row.form, each) for each in (row.goal, *figures)),
            times(row, value, min(filter(None, figures)))], widths))
    return "\n".join([*lines, textwrap.fill(LINUX_CYCLES_ARE, COLUMNS),
                      "times: how many times as good as the better of the two"])


def real_table(ours, base):
    """The same operations in real time, if it was measured: empty, if not."""
    one, median, two, walk = (real(ours, which, of) for which, of in (
        (LEAST, ONE), (MEDIAN, ONE), (LEAST, TWO), (LEAST, WALK)))
    if not one:
        return ""
    other = real(base, LEAST, BASE)
    widths = (*[FIGURE] * 5, TIMES)
    lines = [layout("", ["one table", "median", "two tables", "walking",
                         BASE if other else LINUX, "times"], widths),
             "in real time on this machine, nanoseconds:"]
    for row in REAL_ROWS:
        values = [row.value(each) for each in (one, median, two, walk)]
        values.append(row.value(other) if other else row.linux)
        cells = [number(row.form, value) for value in values]
        lines.append(layout("  " + row.words, [
            *cells, times(row, values[0], values[-1])], widths))
    return "\n".join([
        *lines,
        "the least of all rounds, and the median with one table; walking: with "
        "one table",
        "times: how many times as fast as base" if other else
        f"{LINUX}: {LINUX_IS}"])


def missed(ours, base):
    """The words of the rows that miss their goals."""
    return [row.words for rows in SECTIONS.values() for row in rows
            if row.is_over(row.value(ours), row.goal_beside(base))]
