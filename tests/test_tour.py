"""docs/tour.md and docs/tour.zh.md: what they name exists, what they show
comes, and both say the same. README.zh.md has the commands of README."""

import re
from collections import Counter

import pytest

from lib.build import ROOT, copy_tree, make
from lib.pages import BLOCK, defined, prose
from lib.session import Session, steps_of

TOURS = {"English": ROOT / "docs/tour.md", "Chinese": ROOT / "docs/tour.zh.md"}

STOP = re.compile(r"^## (\d+)\. .*\n", re.M)
SPAN = re.compile(r"`([^`\n]+)`")
FILE = r"(?:kernel|user|mkfs|conf|tests|docs)/[\w./-]+"
PLACE = re.compile(rf"`({FILE})`\s*[:：]\s*`(\w+)`")
FIGURE = re.compile(r"(?<![\w.])(?:0x[0-9a-f]+|\d+(?:\.\d+)*)(?!\w)", re.A | re.I)
LINK = re.compile(r"\]\([^)]*\)")
PLAYED = ("console", "gdb")
NSTOPS = 9


def stops(text):
    """Number -> what is said there."""
    parts = STOP.split(text)[1:]
    return dict(zip(map(int, parts[::2]), parts[1::2]))


def blocks(text):
    """(kind, lines) of each block."""
    return [(kind, body.splitlines()) for kind, _, body in BLOCK.findall(text)]


def wording(text):
    """Its prose, without where links lead."""
    return LINK.sub("]", prose(text))


def names(text):
    return set(SPAN.findall(wording(text)))


def figures(text):
    """All numbers, and how often each is there."""
    return Counter(map(str.lower, FIGURE.findall(wording(text))))


def places(text):
    """(file, function) of each that is named."""
    return sorted(set(PLACE.findall(wording(text))))


@pytest.fixture(params=TOURS)
def tour(request):
    return TOURS[request.param].read_text()


def test_stops(tour):
    """Each has its parts: a picture, a way, reasons, dangers, something to
    type."""
    found = stops(tour)
    assert list(found) == list(range(NSTOPS + 2)), "with beginning and end"
    for number in range(1, NSTOPS + 1):
        kinds = [kind for kind, _ in blocks(found[number])]
        assert len(re.findall(r"^### ", found[number], re.M)) == 5, number
        assert "" in kinds and set(kinds) & set(PLAYED), number
        assert places(found[number]), number


def test_places_exist(tour):
    wrong = []
    for name, function in places(tour):
        path = ROOT / name
        if not path.is_file():
            wrong.append(f"no file {name}")
        elif function not in defined(path):
            wrong.append(f"no {function} in {name}")
    assert not wrong, "\n".join(wrong)


def test_other_names_exist(tour):
    """Files, and identifiers that no sentence has by chance."""
    sources = [path.read_text() for folder in ("kernel", "user", "conf")
               for path in (ROOT / folder).rglob("*")
               if path.suffix in (".c", ".h", ".S", ".mk", ".tmpl")]
    words = set(re.findall(r"\w+", "\n".join(sources)))
    wrong = []
    for name in names(tour):
        if re.fullmatch(FILE, name) and "NAME" not in name:
            if name != "user/look.c" and not (ROOT / name).is_file():
                wrong.append(f"no file {name}")
        elif re.fullmatch(r"\w+_\w+(\(\))?", name):
            if name.removesuffix("()") not in words:
                wrong.append(f"{name} is nowhere")
    assert not wrong, "\n".join(wrong)


def test_links(tour):
    """To files beside it; another test of docs/ looks whether all are there."""
    for target in re.findall(r"\]\(([^)]*)\)", tour):
        assert re.fullmatch(r"[\w.]+\.md", target), target


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """A disk that has look, made as the tour says: the file is dropped in."""
    folder = tmp_path_factory.mktemp("tour")
    tree = folder / "tree"
    tree.mkdir()
    copy_tree(tree)
    program = [lines for kind, lines in
               blocks(TOURS["English"].read_text()) if kind == "c"]
    assert len(program) == 1
    (tree / "user" / "look.c").write_text("\n".join(program[0]) + "\n")
    make("-j2", "STRICT=1", "fs.img", directory=tree)
    return tree / "fs.img"


@pytest.mark.parametrize("number", range(1, NSTOPS + 1))
def test_see_it(number, image, tmp_path):
    """What comes is what is shown, of each command. A block that starts no
    machine goes on with the one before."""
    played = [lines for kind, lines in
              blocks(stops(TOURS["English"].read_text())[number])
              if kind in PLAYED]
    wrong = []
    with Session(tmp_path, image) as session:
        for lines in played:
            wrong += session.play(lines)
    assert not wrong, "\n".join(wrong)


def test_blocks_tell_what_they_are():
    """Each played block has a command, and nothing is typed in any other."""
    for kind, lines in blocks(TOURS["English"].read_text()):
        if kind in PLAYED:
            assert steps_of(lines)
        else:
            assert not any(line.startswith(("host$", "(gdb)"))
                           for line in lines)


def pair():
    return (stops(TOURS[language].read_text()) for language in TOURS)


def test_both_have_the_same_stops():
    english, chinese = pair()
    assert list(english) == list(chinese)
    for number in english:
        for mark in (r"^### ", r"^\d+\. ", r"^- ", r"^\|"):
            counts = [len(re.findall(mark, prose(text[number]), re.M))
                      for text in (english, chinese)]
            assert counts[0] == counts[1], (number, mark)


def test_both_have_the_same_blocks():
    """Pictures, commands, what comes, and the program."""
    english, chinese = pair()
    for number in english:
        assert blocks(english[number]) == blocks(chinese[number]), number


def different(of):
    """What one language has and the other has not, stop by stop."""
    english, chinese = pair()
    return {number: only for number in english
            if (only := (sorted(of(english[number]) - of(chinese[number])),
                         sorted(of(chinese[number]) - of(english[number])))) !=
            ([], [])}


def test_both_have_the_same_names():
    assert different(names) == {}
    assert different(lambda text: set(places(text))) == {}


def test_both_have_the_same_figures():
    assert different(figures) == {}


def test_readme_in_chinese():
    """Its commands are those of README; its links and files are there."""
    text = (ROOT / "README.zh.md").read_text()
    readme = " ".join((ROOT / "README").read_text().split())
    commands = [line for kind, lines in blocks(text) if kind == "sh"
                for line in lines]
    commands += re.findall(r"^\| `([^`]+)`", text, re.M)
    assert len(commands) > NSTOPS
    assert [command for command in commands if command not in readme] == []
    for name in [*re.findall(r"\]\(([^)]*)\)", text), *names(text)]:
        if re.fullmatch(FILE + "|README", name) and "NAME" not in name:
            assert (ROOT / name).is_file(), name


def test_picture_in_chinese():
    """README.zh.md maps what README maps, with the same permissions."""
    found = [re.findall(r" (R[W-][X-]U?) ", (ROOT / name).read_text())
             for name in ("README", "README.zh.md")]
    if not found[0]:
        pytest.skip("README has no picture of the tables")
    assert found[0] == found[1]
