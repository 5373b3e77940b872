"""The page: a file that needs no other, and an SVG file for each picture.

What is drawn, and each answer to an address, is made here; page.js shows what
belongs to the step, the process and the address that were chosen."""

import json
import re
from pathlib import Path

from labshow import draw, layout, translate
from labshow.model import changes, shared_frames, what
from labshow.picture import Artist, CHANGED, NEW, TOUCHED, summary

HERE = Path(__file__).resolve().parent


class Once:
    """Keeps things, each once, under a number."""

    def __init__(self):
        self.items, self._numbers = [], {}

    def keep(self, item):
        key = item if isinstance(item, (str, tuple)) else json.dumps(item)
        if key not in self._numbers:
            self._numbers[key] = len(self.items)
            self.items.append(item)
        return self._numbers[key]


class Pages:
    """What all steps of a console become."""

    def __init__(self, steps, ours):
        self._ours = ours
        self._facts, self._pictures = Once(), Once()
        self._tables, self._verdicts, self._sentences = Once(), Once(), Once()
        self.files = {}
        self._seen = {}      # key -> the process as it was seen last
        self._focus = None
        self.steps = [self._step(number, step)
                      for number, step in enumerate(steps, 1)]

    def data(self):
        return {"steps": self.steps, "facts": self._facts.items,
                "pictures": self._pictures.items,
                "tables": self._tables.items,
                "verdicts": self._verdicts.items,
                "sentences": self._sentences.items, "ours": self._ours,
                "stop": hex(layout.USER_VA_STOP)}

    def _step(self, number, step):
        processes = list(step.processes.values())
        frames = shared_frames(processes)
        found = {}
        for process in processes:
            before = self._seen.get(process.key)
            found[process.key] = {
                side: changes(getattr(before, side, None),
                              getattr(process, side))
                for side in ("user", "kernel")}
        focus = self._choose(processes, found)
        name = f"{number:02d}-{slug(step.title)}"
        shown = {"title": step.title, "text": " ".join(step.text),
                 "focus": focus, "name": name,
                 "processes": [self._process(process, found[process.key],
                                             frames, name)
                               for process in processes],
                 "sharing": self._sharing(processes, found, name)}
        self._seen |= step.processes
        return shown

    def _choose(self, processes, found):
        """The process that a step is about: where most changed; else the
        newest one; else that of the step before."""
        def weight(process):
            return sum(kind != TOUCHED
                       for kind, _ in found[process.key]["user"].values())
        busiest = max(processes, key=weight, default=None)
        if busiest is None:
            return 0
        new = [process for process in processes
               if process.key not in self._seen]
        keys = [process.key for process in processes]
        if weight(busiest) > 0:
            chosen = busiest.key
        elif new:
            chosen = new[-1].key
        else:
            chosen = self._focus if self._focus in keys else keys[-1]
        self._focus = chosen
        return keys.index(chosen)

    def _process(self, process, found, frames, name):
        artist = Artist(process, self._seen.get(process.key), found, frames,
                        self._ours, self._facts.keep)
        picture = artist.picture()
        drawn = [draw.tables(picture, is_wide, f"page tables of "
                             f"{process.label}") for is_wide in (True, False)]
        self.files[f"{name}-{slug(process.label)}.svg"] = draw.alone(drawn[0])
        is_new = process.key not in self._seen
        lines = summary(process, found, self._ours)
        return {"label": process.label, "state": process.state or "",
                "wide": self._pictures.keep(drawn[0]),
                "narrow": self._pictures.keep(drawn[1]),
                "isNew": is_new, "changes": lines,
                "user": self._table(process, process.user, False),
                "kernel": self._table(process, process.kernel, True),
                "break": hex(process.size) if process.size is not None
                else None,
                "hint": self._hint(process, found),
                "ranges": [[f"{one.start:#012x}", f"{one.end:#012x}",
                            size_of(one.end - one.start), one.permissions,
                            one.in_private,
                            " ".join(filter(None, (one.what, one.state)))]
                           for one in process.ranges]}

    @staticmethod
    def _hint(process, found):
        """An address that is worth being typed in here."""
        for (level, va), (kind, _) in sorted(found["user"].items(),
                                             key=lambda one: one[0][1]):
            if level == 0 and kind in (NEW, CHANGED):
                return hex(va)
        return "0x0"

    # Addresses.

    def _table(self, process, table, is_kernel_table):
        if table is None:
            return None
        judge = translate.Judge(process, is_kernel_table, self._ours)
        found = []
        for span in translate.spans(table, judge):
            self._add(found, span)
        return self._tables.keep(found)

    def _add(self, found, span):
        """[start, end, [[page, word or null], ...], verdicts]; the last word
        is that of the first of several leaves whose pages are in a row."""
        verdicts = self._verdicts.keep(tuple(
            self._sentences.keep((one.is_fault, one.text, one.mended))
            for one in span.verdicts))
        path = [[hex(page), hex(entry.pte) if entry else None]
                for page, entry in span.path]
        last = span.path[-1][1] if span.path else None
        if found and last and last.is_leaf:
            start, end, before, kind = found[-1]
            if (kind == verdicts and int(end, 16) == span.start and before and
                    before[:-1] == path[:-1] and before[-1][0] == path[-1][0]
                    and before[-1][1] and int(before[-1][1], 16) +
                    ((span.start - int(start, 16)) >> 12 << 10) == last.pte):
                found[-1][1] = hex(span.end)
                return
        found.append([hex(span.start), hex(span.end), path, verdicts])

    # Pages of several processes.

    def _sharing(self, processes, found, name):
        """Pictures of pairs that share pages, or shared them in the step
        before."""
        drawn = []
        for number, first in enumerate(processes):
            for second in processes[number + 1:]:
                rows = self._common(first, second, found)
                if not rows:
                    continue
                pictures = [draw.sharing(first, second, rows, is_wide)
                            for is_wide in (True, False)]
                label = f"{first.label} and {second.label}"
                self.files[f"{name}-pages-of-{slug(label)}.svg"] = \
                    draw.alone(pictures[0])
                drawn.append({"label": label,
                              "wide": self._pictures.keep(pictures[0]),
                              "narrow": self._pictures.keep(pictures[1])})
        return drawn

    def _common(self, first, second, found):
        if not (first.user and second.user):
            return []
        mine, others = ({leaf.va: leaf for leaf in process.user.user_leaves()}
                        for process in (first, second))
        are_shared = {va for va in mine.keys() & others.keys()
                      if mine[va].pa == others[va].pa}
        if not are_shared:
            return []
        rows = []
        for va in sorted(mine.keys() | others.keys()):
            leaf, other = mine.get(va), others.get(va)
            kinds = [found[process.key]["user"].get(
                (one.level, va), (None,))[0] if one else None
                for process, one in ((first, leaf), (second, other))]
            held = what(leaf or other, (first if leaf else second).ranges,
                        False, self._ours)
            row = [va, 1, leaf, other, *kinds, held]
            if rows and alike(rows[-1], row):
                rows[-1][1] += 1
            else:
                rows.append(row)
        if len(rows) > 40:
            rows = [row for row in rows if row[0] in are_shared][:40]
        return rows


def alike(row, other):
    """Whether a row of sharing() goes on in the next: shared pages, with the
    same bits on either side."""
    if not all((row[2], row[3], other[2], other[3])) or row[4:] != other[4:]:
        return False
    return (row[2].pa == row[3].pa and other[2].pa == other[3].pa and
            other[0] == row[0] + row[1] * layout.PAGE and
            row[2].pte & 0x3FF == other[2].pte & 0x3FF and
            row[3].pte & 0x3FF == other[3].pte & 0x3FF and
            not row[2].level)


def size_of(nbytes):
    return (f"{nbytes >> 20} MiB" if nbytes % 2**20 == 0
            else f"{nbytes >> 10} KiB")


def slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "step"


def html(pages, source):
    """The page's text."""
    text = (HERE / "page.html").read_text()
    data = json.dumps(pages.data() | {"source": source},
                      separators=(",", ":")).replace("<", "\\u003c")
    for name, content in (
            ("FIGURE_STYLE", (HERE / "figure.css").read_text()),
            ("STYLE", (HERE / "page.css").read_text()),
            ("DATA", data),
            ("SCRIPT", (HERE / "page.js").read_text())):
        text = text.replace(f"@{name}@", content, 1)
    return text


def write(folder, console, source):
    """index.html, the console's text and the SVG files; what an earlier run
    has left of these is removed first."""
    pages = Pages(console.steps, console.ours)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("[0-9][0-9]*-*.svg"):
        old.unlink()
    for name, drawn in pages.files.items():
        (folder / name).write_text(drawn)
    (folder / "index.html").write_text(html(pages, source))
    return pages
