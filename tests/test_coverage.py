"""make coverage: the lines of kernel/mm that its host tests run."""

import re

import pytest

from lib.build import NORMAL, ROOT

pytestmark = pytest.mark.slow
LEAST = 95  # of 100 lines
FOLDER = ROOT / "kernel" / "mm"
SOURCES = {path.name for path in FOLDER.glob("*.c")
           if not path.name.endswith("_test.c")}


@pytest.fixture(scope="module")
def said():
    return NORMAL.make("-j2", "coverage", check=False)[1]


def test_enough_lines(said):
    share = re.search(r"^lines: ([\d.]+)% \(\d+ out of \d+\)$", said, re.M)
    assert share and float(share.group(1)) >= LEAST, said
    assert SOURCES == set(re.findall(r"^kernel/mm/(\S+\.c) ", said, re.M))


def test_page(said):
    """Each file is named on it, and has a page with its lines."""
    index = ROOT / re.search(r"^The lines are in (\S+)$", said, re.M).group(1)
    pages = {name: index.parent / link for link, name in re.findall(
        r'<a href="([^"]+)">(\w+\.[ch])</a>', index.read_text())}
    assert SOURCES <= pages.keys()
    for name, page in pages.items():
        last = len((FOLDER / name).read_text().splitlines())
        assert f'id="l{last}"' in page.read_text(), name


def test_too_few_lines():
    status, said = NORMAL.make("-j2", "coverage", "COVERAGE_LEAST=100",
                               check=False)
    assert status != 0
    assert "failed minimum line coverage" in said
