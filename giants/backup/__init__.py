"""Backups of what cannot be computed again, in one file, and putting them back."""
