# What operations cost, in a table; figures and pictures go to build/bench.
#   make bench BASE=dir     beside another xv6 tree, which is built in a copy
#   RUNS=N (5)              of what is measured by the wall's clock; 0: none
#   USERTESTS=1             the other tree's usertests on both kernels, too

RUNS ?= 5

.PHONY: bench bench-page print-python print-cc
bench:
	@PYTHONPATH=tests $(PYTHON) -B -m bench --runs '$(RUNS)' \
	  $(if $(BASE),--base '$(BASE)') $(if $(filter 1,$(USERTESTS)),--usertests)

bench-page:
	@PYTHONPATH=tests $(PYTHON) -B -m bench.page

# For conf/bench-check.
print-python:
	@printf '%s\n' '$(PYTHON)'

print-cc:
	@printf '%s\n' '$(CC_VERSION)'
