"""Grading a class: who still has to be graded, some at a time, and what is
written of it."""

import hashlib
import json
import os
import queue
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import cycle, islice
from urllib.parse import quote

import page
import records
import reports
import single
from progress import Progress
from sandbox import BoxFailed, Interrupted
from unpack import shown

STUDENTS = "students"


class Grading:
    """tests: those of the lab, none passed. settings: what besides a
    submission decides on its grade; its `options(student)` go to the grade
    script."""

    def __init__(self, submissions, out, sandbox, tests, settings):
        self._submissions = submissions
        self._out = out
        self._sandbox = sandbox
        self._tests = tests
        self._settings = settings
        self._records = {}
        self._cores = queue.SimpleQueue()
        self.failed = []  # (student, why): the grader's own failures

    def _folder(self, student):
        return self._out / STUDENTS / student

    def _key(self, submission):
        content = json.dumps([self._settings.digest,
                              self._settings.options(submission.student),
                              submission.fingerprint()])
        return hashlib.sha256(content.encode()).hexdigest()

    def go(self, jobs):
        """Grade all that are not graded yet, so many at once. Whatever ends
        it, all that is known is kept, and nothing runs any more."""
        for core in islice(cycle(sorted(os.sched_getaffinity(0))), jobs):
            self._cores.put(core)
        keys = {}
        for submission in self._submissions:
            student = submission.student
            keys[student] = self._key(submission)
            record = records.load(self._folder(student), keys[student])
            if record:
                self._records[student] = record
        waiting = [submission for submission in self._submissions
                   if submission.student not in self._records]
        progress = Progress(len(self._submissions), len(self._records))
        pool = ThreadPoolExecutor(jobs)
        try:
            futures = {pool.submit(self._grade, submission,
                                   keys[submission.student]): submission
                       for submission in waiting}
            for future in as_completed(futures):
                progress.done(self._note(futures[future], future))
        finally:
            self._sandbox.close()
            pool.shutdown(cancel_futures=True)
            progress.close()

    def _note(self, submission, future):
        """Take the result of one; gives a line on it."""
        name = shown(submission.student)
        try:
            record = future.result()
        except (BoxFailed, OSError) as error:
            self.failed.append((name, str(error)))
            return f"{name}: the grader failed"
        self._records[submission.student] = record
        return (f"{name}: {record['score']}/{record['max_score']} "
                f"({record['seconds']:.0f} s)")

    def _grade(self, submission, key):
        # On one core, which is its own: whoever is graded beside it takes none
        # of its time.
        core = self._cores.get()
        try:
            record, outcome = single.grade(
                submission, self._tests, self._sandbox, core,
                self._settings.limit,
                self._settings.options(submission.student))
        finally:
            self._cores.put(core)
        record["key"] = key
        records.save(self._folder(submission.student), record, outcome)
        return record

    def report(self):
        """Write grades.csv, junit.xml and index.html of all that are graded;
        gives how many these are."""
        known = [{**self._records[student],
                  "folder": quote(os.fsencode(f"{STUDENTS}/{student}"))}
                 for student in sorted(self._records)]
        names = [test["name"] for test in self._tests]
        for name, text in (("grades.csv", reports.csv_report(known, names)),
                           ("junit.xml", reports.junit_report(known)),
                           ("index.html", page.html(known, self._tests))):
            records.write(self._out / name, text)
        return len(known)


__all__ = ["Grading", "Interrupted"]
