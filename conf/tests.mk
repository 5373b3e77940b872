# Tests: a line for each case, and closing lines: how many images, states and
# the like were tried, `N passed, N failed`, and a line for each that failed.
#   make test T=tests/test_shell.py   a part of them

T ?= tests

.PHONY: test test-all test-debian
test:
	@$(PYTHON) -B tests/run.py $(T)

test-all:
	@$(PYTHON) -B tests/run.py --all $(T)

# Models of what harts and threads do at the same time, by Spin.
.PHONY: model
model:
	@$(PYTHON) -B tests/run.py tests/test_model.py

# In bare Debians, made for it; tests/debian names its settings.
test-debian:
	@sh tests/debian

# Programs that know nothing of this tree but what is written of it.
.PHONY: abi-programs
abi-programs:
	@$(MAKE) -f tests/abi/files.mk O=$(B)/abi CC='$(CC) $(CC_TARGET)' \
	  LD='$(LD)'
