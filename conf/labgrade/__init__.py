"""What gradelib.py is made of."""
