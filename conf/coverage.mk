# Which lines of kernel/mm its host tests run: a table, and a page for each
# file. It fails where too few are.
#   make coverage     COVERAGE_LEAST=PERCENT of all lines (95)

COVERAGE_LEAST := 95
GCOV := $(if $(findstring clang,$(notdir $(HOSTCC))),llvm-cov gcov,gcov)
COVERAGE_FLAGS := $(filter-out -O1 -fsanitize% -fno-sanitize%,\
  $(HOST_TEST_FLAGS)) -O0 --coverage

COVERAGE := $(B)/coverage
COVERAGE_PAGE := $(COVERAGE)/index.html
COVERAGE_TESTS := $(filter kernel/mm/%,$(HOST_TESTS))
COVERAGE_PROGRAMS := $(addprefix $(COVERAGE)/,$(COVERAGE_TESTS))
coverage_list := $(HOSTCC) $(COVERAGE_FLAGS) \
  $(foreach t,$(COVERAGE_TESTS),$t $($t_SRCS))
$(eval $(call stamp,$(B)/coverage.list,coverage_list))

$(COVERAGE)/%.o: %.c $(B)/coverage.list
	$(call run,HOSTCC,$(HOSTCC) $(COVERAGE_FLAGS) -c -o $@ $<)

$(foreach t,$(COVERAGE_TESTS),\
  $(eval $(COVERAGE)/$t: $(patsubst %.c,$(COVERAGE)/%.o,$($t_SRCS))))

$(COVERAGE_PROGRAMS): $(B)/coverage.list
	$(call run,HOSTLD,$(HOSTCC) $(COVERAGE_FLAGS) $(unsolved_link) -o $@ \
	  $(filter %.o,$^))

# Runs add to what runs before them counted, so each time begins at nothing.
.PHONY: coverage
coverage: $(COVERAGE_PROGRAMS)
	@command -v gcovr >/dev/null || \
	  { echo 'coverage: gcovr is not found. Try: sh conf/setup' >&2; exit 1; }
	@find $(COVERAGE) -name '*.gcda' -delete
	@for test in $(COVERAGE_PROGRAMS); do \
	  $$test >$$test.out || { cat $$test.out; exit 1; }; done
	@gcovr --root . --object-directory $(COVERAGE) --gcov-executable '$(GCOV)' \
	  --filter kernel/mm/ --exclude '.*_test\.c' \
	  --txt --html-details $(COVERAGE_PAGE) --print-summary \
	  --fail-under-line $(COVERAGE_LEAST) $(COVERAGE)
	@echo 'The lines are in $(COVERAGE_PAGE)'

-include $(patsubst %.c,$(COVERAGE)/%.d,\
  $(sort $(foreach t,$(COVERAGE_TESTS),$($t_SRCS))))
