"""What becomes of an address: the walk through three levels, and its end, a
page or a fault and who mends it. RISC-V Privileged 1.12, Sv39.

The page on the screen knows no rule of this: it gets, for each table, all
addresses as spans with one answer each (spans)."""

from dataclasses import dataclass

from labshow import layout
from labshow.layout import A, COW, D, R, U, W, X
from labshow.model import what

MODES = "user", "kernel", "sum"
ACCESSES = "read", "write", "execute"
FAULT = {"read": "load page fault (cause 13)",
         "write": "store page fault (cause 15)",
         "execute": "instruction page fault (cause 12)"}
ALLOWS = {"read": (R, "R"), "write": (W, "W"), "execute": (X, "X")}

BRINGS = ("aspace_fault() in kernel/mm/aspace_fault.c brings a page, and the "
          "access is tried again.")
COPIES = ("Copy-on-write: aspace_fault() in kernel/mm/aspace_fault.c gives "
          "the process a copy of the page, or W back if nobody shares it any "
          "more; then the access is tried again.")
IS_ENDED = ("Nobody mends it: usertrap() in kernel/trap/trap.c marks the "
            "process as killed, and it ends with status -1.")
COPY_FAILS = ("Nobody mends it. handle_user_access() in kernel/trap/trap.c "
              "lets the copy go on at its fixup, and the copy returns -1.")
PANICS = ("Nobody mends it: kerneltrap() in kernel/trap/trap.c panics. The "
          "kernel touches user memory in its copy routines only.")
NOT_CHECKED = ("No copy goes here: copyin_new() and its kind, in "
               "kernel/mm/copy_new.c, check that a range ends at or below "
               "USER_VA_STOP before they set SUM.")
UNTOLD = "Who mends it, if anybody, this text does not say."
LAZY_OR_HOLE = ("If the heap is here, " + BRINGS + " Without the lines of "
                "`maps` that is not known.")


@dataclass(frozen=True)
class Walk:
    """The words on the way down. path: [(page, Entry or None)]; the last is a
    leaf, or absent, or wrong. is_canonical: bits 63 to 39 are as bit 38."""
    path: tuple
    is_canonical: bool = True

    @property
    def last(self):
        return self.path[-1][1] if self.path else None


def walk(table, va):
    """What the hardware reads on the way to va, a number of 64 bits."""
    if layout.MAXVA <= va < 2**64 - layout.MAXVA:
        return Walk((), False)
    path, page = [], table.root
    for level in range(layout.ROOT_LEVEL, -1, -1):
        entry = table.pages[page].get(layout.index(level, va))
        path.append((page, entry))
        if entry is None or entry.is_leaf or page_fault_reason(entry):
            break
        page = entry.pa
    return Walk(tuple(path))


def page_fault_reason(entry):
    """Why a valid word leads nowhere for any access; None: it is well
    formed."""
    if entry.pte & layout.RESERVED_BITS:
        return "bits 63 to 54 of this word must be 0"
    if entry.pte & W and not entry.pte & R:
        return "W without R is reserved"
    if not entry.pte & (R | W | X):
        if entry.level == 0:
            return "none of R, W, X is set, and there is no level below"
        if entry.pte & (A | D | U):
            return "A, D and U of a pointer to a table must be 0"
    elif entry.pa % layout.span(entry.level):
        return "a large leaf must name memory that is aligned as it is large"
    return None


@dataclass(frozen=True)
class Verdict:
    """How it ends. is_fault: the access does not happen, at first."""
    is_fault: bool
    text: str
    mended: str = ""


class Judge:
    """Knows a process, and says how an access of it ends."""

    def __init__(self, process, is_kernel_table, ours):
        self._ranges = process.ranges
        self._is_kernel_table = is_kernel_table
        self._ours = ours
        self._found = {}

    def _what(self, leaf):
        return what(leaf, self._ranges, self._is_kernel_table, self._ours)

    def cuts(self):
        """Addresses at which an answer may change within one entry."""
        found = {layout.USER_VA_STOP, layout.TRAPFRAME}
        for one in self._ranges:
            found |= {one.start, one.end}
        return found

    def _range(self, va):
        return next((one for one in self._ranges if one.start <= va < one.end),
                    None)

    def verdict(self, found, va, mode, access):
        leaf, fault = found.last, FAULT[access]
        if not found.is_canonical:
            return Verdict(True, f"{fault}: bits 63 to 39 must be as bit 38, "
                           "so this is no address of Sv39. No table is read.",
                           self._nobody(va, mode))
        if leaf is None:
            return Verdict(True, f"{fault}: the entry is not valid.",
                           self._mends_absent(va, mode, access))
        wrong = page_fault_reason(leaf)
        if wrong:
            return Verdict(True, f"{fault}: {wrong}.", self._nobody(va, mode))
        is_user = leaf.pte & U
        if mode == "user" and not is_user:
            return Verdict(True, f"{fault}: U is not set, so user mode may "
                           "not touch it.", self._nobody(va, mode))
        if mode != "user" and is_user and access == "execute":
            return Verdict(True, f"{fault}: U is set, and S-mode never "
                           "executes pages of the user's, whatever SUM is.",
                           self._nobody(va, "kernel"))
        if mode == "kernel" and is_user:
            return Verdict(True, f"{fault}: U is set, and SUM is not, so the "
                           "kernel may not touch it.",
                           self._nobody(va, mode))
        bit, letter = ALLOWS[access]
        if not leaf.pte & bit:
            return Verdict(True, f"{fault}: {letter} is not set.",
                           self._mends_forbidden(leaf, va, mode, access))
        return Verdict(False, "A page: " + self._what(leaf) +
                       self._bits_set(leaf, access))

    @staticmethod
    def _bits_set(leaf, access):
        missing = [letter for letter, bit, wanted in
                   (("A", A, True), ("D", D, access == "write"))
                   if wanted and not leaf.pte & bit]
        if not missing:
            return "."
        return (f". {' and '.join(missing)} becomes 1: by the hardware, or, "
                "on a hart with Svade, by a fault that the kernel mends.")

    def _nobody(self, va, mode):
        if not self._ours:
            return UNTOLD
        if mode == "user":
            return IS_ENDED
        if mode == "sum":
            return COPY_FAILS if va < layout.USER_VA_STOP else NOT_CHECKED
        return PANICS

    def _may_be_mended(self, va, mode):
        """Whether a fault here is handed to page_fault() at all."""
        return mode == "user" or (mode == "sum" and va < layout.USER_VA_STOP)

    def _mends_absent(self, va, mode, access):
        if not self._ours or not self._may_be_mended(va, mode):
            return self._nobody(va, mode)
        one = self._range(va)
        if access == "execute":  # nobody runs heap as code
            return self._nobody(va, mode)
        if one is not None:
            return BRINGS if one.what == "heap" else self._nobody(va, mode)
        if not self._ranges and va < layout.TRAPFRAME:
            return LAZY_OR_HOLE + " Else: " + self._nobody(va, mode)
        return self._nobody(va, mode)

    def _mends_forbidden(self, leaf, va, mode, access):
        if (self._ours and access == "write" and leaf.pte & COW and
                leaf.pte & U and self._may_be_mended(va, mode)):
            return COPIES
        return self._nobody(va, mode)

    def verdicts(self, found, va):
        """Those of all modes and accesses. Most leaves are as others are."""
        leaf, one = found.last, self._range(va)
        alike = (found.is_canonical, one.start if one else None,
                 va < layout.USER_VA_STOP, va < layout.TRAPFRAME)
        if leaf is not None:
            alike += (leaf.pte & (0x3FF | layout.RESERVED_BITS), leaf.level,
                      page_fault_reason(leaf),
                      self._what(leaf))
        if alike not in self._found:
            self._found[alike] = tuple(self.verdict(found, va, mode, access)
                                       for mode in MODES
                                       for access in ACCESSES)
        return self._found[alike]


@dataclass(frozen=True)
class Span:
    """Addresses [start, end) with the same words on the way and the same
    verdicts."""
    start: int
    end: int
    path: tuple
    verdicts: tuple


def spans(table, judge):
    """All 2^64 addresses, in order."""
    cuts = sorted(judge.cuts())
    top = 2**64 - layout.MAXVA
    found = list(_below(table, table.root, (), layout.ROOT_LEVEL, 0,
                        layout.MAXVA, judge, cuts))
    found.append(Span(layout.MAXVA, top, (), judge.verdicts(
        walk(table, layout.MAXVA), layout.MAXVA)))
    found += _below(table, table.root, (), layout.ROOT_LEVEL, top, 2**64,
                    judge, cuts)
    return found


def _below(table, page, path, level, start, end, judge, cuts):
    """The spans of [start, end), which a page of this level, or a part of it,
    covers."""
    size, va = layout.span(level), start
    while va < end:
        entry = table.pages[page].get(layout.index(level, va))
        here = path + ((page, entry),)
        if entry and not entry.is_leaf and not page_fault_reason(entry):
            yield from _below(table, entry.pa, here, level - 1, va, va + size,
                              judge, cuts)
            va += size
            continue
        stop = va + size
        while entry is None and stop < end and \
                layout.index(level, stop) not in table.pages[page]:
            stop += size
        for cut in [*(c for c in cuts if va < c < stop), stop]:
            yield Span(va, cut, here, judge.verdicts(Walk(here), va))
            va = cut
