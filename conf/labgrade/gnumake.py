"""Which make we run, and in what environment."""

import functools
import os
import re
import subprocess

OLDEST = (4, 2)  # the rule of conf/toolchain.mk


@functools.cache
def is_recent(command):
    """Whether this is GNU Make, and new enough for the Makefile."""
    try:
        said = subprocess.run([command, "--version"], capture_output=True,
                              text=True, check=False).stdout
    except OSError:
        return False
    version = re.match(r"GNU Make (\d+)\.(\d+)", said)
    return bool(version) and tuple(map(int, version.groups())) >= OLDEST


def make_command():
    """The make that runs us (the Makefile exports its name), if one does;
    else the first that will do. Elsewhere than on Linux the one called make
    is often old. If none will, make says so itself."""
    return os.environ.get("MAKE") or next(
        filter(is_recent, ("gmake", "make")), "make")


def make_environment():
    """The caller's, without what the make that runs us keeps for itself: our
    makes have their own jobs."""
    flags = [word for word in os.environ.get("MAKEFLAGS", "").split(" ")
             if not word.startswith(("-j", "--jobserver"))]
    environment = {**os.environ, "MAKEFLAGS": " ".join(flags), "LC_ALL": "C"}
    for name in ("MAKELEVEL", "MFLAGS"):
        environment.pop(name, None)
    return environment
