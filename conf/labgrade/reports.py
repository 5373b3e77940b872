"""The points, and the reports that are written into files."""

import json
import xml.etree.ElementTree as xml
from pathlib import Path

REPORTED = 1 << 16   # characters of a console in a report file


def totals(tests, extra):
    """(points, points there are) of the tests that are extra, or are not."""
    chosen = [test for test in tests if test.extra == extra]
    return (sum(test.score for test in chosen),
            sum(test.points for test in chosen))


def write_reports(suite, options):
    """The files that were asked for. False: one could not be written."""
    written = True
    for name, form in ((options.json, json_report),
                       (options.junit, junit_report),
                       (options.gradescope, gradescope_report)):
        if not name:
            continue
        try:
            Path(name).write_text(form(suite), encoding="utf-8")
        except OSError as error:
            print(f"cannot write {name}: {error.strerror}", flush=True)
            written = False
    return written


def tests_that_ran(suite):
    return [test for test in suite.tests if test.result]


def json_report(suite):
    score, most = totals(suite.tests, extra=False)
    extra, most_extra = totals(suite.tests, extra=True)
    tests = [{"name": test.name, "score": test.score,
              "max_score": test.points, "extra": test.extra,
              "passed": test.result.passed,
              "seconds": round(test.result.seconds, 1),
              "reason": "\n".join(test.result.reason),
              "console": test.result.console[-REPORTED:]}
             for test in tests_that_ran(suite)]
    return json.dumps({"lab": suite.lab, "score": score, "max_score": most,
                       "extra": extra, "max_extra": most_extra,
                       "tests": tests}, indent=2) + "\n"


def junit_report(suite):
    ran = tests_that_ran(suite)
    root = xml.Element(
        "testsuite", name=f"grade-lab-{suite.lab}", tests=str(len(ran)),
        failures=str(sum(not test.result.passed for test in ran)), errors="0",
        time=f"{sum(test.result.seconds for test in ran):.1f}")
    for test in ran:
        case = xml.SubElement(root, "testcase", name=test.name,
                              classname=suite.lab,
                              time=f"{test.result.seconds:.1f}")
        if not test.result.passed:
            reason = test.result.reason
            xml.SubElement(case, "failure", message="; ".join(reason[:2])
                           ).text = "\n".join(reason)
        xml.SubElement(case, "system-out").text = (
            test.result.console[-REPORTED:])
    xml.indent(root)
    return ('<?xml version="1.0" encoding="utf-8"?>\n'
            + xml.tostring(root, encoding="unicode") + "\n")


def gradescope_report(suite):
    """The score at the top is what counts there; so the extra tests are shown
    with their points, and add nothing."""
    ran = tests_that_ran(suite)
    score, most = totals(suite.tests, extra=False)
    extra, most_extra = totals(suite.tests, extra=True)
    tests = [{"name": ("Extra: " if test.extra else "") + test.name,
              "score": test.score, "max_score": test.points,
              "status": "passed" if test.result.passed else "failed",
              "output": "\n".join(test.result.reason),
              "visibility": "visible"}
             for test in ran]
    return json.dumps(
        {"score": score, "visibility": "visible",
         "output": f"Score: {score}/{most}\nExtra: {extra}/{most_extra}",
         "execution_time": round(sum(test.result.seconds for test in ran)),
         "tests": tests}, indent=2) + "\n"
