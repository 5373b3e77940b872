# Programs built against the written interface alone: none of our headers, no
# part of our library, their own way of linking. They show that binaries made
# for older systems run here.
#
#   make -f tests/abi/files.mk O=DIR CC="COMPILER" LD="LINKER"
#
# leaves DIR/_abi2020, DIR/_abi2025 and DIR/_count2020. The first two are to be
# given to mkfs like any program:
#
#   mkfs/mkfs IMAGE README user/_init user/_sh ... DIR/_abi2020 DIR/_abi2025
#
# Each prints a line "NAME: CHECK: OK" for every check and exits with 0, or
# stops at the first that FAILED. The last one is three programs, which are found
# as init, sh and stats.
O ?= build/abi
ifeq ($(origin CC),default)
  CC := riscv64-linux-gnu-gcc
endif
ifeq ($(origin LD),default)
  LD := riscv64-linux-gnu-ld
endif

FLAGS := -std=gnu11 -Wall -Wextra $(if $(filter 1,$(STRICT)),-Werror) -O \
  -fno-omit-frame-pointer -march=rv64gc -mabi=lp64 -mcmodel=medany -mno-relax \
  -ffreestanding -fno-common -fno-pie -fno-stack-protector -Itests/abi
# The segment is meant to be like that; not every linker has this option.
RWX := $(shell $(LD) --help | grep -o -e '--no-warn-rwx-segments' | head -n 1)
COMMON := abi.h files.mk
COMMON_OBJECTS := $O/check.o $O/common.o $O/calls.o

all: $O/_abi2020 $O/_abi2025 $O/_count2020

$O/%.o: tests/abi/%.c $(addprefix tests/abi/,$(COMMON))
	@mkdir -p $O
	$(CC) $(FLAGS) -c -o $@ $<

$O/%.o: tests/abi/%.S $(addprefix tests/abi/,$(COMMON))
	@mkdir -p $O
	$(CC) $(FLAGS) -c -o $@ $<

# One segment, readable, writable and executable, that is not page aligned in
# the file; entered at main.
$O/_abi2020 $O/_count2020: $O/_%: $O/%.o $(COMMON_OBJECTS)
	$(LD) -z noexecstack $(RWX) -N -e main -Ttext 0 -o $@ $^

# Text and data in segments of their own; entered at start, which is not the
# first byte.
$O/_abi2025: $O/abi2025.o $(COMMON_OBJECTS) tests/abi/abi2025.ld
	$(LD) -z max-page-size=4096 -z noexecstack -T tests/abi/abi2025.ld \
	  -o $@ $(filter %.o,$^)

.PHONY: all
