# What is the teachers' own: students do not get this file.

# The tree that students get, with the exercises to be done.
#   make handout OUT=dir   a new folder, or an empty one

HANDOUT_HELP := make handout       the tree for students; OUT=DIR says where

.PHONY: handout
handout:
	$(if $(filter command line,$(origin OUT)),,\
	  $(error say where: make handout OUT=dir))
	@$(PYTHON) -B conf/handout -- '$(subst ','\'',$(OUT))'

# The tree with one fault at a time, which tests must notice.
#   make mutants M=REGEX   those whose names it is found in

MUTANTS_HELP := make mutants       broken trees, which tests notice; M=NAME

.PHONY: mutants
mutants:
	@PYTHONPATH=tests $(PYTHON) -B -m mutants '$(M)'
