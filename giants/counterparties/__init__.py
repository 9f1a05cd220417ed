"""Desks' own counterparties: the lists in force, what was judged, and what a change means for them."""
