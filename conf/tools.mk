# Helpers for people: help, clean, the formatter, editors' databases.

.PHONY: help clean figures format check-format compdb

COMPDB := $(TOP)compile_commands.json

help:
	@echo 'make               the kernel, the programs and the disk image'
	@echo 'make qemu          run the system; end it with: poweroff'
	@echo 'make qemu-gdb      the same, waiting for gdb'
	@echo 'make gdb           gdb, on a waiting system (ps, pt, harts)'
	@echo 'make print-gdbport the port on which gdb meets it'
	@echo 'make show          page tables in pictures; SCRIPT=FILE, LOG=FILE'
	@echo 'make test          the tests; T=FILE for one file of them'
	@echo 'make test-all      the slow tests, too'
	@echo 'make model         models of sleeping, exit and clean TLBs, by Spin'
	@echo 'make prove         checks of the kernel, proved by cbmc; P=NAME of one'
	@echo 'make bench         what operations cost; BASE=DIR: another tree, too'
	@echo 'make bench-page    put the tables of the last make bench into docs/speed.md'
	@echo 'make fuzz          random calls and files; FUZZ_TIME=SECONDS (600)'
	@echo 'make coverage      the lines of kernel/mm that host tests run'
	@echo 'make test-debian   set-up, grade and tests in bare Debians; root calls it'
	@echo 'make grade         build anew and grade the lab; GRADEFLAGS=--help'
	@$(if $(HANDOUT_HELP),echo '$(HANDOUT_HELP)')
	@$(if $(AUTOGRADER_HELP),echo '$(AUTOGRADER_HELP)')
	@$(if $(TEST_AUTOGRADER_HELP),echo '$(TEST_AUTOGRADER_HELP)')
	@$(if $(TEST_CLASS_HELP),echo '$(TEST_CLASS_HELP)')
	@$(if $(MUTANTS_HELP),echo '$(MUTANTS_HELP)')
	@echo 'make format        lay out the C files as .clang-format says'
	@echo 'make check-format  say where they are not laid out so'
	@echo 'make figures       how much there is to read in the kernel'
	@echo 'make compdb        compile_commands.json for editors'
	@echo 'make clean         remove all that was built'
	@echo
	@echo 'CPUS=1..8 (3)  MEM=32M..4G (128M)  DEBUG=1  V=1  CC=clang  O=DIR'
	@echo 'BIOS=sbi  STRICT=1  LATENCY=1  OPT=-O0 (-O2)$(if \
	  $(HANDOUT_HELP),  UNSOLVED=1)'
	@echo 'TOOLPREFIX=...  QEMU=...  QEMUEXTRA=...'

clean:
	rm -rf $(addprefix $(TOP),kernel/kernel kernel/kernel-sbi kernel/*.sym \
	  user/_* mkfs/mkfs mkfs/fsck fs.img .gdbinit) $(COMPDB) $(if $(O),\
	  $(addprefix $(O)/,$(foreach c,gcc clang,$c $c-debug $c-latency) mode \
	  show gdbinit.values),\
	  build xv6.out xv6.out.*)

# Each version lays some lines out in its own way; this one's is the tree's.
FORMAT_VERSION := 14
CLANG_FORMAT ?= $(or $(notdir $(call find_command,\
  clang-format-$(FORMAT_VERSION))),clang-format)
FORMAT_FILES = $(shell find kernel user mkfs conf tests -name '*.[ch]')

format: FORMAT_FLAGS := -i
check-format: FORMAT_FLAGS := --dry-run -Werror
format check-format:
	@$(CLANG_FORMAT) --version | grep -q 'version $(FORMAT_VERSION)\.' || { \
	  echo 'clang-format $(FORMAT_VERSION) is needed; this is' \
	  "$$($(CLANG_FORMAT) --version)" >&2; false; }
	@$(CLANG_FORMAT) $(FORMAT_FLAGS) $(FORMAT_FILES)

figures:
	@$(PYTHON) $(TOP)conf/figures

# $(call entries,SOURCES,COMMAND): a JSON object on each line.
entries = $(foreach s,$(wildcard $1),{"directory": "$(call json,$(CURDIR))",\
  "file": "$s", "command": "$(call json,$2) -c $s"}$(newline))
json = $(subst ",\",$1)
compdb_entries = $(call entries,$(patsubst %.o,%.c,\
    $(KERNEL_OBJS) $(FIRMWARE_OBJS)),$(KERNEL_COMPILE)) \
  $(call entries,$(ULIB_OBJS:.o=.c) $(PROGRAM_SOURCES) \
  $(TEST_PROGRAM_SOURCES),$(CC) $(USER_FLAGS)) \
  $(call entries,$(sort $(MKFS_OBJS:.o=.c) $(FSCK_OBJS:.o=.c)),\
  $(HOSTCC) $(MKFS_FLAGS))

compdb: $(OFFSETS)
	$(file >$(COMPDB),$(compdb_entries))
	@sed -i.tmp -e '/^ *$$/d' -e '1s/^/[/' -e '1!s/^/,/' -e '$$s/$$/]/' \
	  $(COMPDB) && rm $(COMPDB).tmp
