# Random input, for as long as one likes.
#   make fuzz-elf             any bytes as executables, on this machine, by
#                             clang's libFuzzer; FUZZ_RUNS=N of them
#   make fuzz                 that, and random system calls on a running
#                             system; FUZZ_SEED=N, FUZZ_TIME=SECONDS of them

FUZZ_CC ?= clang
FUZZ_RUNS ?= 10000000
FUZZ_TIME ?= 600
FUZZ_FLAGS := $(HOST_TEST_FLAGS) -fsanitize=fuzzer

FUZZ_PROGRAMS := $(addprefix $(B)/fuzz/,$(FUZZ_TARGETS))
fuzz_list := $(FUZZ_CC) $(FUZZ_FLAGS) $(FUZZ_TARGETS)
$(eval $(call stamp,$(B)/fuzz.list,fuzz_list))

$(foreach t,$(FUZZ_TARGETS),$(eval $(B)/fuzz/$t: $($t_SRCS)))

$(FUZZ_PROGRAMS): $(B)/fuzz.list
	$(call run,FUZZCC,$(FUZZ_CC) $(filter-out -MMD -MP,$(FUZZ_FLAGS)) \
	  -o $@ $(filter %.c,$^))

# Real programs to start from, cut to where their headers are; what breaks a
# check stays beside them, in a file crash-*.
FUZZ_SEEDS := $(B)/fuzz/seeds
FUZZ_BYTES := 512

.PHONY: fuzz fuzz-elf fuzz-elf-run
fuzz-elf:
	@if echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	  $(FUZZ_CC) -fsanitize=fuzzer -x c -o /dev/null - 2>/dev/null; then \
	  $(MAKE) --no-print-directory fuzz-elf-run; \
	else \
	  echo 'fuzz-elf: skipped, no libFuzzer. Try: sh conf/setup'; \
	fi

fuzz-elf-run: $(FUZZ_PROGRAMS) $(ON_DISK)
	@rm -rf $(FUZZ_SEEDS) && mkdir -p $(FUZZ_SEEDS)
	@for p in $(ON_DISK); do \
	  head -c $(FUZZ_BYTES) $$p >$(FUZZ_SEEDS)/$${p##*/} || exit 1; done
	@$(B)/fuzz/kernel/proc/elf_fuzz -runs=$(FUZZ_RUNS) -seed=1 \
	  -max_len=$(FUZZ_BYTES) -verbosity=0 -print_final_stats=1 \
	  -artifact_prefix=$(FUZZ_SEEDS)/ $(FUZZ_SEEDS)

fuzz: fuzz-elf
	@$(PYTHON) -B tests/fuzz.py $(FUZZ_TIME) $(FUZZ_SEED)
