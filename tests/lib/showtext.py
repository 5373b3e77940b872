"""Page tables as words in memory, printed as kernels print them, and a walk
through them: what `make show` reads, and what it must find there. Nothing of
conf/labshow is used."""

import itertools
import random

V, R, W, X = (1 << bit for bit in range(4))
U, G, A, D = (1 << bit for bit in range(4, 8))
COW = 1 << 8
PAGE = 4096
FORMS = ("2020", "2023", "2025")


class Memory:
    """words[page][index] of page-table pages, and new pages."""

    def __init__(self, first=0x87000000):
        self.words = {}
        self._next = itertools.count(first, PAGE)

    def page(self):
        return next(self._next)

    def root(self):
        root = self.page()
        self.words[root] = {}
        return root

    def put(self, root, va, word, level=0):
        """Let this word decide on va, with the tables on the way."""
        table = root
        for at in range(2, level, -1):
            index = va >> 12 + 9 * at & 511
            if index not in self.words[table]:
                below = self.page()
                self.words[below] = {}
                self.words[table][index] = below >> 2 | V
            table = self.words[table][index] >> 10 << 12
        self.words[table][va >> 12 + 9 * level & 511] = word

    def leaf(self, root, va, bits, pa=None, level=0):
        pa = self.page() if pa is None else pa
        self.put(root, va, pa >> 2 | bits | V, level)
        return pa

    def text(self, root, form="2020"):
        """As vmprint prints it."""
        lines = [f"page table {root:#018x}"]
        self._lines(root, 0, 0, form, lines)
        return "".join(line + "\n" for line in lines)

    def _lines(self, table, depth, base, form, lines):
        for index, word in sorted(self.words[table].items()):
            va = base + (index << 12 + 9 * (2 - depth))
            dots = " ".join([".."] * (depth + 1))
            place = {"2020": f"{dots}{index}", "2023": f" {dots}{index}",
                     "2025": f" {dots}{va:#018x}"}[form]
            pa = (word & (1 << 54) - 1) >> 10 << 12
            lines.append(f"{place}: pte {word:#018x} pa {pa:#018x}")
            if not word & (R | W | X) and depth < 2:
                self._lines(pa, depth + 1, va, form, lines)

    def walk(self, root, va, mode, access):
        """The byte at va as a physical address, or None for a fault. mode:
        user, kernel or sum; access: read, write or execute."""
        if (va >> 38) not in (0, (1 << 26) - 1):
            return None
        table = root
        for level in (2, 1, 0):
            word = self.words[table].get(va >> 12 + 9 * level & 511, 0)
            if not word & V or word & (R | W) == W:
                return None
            pa = word >> 10 << 12
            if word & (R | W | X):
                return self._permit(word, pa, level, va, mode, access)
            table = pa
        return None

    @staticmethod
    def _permit(word, pa, level, va, mode, access):
        below = (1 << 12 + 9 * level) - 1
        wanted = {"read": R, "write": W, "execute": X}[access]
        if pa & below or not word & wanted:
            return None
        if mode == "user" and not word & U:
            return None
        if mode != "user" and word & U and (mode == "kernel" or
                                            access == "execute"):
            return None
        return pa | va & below


def random_memory(seed):
    """(memory, its root, addresses worth asking for)."""
    dice = random.Random(seed)
    memory = Memory()
    root = memory.root()
    addresses = [0, (1 << 38) - 1, 1 << 38, 1 << 63, (1 << 64) - 1]
    taken = set()
    for _ in range(dice.randrange(1, 60)):
        level = dice.choice((0, 0, 0, 0, 1, 2))
        high = dice.choice((0, 0, 0, 255, dice.randrange(256)))
        middle = dice.choice((0, 1, 511, dice.randrange(512)))
        low = dice.choice((0, 1, 2, 511, dice.randrange(512)))
        va = high << 30
        va |= (middle << 21 if level < 2 else 0) | (low << 12 if not level
                                                    else 0)
        parts = {(at, va >> 12 + 9 * at) for at in range(level, 3)}
        if (level, va >> 12 + 9 * level) in taken or any(
                (at, part, "leaf") in taken for at, part in parts):
            continue
        taken |= parts | {(level, va >> 12 + 9 * level, "leaf")}
        bits = dice.choice((R, R | W, R | X, X, R | W | X)) | A
        bits |= dice.choice((0, U)) | dice.choice((0, D))
        pa = dice.randrange(1 << 20) << 12
        if dice.random() < 0.9:
            pa = pa >> 12 + 9 * level << 12 + 9 * level
        memory.leaf(root, va, bits, pa, level)
        span = 1 << 12 + 9 * level
        addresses += [va, va + span - 1, (va - 1) % 2**64, va + span,
                      va + dice.randrange(span)]
    # Leaves whose pages are in a row, as in a direct map.
    for level in (0, 1):
        start, span = (300 + level) << 30, 1 << 12 + 9 * level
        start %= 1 << 38
        if (2, start >> 30) in taken:
            continue
        for number in range(7):
            memory.leaf(root, start + number * span, R | W | U | A,
                        0x40000000 + number * span, level)
            addresses.append(start + number * span + dice.randrange(span))
    addresses += [dice.randrange(1 << 38) for _ in range(20)]
    return memory, root, [va for va in addresses if va < 1 << 64]


def process(memory, heap=1, cow=False, share=None):
    """A process as our kernel has it: (user root, private root, pages). share:
    the pages of another, which it has copy-on-write."""
    user, private = memory.root(), memory.root()
    bits = {0: R | X | U | A, PAGE: R | W | U | A | D, 3 * PAGE:
            R | W | U | A | D}
    for number in range(heap):
        bits[(4 + number) * PAGE] = R | W | U | A | D
    pages = {}
    for va, bit in bits.items():
        pa = (share or {}).get(va)
        if bit & W and (cow or pa):
            bit = bit & ~W | COW
        pages[va] = memory.leaf(user, va, bit, pa)
    top = (1 << 38) - PAGE
    memory.leaf(user, top, R | X | A, 0x80011000)
    memory.leaf(user, top - PAGE, R | W | A | D)
    memory.leaf(user, top - 2 * PAGE, R | U | A)
    low = memory.page()
    memory.words[low] = {
        0: memory.words[memory.words[user][0] >> 10 << 12][0],
        96: 0x0C000000 >> 2 | R | W | A | D | V}
    memory.words[private] = {0: low >> 2 | V,
                             2: 0x80000000 >> 2 | R | W | A | D | V,
                             255: memory.words[user][255]}
    return user, private, pages


def story():
    """The console of two processes, in three steps, and its memories: before
    the fork, after it, and after the child's first write."""
    texts, moments = ["xv6 kernel is booting\ninit: starting sh\n"], []
    for title, has_child, wrote in (("one process", False, False),
                                    ("after fork", True, False),
                                    ("the child has written", True, True)):
        memory = Memory()
        user, private, pages = process(memory, cow=has_child)
        parts = [f"== {title}\n== What it is, in <words> & more.\n$ \n"
                 "4 sleeping parent\n",
                 f"$ ptdump 4\n{memory.text(user)}",
                 f"$ ptdump -k 4\n{memory.text(private)}",
                 "$ maps 4\nprocess 4, parent: break 0x7000\n"
                 "FROM         TO           SIZE    PERM KTABLE WHAT\n"
                 "0x0000000000 0x0000001000     4K r-xu mirror text\n"
                 "0x0000001000 0x0000002000     4K rw-u mirror data\n"
                 "0x0000002000 0x0000003000     4K ---- -      guard\n"
                 "0x0000003000 0x0000004000     4K rw-u mirror stack\n"
                 "0x0000004000 0x0000005000     4K rw-u mirror heap\n"
                 "0x0000005000 0x0000007000     8K rw-u -      heap lazy\n"]
        roots = {"4 parent": (user, private)}
        if has_child:
            shared = dict(pages)
            user, private, _ = process(memory, share=shared)
            if wrote:
                memory.leaf(user, PAGE, R | W | U | A | D)
            parts[0] += "5 sleeping child\n"
            parts += [f"$ ptdump 5\n{memory.text(user)}",
                      f"$ ptdump -k 5\n{memory.text(private)}"]
            roots["5 child"] = user, private
        texts += parts
        moments.append((memory, roots))
    return "".join(texts) + "$ \n", moments
