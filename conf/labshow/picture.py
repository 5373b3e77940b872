"""What a picture of a process's tables has in it: cards for page-table pages,
rows for their entries, links for what points to what. draw.py puts them in
their places.

A page that both tables point to is one card, whose side is both."""

from dataclasses import dataclass, field

from labshow import layout
from labshow.layout import COW, U
from labshow.model import (CHANGED, GONE, NEW, TOUCHED, Entry, mirror,
                           what)

SIGNS = {NEW: "+", CHANGED: "~", GONE: "\u2212", TOUCHED: "\u00b7"}
IN_WORDS = {NEW: "new in this step", CHANGED: "changed in this step",
            GONE: "gone in this step",
            TOUCHED: "accessed or written since the step before"}
USER, KERNEL, BOTH = "user", "kernel", "both"

ALONE = 3      # so many entries that are alike have a row each
CHILDREN = 6   # level-0 pages below one page that are drawn
ROWS = 20      # of one card


@dataclass
class Row:
    """Entries first to last of a page, which are alike."""
    first: object            # Entry
    last: object
    count: int
    change: str = None
    what: str = ""
    shared: int = 0          # other processes that have the page, too
    target: str = None       # the key of a card
    ours: bool = True
    is_wrong: bool = False   # a mirrored slot that differs from the user's
    facts: int = 0           # where the page on the screen finds them

    @property
    def is_leaf(self):
        return self.first.is_leaf or self.is_absent

    @property
    def is_absent(self):
        return self.first.pte == 0

    def place(self):
        """Where: the address at level 0, above it the index."""
        if self.first.level == 0:
            return f"{self.first.va:#010x}"
        if self.count == 1:
            return f"[{self.first.index}]"
        return f"[{self.first.index}\u2013{self.last.index}]"

    def flags(self):
        letters = self.first.flags()
        if not self.ours:
            return letters
        return letters + ("C" if self.first.pte & COW else "-")


@dataclass
class Card:
    key: str
    side: str
    level: int
    title: str
    subtitle: str
    rows: list = field(default_factory=list)
    note: str = ""           # what to say of its slots
    mirror: range = None     # the slots of its rows that are the mirror's


@dataclass
class Link:
    source: str
    row: int
    target: str
    side: str
    is_hot: bool


@dataclass
class Picture:
    cards: dict
    links: list
    bands: list              # [(user's level 1, shared ones, kernel's, level 0)]
    user_root: str
    kernel_root: str


class Artist:
    """Makes the picture of one process in one step.

    changes: {"user": changes(), "kernel": changes()}; before: the process as
    it was seen last, or None; frames: shared_frames() of the step; keep: keeps
    what is to be said of a row."""

    def __init__(self, process, before, changes, frames, ours, keep):
        self._process = process
        self._before = before
        self._changes = changes
        self._frames = frames
        self._ours = ours
        self._keep = keep
        self._wrong = {slot for slot, mine, private in mirror(process) or ()
                       if not (mine and private and mine.pte == private.pte)}
        self._cards = {}
        self._links = []
        self._sides = {}
        for side, table in self._tables():
            for page in table.pages:
                other = self._sides.get(page)
                self._sides[page] = BOTH if other else side

    def _tables(self):
        return [(side, table) for side, table in
                ((USER, self._process.user), (KERNEL, self._process.kernel))
                if table]

    def picture(self):
        bands = []
        slots = sorted({index for _, table in self._tables()
                        for index, entry in table.pages[table.root].items()
                        if not entry.is_leaf})
        for slot in slots:
            band = self._band(slot)
            if any(band):
                bands.append(band)
        roots = [self._root(USER, self._process.user),
                 self._root(KERNEL, self._process.kernel)]
        self._link_all()
        return Picture(self._cards, self._links, bands, *roots)

    # Cards.

    def _band(self, slot):
        """What hangs below a slot of the roots: level-1 pages of the user's,
        of both, of the kernel's; and level-0 pages."""
        found = {USER: [], BOTH: [], KERNEL: []}
        below = []
        for side, table in self._tables():
            entry = table.pages[table.root].get(slot)
            if entry is None or entry.is_leaf:
                continue
            key = self._card(entry.pa, table, side)
            if key and key not in found[self._sides[entry.pa]]:
                found[self._sides[entry.pa]].append(key)
            for child in self._drawn_children(entry.pa, table, side):
                key = self._card(child, table, side)
                if key:
                    below.append(key)
            if len(table.children(entry.pa)) > CHILDREN:
                below.append(self._stub(entry.pa, table, side))
        below = sorted(dict.fromkeys(below),
                       key=lambda key: self._cards[key].side == KERNEL)
        return found[USER], found[BOTH], found[KERNEL], below

    def _drawn_children(self, page, table, side):
        """Those that are drawn, which are the first, unless others change."""
        children = table.children(page)
        if len(children) <= CHILDREN:
            return children
        changed = {place for place, (kind, _) in
                   self._changes[side].items() if kind != TOUCHED}

        def is_busy(child):
            base = table.base_of[child]
            return any(level == 0 and base <= va < base + layout.span(1)
                       for level, va in changed)
        chosen = [child for child in children if is_busy(child)][:CHILDREN]
        for child in children:
            if len(chosen) < CHILDREN and child not in chosen:
                chosen.append(child)
        return [child for child in children if child in chosen]

    def _card(self, page, table, side):
        """The key of the page's card, made the first time."""
        key = f"{page:x}"
        if key in self._cards:
            return key
        level, base = table.level_of[page], table.base_of[page]
        owner = self._sides[page]
        end = base + layout.ENTRIES * layout.span(level)
        card = Card(key, owner, level, f"level {level}", f"{page:#x}",
                    note=f"{base:#x} \u2013 {end - 1:#x}")
        self._cards[key] = card
        card.rows = self._rows(page, table, side, level, base)
        if level == 1 and base == 0 and self._process.user and \
                self._process.kernel:
            card.mirror = range(layout.USER_VA_STOP // layout.span(1))
        return key

    def _stub(self, page, table, side):
        key = f"more-{page:x}"
        if key not in self._cards:
            left = len(table.children(page)) - CHILDREN
            self._cards[key] = Card(key, self._sides[page], 0,
                                    f"{left} more level-0 pages",
                                    "not drawn")
        return key

    def _root(self, side, table):
        if table is None:
            key = f"no-{side}"
            self._cards[key] = Card(key, side, 2, "unknown",
                                    "not in this text")
            return key
        # Kernels that have one table for all have one root.
        return self._card(table.root, table, side)

    # Rows.

    def _rows(self, page, table, side, level, base):
        changes = self._changes[side]
        entries = list(table.pages[page].values())
        end = base + layout.ENTRIES * layout.span(level)
        if level == layout.ROOT_LEVEL:
            end = 2**64
        entries += [was for (at, va), (kind, was) in changes.items()
                    if kind == GONE and at == level and base <= va < end]
        entries.sort(key=lambda entry: entry.va)
        runs = self._runs(entries, side, changes, table, exact=True)
        if len(runs) > ROWS:
            runs = self._runs(entries, side, changes, table, exact=False)
        if len(runs) > ROWS:  # the middle in one
            head, tail = ROWS * 2 // 3, ROWS // 3
            middle = [pair for run in runs[head:-tail] for pair in run]
            runs = runs[:head] + [middle] + runs[-tail:]
        rows = []
        for run in runs:
            alone = ALONE if run[0][1][0] else CHILDREN
            if len(run) <= alone:
                rows += [self._row([pair], side) for pair in run]
            else:
                rows.append(self._row(run, side))
        if side == USER and level < layout.ROOT_LEVEL:
            rows += self._absent(table, page, level, base)
            rows.sort(key=lambda row: row.first.va)
        return rows

    def _absent(self, table, page, level, base):
        """Rows for the entries that are not valid and of which `maps` tells
        something: what will be there, or that nothing may be."""
        runs, size = [], layout.span(level)
        for index in range(layout.ENTRIES):
            start = base + index * size
            one = None
            if index not in table.pages[page]:
                one = next((one for one in self._process.ranges if
                            one.is_absent and one.start <= start and
                            (start < one.end if level == 0
                             else start + size <= one.end)), None)
            if one and runs and runs[-1][0] is one and \
                    runs[-1][2] == index - 1:
                runs[-1][2] = index
            elif one:
                runs.append([one, index, index])
        return [self._absent_row(one, *(
            Entry(page, level, base + index * size, 0)
            for index in (first, last))) for one, first, last in runs]

    def _absent_row(self, one, first, last):
        what = ", ".join(filter(None, (one.what, one.state)))
        was_there = self._before is None or any(
            (old.what, old.state) == (one.what, one.state) and
            old.start <= first.va < old.end for old in self._before.ranges)
        row = Row(first, last, last.index - first.index + 1,
                  None if was_there else NEW, what, ours=self._ours)
        row.facts = self._keep([
            ("entry", f"{row.place()} at level {first.level}, in the page "
             f"{first.page:#x}"), ("entries", str(row.count)),
            ("word", "not valid"), ("is for", what),
            ("serves", f"{first.va:#x} \u2013 {last.end - 1:#x}")])
        return row

    def _runs(self, entries, side, changes, table, exact):
        """[(entry, traits)], in runs of entries that are alike and, if they
        are user memory, neighbours."""
        runs = []
        for entry in entries:
            traits = self._traits(entry, side, changes, table, exact)
            last = runs[-1][-1] if runs else None
            is_apart = last and last[0].end != entry.va and entry.pte & U
            if last and last[1] == traits and not is_apart:
                runs[-1].append((entry, traits))
            else:
                runs.append([(entry, traits)])
        return runs

    def _traits(self, entry, side, changes, table, exact):
        """What makes entries alike: (leaf?, change, what, shared, target,
        flags)."""
        change = changes.get((entry.level, entry.va), (None, None))[0]
        if not entry.is_leaf:
            return False, change, "", 0, self._target(entry, table), ""
        is_kernel = side == KERNEL
        holds = what(entry, self._process.ranges, is_kernel, self._ours)
        shared = 0
        if entry.pte & U and change != GONE:
            users = {one.key for one, _ in self._frames.get(entry.pa, ())}
            shared = len(users - {self._process.key})
        flags = entry.pte & (0x3FF if exact else 0x1F)
        return True, change, holds, shared, None, flags

    def _target(self, entry, table):
        """The card that stands for the page that an entry points to."""
        key = f"{entry.pa:x}"
        if entry.level < 2 and entry.page in table.pages and \
                len(table.children(entry.page)) > CHILDREN:
            side = USER if table is self._process.user else KERNEL
            if entry.pa not in self._drawn_children(entry.page, table, side):
                return f"more-{entry.page:x}"
        return key

    def _row(self, run, side):
        first, traits = run[0]
        last = run[-1][0]
        _, change, holds, shared, target, _ = traits
        row = Row(first, last, len(run), change, holds, shared, target,
                  self._ours)
        was = self._changes[side].get((first.level, first.va),
                                      (None, None))[1]
        row.is_wrong = (first.level == 1 and change != GONE and any(
            entry.va < layout.USER_VA_STOP and entry.index in self._wrong
            for entry, _ in run))
        row.facts = self._keep(self._facts(row, [one for one, _ in run], was,
                                           side))
        return row

    def _facts(self, row, entries, was, side):
        """What there is to say of a row, as pairs."""
        first, last = row.first, row.last
        facts = [("entry", f"{row.place()} at level {first.level}, in the page "
                  f"{first.page:#x}")]
        if row.count > 1:
            facts.append(("entries", str(row.count)))
        facts.append(("word", f"{first.pte:#018x}" + (
            " and others" if row.count > 1 else "")))
        facts.append(("bits", in_words(first.pte, self._ours)))
        if first.is_leaf:
            facts.append(("holds", row.what + (
                ", a large leaf of 2 MiB" if first.level == 1 else
                ", a large leaf of 1 GiB" if first.level == 2 else "")))
            facts.append(("serves", f"{first.va:#x} \u2013 {last.end - 1:#x}"))
            pages = f"{first.pa:#x}"
            if row.count > 1:
                step = {b.pa - a.pa for a, b in zip(entries, entries[1:])}
                pages += (f" \u2013 {last.pa + layout.span(last.level) - 1:#x}"
                          if step == {layout.span(first.level)} else
                          " \u2026 " + f"{last.pa:#x}, not in a row")
            facts.append(("pa", pages))
            if row.shared:
                others = sorted({one.label for one, _ in
                                 self._frames[first.pa]} -
                                {self._process.label})
                facts.append(("shared with", ", ".join(others)))
            facts.append(("private table", self._in_private(first)))
        else:
            facts.append(("points to", f"{first.pa:#x}, a page of level "
                          f"{first.level - 1}"))
            facts.append(("serves", f"{first.va:#x} \u2013 {last.end - 1:#x}"))
        if row.is_wrong:
            facts.append(("mirror", "out of date: the other table has another "
                          "word in this slot, or none"))
        if row.change:
            text = IN_WORDS[row.change]
            if was is not None and row.change in (CHANGED, TOUCHED):
                text += (f"; was {flags_of(was, self._ours)}, pa {was.pa:#x}")
            facts.append(("change", text))
        return [fact for fact in facts if fact[1]]

    def _in_private(self, leaf):
        """How the private table has this page of the user's."""
        if self._process.kernel is None or self._process.user is None:
            return ""
        if self._sides.get(leaf.page) == KERNEL:
            return ""
        if self._sides.get(leaf.page) == BOTH:
            return "the same entry: both tables point to its page"
        same = self._process.kernel.by_place().get((leaf.level, leaf.va))
        if same is None:
            return ("not there: it is above USER_VA_STOP"
                    if leaf.va >= layout.USER_VA_STOP else "not there")
        return ("the same word" if same.pte == leaf.pte else
                f"another word: {same.pte:#018x}")

    # Links.

    def _link_all(self):
        for key, card in self._cards.items():
            for number, row in enumerate(card.rows):
                if row.target and row.change != GONE and \
                        row.target in self._cards:
                    side = card.side
                    is_hot = row.change in (NEW, CHANGED)
                    self._links.append(Link(key, number, row.target, side,
                                            is_hot))


def flags_of(entry, ours):
    return entry.flags() + (("C" if entry.pte & COW else "-") if ours else "")


def in_words(pte, ours):
    """The bits of a word, by their names."""
    names = [name for name in "VRWXUGAD" if pte & layout.NAMES[f"PTE_{name}"]]
    text = " ".join(names)
    software = pte >> 8 & 3
    if software and not ours:
        text += f", and for software {software:02b} (meaning unknown)"
    elif software:
        marks = []
        if pte & COW:
            marks.append("copy-on-write")
        if pte & layout.NAMES["PTE_AHEAD"]:
            marks.append("came ahead of its first touch")
        text += f", and for software: {', '.join(marks)}"
    return text


def summary(process, changes, ours):
    """What changed in each table, in a few words; a list."""
    lines = []
    for side, name in ((USER, "user table"), (KERNEL, "private table")):
        found = [(kind, place, was) for place, (kind, was)
                 in sorted(changes[side].items(), key=lambda one: one[0][1])
                 if kind != TOUCHED]
        if not found:
            continue
        table = process.user if side == USER else process.kernel
        now = table.by_place()
        for kind in (NEW, CHANGED, GONE):
            places = [(place, was) for one, place, was in found if one == kind]
            if not places:
                continue
            words = []
            for place, was in places[:3]:
                entry = now.get(place)
                at = f"{place[1]:#x}"
                if place[0] and not (entry or was).is_leaf:
                    at += f" (a level-{place[0] - 1} page)"
                elif kind == CHANGED:
                    before, after = (flags_of(one, ours)
                                     for one in (was, entry))
                    if before != after:
                        at += f" {before} \u2192 {after}"
                    if was.pa != entry.pa:
                        at += ", another page"
                words.append(at)
            more = f" and {len(places) - 3} more" if len(places) > 3 else ""
            lines.append(f"{name}: {len(places)} {kind}: "
                         f"{'; '.join(words)}{more}")
    return lines
