"""Fuzzing of every edge: `python -m tests.fuzz` for a long run; tests run a short form."""
