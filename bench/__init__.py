"""Reproducible benchmarks; each is run by hand and prints its figures."""
