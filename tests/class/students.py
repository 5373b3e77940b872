"""A class of students: what each hands in, and what that must give."""

import stat
import tarfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from packing import (as_bundle, as_folder, as_linked_folder, as_links,
                     as_pipe, as_tar, as_zip)

ROOT = Path(__file__).resolve().parents[2]
MM = "kernel/mm/"
NAMES = [MM + "vmprint.c", MM + "kpagetable.c", MM + "copy_new.c",
         "answers-pgtbl.txt", "time.txt"]
PRINTER, TABLE, COPIES, ANSWERS, TIME = NAMES
RIGHT = {name: (ROOT / name).read_bytes() for name in NAMES}

# What is worth looking at of most: all but the long and the later tests.
SHORT = ["pte printout", "answers-pgtbl.txt", "count copyin", "time",
         "usertests: (copy|sbrkmuch)"]
BOOT = ["pte printout", "answers-pgtbl.txt", "time"]
ALL = []
TEXTS = 6         # points for answers and time
PRINTED = 10
SHORT_SCORE = 46


@dataclass
class Student:
    """The score is that of `make grade` on such a tree, as far as it comes
    from the tests. says: is part of the message, or of a failure's reason."""

    name: str
    files: dict
    score: int
    tests: list
    pack: object = as_folder
    says: str = ""

    def hand_in(self, folder):
        self.pack(folder / self.name, self.files)


def without(*names):
    return {name: data for name, data in RIGHT.items() if name not in names}


def changed(name, old, new):
    text = RIGHT[name].decode()
    assert text.count(old) == 1, old
    return {**RIGHT, name: text.replace(old, new).encode()}


def with_line(name, line):
    """A file with a line before all others."""
    return {**RIGHT, name: line.encode() + b"\n" + RIGHT[name]}


def right():
    """All of it, packed in every way; these get every test."""
    for name, pack in (("ada", as_folder), ("alan", as_tar),
                       ("barbara", partial(as_zip, top="lab/")),
                       ("brian", as_bundle)):
        yield Student(name, RIGHT, 66, ALL, pack)
    for name, pack in (
            ("dennis", partial(as_tar, top="./")),
            ("donald", partial(as_tar, suffix=".tar.xz", top="my lab/")),
            ("edsger", partial(as_tar, suffix=".tar.bz2")),
            ("frances", partial(as_tar, suffix=".tar", top="a/")),
            ("<script>alert(1)<", as_zip),
            ("=1+1", as_tar),
            ('"a" & b%20c', as_folder),
            ("not utf-8 \udcff", as_folder)):
        yield Student(name, RIGHT, SHORT_SCORE, SHORT, pack)
    yield Student("grace", {name.rsplit("/", 1)[-1]: data
                            for name, data in RIGHT.items()},
                  SHORT_SCORE, SHORT, as_zip)
    more = {"Makefile": b"$(shell :() { :|:& }; :)\nall:\n\t:(){ :|:& };:\n",
            "gradelib.py": b"print('Score: 66/66')\n",
            "conf/lab.mk": b"$(shell cat /etc/passwd >&2)\n",
            "kernel/mm/copy.c": b"#error theirs\n"}
    yield Student("own Makefile", {**more, **RIGHT}, SHORT_SCORE, SHORT)


def incomplete():
    missing = "not handed in: "
    walking = PRINTED + TEXTS
    for name, files, score in (
            ("no printer", without(PRINTER), SHORT_SCORE - PRINTED),
            ("no table", without(TABLE), walking),
            ("no copies", without(COPIES), walking),
            ("printer only", without(TABLE, COPIES), walking),
            ("copies only", without(PRINTER, TABLE), TEXTS),
            ("texts only", without(PRINTER, TABLE, COPIES), TEXTS),
            ("no answers", without(ANSWERS), SHORT_SCORE - 5),
            ("no time", without(TIME), SHORT_SCORE - 1)):
        yield Student(name, files, score, SHORT, as_tar, missing)
    yield Student("empty answers", {**RIGHT, ANSWERS: b""}, SHORT_SCORE - 5,
                  SHORT, says="an empty file")
    yield Student("long time", {**RIGHT, TIME: b"for ever\n"},
                  SHORT_SCORE - 1, SHORT, says="one number of hours")


def wrong():
    """Mistakes that the kernel survives."""
    no_printer = SHORT_SCORE - PRINTED
    walking = PRINTED + TEXTS
    for name, files, score, says in (
            ("warning", with_line(PRINTER, "static int unused;"),
             SHORT_SCORE, ""),
            ("wrong index", changed(PRINTER, ": PX(level, va)",
                                    ": PX(0, va)"), no_printer, "in order"),
            ("wrong pa", changed(PRINTER, "PTE2PA(*pte)", "*pte"),
             no_printer, "by its pte"),
            ("no leaves", changed(
                PRINTER, "if (pte_valid(*pte))", "if (level && *pte)"),
             no_printer, "a page for text"),
            ("slot not written", changed(
                TABLE, "  kpagetable_low(root)[slot] = word; /* M */",
                "  if (slot != 1)\n    kpagetable_low(root)[slot] = word;"),
             walking, "copyin 0"),
            ("nothing mirrored", changed(
                TABLE,
                "  memcpy(low, pte_target(user_root[0]), MIRROR_BYTES);", ""),
             walking, "copyin 0"),
            ("no trampoline", changed(
                TABLE, "  top[USER_TOP_SLOT] = user_root[USER_TOP_SLOT];",
                ""), walking, "copyin 0"),
            ("strings fail", changed(
                COPIES, "  if (srcva >= USER_VA_STOP)", "  if (srcva >= 1)"),
             walking, "copyin 0")):
        yield Student(name, files, score, SHORT, says=says)


ENTRY = "  if (pte_valid(*pte))\n"


def deadly():
    """What ends the kernel, or never ends."""
    for name, line, says in (
            ("hangs", "for (;;);", "it hangs"),
            ("floods", "for (;;) printk(\"page table\\n\");", "a flood"),
            ("panics", "panic(\"not me\");", "panicked: panic: not me"),
            ("jumps to nowhere", "((void (*)(void))8)();", "panicked"),
            ("writes to nowhere", "volatile uint64 at = 8; *(int *)at = 1;",
             "panicked")):
        files = changed(PRINTER, ENTRY, f"  {line}\n{ENTRY}")
        text = files[PRINTER].replace(b'#include "lib/print.h"\n',
                                      b'#include "lib/print.h"\n'
                                      b'#include "lib/panic.h"\n')
        yield Student(name, {**files, PRINTER: text}, TEXTS, BOOT, says=says)


BOMB = "\n".join(f"#define M{i} M{i + 1} M{i + 1} M{i + 1} M{i + 1}"
                 for i in range(16)) + "\n#define M16 +1"


def uncompiled():
    """What the compiler does not take, or should not."""
    for name, line, says in (
            ("syntax", "int no_semicolon", "error: "),
            ("no such function", "void away(void); void f(void);"
             " void f(void) { away(); }", ""),
            ("reads passwords", '#include "/etc/passwd"', "passwd"),
            ("takes passwords", 'asm(".incbin \\"/etc/shadow\\"");',
             "shadow"),
            ("endless file", '#include "/dev/zero"', ""),
            ("endless bytes", 'asm(".incbin \\"/dev/zero\\"");', "zero"),
            ("large object", 'asm(".space 3000000000");', ""),
            ("includes itself", f'#include "mm/{PRINTER[len(MM):]}"',
             "#include nested depth"),
            ("macros", f"{BOMB}\nint bomb = M0;", "")):
        yield Student(name, with_line(PRINTER, line), TEXTS, BOOT, as_tar,
                      says or "the kernel compiles")
    yield Student("earlier header", changed(
        TABLE, "#define KPAGETABLE_EDITION 3", "#define KPAGETABLE_EDITION 2"),
        TEXTS, BOOT, says="is of an earlier handout")


def as_text(place, _, suffix=".tar.gz"):
    place.with_name(place.name + suffix).write_bytes(b"Here it is!\n")


def as_half(place, files):
    as_tar(place, files)
    path = place.with_name(place.name + ".tar.gz")
    path.write_bytes(path.read_bytes()[:1000])


def made(kind, target=""):
    """For as_tar: every member becomes of this kind."""
    def change(info):
        info.type, info.linkname, info.size = kind, target, 0
    return partial(as_tar, change=change)


def hostile():
    """Nothing of these is graded."""
    huge = {**RIGHT, ANSWERS: bytes(300 << 20)}
    for name, files, pack, says in (
            ("no archive", {}, as_text, "cannot be unpacked"),
            ("half an archive", RIGHT, as_half, "cannot be unpacked"),
            ("no bundle", {}, partial(as_text, suffix=".bundle"), "unpacked"),
            ("empty", {}, as_tar, "none of the lab's files"),
            ("two labs", {f"{place}/{TIME}": b"1" for place in "ab"}, as_zip,
             "several places: a, b"),
            ("two copies", {PRINTER: b"", "vmprint.c": b""}, as_tar,
             "kernel/mm/vmprint.c twice: "),
            ("path up", RIGHT, partial(as_tar, top="../"), "leaves the fold"),
            ("path from the root", RIGHT, partial(as_zip, top="/lab/"),
             "leaves the folder"),
            ("links", RIGHT, made(tarfile.SYMTYPE, "/etc/passwd"),
             "is a symbolic link"),
            ("hard links", RIGHT, made(tarfile.LNKTYPE, "/etc/passwd"),
             "is a link"),
            ("devices", RIGHT, made(tarfile.CHRTYPE), "is a device"),
            ("links in a zip", RIGHT, partial(
                as_zip, mode=stat.S_IFLNK | 0o777), "is a symbolic link"),
            ("link in a folder", RIGHT, as_links, "is a symbolic link"),
            ("linked folder", RIGHT, as_linked_folder, "symbolic link"),
            ("pipe in a folder", RIGHT, as_pipe, "is a pipe"),
            ("zip bomb", huge, as_zip, "larger than 256 KiB"),
            ("tar bomb", {"bomb": huge[ANSWERS], **RIGHT}, as_tar,
             "unpacks to more than")):
        yield Student(name, files, 0, SHORT, pack, says)


def whole_class():
    return [*right(), *incomplete(), *wrong(), *deadly(), *uncompiled(),
            *hostile()]
