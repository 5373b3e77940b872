"""The pictures, as SVG and PNG. matplotlib is needed for nothing else."""

import textwrap

from bench.rows import (BENCH_ROWS, HEAP_KIB, HEAP_KIB_OF_PAGES, KINDS, LAB,
                        LINUX_CYCLES, LINUX_CYCLES_ARE, MEDIAN, MODES, ONE,
                        PAGES_ROW, PROCESS_KIB, SIZES, TABLE_PAGES, TENTHS, TWO,
                        XV6, copy_name, real)
from bench.words import PLACES, factor, where_it_wins, winning_sizes

FORMATS = ("svg", "png")
WIDE = (12, 5.5)  # inches
DPI = 150
PAGE = 4096

COLOUR = {"walk": "tab:red", "direct": "tab:blue", "ours": "tab:blue",
          "base": "tab:orange", XV6: "tab:green", LAB: "tab:purple"}
TABLES = {ONE: ("one table", "-"), TWO: ("two tables", ":")}
WAY = {"walk": "walking the user table", "direct": "direct"}
DESIGN = {"walk": "ours, walking:\nwithout a\nprivate table",
          "direct": "ours, direct:\nwith a\nprivate table"}
KIB_ALONG = (64, 256, 1024, 4096, 16384)


class NoPictures(Exception):
    """matplotlib is not there."""


def plotter():
    """matplotlib, drawing into files."""
    try:
        import matplotlib
    except ImportError:
        raise NoPictures("there is no matplotlib for this Python. "
                         "Try: sh conf/setup") from None
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.fonttype"] = "none"  # words stay words
    from matplotlib import pyplot
    return pyplot


def size_in_words(nbytes):
    for unit, name in ((1 << 20, "MiB"), (1 << 10, "KiB")):
        if nbytes >= unit:
            return f"{nbytes / unit:.3g} {name}"
    return f"{nbytes}"


def kib_in_words(kib):
    return size_in_words(kib << 10)


def sizes_along(axes, sizes, words):
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [words(size) for size in sizes])
    axes.minorticks_off()
    axes.grid(True, alpha=0.3)


def costs_of(figures, kind, mode, placement):
    return [figures[copy_name(kind, mode, placement, size)]
            for size in SIZES[kind]]


def copy_axes(axes, figures, kind, placement):
    """What both pictures of copies have, when the curves are drawn."""
    sizes_along(axes, SIZES[kind][::2], size_in_words)
    axes.set_yscale("log")
    axes.set_xlabel("bytes of the copy" +
                    (", its NUL included" if kind == "copyinstr" else ""))
    axes.set_title(f"{kind} {PLACES[placement]}")
    mark_page(axes, figures, kind, placement)
    mark_wins(axes, winning_sizes(figures, kind, placement), SIZES[kind])
    axes.legend(loc="upper left")


def draw_copy(pyplot, figures, kind):
    """One kind of copy, both ways, by its length and by where it begins."""
    figure, axes_of = pyplot.subplots(1, 2, figsize=WIDE, sharey=True)
    for axes, placement in zip(axes_of, PLACES):
        for mode in MODES:
            axes.plot(SIZES[kind], costs_of(figures, kind, mode, placement),
                      color=COLOUR[mode], marker=".", label=WAY[mode])
        copy_axes(axes, figures, kind, placement)
    axes_of[0].set_ylabel("instructions of one copy")
    return figure


def draw_copy_in_time(pyplot, figures):
    """The same of copyin in real time, on either table; what is marked is so
    with one."""
    figure, axes_of = pyplot.subplots(1, 2, figsize=WIDE, sharey=True)
    for axes, placement in zip(axes_of, PLACES):
        for mode in MODES:
            for of, (words, style) in TABLES.items():
                axes.plot(SIZES["copyin"],
                          costs_of(real(figures, MEDIAN, of), "copyin", mode,
                                   placement),
                          style, color=COLOUR[mode], marker=".",
                          label=f"{WAY[mode]}, {words}")
        copy_axes(axes, real(figures, MEDIAN, ONE), "copyin", placement)
    axes_of[0].set_ylabel("nanoseconds of one copy")
    return figure


def boxed(axes, text, place, **more):
    axes.annotate(text, place, bbox={"boxstyle": "round", "edgecolor": "grey",
                                     "facecolor": "white"}, **more)


def mark_page(axes, figures, kind, placement):
    """The factor at the length of a page, between the curves."""
    walk, direct = (figures[copy_name(kind, mode, placement, PAGE)]
                    for mode in MODES)
    axes.plot([PAGE, PAGE], [walk, direct], color="black", linewidth=1.5)
    times = factor(figures, kind, placement, PAGE)
    boxed(axes, f"4 KiB: direct is {times:.2f} times as fast",
          (PAGE, (walk * direct) ** 0.5), xytext=(0.03, 0.75),
          textcoords="axes fraction",
          arrowprops={"arrowstyle": "-", "color": "grey"})


def mark_wins(axes, winning, sizes):
    """The lengths at which direct is the faster one, shaded."""
    for size in winning:
        axes.axvspan(size / 2 ** 0.5, size * 2 ** 0.5, linewidth=0,
                     facecolor=COLOUR["direct"], alpha=0.08)
    axes.set_xlim(sizes[0] / 2 ** 0.5, sizes[-1] * 2 ** 0.5)
    boxed(axes, f"direct wins {where_it_wins(winning, sizes)} (shaded)",
          (0.97, 0.05), xycoords="axes fraction", ha="right")


def reference_points(axes, rows):
    """What the issue's kernels took: points at the sizes of these rows."""
    for name, values in ((XV6, [row.xv6 for row, _ in rows]),
                         (LAB, [row.lab for row, _ in rows])):
        axes.plot([kib for _, kib in rows], values, marker="s",
                  linestyle="none", color=COLOUR[name],
                  label=f"{name}, as recorded")


def draw_processes(pyplot, ours, base):
    """fork and exec by the size of the process."""
    figure, axes_of = pyplot.subplots(1, 2, figsize=WIDE, sharey=True)
    sizes = [PROCESS_KIB + kib for kib in HEAP_KIB]
    references = {
        "fork": [(BENCH_ROWS["fork"], PROCESS_KIB),
                 (BENCH_ROWS["fork_heap"], PROCESS_KIB + 4096)],
        "exec": [(BENCH_ROWS["exec"], PROCESS_KIB)]}
    titles = {"fork": "fork, exit, wait",
              "exec": "fork, exec of a small program, exit, wait"}
    for axes, call in zip(axes_of, titles):
        for name, figures in (("ours", ours), ("base", base)):
            if figures:
                axes.plot(sizes, [figures[f"{call}_size {kib}"]
                                  for kib in HEAP_KIB], marker=".",
                          color=COLOUR[name], label=name)
        reference_points(axes, references[call])
        sizes_along(axes, KIB_ALONG, kib_in_words)
        axes.set_yscale("log")
        axes.set_xlabel("memory of the process, every page touched")
        axes.set_title(titles[call])
        axes.legend()
    axes_of[0].set_ylabel("instructions")
    return figure


def memory_bars(ours, base):
    """(words, pages, colour) for a forked process of 22 pages."""
    direct = PAGES_ROW.value(ours)
    bars = [(DESIGN["walk"], direct - TABLE_PAGES, "walk"),
            (DESIGN["direct"], direct, "direct")]
    if base:
        bars.append(("base", PAGES_ROW.value(base), "base"))
    return [*bars, (f"{XV6},\nas recorded", PAGES_ROW.xv6, XV6),
            (f"{LAB},\nas recorded", PAGES_ROW.lab, LAB)]


def draw_memory(pyplot, ours, base):
    """Pages that an idle child takes, for both designs."""
    figure, (bars, lines) = pyplot.subplots(1, 2, figsize=WIDE)
    parts = memory_bars(ours, base)
    drawn = bars.bar([words for words, _, _ in parts],
                     [pages for _, pages, _ in parts],
                     color=[COLOUR[name] for _, _, name in parts])
    bars.bar_label(drawn, fmt="%.1f")
    bars.tick_params(axis="x", labelsize="small")
    bars.set_ylabel("pages of 4 KiB")
    bars.set_title("an idle forked process of 22 pages")
    sizes = [PROCESS_KIB + kib for kib in HEAP_KIB_OF_PAGES]
    curves = {"direct": [ours[f"idle_tenths {kib}"] / TENTHS
                         for kib in HEAP_KIB_OF_PAGES]}
    curves["walk"] = [pages - TABLE_PAGES
                      for pages in curves["direct"]]
    if base:
        curves["base"] = [base[f"idle_tenths {kib}"] / TENTHS
                          for kib in HEAP_KIB_OF_PAGES]
    for name, pages in curves.items():
        words = DESIGN.get(name, name).replace("\n", " ")
        lines.plot(sizes, pages, marker=".", color=COLOUR[name], label=words)
    sizes_along(lines, KIB_ALONG[:-1], kib_in_words)
    lines.set_yscale("log" if base else "linear")
    if not base:
        lines.set_ylim(bottom=0)
    lines.set_xlabel("memory of the process, every page touched")
    lines.set_ylabel("pages of 4 KiB")
    lines.set_title("by its size")
    lines.legend()
    return figure


def draw_linux(pyplot, ours):
    """What Linux took, as a share of ours: one point for each of its file
    systems."""
    figure, axes = pyplot.subplots(figsize=WIDE)
    rows = [BENCH_ROWS[name] for name in LINUX_CYCLES]
    for place, (form, words) in enumerate((("o", "Linux, files on tmpfs"),
                                           ("s", "Linux, files on ext4"))):
        points = [(linux[place] / row.value(ours), row.words)
                  for row, linux in zip(rows, LINUX_CYCLES.values())
                  if linux[place] is not None]
        axes.plot(*zip(*points), form, label=words)
    axes.axvline(1, color=COLOUR["ours"], label="ours")
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.invert_yaxis()
    axes.grid(True, alpha=0.3)
    axes.set_title(textwrap.fill(LINUX_CYCLES_ARE, 120), fontsize="small")
    axes.set_xlabel("instructions, in times of ours (left of 1: Linux is ahead)")
    axes.legend()
    return figure


def draw_all(ours, base, folder):
    """Draw all of them; gives the files. NoPictures without matplotlib."""
    pyplot = plotter()
    drawn = {kind: draw_copy(pyplot, ours, kind) for kind in KINDS}
    if real(ours, MEDIAN, ONE):
        drawn["copyin-time"] = draw_copy_in_time(pyplot, ours)
    drawn["processes"] = draw_processes(pyplot, ours, base)
    drawn["memory"] = draw_memory(pyplot, ours, base)
    drawn["linux"] = draw_linux(pyplot, ours)
    files = []
    for name, figure in drawn.items():
        figure.tight_layout()
        for form in FORMATS:
            files.append(folder / f"{name}.{form}")
            figure.savefig(files[-1], dpi=DPI)
        pyplot.close(figure)
    return files
