# The tree that students get, with the exercises to be done.
#   make handout OUT=dir   a new folder, or an empty one
# It is the teachers' own: students do not get this file.

HANDOUT_HELP := make handout       the tree for students; OUT=DIR says where

.PHONY: handout
handout:
	$(if $(filter command line,$(origin OUT)),,\
	  $(error say where: make handout OUT=dir))
	@$(PYTHON) -B conf/handout '$(OUT)'
