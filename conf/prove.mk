# Proofs for all inputs, by the model checker cbmc: docs/proofs.md.
#   make prove P=NAME    those of tests/prove/NAME.c, or the one of this name

# Stand-ins for assembly come before what they stand for.
PROVE_FLAGS = -iquote tests/prove/include $(filter-out -MMD -MP,$(KERNEL_FLAGS))

.PHONY: prove
prove: $(OFFSETS)
	@PYTHONPATH=tests $(PYTHON) -B -m prove $(CC) $(PROVE_FLAGS) \
	  -iquote $(B)/include -- '$(P)'
