"""Tables as trees of pages, what their leaves hold, and what differs between
two steps."""

from dataclasses import dataclass

from labshow import layout
from labshow.layout import A, COW, D, R, U, V, W, X


@dataclass
class Entry:
    """A valid word of a table."""
    page: int   # the page-table page that it stands in
    level: int
    va: int     # the first address that it maps
    pte: int

    @property
    def index(self):
        return layout.index(self.level, self.va)

    @property
    def pa(self):
        return layout.pa_of(self.pte)

    @property
    def is_leaf(self):
        return bool(self.pte & (R | W | X)) or self.level == 0

    @property
    def end(self):
        return self.va + layout.span(self.level)

    def flags(self):
        """As one reads them: what is not set is a dash."""
        return "".join(letter if self.pte & bit else "-" for letter, bit in
                       zip("RWXUAD", (R, W, X, U, A, D)))


class Table:
    """A root and all pages below it: pages[pa] is {index: Entry}."""

    def __init__(self, root, line=0):
        self.root = root
        self.line = line
        self.pages = {root: {}}
        self.level_of = {root: layout.ROOT_LEVEL}
        self.base_of = {root: 0}

    def add(self, page, level, va, pte):
        """The new entry; None: there is one."""
        entry = Entry(page, level, va, pte)
        entries = self.pages.setdefault(page, {})
        if entry.index in entries:
            return None
        entries[entry.index] = entry
        if not entry.is_leaf:
            self.pages.setdefault(entry.pa, {})
            self.level_of[entry.pa] = level - 1
            self.base_of[entry.pa] = va
        return entry

    def entries(self):
        for page in self.pages.values():
            yield from page.values()

    def leaves(self):
        return sorted((entry for entry in self.entries() if entry.is_leaf),
                      key=lambda entry: entry.va)

    def children(self, page):
        """The pages that a page points to, in order, each once."""
        return list(dict.fromkeys(
            entry.pa for _, entry in sorted(self.pages[page].items())
            if not entry.is_leaf))

    def by_place(self):
        return {(entry.level, entry.va): entry for entry in self.entries()}

    def user_leaves(self):
        """The leaves of the process's own memory."""
        return [leaf for leaf in self.leaves()
                if leaf.pte & U and leaf.va < layout.USYSCALL]

    def is_of_kernel(self):
        """RAM stands at its own address."""
        return any(entry.is_leaf and not entry.pte & U and
                   entry.va == entry.pa >= layout.KERNBASE
                   for entry in self.entries())

    def has_in_common(self, other):
        """Whether a page of the user's is at one address in both."""
        places = other.by_place()
        return any((leaf.level, leaf.va) in places and
                   places[leaf.level, leaf.va].pa == leaf.pa
                   for leaf in self.user_leaves())


# What leaves hold.

def kernel_part(leaf):
    """What the kernel has at this address, by where it is and what is
    allowed."""
    for start, size, name in layout.DEVICES:
        if leaf.va < start + size and start < leaf.end:
            return name
    if layout.KERNBASE <= leaf.va == leaf.pa:
        if leaf.pte & X:
            return "kernel text"
        return "RAM" if leaf.pte & W else "kernel rodata"
    if leaf.va > layout.KERNBASE:
        return "kernel stack"
    return "unknown"


def what(leaf, ranges, is_kernel_table, ours):
    """What a leaf holds, in a word. `maps` knows; without it the permissions
    tell something, and the rest is unknown."""
    top = {layout.TRAMPOLINE: "trampoline", layout.TRAPFRAME: "trapframe"}
    if leaf.va in top and not leaf.pte & U:
        return top[leaf.va]
    if leaf.va == layout.USYSCALL and leaf.pte & U and not leaf.pte & W:
        return "usyscall"
    if is_kernel_table and not leaf.pte & U:
        return kernel_part(leaf)
    for one in ranges:
        if one.start <= leaf.va < one.end:
            return one.what
    if not leaf.pte & U:
        return "guard"  # as the kernels have it that take U from it
    if leaf.pte & X:
        return "text and data" if leaf.pte & W else "text"
    is_written = leaf.pte & W or (ours and is_cow(leaf))
    return "data" if is_written else "unknown"


# What differs.

NEW, CHANGED, TOUCHED, GONE = "new", "changed", "touched", "gone"


def changes(before, after):
    """{(level, va): (kind, the entry before or None)}; a change of the
    accessed and dirty bits alone is TOUCHED. No table before: nothing is
    known."""
    if before is None or after is None:
        return {}
    old, new = before.by_place(), after.by_place()
    found = {}
    for place, entry in new.items():
        was = old.get(place)
        if was is None:
            found[place] = NEW, None
        elif was.pte != entry.pte:
            only_touched = not (was.pte ^ entry.pte) & ~(A | D)
            found[place] = TOUCHED if only_touched else CHANGED, was
    for place, was in old.items():
        if place not in new:
            found[place] = GONE, was
    return found


def shared_frames(processes):
    """{pa: [(process, leaf), ...]} of the pages that several have in their
    memory."""
    found = {}
    for process in processes:
        if process.user:
            for leaf in process.user.user_leaves():
                found.setdefault(leaf.pa, []).append((process, leaf))
    return {pa: users for pa, users in found.items()
            if len({process.key for process, _ in users}) > 1}


def is_cow(leaf):
    return bool(leaf.pte & V and leaf.pte & COW and not leaf.pte & W)


def mirror(process):
    """[(slot, the user's entry or None, the private table's or None)] of the
    low slots that either has; None: one of the tables is unknown, or has no
    page for the lowest GiB."""
    if not (process.user and process.kernel):
        return None
    pages = []
    for table in (process.user, process.kernel):
        low = table.pages[table.root].get(0)
        if low is None or low.is_leaf:
            return None
        pages.append(table.pages[low.pa])
    user, private = pages
    slots = layout.USER_VA_STOP // layout.span(1)
    return [(slot, user.get(slot), private.get(slot)) for slot in range(slots)
            if slot in user or slot in private]
