# Grading the lab.
#   make grade GRADEFLAGS='-v copyin'   see ./grade-lab-pgtbl --help

# The script builds the tree itself, from clean, so that one that does not
# compile still gets a report, and a second grading stays away meanwhile.
.PHONY: grade print-qemu
grade:
	@$(PYTHON) ./grade-lab-$(LAB) --anew $(GRADEFLAGS)

# What `make qemu` runs.
print-qemu:
	@printf '%s\n' '$(QEMU) $(QEMU_OPTIONS)'
