"""Running the modules of this folder that are programs."""

import subprocess
import sys

from lib.build import ROOT, clean_environment


def run_module(name, *arguments, limit=600):
    """(exit status, what it printed)."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", name, *map(str, arguments)], cwd=ROOT,
        env={**clean_environment(), "PYTHONPATH": "tests"}, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, timeout=limit, check=False)
    return done.returncode, done.stdout
