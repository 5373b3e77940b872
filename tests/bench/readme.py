"""Put the table of the last `make bench` into README."""

import json
import re
import sys
import textwrap

from bench.words import COLUMNS, linux_table, real_table, setting, table
from lib.build import ROOT

RESULTS = ROOT / "build" / "bench" / "bench.json"
README = ROOT / "README"

# From these words on, up to the two blank lines before the next heading.
TABLE = re.compile(r"^Measured on .*?(?=\n\n\n)", re.M | re.S)


def paragraph(results):
    ours, base = results["ours"], results["base"]
    parts = [textwrap.fill(f"Measured on {setting(results)}:", COLUMNS),
             table(ours, base), linux_table(ours), real_table(ours, base)]
    return "\n\n".join(filter(None, parts))


def replaced(text, results):
    """The text of README with this table for its own."""
    said = paragraph(results)
    text, count = TABLE.subn(lambda _: said, text)
    if count != 1:
        raise ValueError(f"README has {count} tables that begin "
                         "\"Measured on\"")
    return text


def main():
    try:
        results = json.loads(RESULTS.read_text())
        README.write_text(replaced(README.read_text(), results))
    except (OSError, ValueError) as why:
        sys.exit(f"make bench-readme: {why}. Say first: make bench")


if __name__ == "__main__":
    main()
