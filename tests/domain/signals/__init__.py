"""Trajectory signals: rules, counts and the fold of one partition."""
