# Grading the lab.
#   make grade GRADEFLAGS='-v copyin'   see ./grade-lab-pgtbl --help

# The script builds the tree itself, so that one that does not compile still
# gets a report.
.PHONY: grade print-qemu
grade:
	@$(MAKE) --no-print-directory clean
	@$(PYTHON) ./grade-lab-$(LAB) $(GRADEFLAGS)

# What `make qemu` runs.
print-qemu:
	@printf '%s\n' '$(QEMU) $(QEMU_OPTIONS)'
