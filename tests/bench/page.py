"""Put the tables of the last `make bench` into docs/speed.md."""

import json
import re
import sys
import textwrap

from bench.words import COLUMNS, linux_table, real_table, setting, table
from lib.build import ROOT

RESULTS = ROOT / "build" / "bench" / "bench.json"
PAGE = ROOT / "docs/speed.md"

# From these words on, to the end of the page.
TABLES = re.compile(r"^Measured on .*\Z", re.M | re.S)


def measured(results):
    """What the page ends with."""
    ours, base = results["ours"], results["base"]
    tables = [table(ours, base), linux_table(ours), real_table(ours, base)]
    return "\n\n".join(
        [textwrap.fill(f"Measured on {setting(results)}:", COLUMNS)] +
        [f"```text\n{each}\n```" for each in tables if each]) + "\n"


def replaced(text, results):
    """The text of the page with these tables for its own."""
    text, count = TABLES.subn(lambda _: measured(results), text)
    if count != 1:
        raise ValueError("docs/speed.md has no line that begins "
                         "\"Measured on\"")
    return text


def main():
    try:
        results = json.loads(RESULTS.read_text())
        PAGE.write_text(replaced(PAGE.read_text(), results))
    except (OSError, ValueError) as why:
        sys.exit(f"make bench-page: {why}. Say first: make bench")


if __name__ == "__main__":
    main()
