"""What docs/ and README say: files, functions and links are there, no document
is named that is not, and the recipes of docs/howto.md do what they say."""

import re
import subprocess
from pathlib import Path

import pytest

from lib.build import ROOT, Build, clean_environment, copy_tree, make
from lib.machine import Machine
from lib.pages import BLOCK, defined, prose
from lib.session import same, steps_of

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
TEXTS = [*PAGES, ROOT / "README", *sorted(ROOT.glob("README.*.md"))]
SOURCES = [path for folder in ("kernel", "user", "mkfs", "conf", "tests")
           for path in sorted((ROOT / folder).rglob("*"))
           if path.is_file() and path.suffix in (".c", ".h", ".S")]

LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) +(.*)$", re.M)
SECTION = re.compile(r"^## (.*)\n((?:(?!^## ).*\n?)*)", re.M)
FOLDERS = "kernel|user|mkfs|conf|tests|docs"
PATH = re.compile(rf"(?<![\w/.-])(?:{FOLDERS})/[\w./*-]*[\w*]")
FUNCTION = re.compile(r"`(\w+)\(\)`")
DOCUMENT = re.compile(r"(?<![\w*])([\w./-]*\w)\.(md|pdf|rst)\b")

# What make leaves. A name with capitals stands for any.
PRODUCTS = re.compile(r"kernel/kernel(\.sym|-sbi)?|user/_\w+|mkfs/(mkfs|fsck)")
ANY_NAME = re.compile(r"\b[A-Z]{2,}\b")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def anchors(text):
    """Those of a page's headings, as GitHub makes them."""
    heads = (head.lower() for _, head in HEADING.findall(prose(text)))
    return {re.sub(r"[^\w\- ]", "", head).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", TEXTS, ids=name_of)
def test_links(page):
    wrong = []
    for target in LINK.findall(prose(page.read_text())):
        where, _, anchor = target.partition("#")
        other = page.parent / where if where else page
        if re.match(r"/|\w+:", target) or not other.exists():
            wrong.append(target)
        elif anchor and anchor not in anchors(other.read_text()):
            wrong.append(target)
    assert not wrong, "\n".join(wrong)


def made_by_recipes(text):
    return {name for _, name, _ in BLOCK.findall(text) if name}


@pytest.mark.parametrize("page", TEXTS, ids=name_of)
def test_paths(page):
    """Each that is named is there, or is what a recipe or make leaves."""
    text = page.read_text()
    wrong = [path for path in PATH.findall(prose(text))
             if not any(ROOT.glob(path)) and not PRODUCTS.fullmatch(path) and
             not ANY_NAME.search(path) and path not in made_by_recipes(text)]
    assert not wrong, "\n".join(wrong)


def test_functions():
    """Each `name()` is a function of the tree."""
    everything = set().union(*map(defined, SOURCES))
    wrong = {f"{name_of(page)}: {function}" for page in TEXTS
             for function in FUNCTION.findall(page.read_text())
             if function not in everything}
    assert not wrong, "\n".join(sorted(wrong))


def test_names_of_the_book():
    """Of each row of docs/names.md: each function is in the file that follows
    it, in the second column and in the third."""
    checked, wrong = 0, []
    for line in (DOCS / "names.md").read_text().splitlines():
        if not line.startswith("|"):
            continue
        file = None
        for cell in line.strip("| ").split(" | ")[1:]:
            for function, path in reversed(re.findall(
                    r"`(\w+)\(\)`|`([\w./-]+\.[chS])`", cell)):
                file = ROOT / path if path else file
                if not function or file is None:
                    continue
                checked += 1
                if not file.is_file() or function not in defined(file):
                    wrong.append(f"{function} is not in {name_of(file)}")
    assert not wrong, "\n".join(wrong)
    assert checked > 150


def names_in_tree():
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"],
                          cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode == 0:
        return [ROOT / name for name in done.stdout.splitlines()
                if (ROOT / name).is_file()]
    return [*TEXTS, *SOURCES, ROOT / "Makefile", ROOT / "grade-lab-pgtbl",
            *(ROOT / "conf").glob("*"), *(ROOT / "tests").rglob("*.py")]


def test_documents_are_here():
    """Nothing points to a document that no reader has. From docs/ and beside
    README a bare name will do."""
    wrong = []
    for path in names_in_tree():
        if not path.is_file() or path.name == "test_docs.py":
            continue
        text = path.read_bytes().decode("utf-8", "replace")
        for match in DOCUMENT.finditer(text):
            places = [ROOT, path.parent] if path in TEXTS else [ROOT]
            if not any((place / match[0]).is_file() for place in places):
                line = text.count("\n", 0, match.start()) + 1
                wrong.append(f"{name_of(path)}:{line}: {match[0]}")
    assert not wrong, "\n".join(wrong)


# The recipes.

class Copy(Build):
    """A copy of the tree on which the recipes are done."""

    def __init__(self, tree):
        super().__init__("normal")
        self.tree = tree
        self.folder = tree / "build" / "test" / "normal"
        self.variables = (f"O={self.folder}", "STRICT=1")

    def make(self, *goals, **options):
        return make(*self.variables, *goals, directory=self.tree, **options)


def recipes():
    """Section -> its blocks, of those that a student can do."""
    text = (DOCS / "howto.md").read_text()
    return {head: BLOCK.findall(body) for head, body in SECTION.findall(text)
            if not head.startswith("For teachers")}


def apply(tree, blocks):
    for language, name, text in blocks:
        if name:
            (tree / name).write_text(text)
        elif language == "diff":
            done = subprocess.run(
                ["git", "apply", "-p0", "-"], cwd=tree, input=text, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            if done.returncode != 0:
                raise AssertionError(f"{done.stdout}\n{text}")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    tree = tmp_path_factory.mktemp("recipes") / "tree"
    copy_tree(tree)
    for blocks in recipes().values():
        apply(tree, blocks)
    return Copy(tree)


@pytest.fixture(scope="module")
def system(copy):
    with Machine(copy) as machine:
        machine.boot()
        yield machine


@pytest.mark.parametrize("head", [
    head for head, blocks in recipes().items()
    if any(language == "console" for language, _, _ in blocks)])
def test_recipe_at_the_prompt(system, head):
    for language, _, text in recipes()[head]:
        if language != "console":
            continue
        for _, command, shown in steps_of(text.splitlines()):
            said = system.run(command)
            assert same(shown, said), f"$ {command}\n{said}"


@pytest.mark.parametrize("head", [
    head for head, blocks in recipes().items()
    if any(language == "sh" for language, _, _ in blocks)])
def test_recipe_of_a_test(copy, head):
    copy.ready()
    said = None
    for language, name, text in recipes()[head]:
        if language == "sh":
            done = subprocess.run(
                ["bash", "-c", text], cwd=copy.tree, text=True, timeout=600,
                env=clean_environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            said = done.stdout.splitlines()
            assert done.returncode == 0, done.stdout
        elif language == "text" and not name and said is not None:
            missing = [line for line in text.splitlines()
                       if not any(same([line], each) for each in said)]
            assert not missing, "\n".join([*missing, "is not in", *said])
            said = None


def test_recipes_are_well_formatted(copy):
    """What a recipe writes is laid out as all other files."""
    status, said = copy.make("check-format", check=False)
    if re.match(r"clang-format \d+ is needed", said):
        pytest.skip(said)
    assert status == 0, said[-3000:]


def test_a_wrong_recipe_is_noticed(tmp_path):
    """A difference that does not fit, an answer that does not come."""
    wrong = "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-what is not there\n+new\n"
    (tmp_path / "a").write_text("something\n")
    with pytest.raises(AssertionError, match="patch"):
        apply(tmp_path, [("diff", "", wrong)])
    assert same(["one ...", "two"], "one 5\ntwo\n")
    assert not same(["one ...", "two"], "one 5\nthree\n")
