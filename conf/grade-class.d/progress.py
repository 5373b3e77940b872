"""How far the run is: a bar on a terminal, else a line for each student."""

import shutil
import sys
import time


def clock(seconds):
    """3:05, or 1:03:05."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


class Progress:
    """One call of done() for each student that is graded."""

    BAR = 30

    def __init__(self, total, before, stream=sys.stderr):
        self._total = total
        self._before = before  # graded by an earlier run
        self._now = 0
        self._began = time.monotonic()
        self._stream = stream
        self._width = (shutil.get_terminal_size().columns - 1
                       if stream.isatty() else 0)
        if self._width:
            self._draw("")

    def done(self, what):
        self._now += 1
        if self._width:
            self._draw(what)
        else:
            print(f"{self._count()} {what}, {self._left()} left",
                  file=self._stream, flush=True)

    def _count(self):
        return f"{self._before + self._now}/{self._total}"

    def _left(self):
        """The time that the others will take if they are like these."""
        elapsed = time.monotonic() - self._began
        waiting = self._total - self._before - self._now
        return clock(elapsed / self._now * waiting)

    def _draw(self, what):
        count = self._before + self._now
        full = self.BAR * count // max(self._total, 1)
        bar = "#" * full + "." * (self.BAR - full)
        left = f"{self._left()} left  " if self._now else ""
        line = f"[{bar}] {self._count()}  {left}{what}"
        self._stream.write("\r" + line[:self._width].ljust(self._width))
        self._stream.flush()

    def close(self):
        if self._width:
            print(file=self._stream)
