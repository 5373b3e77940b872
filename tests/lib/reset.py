"""A few instructions that every hart runs before the machine's own reset code,
to make it a machine of another kind. They stand in the boot ROM, behind what
QEMU puts there."""

import struct

PLACE = 0x2000  # in the ROM
HARTS = 8
TICKS_PER_SECOND = 10_000_000

# Wait until the time of this hart has come; then on to QEMU's own code.
WAIT = [
    0xF14022F3,  # csrr  t0, mhartid
    0x00000317,  # auipc t1, 0
    0x00329293,  # slli  t0, t0, 3
    0x00530333,  # add   t1, t1, t0
    0x02C33383,  # ld    t2, 44(t1)     its time, in the table behind the code
    0x0200CE37,  # lui   t3, 0x200c
    0xFF8E0E1B,  # addiw t3, t3, -8     mtime
    0x000E3E83,  # ld    t4, 0(t3)
    0xFE7EEEE3,  # bltu  t4, t2, .-4
    0x00001F37,  # lui   t5, 0x1
    0x000F0067,  # jr    t5
    0x00000013,  # nop                  aligns the table
]

# Store a word in the first 32 bytes of the device tree; then on.
POKE = [
    0x00001F37,  # lui   t5, 0x1
    0x020F3283,  # ld    t0, 32(t5)     what QEMU's code will load as its address
    0x00000317,  # auipc t1, 0
    0x01032383,  # lw    t2, 16(t1)     the word, behind the code
    0x0072A023,  # sw    t2, OFFSET(t0)
    0x000F0067,  # jr    t5
]
STORE = 4
STORE_OFFSET_SHIFT = 7


def arrivals(seconds):
    """Hart n arrives at the firmware at seconds[n] after the reset."""
    ticks = [int(each * TICKS_PER_SECOND) for each in seconds]
    return struct.pack(f"<{len(WAIT)}I{HARTS}Q", *WAIT, *ticks,
                       *[0] * (HARTS - len(ticks)))


def poke(offset, word):
    """The device tree is damaged: the big-endian word at offset is another."""
    code = list(POKE)
    code[STORE] |= offset << STORE_OFFSET_SHIFT
    return struct.pack(f"<{len(code)}I", *code) + struct.pack(">I", word)


def options(code, path, cpus):
    """QEMU's options for it; path is where the code may be kept."""
    path.write_bytes(code)
    words = ["-device", f"loader,file={path},addr={PLACE:#x},force-raw=on"]
    for hart in range(cpus):
        words += ["-device", f"loader,addr={PLACE:#x},cpu-num={hart}"]
    return words
