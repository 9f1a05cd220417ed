"""Adapters from patent databases to families."""
