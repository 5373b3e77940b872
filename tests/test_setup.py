"""conf/setup, where nothing is missing, where nearly everything is, and with
each package manager: a stand-in for it, alone with a shell's few tools. And
the container that it makes of a bare Debian."""

import json
import os
import re
import shutil
import subprocess
import time

import pytest

from lib.build import (ROOT, clean_environment, command_folders, copy_tree,
                       make, make_command)

# What any system with a shell has.
BASE = ["sh", "mktemp", "rm", "grep", "env", "cat"]
ESSENTIAL = ("make", "riscv_gcc", "host_cc", "qemu", "python")
PREFIXES = (ROOT / "conf" / "prefixes").read_text().split()

SHELLS = [shell for shell in ("dash", "bash", "busybox") if
          shutil.which(shell)]

# What is asked for where everything is missing: all of it, in one command.
COMMANDS = {
    "apt-get": [
        "apt-get update -qq",
        "env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "
        "--no-install-recommends make gcc-riscv64-linux-gnu "
        "binutils-riscv64-linux-gnu gcc libc6-dev qemu-system-riscv python3 "
        "python3-pytest python3-pexpect git clang libclang-rt-dev lld llvm "
        "clang-format gdb-multiarch device-tree-compiler gcovr spin "
        "python3-matplotlib python3-yaml "
        "chromium chromium-driver python3-selenium"],
    "dnf": [
        "dnf install -y --setopt=install_weak_deps=False make "
        "gcc-riscv64-linux-gnu binutils-riscv64-linux-gnu gcc glibc-devel "
        "qemu-system-riscv-core python3 libasan libubsan python3-pytest "
        "python3-pexpect git clang compiler-rt lld llvm clang-tools-extra gdb "
        "dtc gcovr python3-matplotlib python3-pyyaml "
        "chromium chromedriver "
        "python3-selenium"],
    "zypper": [
        "zypper --non-interactive install --no-recommends make "
        "cross-riscv64-gcc14 cross-riscv64-binutils gcc glibc-devel "
        "qemu-extra python3 python3-pytest python3-pexpect git clang lld llvm "
        "clang-tools gdb dtc python3-matplotlib python3-PyYAML"],
    "pacman": [
        "pacman -S --needed --noconfirm make riscv64-elf-gcc "
        "riscv64-elf-binutils gcc qemu-system-riscv python python-pytest "
        "python-pexpect git clang compiler-rt lld llvm riscv64-elf-gdb dtc "
        "python-matplotlib python-yaml "
        "chromium python-selenium"],
    "apk": [
        "apk add --update-cache make gcc-riscv-none-elf "
        "binutils-riscv-none-elf gcc musl-dev qemu-system-riscv64 python3 "
        "py3-pytest py3-pexpect git clang compiler-rt lld llvm "
        "clang-extra-tools gdb-multiarch dtc py3-matplotlib py3-yaml"],
    "brew": [
        "brew install make riscv64-elf-gcc riscv64-elf-binutils qemu python "
        "git lld clang-format riscv64-elf-gdb dtc gcovr spin"],
}

# What is to be done by hand there, since there is no such package.
BY_HAND = {
    "apt-get": [],
    "dnf": ["spinroot.com"],
    "zypper": ["spinroot.com", "pip install gcovr", "pip install selenium"],
    "pacman": ["spinroot.com", "pip install gcovr"],
    "apk": ["spinroot.com", "pip install gcovr", "HOSTCC=clang",
            "pip install selenium"],
    "brew": ["xcode-select --install", "pip install pytest pexpect",
             "brew install llvm", "pip install selenium"],
}


class System:
    """A folder that is all of PATH. conf/setup, a copy, finds no Python at
    its usual place either."""

    def __init__(self, folder):
        self.folder = folder / "bin"
        self.folder.mkdir()
        self.log = folder / "log"
        self.log.touch()
        for name in ("prefixes", "compiler"):
            shutil.copy(ROOT / "conf" / name, folder)
        self.script = folder / "setup"
        text = (ROOT / "conf" / "setup").read_text()
        self.script.write_text(text.replace("/usr/bin/", f"{folder}/"))
        for name in BASE:
            self.link(shutil.which(name))
        self.tool("id", "echo 0")

    def link(self, target, name=None):
        place = self.folder / (name or os.path.basename(target))
        if not os.path.lexists(place):
            place.symlink_to(target)

    def tool(self, name, body):
        """A program of this name."""
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)

    def manager(self, name, status=0, installs=""):
        """A package manager that notes what it is asked for."""
        self.tool(name, f'echo {name} "$@" >>{self.log}\n'
                  f"{installs}\nexit {status}")

    def essentials(self):
        """What `make qemu` and `make grade` need, as far as anyone looks."""
        self.tool("make", "echo GNU Make 4.4")
        self.tool("riscv64-elf-gcc", "echo 14.2.0")
        for name in ("riscv64-elf-ld", "cc", "qemu-system-riscv64", "python3"):
            self.tool(name, 'case "$*" in *import\\ [pm]*|*sanitize*) exit 1\n'
                      "esac")

    def setup(self, shell="sh", *words):
        interpreter = [shutil.which(shell)]
        if shell == "busybox":
            interpreter.append("sh")
        return subprocess.run(
            [*interpreter, self.script, *words], text=True, timeout=60,
            env={"PATH": str(self.folder)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)

    def commands(self):
        return self.log.read_text().splitlines()


@pytest.fixture
def system(tmp_path):
    return System(tmp_path)


def as_logged(command):
    """env runs the rest, which is what a stand-in sees."""
    return command.removeprefix("env DEBIAN_FRONTEND=noninteractive ")


def test_nothing_missing():
    start = time.monotonic()
    done = subprocess.run(
        ["sh", "conf/setup"], cwd=ROOT, text=True, timeout=60,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert time.monotonic() - start < 10


def test_unknown_system(system):
    """It names what to install, and fails."""
    done = system.setup()
    assert done.returncode != 0
    assert "by hand" in done.stdout
    for thing in ("GNU Make", "gcc 11", "riscv64", "ASan", "clang",
                  "libFuzzer", "lld", "QEMU", "gdb", "Spin"):
        assert thing in done.stdout, thing


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", COMMANDS)
def test_installs_what_is_missing(system, name, shell):
    """It says what it runs, and runs that. Nothing is really installed, and
    it sees that."""
    system.manager(name)
    system.tool("apt-cache", "exit 0")
    if name == "brew":
        system.tool("id", "echo 501")
    done = system.setup(shell)
    assert done.returncode != 0
    assert [line for line in done.stdout.splitlines()
            if line.startswith(f"conf/setup: {name}") or " env " in line] \
        == ["conf/setup: " + command for command in COMMANDS[name]]
    assert system.commands() == [as_logged(c) for c in COMMANDS[name]]
    assert "still missing after the installation" in done.stdout
    for advice in BY_HAND[name]:
        assert advice in done.stdout, advice


@pytest.mark.parametrize("helper", ["sudo", "doas"])
@pytest.mark.parametrize("name", COMMANDS)
def test_a_user_becomes_root_only_where_needed(system, name, helper):
    system.manager(name)
    system.tool("apt-cache", "exit 0")
    system.tool("id", "echo 1000")
    system.tool(helper, f'echo {helper} "$@" >>{system.log}\nexec "$@"')
    assert system.setup().returncode != 0
    wanted = []
    for command in COMMANDS[name]:
        if name != "brew":
            wanted.append(f"{helper} {command}")
        wanted.append(as_logged(command))
    assert system.commands() == wanted


@pytest.mark.parametrize("name", COMMANDS)
def test_a_user_who_cannot_become_root(system, name):
    system.manager(name)
    system.tool("id", "echo 1000" if name != "brew" else "echo 0")
    done = system.setup()
    assert done.returncode != 0 and "by hand" in done.stdout
    assert ("neither root nor sudo" if name != "brew" else
            "brew does nothing for root") in done.stdout
    assert system.commands() == []


def test_older_releases_of_debian(system):
    """They have QEMU for RISC-V in a package with others."""
    system.manager("apt-get")
    system.tool("apt-cache", "exit 100")
    system.setup()
    words = system.commands()[-1].split()
    assert "qemu-system-misc" in words and "qemu-system-riscv" not in words


def test_image_without_lists(system):
    """What this release has is asked when the lists are there."""
    system.manager("apt-get")
    system.tool("apt-cache", f"grep -q 'apt-get update' {system.log}")
    system.setup()
    words = system.commands()[-1].split()
    assert "qemu-system-riscv" in words and "qemu-system-misc" not in words


def test_for_the_grade_alone(system):
    """What an autograder installs: no test's or tool's package."""
    system.manager("apt-get")
    system.tool("apt-cache", "exit 0")
    done = system.setup("sh", "--grade")
    assert done.returncode != 0
    assert system.commands()[-1].split("--no-install-recommends ")[1] == (
        "make gcc-riscv64-linux-gnu binutils-riscv64-linux-gnu gcc libc6-dev "
        "qemu-system-riscv python3 git")


@pytest.mark.parametrize("words", [["--all"], ["--grade", "x"], ["x"]])
def test_words_that_it_does_not_know(system, words):
    system.manager("apt-get")
    done = system.setup("sh", *words)
    assert done.returncode == 2
    assert "without words, or with --grade" in done.stdout
    assert system.commands() == []


@pytest.mark.parametrize("name", COMMANDS)
def test_a_manager_that_fails(system, name):
    """One name that it does not know may be why: what the system cannot be
    built without is asked for again, alone."""
    system.manager(name, status=1)
    system.tool("apt-cache", "exit 0")
    if name == "brew":
        system.tool("id", "echo 501")
    done = system.setup()
    assert done.returncode != 0
    assert f"{name} could not install the packages" in done.stdout
    assert "GNU Make" in done.stdout
    installs = [line.split() for line in system.commands()
                if line != "apt-get update -qq"]
    assert len(installs) == 2
    assert set(installs[1]) < set(installs[0])
    assert "make" in installs[1] and "git" not in installs[1]


def test_what_tests_alone_need(system):
    """The system can be built, run and graded: it says what is missing, and
    that the rest goes on."""
    system.essentials()
    system.manager("pacman", status=1)
    done = system.setup()
    assert done.returncode == 0
    assert "Spin" in done.stdout and "GNU Make" not in done.stdout
    assert "`make qemu` and `make grade` do without" in done.stdout
    assert len(system.commands()) == 1


def test_what_was_installed(system):
    """Nothing more is said of it."""
    system.manager("pacman", installs=f"cd {system.folder}\n" + "\n".join(
        f"echo '#!/bin/sh' >{name}; echo '{body}' >>{name}; "
        f"{shutil.which('chmod')} +x {name}"
        for name, body in (("make", "echo GNU Make 4.4"),
                           ("qemu-system-riscv64", ":"))))
    done = system.setup()
    assert done.returncode != 0
    assert "GNU Make" not in done.stdout and "QEMU" not in done.stdout
    assert "still missing" in done.stdout and "Spin" in done.stdout


@pytest.mark.parametrize("name", ["make", "gmake"])
@pytest.mark.parametrize("version, enough", [
    ("3.81", False), ("4.1", False), ("4.2", True), ("4.10", True),
    ("5.0", True)])
def test_versions_of_make(system, name, version, enough):
    system.tool("make", "echo GNU Make 3.81")
    system.tool(name, f"echo GNU Make {version}")
    assert ("GNU Make" not in system.setup().stdout) == enough


@pytest.mark.parametrize("version, enough", [
    ("10.2.1", False), ("9", False), ("11", True), ("12.2.0", True),
    ("15", True), ("", False)])
def test_versions_of_gcc(system, version, enough):
    system.tool("riscv64-elf-gcc", f"echo {version}")
    system.tool("riscv64-elf-ld", "")
    assert ("gcc 11 or newer" not in system.setup().stdout) == enough


@pytest.mark.parametrize("says, enough", [
    ('The target architecture is set to "riscv:rv64".', True), ("", False)])
def test_a_gdb_for_all_machines(system, says, enough):
    """Some systems have no other, and it knows RISC-V."""
    system.tool("gdb", f"echo '{says}'")
    assert ("gdb with the riscv64 target" not in system.setup().stdout) == \
        enough


@pytest.mark.parametrize("prefix", PREFIXES)
def test_tool_chains(system, prefix, tmp_path):
    """Whatever the RISC-V tools' names begin with, if they are the only ones:
    conf/setup is content, and make finds them."""
    for folder in reversed(command_folders()):
        for path in sorted(os.scandir(folder), key=lambda p: p.name):
            if not path.name.startswith(("riscv", "gdb", "apt")):
                system.link(path.path)
    for tool in ("gcc", "ld", "ar", "nm", "objcopy"):
        system.link(shutil.which("riscv64-linux-gnu-" + tool), prefix + tool)
    system.link(shutil.which("gdb-multiarch"), prefix + "gdb")
    system.script = ROOT / "conf" / "setup"
    done = system.setup()
    assert (done.returncode, done.stdout) == (0, "")
    for goal, words in (("print-cc", [prefix + "gcc"]),
                        ("-n gdb", [prefix + "gdb", "-q"])):
        said = subprocess.run(
            [make_command(), "-s", f"O={tmp_path}/out", *goal.split()], cwd=ROOT,
            env={**clean_environment(), "PATH": str(system.folder)},
            text=True, timeout=60, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True).stdout
        assert said.splitlines()[-1].split()[:len(words)] == words


@pytest.mark.slow
def test_tool_chain_that_is_usually_for_32_bits(tmp_path):
    """As riscv-none-elf- often is: what is meant is always said."""
    gcc, ld = (shutil.which("riscv64-linux-gnu-" + tool)
               for tool in ("gcc", "ld"))
    for name, body in (
            ("x-ld", f'exec {ld} -m elf32lriscv "$@"'),
            ("x-gcc", f"case $* in -print-prog-name=ld) echo {tmp_path}/x-ld\n"
             f'exit;; esac\nexec {gcc} -march=rv32imac -mabi=ilp32 "$@"')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    said = make("V=1", "-j2", f"O={tmp_path}/out", f"CC={tmp_path}/x-gcc",
                "STRICT=1", "all")[1]
    assert "-fno-tree-loop-distribute-patterns" in said


def dockerfile():
    """Its instructions: (word, the rest) of each."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.M)
    return [line.split(None, 1) for line in
            text.replace("\\\n", "").splitlines() if line]


def test_container_is_a_bare_debian_set_up(system):
    """What it is made of is there, and conf/setup needs no more of the
    tree."""
    words = [word for word, _ in dockerfile()]
    assert words[0] == "FROM" and words.count("FROM") == 1
    assert re.fullmatch(r"debian:[a-z]+", dockerfile()[0][1])
    copied = [rest.split() for word, rest in dockerfile() if word == "COPY"]
    assert len(copied) == 1 and copied[0][-1] == "conf/"
    kept = (ROOT / ".dockerignore").read_text().splitlines()
    assert kept == ["*"] + ["!" + name for name in copied[0][:-1]]
    read = set(re.findall(r"\$here/(\w+)", (ROOT / "conf/setup").read_text()))
    assert {f"conf/{name}" for name in read | {"setup"}} == set(copied[0][:-1])
    tree = system.folder.parent / "tree"
    (tree / "conf").mkdir(parents=True)
    for name in copied[0][:-1]:
        shutil.copy(ROOT / name, tree / name)
    assert words.index("COPY") < words.index("RUN")
    first, _, _ = dockerfile()[words.index("RUN")][1].partition(" && ")
    system.manager("apt-get")
    system.tool("apt-cache", "exit 0")
    subprocess.run(first.split(), cwd=tree, timeout=60, check=False,
                   env={"PATH": str(system.folder)},
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    installed = system.commands()[-1].split()
    assert {"apt-get", "make", "git", "gcc-riscv64-linux-gnu"} < set(installed)


def test_container_is_found():
    where = ROOT / ".devcontainer"
    settings = json.loads((where / "devcontainer.json").read_text())
    build = settings["build"]
    assert (where / build["dockerfile"]).resolve() == ROOT / "Dockerfile"
    assert (where / build["context"]).resolve() == ROOT
    users = [rest for _, rest in dockerfile() if "useradd" in rest]
    assert users[0].split()[-1] == settings["remoteUser"]
    assert "docker build -t xv6 ." in (ROOT / "README").read_text()


def container_tool():
    """docker or podman, if one has an engine that runs."""
    for tool in ("docker", "podman"):
        if shutil.which(tool) and subprocess.run(
                [tool, "info"], timeout=60, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                check=False).returncode == 0:
            return tool
    return None


@pytest.mark.slow
def test_container(tmp_path):
    """The tree builds and is graded in it, by anybody."""
    tool = container_tool()
    if not tool:
        pytest.skip("no docker and no podman with an engine that runs")
    copy_tree(tmp_path / "tree")
    image = f"xv6-test-{os.getpid()}"
    try:
        subprocess.run([tool, "build", "-t", image, tmp_path / "tree"],
                       timeout=3000, check=True)
        with subprocess.Popen(["tar", "-C", tmp_path / "tree", "-c", "."],
                              stdout=subprocess.PIPE) as tree:
            said = subprocess.run(
                [tool, "run", "--rm", "-i", "-u", "12345:12345", "-w", "/tmp",
                 image, "sh", "-c", "tar -x && sh conf/setup && make -j2 && "
                 "./grade-lab-pgtbl time 'pte printout'"],
                stdin=tree.stdout, capture_output=True, text=True,
                timeout=1200, check=False).stdout
    finally:
        subprocess.run([tool, "rmi", "-f", image], timeout=300, check=False)
    assert "Score: 11/66" in said, said
