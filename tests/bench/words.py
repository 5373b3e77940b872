"""The table, and what is to be said first."""

import textwrap

from bench.rows import (KINDS, LAB, MODES, SECTIONS, SIZES, XV6, copy_name)

SAID_SIZES = (8, 4096, 65536)
COLUMNS = 79
WORDS = 30   # columns for the words of a row
FIGURE = 11  # for a figure
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


def first_lines(figures):
    said = [*(comparison(figures, kind) for kind in KINDS), reason(figures)]
    return "\n".join(textwrap.fill(line, COLUMNS) for line in said)


def load_words(results):
    """What else the machine had to do, which the wall's clock shows."""
    before, after = results["load"]
    return (f"{results['cores']} cores with a load of {before:.1f} before and "
            f"{after:.1f} after")


def number(form, value):
    return "" if value is None else form.format(value)


def times(row, ours, reference):
    better = (row.times_better(ours, reference)
              if ours is not None and reference is not None else None)
    if better is None:
        return ""
    return f"{better:,.1f}" if better < EXACTLY else f"{better:,.0f}"


def line_of(row, ours, base):
    """The cells of a row: beside the other tree, if there is one, the last
    one compares with it."""
    value, beside = row.value(ours), row.value(base)
    goal = row.goal_beside(base)
    mark = OVER if row.is_over(value, goal) else ""
    cells = [number(row.form, value) + mark]
    if base:
        cells.append(number(row.form, beside))
    cells += [number(row.form, each) for each in (row.xv6, row.lab, goal)]
    return [*cells, times(row, value, beside if base else row.xv6)]


def layout(words, cells):
    *figures, goal, better = cells
    return (words.ljust(WORDS) + "".join(cell.rjust(FIGURE)
                                         for cell in figures)
            + goal.rjust(GOAL) + better.rjust(TIMES)).rstrip()


def table(ours, base):
    """The whole table; base is empty without another tree."""
    heads = ["ours", *(["base"] if base else []), XV6, LAB, "goal", "times"]
    lines = [layout("", heads)]
    for section, rows in SECTIONS.items():
        measured = [row for row in rows if row.value(ours) is not None]
        if measured:
            lines.append(f"{section}:")
            lines += [layout("  " + row.words, line_of(row, ours, base))
                      for row in measured]
    reference = "base" if base else XV6
    lines.append(f"times: how many times as good as {reference}; "
                 f"{OVER}: misses its goal")
    return "\n".join(lines)


def missed(ours, base):
    """The words of the rows that miss their goals."""
    return [row.words for rows in SECTIONS.values() for row in rows
            if row.is_over(row.value(ours), row.goal_beside(base))]
