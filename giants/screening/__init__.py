"""Screening: a list of names in, the same list with what is known of each out."""
