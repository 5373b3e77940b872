"""Where things are, and what a word of a table means, by the kernel's own
headers: nothing of it is written twice."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEADERS = ("kernel/riscv.h", "kernel/memlayout.h", "kernel/mm/pt.h")

DEFINE = re.compile(r"^#define (\w+) ([^\\\n]+?)(?: */\*.*)?$", re.M)
ARITHMETIC = re.compile(r"[\w\s()+*<>-]+")


def read_names():
    """The names of these headers that stand for numbers."""
    names = {}
    for header in HEADERS:
        for name, text in DEFINE.findall((ROOT / header).read_text()):
            text = re.sub(r"\b(0x[0-9A-Fa-f]+|\d+)U?L*\b", r"\1", text)
            if ARITHMETIC.fullmatch(text):
                try:
                    names[name] = eval(text, {"__builtins__": {}}, names)
                except (NameError, SyntaxError, TypeError):
                    pass  # of something else than numbers
    return names


NAMES = read_names()

PAGE = NAMES["PGSIZE"]
KERNBASE = NAMES["KERNBASE"]
USER_VA_STOP = NAMES["USER_VA_STOP"]
MAXVA = NAMES["MAXVA"]
TRAMPOLINE = NAMES["TRAMPOLINE"]
TRAPFRAME = NAMES["TRAPFRAME"]
USYSCALL = NAMES["USYSCALL"]

V, R, W, X = (NAMES[f"PTE_{letter}"] for letter in "VRWX")
U, G, A, D = (NAMES[f"PTE_{letter}"] for letter in "UGAD")
COW = NAMES["PTE_COW"]  # in our kernel only
RESERVED_BITS = 0x3FF << 54  # they have to be 0

ENTRIES = 512
ROOT_LEVEL = 2


def span(level):
    """Bytes that an entry of this level covers."""
    return PAGE << 9 * level


def index(level, va):
    return va // span(level) % ENTRIES


def pa_of(pte):
    """The page that a word names; the reserved bits above are not of it."""
    return (pte & ~RESERVED_BITS) >> 10 << 12


# Devices of QEMU's virt machine, as far as kernels map them.
DEVICES = (
    (NAMES["FINISHER"], PAGE, "test finisher"),
    (NAMES["CLINT"], 0x10000, "CLINT"),
    (NAMES["PLIC"], 0x4000000, "PLIC"),
    (NAMES["UART0"], PAGE, "UART"),
    (NAMES["VIRTIO0"], 8 * PAGE, "virtio"),
)
