"""Adapters from published lists (tables, notices) to announcements, reviews and name records."""
