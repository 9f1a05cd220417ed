"""Chaos: the real processes, killed at random while facts stream in; the outcome against an oracle."""
