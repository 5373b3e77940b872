# Page tables in pictures, step by step: build/show/index.html, and SVG files.
#   make show                    this kernel, on the steps of
#                                conf/labshow/tour.script
#   make show SCRIPT=FILE        on shell lines of one's own; # begins a title
#   make show LOG=FILE           what the console of any xv6 has shown
#   OUT=DIR                      somewhere else

SHOW_OUT := $(or $(OUT),$(BUILD)/show)
quoted = '$(subst ','\'',$1)'

.PHONY: show
show: $(if $(LOG),,$(KERNEL) $(TEST_IMAGE))
	@$(if $(and $(LOG),$(SCRIPT)),$(error LOG and SCRIPT: it is one of them))
	@$(PYTHON) -B conf/show $(if $(LOG),--log $(call quoted,$(LOG)),\
	  $(if $(SCRIPT),--script $(call quoted,$(SCRIPT))) \
	  --qemu $(call quoted,$(QEMU) $(QEMU_OPTIONS)) --image $(TEST_IMAGE)) \
	  -- $(call quoted,$(SHOW_OUT))
