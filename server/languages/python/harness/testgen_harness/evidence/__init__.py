"""Evidence that tests leave behind when they run: the operands of comparisons, and the calls of functions."""
