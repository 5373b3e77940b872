"""Grade one submission."""

import time

import records
from unpack import shown


def grade(submission, tests, sandbox, core, limit, options=()):
    """(its record, what the box said of it), by a box on this core. tests:
    those of the lab, none passed; options: the grade script's."""
    began = time.monotonic()
    student = shown(submission.student)
    message, outcome = submission.refusal(), {}
    if not message:
        outcome = sandbox.run(
            "grade", limit, core=core, options=list(options),
            submission=str(submission.paths[0].resolve()))
        message = outcome.get("unfinished")
    if message:
        return records.refused(student, message, tests), outcome
    return (records.graded(student, outcome, time.monotonic() - began),
            outcome)
