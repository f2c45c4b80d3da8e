"""Judging mutants: which code a change of the source text amounts to, which tests reach it, and whether one fails."""
