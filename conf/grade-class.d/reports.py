"""The reports on a class: grades.csv, junit.xml."""

import csv
import io
import xml.etree.ElementTree as xml

# A cell that starts like this is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell(value):
    text = str(value)
    return "'" + text if text.startswith(FORMULA) else text


def xml_text(text):
    """XML knows no control characters, however they are written."""
    return "".join(c if c in "\n\t" or c.isprintable() else "\ufffd"
                   for c in text)


def csv_report(records, names):
    """A line for each student; a test that did not run has no points."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["student", "score", "max_score", "extra", "max_extra",
                     "message", *names])
    for record in records:
        scores = {test["name"]: test["score"] for test in record["tests"]}
        row = [record["student"], record["score"], record["max_score"],
               record["extra"], record["max_extra"], record["message"],
               *(scores.get(name, "") for name in names)]
        writer.writerow([cell(value) for value in row])
    return out.getvalue()


def suite_of(record):
    tests = record["tests"]
    suite = xml.Element(
        "testsuite", name=xml_text(record["student"]), tests=str(len(tests)),
        failures=str(sum(not test["passed"] for test in tests)), errors="0",
        time=f"{sum(test['seconds'] for test in tests):.1f}")
    for test in tests:
        case = xml.SubElement(
            suite, "testcase", name=test["name"],
            classname=xml_text(record["student"]),
            time=f"{test['seconds']:.1f}")
        if not test["passed"]:
            reason = xml_text(test["reason"])
            first = "; ".join(reason.splitlines()[:2])
            xml.SubElement(case, "failure", message=first).text = reason
    return suite


def junit_report(records):
    root = xml.Element("testsuites")
    root.extend(map(suite_of, records))
    xml.indent(root)
    return ('<?xml version="1.0" encoding="utf-8"?>\n'
            + xml.tostring(root, encoding="unicode") + "\n")
