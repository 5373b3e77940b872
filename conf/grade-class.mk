# Grading a class: conf/grade-class. Like the handout, it is the teachers' own.

TEST_CLASS_HELP := make test-class    grade a class of over 60 with known scores; minutes

.PHONY: test-class
test-class:
	@$(PYTHON) -B tests/class/run.py
