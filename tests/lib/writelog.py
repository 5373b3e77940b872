"""Every write and flush that a disk was asked for, as QEMU's filter driver
blklogwrites keeps them, and the states in which the power may have left the
disk. The format of the log is that of dm-log-writes (Linux, Documentation,
admin-guide, device-mapper, log-writes)."""

import itertools
import random
import struct
from typing import NamedTuple

MAGIC = 0x6A736677736872
VERSION = 1
HEADER = struct.Struct("<QQQI")  # magic, version, entries, bytes of a sector
ENTRY = struct.Struct("<QQQQ")  # sector, sectors, flags, unused
FLUSH = 1
PLAIN = 0
ALL_SUBSETS = 8  # of up to so many writes every subset is a state


class Step(NamedTuple):
    """A write; or a flush, with no data."""
    offset: int
    data: bytes


def options(image, log):
    """QEMU's words for a disk x0, which is this image and is logged. The host
    need not bring it to its own disk: nobody takes its power away."""
    return ["-blockdev",
            "driver=blklogwrites,node-name=x0,"
            f"file.driver=file,file.filename={image},file.cache.no-flush=on,"
            f"log.driver=file,log.filename={log},log.cache.no-flush=on"]


def _header(log):
    magic, version, count, sector = HEADER.unpack(log.read(HEADER.size))
    assert (magic, version) == (MAGIC, VERSION)
    return count, sector


def length(path):
    """The number of steps until the last flush."""
    with open(path, "rb") as log:
        return _header(log)[0]


def read(path):
    """The steps until the last flush, in order."""
    steps = []
    with open(path, "rb") as log:
        count, size = _header(log)
        log.seek(size)
        for _ in range(count):
            sector, sectors, flags, _ = ENTRY.unpack(log.read(size)[:ENTRY.size])
            assert flags in (FLUSH, PLAIN), f"a step of kind {flags}"
            data = log.read(sectors * size)
            assert len(data) == sectors * size
            assert bool(data) == (flags == PLAIN)
            steps.append(Step(sector * size, data))
    return steps


def apply(image, writes):
    for write in writes:
        image[write.offset:write.offset + len(write.data)] = write.data


def _halves(write):
    """The write, torn: only the first or only the second half of it."""
    half = len(write.data) // 2
    yield Step(write.offset, write.data[:half])
    yield Step(write.offset + half, write.data[half:])


def _choices(writes, samples, dice):
    """Subsets of these writes: all of few, or all, none and samples of
    many."""
    if len(writes) < ALL_SUBSETS:
        for size in range(len(writes) + 1):
            yield from itertools.combinations(writes, size)
        return
    yield writes
    yield ()
    for _ in range(samples):
        yield [write for write in writes if dice.random() < 0.5]


def crash_states(base, steps, samples, seed):
    """For each number of steps, whatever may be on a disk that held base and
    was asked for so many of them: what was written before the last flush, and
    any of the writes since. Yields (steps, surely, image), where surely tells
    that the image holds all of the steps and the last of them is a flush. A
    subset without the last write was a state of fewer steps already."""
    dice = random.Random(seed)
    lasting = bytearray(base)
    pending = []
    for count, step in enumerate(steps, 1):
        if not step.data:
            apply(lasting, pending)
            pending = []
            yield count, True, bytearray(lasting)
            continue
        for others in _choices(pending, samples, dice):
            image = bytearray(lasting)
            apply(image, [*others, step])
            yield count, False, image
        for half in _halves(step):
            image = bytearray(lasting)
            apply(image, [*pending, half])
            yield count, False, image
        pending.append(step)
