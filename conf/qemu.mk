# Running the system.
#   CPUS=1..8      harts
#   MEM=32M..4G    RAM
#   BIOS=none|sbi  booted bare by our own firmware, or by QEMU's OpenSBI
#   QEMUEXTRA=...  more options for QEMU

CPUS ?= 3
MEM ?= 128M

QEMU_OPTIONS = -machine virt \
  -bios $(if $(LINK),default,none) -kernel $(KERNEL) -m $(MEM) -smp $(CPUS) \
  -nographic -global virtio-mmio.force-legacy=false \
  -drive file=$(IMAGE),if=none,format=raw,id=x0 \
  -device virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0 $(QEMUEXTRA)

# A port of the user's own, so that several can share a machine.
GDBPORT ?= $(shell expr $$(id -u) % 5000 + 25000)
GDBINIT := $(TOP).gdbinit

ifneq ($(filter qemu qemu-gdb,$(MAKECMDGOALS)),)
  ifeq ($(filter 1 2 3 4 5 6 7 8,$(subst $() ,_,$(strip $(CPUS)))),)
    $(error CPUS=$(CPUS): the number of harts is 1 to 8)
  endif
  ifneq ($(shell sh conf/mebibytes '$(MEM)'),ok)
    $(error MEM=$(MEM): the size of RAM is 32M to 4G)
  endif
  ifeq ($(shell command -v $(QEMU)),)
    $(error no QEMU: $(QEMU) is not found. Try: sh conf/setup)
  endif
endif

# QEMU is make's direct child: scripts find and end it there.
.PHONY: qemu qemu-gdb gdb print-gdbport
qemu: all
	$(QEMU) $(QEMU_OPTIONS)

qemu-gdb: all $(GDBINIT)
	@echo "Now run 'make gdb' in another window." >&2
	$(QEMU) $(QEMU_OPTIONS) -S -gdb tcp::$(GDBPORT)

# On the kernel of the system that waits, whatever this make would build.
gdb: $(if $(wildcard $(KERNEL)),,$(KERNEL)) $(GDBINIT)
	$(GDB) -q -iex 'set auto-load local-gdbinit off' -x $(GDBINIT)

gdbinit_values := $(GDBPORT) $(KERNEL)
$(eval $(call stamp,$(BUILD)/gdbinit.values,gdbinit_values))

$(GDBINIT): conf/gdbinit.tmpl $(BUILD)/gdbinit.values
	$(call run,GEN,sed -e 's|@PORT@|$(GDBPORT)|' -e 's|@KERNEL@|$(KERNEL)|' \
	  $< >$@)

print-gdbport:
	@echo $(GDBPORT)
