"""`make show`: what it reads of a console, and what it makes of tables."""

import random
import re
import sys
import xml.dom.minidom

import pytest

from lib.build import ROOT
from lib.showtext import (A, COW, D, FORMS, Memory, PAGE, R, U, V, W, X,
                          process, random_memory, story)

sys.path[:0] = [str(ROOT / "conf")]
from labshow import console, draw, layout, live, model, page, picture, \
    translate  # noqa: E402

LOGS = ROOT / "tests" / "show"
BOOT = "xv6 kernel is booting\n"


def table_of(text):
    """The only table of a console."""
    [step] = console.read(text).steps
    [one] = step.processes.values()
    return one.user or one.kernel


def words(table):
    return {(entry.page, entry.index): entry.pte for entry in table.entries()}


# What is read.

@pytest.mark.parametrize("form", FORMS)
def test_forms_of_all_years(form):
    memory = Memory()
    user, private, _ = process(memory, heap=3)
    for root in (user, private):
        table = table_of(BOOT + memory.text(root, form))
        expected, pages = {}, [root]
        while pages:
            at = pages.pop()
            for index, word in memory.words[at].items():
                expected[at, index] = word
                if not word & (R | W | X):
                    pages.append(word >> 10 << 12)
        assert table.root == root and words(table) == expected


def test_addresses_of_the_upper_half():
    memory = Memory()
    root = memory.root()
    memory.leaf(root, 1 << 38, R | A)
    text = memory.text(root, "2025")
    for old, new in (("", ""), ("0x0000004000000000", "0xffffffc000000000")):
        [leaf] = table_of(BOOT + text.replace(old, new)).leaves()
        assert leaf.va == 2**64 - 2**38 and leaf.index == 0


def test_console_of_2020():
    [step] = console.read((LOGS / "xv6-2020.log").read_text()).steps
    [init] = step.processes.values()
    assert (init.label, init.kernel) == ("1 init", None)
    assert [leaf.va for leaf in init.user.leaves()] == [
        0, PAGE, 2 * PAGE, layout.TRAPFRAME, layout.TRAMPOLINE]
    holds = [model.what(leaf, [], False, False) for leaf in init.user.leaves()]
    assert holds == ["text and data", "guard", "text and data", "trapframe",
                     "trampoline"]


def test_console_of_2025():
    """A table that is printed twice is two moments; nobody says whose it is."""
    read = console.read((LOGS / "xv6-2025.log").read_text())
    assert [step.title for step in read.steps] == ["$ tables", "$ tables (2)",
                                                   "$ tables child"]
    assert not read.ours
    before, after, _ = [next(iter(step.processes.values()))
                        for step in read.steps]
    assert before.key == after.key and before.pid is None
    new = model.changes(before.user, after.user)
    assert {place: kind for place, (kind, _) in new.items()} == {
        (0, 4 * PAGE): "new", (1, 2 << 20): "new"}


def test_console_of_this_kernel():
    [step] = console.read((LOGS / "ours.log").read_text()).steps
    [one] = step.processes.values()
    assert (one.label, one.state, one.size) == ("4 program", "sleeping",
                                                0x6000)
    assert [one.what for one in one.ranges][:5] == ["text", "data", "guard",
                                                    "stack", "heap"]
    assert one.ranges[1].state == "copy-on-write 1"
    assert all(one and other and one.pte == other.pte
               for _, one, other in model.mirror(one))


def test_kernel_table_finds_its_user_table():
    """Printed one after the other, by a kernel that says nothing of them."""
    memory = Memory()
    user, private, _ = process(memory)
    step = console.read("$ both\n" + memory.text(user) +
                        memory.text(private)).steps[0]
    [one] = step.processes.values()
    assert (one.user.root, one.kernel.root) == (user, private)
    other = process(memory)[1]
    step = console.read("$ both\n" + memory.text(user) +
                        memory.text(other)).steps[0]
    assert len(step.processes) == 2


def test_other_text_amid_a_table():
    memory = Memory()
    user, _, _ = process(memory)
    lines = memory.text(user).splitlines()
    lines[4:4] = ["hart 2 starting", ""]
    assert words(table_of(BOOT + "\r\n".join(lines))) == words(
        table_of(BOOT + memory.text(user)))


def test_titles():
    text, _ = story()
    read = console.read("$ ls\nREADME\n" + text)
    assert [step.title for step in read.steps] == [
        "one process", "after fork", "the child has written"]
    assert read.steps[0].text == ["What it is, in <words> & more."]
    assert [len(step.processes) for step in read.steps] == [1, 2, 2]


GOOD = """page table 0x0000000087f6e000
..0: pte 0x0000000021fda801 pa 0x0000000087f6a000
.. ..0: pte 0x0000000021fda401 pa 0x0000000087f69000
.. .. ..0: pte 0x0000000021fdac5f pa 0x0000000087f6b000
"""
DAMAGED = [
    ("page table 0x0000000087f6e000", "page table 0x0000000087f6e008", 1,
     "begins at a page"),
    ("..0: pte 0x0000000021fda801 pa 0x0000000087f6a000\n.. ..0",
     "..0: pte 0x0000000021fda8\n.. ..0", 2, "no whole entry"),
    ("pa 0x0000000087f69000", "pa 0x0000000087f6", 3, "names the page"),
    (".. .. ..0: pte 0x0000000021fdac5f", ".. .. ..512: pte "
     "0x0000000021fdac5f", 4, "no index 512"),
    (".. .. ..0", ".. .. .. ..0", 4, "three levels"),
    ("..0: pte 0x0000000021fda801 pa 0x0000000087f6a000\n", "", 2,
     "entry above this one is missing"),
    ("0x0000000021fda401", "0x0000000021fda403", 4, "below a leaf"),
    ("0x0000000021fdac5f", "0x0000000021fdac5e", 4, "not valid"),
    ("page table 0x0000000087f6e000\n", "", 1, "belongs to no table"),
    (".. .. ..0: pte 0x0000000021fdac5f pa 0x0000000087f6b000\n",
     2 * ".. .. ..0: pte 0x0000000021fdac5f pa 0x0000000087f6b000\n", 5,
     "printed before"),
    (".. .. ..0: pte", ".. .. ..0x0000000000200000: pte", 4, "no address"),
]


@pytest.mark.parametrize("old, new, line, said", DAMAGED,
                         ids=[said for *_, said in DAMAGED])
def test_damaged_text(old, new, line, said):
    """It says where, and why it cannot be."""
    assert GOOD.count(old) == 1
    table_of(BOOT + GOOD)
    with pytest.raises(console.Damaged, match=rf"^line {line + 1}: .*{said}"):
        console.read(BOOT + GOOD.replace(old, new))


def test_damaged_ranges():
    text = (LOGS / "ours.log").read_text()
    with pytest.raises(console.Damaged, match="ends before it begins"):
        console.read(text.replace("0x0000004000 0x0000006000",
                                  "0x0000004000 0x0000003000"))


@pytest.mark.parametrize("text", ["", BOOT + "$ ls\nREADME\n$ ", "== title\n",
                                  "\0\xff\n" * 100])
def test_no_table(text):
    with pytest.raises(console.Damaged, match="there is no page table"):
        console.read(text)


def test_random_damage(tried):
    """Any bytes give a page or a reason."""
    text, _ = story()
    dice = random.Random(1)
    for _ in range(200):
        broken = list(text)
        for _ in range(dice.choice((1, 1, 5, 50))):
            broken[dice.randrange(len(broken))] = chr(dice.randrange(256))
        try:
            read = console.read("".join(broken))
        except console.Damaged as error:
            assert re.match(r"line \d+: |there is no page table", str(error))
        else:
            page.Pages(read.steps, read.ours).data()
    tried("damaged consoles", 200)


# Scripts.

def test_script():
    parts = live.read_script(
        "ls\n\n# Title: one\n# said of it\n#and more\necho a | wc\necho b\n"
        "\n# Two\n  echo c\n# Three\n\necho d\necho e\n", "s")
    assert [(part.title, part.text, part.commands) for part in parts] == [
        ("", [], ["ls"]),
        ("Title: one", ["said of it", "and more"], ["echo a | wc", "echo b"]),
        ("Two", [], ["echo c"]), ("Three", [], []),
        ("", [], ["echo d"]), ("", [], ["echo e"])]


@pytest.mark.parametrize("text, said", [
    ("\n \n", "no line to type"), ("ls\n\x01\n", "s:2: only what can be typed"),
    ("ls\n\ufffd\ufffd\x00", "s:2: ")])
def test_script_that_cannot_be_typed(text, said):
    with pytest.raises(live.Refused, match=said):
        live.read_script(text, "s")


def test_tour():
    """Its steps are those that the program has."""
    text = (ROOT / "conf" / "labshow" / "tour.script").read_text()
    program = (ROOT / "tests" / "programs" / "showsteps.c").read_text()
    asked = re.findall(r"^showsteps do (\w+)$", text, re.M)
    assert asked and set(asked) <= set(re.findall(r'done\("(\w+)"\)', program))


# Addresses.

def as_process(table, ranges=()):
    return console.Process("p", 1, "p", None, table, None, list(ranges))


def test_translation_is_that_of_the_hardware(tried):
    """Compared with a walk through the words themselves."""
    count = 0
    for seed in range(30):
        memory, root, addresses = random_memory(seed)
        table = table_of(BOOT + memory.text(root, FORMS[seed % 3]))
        judge = translate.Judge(as_process(table), False, True)
        spans = translate.spans(table, judge)
        assert spans[0].start == 0 and spans[-1].end == 2**64
        assert all(a.end == b.start and a.start < a.end
                   for a, b in zip(spans, spans[1:]))
        for va in addresses:
            found = translate.walk(table, va)
            span = next(one for one in spans if one.start <= va < one.end)
            assert span.path == found.path
            answers = iter(span.verdicts)
            for mode in translate.MODES:
                for access in translate.ACCESSES:
                    expected = memory.walk(root, va, mode, access)
                    verdict = next(answers)
                    assert verdict == judge.verdict(found, va, mode, access)
                    assert verdict.is_fault == (expected is None), hex(va)
                    if expected is not None:
                        inside = va % layout.span(found.last.level)
                        assert found.last.pa + inside == expected
                    count += 1
    assert count > 10000
    tried("translations", count)


@pytest.mark.parametrize("word, said", [
    (0x87000000 >> 2 | V | W, "W without R"),
    (0x87000000 >> 2 | V | R | 1 << 60, "bits 63 to 54"),
    (0x87000000 >> 2 | V, "no level below")])
def test_words_that_lead_nowhere(word, said):
    memory = Memory()
    root = memory.root()
    memory.put(root, 0x5000, word)
    table = table_of(BOOT + memory.text(root))
    judge = translate.Judge(as_process(table), False, True)
    verdict = judge.verdict(translate.walk(table, 0x5000), 0x5000, "user",
                            "read")
    assert verdict.is_fault and said in verdict.text


ANSWERS = [
    # What ours.log has at an address, mode, access: fault?, what is said.
    (0x0010, "user", "execute", False, "text"),
    (0x0010, "kernel", "read", True, "panics"),
    (0x0010, "sum", "read", False, "text"),
    (0x0010, "sum", "execute", True, "never executes"),
    (0x0010, "user", "write", True, "status -1"),
    (0x0010, "sum", "write", True, "copy returns -1"),
    (0x1010, "user", "write", True, "Copy-on-write"),
    (0x1010, "sum", "write", True, "Copy-on-write"),
    (0x1010, "kernel", "write", True, "panics"),
    (0x1010, "user", "read", False, "data"),
    (0x2010, "user", "read", True, "status -1"),
    (0x3010, "user", "write", False, "stack"),
    (0x5010, "user", "read", True, "brings a page"),
    (0x5010, "sum", "write", True, "brings a page"),
    (0x5010, "user", "execute", True, "status -1"),
    (0x5010, "kernel", "read", True, "panics"),
    (0x6010, "user", "read", True, "status -1"),
    (0x0C000010, "sum", "read", False, "PLIC"),
    (0x0C300010, "sum", "read", True, "before they set SUM"),
    (0x80000010, "kernel", "write", False, "RAM"),
    (0x80000010, "user", "read", True, "U is not set"),
    (layout.USYSCALL, "user", "read", False, "usyscall"),
    (layout.TRAPFRAME, "user", "read", True, "U is not set"),
    (1 << 38, "user", "read", True, "bits 63 to 39"),
]


@pytest.mark.parametrize("va, mode, access, is_fault, said", ANSWERS)
def test_who_mends_it(va, mode, access, is_fault, said):
    [step] = console.read((LOGS / "ours.log").read_text()).steps
    [one] = step.processes.values()
    judge = translate.Judge(one, True, True)
    verdict = judge.verdict(translate.walk(one.kernel, va), va, mode, access)
    assert verdict.is_fault == is_fault
    assert said in f"{verdict.text} {verdict.mended}"
    # Another kernel's text does not say what that kernel does.
    judge = translate.Judge(one, True, False)
    verdict = judge.verdict(translate.walk(one.kernel, va), va, mode, access)
    assert verdict.mended == (translate.UNTOLD if is_fault else "")


def test_who_is_said_to_mend_it_exists():
    sentences = " ".join(text for name, text in vars(translate).items()
                         if name.isupper() and isinstance(text, str))
    named = re.findall(r"(\w+)\(\)(?: and its kind,)? in (kernel/\S+\.c)",
                       sentences)
    assert len(named) >= 5
    for function, file in named:
        assert re.search(rf"^\w.*\b{function}\(", (ROOT / file).read_text(),
                         re.M), (function, file)


# Changes, sharing, pictures.

def test_changes():
    before, after = Memory(), Memory()
    roots = []
    for memory in (before, after):
        roots.append(memory.root())
    same = 0x81000000
    for va, old, new in ((0, R | A, R | A), (PAGE, R | W, R | W | A | D),
                         (2 * PAGE, R | W | A, R | A | COW),
                         (3 * PAGE, None, R), (4 * PAGE, R, None)):
        for memory, root, bits in ((before, roots[0], old),
                                   (after, roots[1], new)):
            if bits is not None:
                memory.leaf(root, va, bits | U, same + va)
    found = model.changes(*(table_of(BOOT + memory.text(root))
                            for memory, root in zip((before, after), roots)))
    assert {va: kind for (level, va), (kind, _) in found.items()
            if level == 0} == {PAGE: "touched", 2 * PAGE: "changed",
                               3 * PAGE: "new", 4 * PAGE: "gone"}


def test_shared_frames():
    _, forked, written = console.read(story()[0]).steps
    shared = {leaf.va for users in
              model.shared_frames(forked.processes.values()).values()
              for _, leaf in users}
    assert shared == {0, PAGE, 3 * PAGE, 4 * PAGE}
    shared = {leaf.va for users in
              model.shared_frames(written.processes.values()).values()
              for _, leaf in users}
    assert shared == {0, 3 * PAGE, 4 * PAGE}


def picture_of(one, ours=True):
    facts = []
    artist = picture.Artist(one, None, {"user": {}, "kernel": {}}, {}, ours,
                            lambda fact: facts.append(fact) or len(facts) - 1)
    return artist.picture(), facts


def test_shared_pages_are_drawn_once():
    """The level-0 page of the mirror, and the two of the top, with an arrow
    from either side."""
    [step] = console.read((LOGS / "ours.log").read_text()).steps
    [one] = step.processes.values()
    drawn, _ = picture_of(one)
    both = {key for key, card in drawn.cards.items() if card.side == "both"}
    assert both == {"803a2000", "80397000", "80398000"}
    for key in ("803a2000", "80397000"):
        assert sorted(link.side for link in drawn.links
                      if link.target == key) == ["kernel", "user"]
    pages = set(one.user.pages) | set(one.kernel.pages)
    assert set(drawn.cards) == {f"{page:x}" for page in pages}


def test_mirror_that_is_out_of_date():
    """Both slots are marked, and say so."""
    text = (LOGS / "ours.log").read_text()
    old = ".. ..0: pte 0x00000000200e8801 pa 0x00000000803a2000"
    head, tail = text.rsplit(old, 1)
    text = head + ".. ..0: pte 0x00000000200e9801 pa 0x00000000803a6000" + tail
    for text, count in (((LOGS / "ours.log").read_text(), 0), (text, 2)):
        [step] = console.read(text).steps
        drawn, facts = picture_of(*step.processes.values())
        wrong = [row for card in drawn.cards.values() for row in card.rows
                 if row.is_wrong]
        assert len(wrong) == count
        assert all("out of date" in dict(facts[row.facts])["mirror"]
                   for row in wrong)
        assert draw.tables(drawn, True, "x").count(" wrong") == count


def test_rows_say_what_is_absent():
    [step] = console.read((LOGS / "ours.log").read_text()).steps
    [one] = step.processes.values()
    drawn, facts = picture_of(one)
    absent = [row for row in drawn.cards["803a2000"].rows if row.is_absent]
    assert [(row.first.va, row.count, row.what) for row in absent] == [
        (0x2000, 1, "guard"), (0x4000, 2, "heap, lazy")]
    row = drawn.cards["803a2000"].rows[1]
    said = dict(facts[row.facts])
    assert said["bits"] == "V R U A, and for software: copy-on-write"
    assert said["serves"] == "0x1000 \u2013 0x1fff"
    assert said["pa"] == "0x803a3000" and said["holds"] == "data"
    assert "both tables point to its page" in said["private table"]


def test_what_is_not_told_is_unknown():
    [step] = console.read((LOGS / "xv6-2020.log").read_text()).steps
    [init] = step.processes.values()
    drawn, facts = picture_of(init, ours=False)
    assert drawn.cards["no-kernel"].title == "unknown"
    assert "not in this text" in draw.tables(drawn, True, "x")
    assert not any("copy-on-write" in value for fact in facts
                   for _, value in fact)


def test_large_tables_stay_small_pictures():
    """Many pages and many leaves are drawn as a few."""
    memory = Memory()
    root = memory.root()
    for number in range(40):
        for index in range(0, 512, 3):
            memory.leaf(root, number << 21 | index << 12,
                        (R | W if index % 2 else R) | U | A)
    drawn, _ = picture_of(as_process(table_of(BOOT + memory.text(root))))
    assert len(drawn.cards) <= 2 + picture.CHILDREN + 2
    assert all(len(card.rows) <= picture.ROWS + 4
               for card in drawn.cards.values())
    assert "34 more level-0 pages" in draw.tables(drawn, True, "x")


def files_of(text):
    read = console.read(text)
    return page.Pages(read.steps, read.ours)


@pytest.mark.parametrize("name", ["xv6-2020.log", "xv6-2025.log", "ours.log"])
def test_pictures_are_files_of_their_own(name):
    files = files_of((LOGS / name).read_text()).files
    assert files
    for file, drawn in files.items():
        assert re.fullmatch(r"\d\d-[a-z0-9-]+\.svg", file)
        svg = xml.dom.minidom.parseString(drawn).documentElement
        assert svg.tagName == "svg"
        assert svg.getElementsByTagName("style")
        assert re.findall(r'https?://[^"]+', drawn) == [
            "http://www.w3.org/2000/svg"]


def test_sharing_is_drawn():
    pages = files_of(story()[0])
    assert [len(step["sharing"]) for step in pages.steps] == [0, 1, 1]
    assert pages.steps[2]["processes"][pages.steps[2]["focus"]]["label"] == \
        "5 child"
    drawn = next(text for name, text in pages.files.items()
                 if name.startswith("03-") and "pages-of" in name)
    assert drawn.count('class="frame both"') == 3
    assert drawn.count('class="frame user"') == 2


def test_names_from_the_console_are_only_text():
    text = (LOGS / "ours.log").read_text().replace(
        "sleeping program", 'sleeping <script>"&')
    drawn = files_of(text)
    read = page.html(drawn, "</script>")
    assert "<script>\"" not in read and read.count("</script>") == 2
    for svg in drawn.files.values():
        xml.dom.minidom.parseString(svg)


def test_constants_are_those_of_the_headers():
    assert layout.USER_VA_STOP == 0x0C000000
    assert (layout.V, layout.R, layout.W, layout.X, layout.U, layout.A,
            layout.D) == (V, R, W, X, U, A, D)
    assert (layout.TRAMPOLINE, layout.COW) == ((1 << 38) - PAGE, COW)
