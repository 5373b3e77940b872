# Joins the parts: each folder's files.mk names its objects, and conf/*.mk
# says how they are built and run. `make help` lists what can be asked for.

all: # what a plain make does; conf/kernel.mk and conf/user.mk fill it

# What is asked for beside clean is made after it, by a make that has seen
# nothing of what clean removes.
OTHER_GOALS := $(if $(filter clean,$(MAKECMDGOALS)),\
  $(filter-out clean,$(MAKECMDGOALS)))
ifneq ($(strip $(OTHER_GOALS)),)

.PHONY: $(MAKECMDGOALS) clean-and-others
$(MAKECMDGOALS): clean-and-others
	@:
clean-and-others:
	@$(MAKE) --no-print-directory clean
	@$(MAKE) --no-print-directory $(OTHER_GOALS)

else

include conf/lab.mk
include conf/toolchain.mk
include conf/flags.mk
include conf/output.mk

include conf/unsolved.mk
include mkfs/files.mk
include $(wildcard kernel/*/files.mk)
include user/files.mk

include conf/kernel.mk
include conf/user.mk
include conf/host.mk
include conf/qemu.mk
include conf/tests.mk
include conf/prove.mk
include conf/coverage.mk
include conf/bench.mk
include conf/fuzz.mk
include conf/show.mk
include conf/grade.mk
include conf/tools.mk
-include conf/handout.mk conf/grade-class.mk

endif
