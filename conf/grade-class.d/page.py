"""The page on a class: a file that needs no other, for teachers to read.

All text that comes from a submission goes through escape().
"""

import statistics
from html import escape
from pathlib import Path

import histogram

HERE = Path(__file__).resolve().parent

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Grades</title>
<style>
{style}</style>
</head>
<body>
<h1>Grades</h1>
<p>{summary}</p>
{histogram}
<h2>Students and tests</h2>
<p>A column's name sorts by it; a ✗ leads to the reason; a ! tells of a
submission that is not whole.</p>
{table}
<h2>What failed</h2>
{failures}
<script>
{script}</script>
</body>
</html>
"""


def summary(records):
    """The class in a sentence."""
    if not records:
        return "Nobody is graded yet."
    scores = [record["score"] for record in records]
    most = records[0]["max_score"]
    full = sum(record["score"] == record["max_score"] for record in records)
    return (f"{len(records)} students. Of {most} points: mean "
            f"{statistics.mean(scores):.1f}, median "
            f"{statistics.median(scores):g}; full marks: {full}.")


def place_of(number):
    """Where a student's failures are on the page."""
    return f"student-{number}"


def heading(text, title, classes=""):
    return (f'<th scope="col" class="{classes}" title="{escape(title)}">'
            f'<button type="button"><span>{escape(text)}</span></button></th>')


def head(records, tests):
    """Names of the columns, and below each test who passed it."""
    names = [heading("Student", "sort by name", "name"),
             heading("Score", "sort by score"),
             heading("Extra", "sort by extra points")]
    passed = ['<th scope="row" class="name">passed</th>', "<td></td>",
              "<td></td>"]
    for test in tests:
        kind = "test extra" if test["extra"] else "test"
        names.append(heading(test["name"],
                             f"{test['name']}: {test['max_score']} points",
                             kind))
        results = [one["passed"] for record in records
                   for one in record["tests"] if one["name"] == test["name"]]
        rate = f"{sum(results) * 100 // len(results)}%" if results else ""
        passed.append(f'<td title="{sum(results)} of {len(results)}">'
                      f"{rate}</td>")
    return (f'<thead><tr>{"".join(names)}</tr>'
            f'<tr class="passed">{"".join(passed)}</tr></thead>')


def result_cell(test, number, column):
    """A test of a student. What is said by colour is said by a sign, too."""
    if test is None:
        return '<td class="none" data-sort="-1" title="not run">·</td>'
    if test["passed"]:
        return f'<td class="ok" data-sort="1">{test["score"]}</td>'
    return (f'<td class="fail" data-sort="0"><a href="#{place_of(number)}-'
            f'{column}" title="{escape(test["name"])}: why">✗</a></td>')


def row(number, record, tests):
    results = {test["name"]: test for test in record["tests"]}
    # Who has no failures has a log all the same.
    link = escape(record["folder"]) + "/log.txt"
    if record["message"] or not all(t["passed"] for t in record["tests"]):
        link = f"#{place_of(number)}"
    student = escape(record["student"])
    name = f'<a href="{link}" title="{student}">{student}</a>'
    note = (f' <span class="note" title="{escape(record["message"])}">!</span>'
            if record["message"] else "")
    cells = [f'<th scope="row" class="name">{name}{note}</th>']
    for field in ("score", "extra"):
        most = record[f"max_{field}"]
        cells.append(f'<td class="points" data-sort="{record[field]}" '
                     f'title="of {most}">{record[field]}</td>')
    cells += [result_cell(results.get(test["name"]), number, column)
              for column, test in enumerate(tests)]
    return f'<tr>{"".join(cells)}</tr>'


def table(records, tests):
    rows = "\n".join(row(number, record, tests)
                     for number, record in enumerate(records))
    return (f'<div class="scroll"><table>{head(records, tests)}\n'
            f"<tbody>\n{rows}\n</tbody></table></div>")


def failure(number, column, test):
    first = next((line.removeprefix("came: ")
                  for line in test["reason"].splitlines()
                  if line.startswith("came: ")), "")
    return (f'<details id="{place_of(number)}-{column}"><summary>'
            f'<b>{escape(test["name"])}</b> {escape(first)}</summary>'
            f'<pre>{escape(test["reason"])}</pre></details>')


def failures_of(number, record, tests):
    """A section on a student; nothing if there is nothing to say."""
    results = {test["name"]: test for test in record["tests"]}
    failed = [(column, results[test["name"]])
              for column, test in enumerate(tests)
              if test["name"] in results
              and not results[test["name"]]["passed"]]
    if not failed and not record["message"]:
        return ""
    # One reason for all is said once; the rows' links lead to it, too.
    message = record["message"]
    if message and all(test["reason"] == message for _, test in failed):
        body = "".join(f'<span id="{place_of(number)}-{column}"></span>'
                       for column, _ in failed)
    else:
        body = "\n".join(failure(number, column, test)
                         for column, test in failed)
    note = f'<p class="message">{escape(message)}</p>' if message else ""
    return (f'<section id="{place_of(number)}"><h3>'
            f'{escape(record["student"])} <small>{record["score"]}/'
            f'{record["max_score"]} · <a href="{escape(record["folder"])}/'
            f'log.txt">log</a> · <a href="{escape(record["folder"])}/'
            f'results.json">results.json</a></small></h3>\n{note}{body}'
            "</section>")


def html(records, tests):
    """The page. The records have, besides what records.py says, `folder`:
    where the student's files are, as a part of a link."""
    scores = [record["score"] for record in records]
    most = sum(test["max_score"] for test in tests if not test["extra"])
    sections = [failures_of(number, record, tests)
                for number, record in enumerate(records)]
    return PAGE.format(
        style=(HERE / "page.css").read_text(),
        script=(HERE / "page.js").read_text(),
        summary=summary(records), histogram=histogram.svg(scores, most),
        table=table(records, tests),
        failures="\n".join(filter(None, sections)) or "<p>Nothing.</p>")
