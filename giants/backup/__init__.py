"""Backups of what cannot be computed again, in one file, and their restoration."""
