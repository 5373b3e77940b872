# What is the teachers' own: students do not get this file.

# The tree that students get, with the exercises to be done.
#   make handout OUT=dir               a new folder, or an empty one
#   make handout OUT=dir CLASSROOM=1   with the workflow for GitHub Classroom

HANDOUT_HELP := make handout       the tree for students; OUT=DIR says where

.PHONY: handout
handout:
	$(if $(filter command line,$(origin OUT)),,\
	  $(error say where: make handout OUT=dir))
	@$(PYTHON) -B conf/handout $(if $(filter 1,$(CLASSROOM)),--classroom) \
	  -- '$(subst ','\'',$(OUT))'

# What Gradescope takes.
#   make autograder OUT=autograder.zip

AUTOGRADER_HELP := make autograder    the zip for Gradescope; OUT=FILE says where
TEST_AUTOGRADER_HELP := make test-autograder  it, in a bare Debian; root calls it

.PHONY: autograder test-autograder
autograder:
	@$(PYTHON) -B conf/autograder -- '$(subst ','\'',$(if $(filter \
	  command line,$(origin OUT)),$(OUT),autograder.zip))'

test-autograder:
	@$(PYTHON) -B tests/autograder/run.py

# The tree with one fault at a time, which tests must notice.
#   make mutants M=REGEX   those whose names it is found in

MUTANTS_HELP := make mutants       broken trees, which tests notice; M=NAME

.PHONY: mutants
mutants:
	@PYTHONPATH=tests $(PYTHON) -B -m mutants '$(M)'
