"""How the text itself is written."""

import json
import re
import shlex
import subprocess

import pytest

from lib.build import CLANG, NORMAL, ROOT, make

FOLDERS = ("kernel", "user", "mkfs", "tests", "conf")


def files(*suffixes, folders=FOLDERS):
    return sorted(path for folder in folders
                  for path in (ROOT / folder).rglob("*")
                  if path.is_file() and path.suffix in suffixes)


def relative(path):
    return path.relative_to(ROOT).as_posix()


# The layers, highest first: each the folders that may include one another. A
# file of mm/ belongs to the upper of its two unless it is of page tables or
# physical pages.
LAYERS = [["boot"], ["sys"], ["proc"], ["fs"], ["mm"], ["mm-low"],
          ["dev", "trap"], ["sbi"], ["sync", "lib", "arch"]]
LAYER = {part: number for number, parts in enumerate(LAYERS) for part in parts}
LOW_MM = re.compile(r"mm/(page|pt)\w*\.[chS]$")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def part_of(path):
    """What a private file of the kernel, named from kernel/, belongs to."""
    return "mm-low" if LOW_MM.match(path) else path.split("/")[0]


def included(path):
    return INCLUDE.findall(path.read_text())


def is_interface(name):
    return re.fullmatch(r"kernel/\w+\.h", name) is not None


@pytest.mark.parametrize("part", LAYER)
def test_include_map(part):
    """A file includes its own layer and lower ones, never higher."""
    wrong = []
    for path in files(".c", ".h", ".S", folders=["kernel"]):
        name = path.relative_to(ROOT / "kernel").as_posix()
        if "/" not in name or name.endswith("_test.c"):
            continue
        if part_of(name) != part:
            continue
        for target in included(path):
            if is_interface(target) or target == "offsets.h":
                continue
            other = part_of(target)
            if other not in LAYER:
                wrong.append(f"{name}: {target} is in no layer")
            elif LAYER[other] < LAYER[part]:
                wrong.append(f"{name} includes {target}, which is higher")
            elif part == "sbi" and other not in ("sbi", "arch"):
                wrong.append(f"{name} includes {target}, not of arch/")
    assert not wrong, "\n".join(wrong)


def test_interface_includes_itself_only():
    wrong = [f"{relative(path)}: {target}"
             for path in (ROOT / "kernel").glob("*.h")
             for target in included(path) if not is_interface(target)]
    assert not wrong, "\n".join(wrong)


def test_users_include_the_interface_only():
    wrong = [f"{relative(path)}: {target}"
             for path in files(".c", ".h", ".S",
                               folders=["user", "tests/programs"])
             for target in included(path)
             if target.startswith("kernel/") and not is_interface(target)]
    assert not wrong, "\n".join(wrong)


def test_own_header_first():
    wrong = []
    for path in files(".c", folders=["kernel"]):
        own = path.with_suffix(".h")
        if own.exists() and included(path)[:1] != [
                own.relative_to(ROOT / "kernel").as_posix()]:
            wrong.append(relative(path))
    assert not wrong, "\n".join(wrong)


def test_sources_say_what_they_are_for():
    """Each begins with a comment, before anything is included."""
    wrong = [relative(path)
             for path in files(".c", ".S", folders=["kernel", "user", "mkfs"])
             if not path.read_text().startswith("/* ")]
    assert not wrong, "\n".join(wrong)


def function_lengths():
    """(file:line, lines) of each function, braces and signature included.
    By the layout of .clang-format a function, and nothing else, has its
    opening brace alone at the margin."""
    for path in files(".c", ".h"):
        start = None
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if line == "{":
                start = number - 1
            elif line == "}" and start:
                yield f"{relative(path)}:{start}", number - start + 1
                start = None


def test_figures():
    """How much there is to read is told folder by folder, as a report: no
    figure is a limit."""
    status, said = make("figures")
    lines = [line.split() for line in said.splitlines()]
    assert status == 0 and lines[0][0] == "files"
    assert [line[0] for line in lines[1:-1]] == sorted(
        [".", *(path.name for path in (ROOT / "kernel").iterdir()
                if path.is_dir())])
    assert lines[-1][0] == "all"
    for column in (1, 2, 3):
        assert int(lines[-1][column]) == \
            sum(int(line[column]) for line in lines[1:-1]) > 0


def test_functions_are_short():
    lengths = list(function_lengths())
    long = [f"{where}: {lines} lines" for where, lines in lengths
            if lines >= 35]
    assert len(lengths) > 100
    assert len(long) <= len(lengths) // 10, "\n".join(long)


def test_formatter_changes_nothing():
    status, said = make("check-format", check=False)
    if status != 0 and re.match(r"clang-format \d+ is needed", said):
        pytest.skip(said)
    assert status == 0, said[-3000:]


LEFT_OVER = {
    "a note to self": r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b",
    "code switched off": r"^\s*#\s*if\s+0\b",
    "code in a comment": r"^\s*//.*[;{}]\s*$",
    "a blank at the end": r"[ \t]$",
    "a place of one machine": r"/(home|Users|root|work|tmp)/\w",
}


@pytest.mark.parametrize("kind", LEFT_OVER)
def test_no_left_overs(kind):
    pattern = re.compile(LEFT_OVER[kind], re.M)
    paths = files(".c", ".h", ".S", ".ld", ".py", ".mk", ".tmpl", "")
    paths += [ROOT / name for name in (
        "README", "Makefile", "gradelib.py", "grade-lab-pgtbl",
        "answers-pgtbl.txt", "time.txt")]
    paths += (ROOT / "docs").glob("*.md")
    products = re.compile(
        r"user/_\w+|kernel/kernel(-sbi)?|mkfs/(mkfs|fsck)")
    wrong = []
    for path in paths:
        if products.fullmatch(relative(path)) or "__pycache__" in path.parts:
            continue
        text = path.read_text()
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            wrong.append(f"{relative(path)}:{line}")
    assert not wrong, "\n".join(wrong)


def test_files_end_with_a_newline():
    wrong = [relative(path) for path in files(".c", ".h", ".S", ".py", ".mk")
             if not path.read_text().endswith("\n")]
    assert not wrong, "\n".join(wrong)


def test_files_mk_name_every_file():
    """A source that no files.mk names would never be compiled."""
    named = "".join(path.read_text() for path in ROOT.rglob("files.mk")
                    if "build" not in path.relative_to(ROOT).parts)
    wrong = []
    for path in [*files(".c", ".S", folders=["kernel", "mkfs"]),
                 *(ROOT / "user" / "lib").glob("*.[cS]"),
                 *(ROOT / "tests" / "host").glob("*.c")]:
        name = relative(path)
        if name in ("kernel/boot/kernel.ld.S", "kernel/boot/offsets.c"):
            continue  # conf/kernel.mk names these
        words = (name, re.sub(r"\.[cS]$", ".o", name))
        if not any(re.search(rf"(^|\s){re.escape(word)}(\s|$)", named)
                   for word in words):
            wrong.append(name)
    assert not wrong, "\n".join(wrong)


def compile_commands(build):
    build.make("compdb")
    entries = json.loads((build.folder / "compile_commands.json").read_text())
    return {entry["file"]: shlex.split(entry["command"]) for entry in entries}


def compile_header(command, header, folder):
    """Compile a header alone, as the command compiles its source."""
    source = folder / "header.c"
    source.write_text(f'#include "{relative(header)}"\n'
                      f'#include "{relative(header)}"\n')
    at = command.index("-c")
    done = subprocess.run(
        [*command[:at], "-Werror", "-c", "-o", folder / "header.o",
         source], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    return [] if done.returncode == 0 else [done.stdout]


@pytest.mark.parametrize("build", [NORMAL, CLANG], ids=lambda b: b.name)
def test_headers_are_complete(build, tmp_path):
    commands = compile_commands(build)
    kernel = commands["kernel/boot/main.c"]
    wrong = []
    for header in files(".h", folders=["kernel"]):
        wrong += compile_header(kernel, header, tmp_path)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("build", [NORMAL, CLANG], ids=lambda b: b.name)
def test_interface_compiles_in_user_mode(build, tmp_path):
    user = compile_commands(build)["user/init.c"]
    headers = [*(ROOT / "kernel").glob("*.h"), ROOT / "user" / "user.h"]
    wrong = []
    for header in sorted(headers):
        wrong += compile_header(user, header, tmp_path)
    assert not wrong, "\n".join(wrong)
