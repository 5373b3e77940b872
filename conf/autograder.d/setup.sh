#!/bin/sh
# Install what the grade needs, and build the handout: Gradescope runs it once,
# as root, when the autograder is uploaded.
set -eu
root=${AUTOGRADER:-/autograder}
sh "$root/source/tree/conf/setup" --grade
python3 -B "$root/source/grader/gradescope.py" --build "$root"
