# Tests: a line for each case, and a closing line `N passed, N failed`.
#   make test T=tests/test_shell.py   a part of them

T ?= tests

.PHONY: test test-all
test:
	@$(PYTHON) -B tests/run.py $(T)

test-all:
	@$(PYTHON) -B tests/run.py --all $(T)
