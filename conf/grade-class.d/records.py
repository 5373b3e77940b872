"""What is known of each student's submission: a record, kept in a file of its
own, so that a run can go on where another was stopped.

A record is a dictionary:
    key       what was graded and how; another key means to grade anew
    student   the name, as it may be shown
    message   why it could not be graded, or what is missing; may be empty
    score, max_score, extra, max_extra
    tests     those that ran: name, score, max_score, extra, passed, seconds,
              reason
    seconds   how long all of it took
"""

import json
import os
import re
from contextlib import suppress
from pathlib import Path

RECORD = "record.json"
GRADESCOPE = "results.json"
LOG = "log.txt"


def write(path, text):
    """All of it or nothing, even if we are ended."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8", errors="replace")
    os.replace(beside, path)


def tests_of(listing):
    """The tests that a grade script's --list names, none of them passed."""
    rows = re.findall(r"^ *(\d+)  (.+?)(  extra)?$", listing, re.M)
    return [{"name": name, "score": 0, "max_score": int(points),
             "extra": bool(extra), "passed": False, "seconds": 0,
             "reason": ""} for points, name, extra in rows]


def is_choice(word, tests):
    """Whether a grade script with these tests takes the word for one."""
    with suppress(re.error):
        return any(word == test["name"] or re.search(word, test["name"])
                   for test in tests)
    return False


def sums(tests):
    """The points of tests, as a record has them."""
    def total(field, extra):
        return sum(test[field] for test in tests if test["extra"] == extra)
    return {"score": total("score", False), "extra": total("score", True),
            "max_score": total("max_score", False),
            "max_extra": total("max_score", True)}


def refused(student, message, tests):
    """The record of a submission that cannot be graded."""
    tests = [{**test, "reason": message} for test in tests]
    return {"student": student, "message": message, "seconds": 0,
            "tests": tests, **sums(tests)}


def graded(student, outcome, seconds):
    """The record of one that was, by the grade script's report."""
    report = outcome["report"]
    tests = [{name: value for name, value in test.items()
              if name != "console"} for test in report["tests"]]
    missing = ", ".join(outcome["missing"])
    return {"student": student, "seconds": round(seconds, 1), "tests": tests,
            "message": f"not handed in: {missing}" if missing else "",
            **{name: report[name] for name in
               ("score", "max_score", "extra", "max_extra")}}


def gradescope(record, outcome):
    """results.json, as text: the grade script's, with what is missing; or why
    there is no grade."""
    message, scope = record["message"], outcome.get("scope")
    if scope is None:
        scope = {"score": 0, "visibility": "visible", "output": message,
                 "tests": [{"name": "submission", "score": 0,
                            "max_score": record["max_score"],
                            "status": "failed", "output": message,
                            "visibility": "visible"}]}
    elif message:
        scope = {**scope, "output": f"{message}\n{scope['output']}"}
    return json.dumps(scope, indent=2) + "\n"


def log(record, outcome):
    """All that a teacher may want to read: what the script said, then the
    consoles."""
    parts = [record["message"], outcome.get("said", "")]
    for test in outcome.get("report", {}).get("tests", []):
        if test["console"]:
            parts.append(f"---- The console of {test['name']} ----\n\n"
                         + test["console"])
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def save(folder, record, outcome):
    """The record last: what is there with it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / GRADESCOPE, gradescope(record, outcome))
    write(folder / LOG, log(record, outcome))
    write(folder / RECORD, json.dumps(record, indent=2) + "\n")


def load(folder, key):
    """The record of a student, if it is of this key."""
    try:
        record = json.loads((Path(folder) / RECORD).read_text("utf-8"))
        return record if record["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
