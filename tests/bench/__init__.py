"""Tests of what benchmarks rest on: that everybody does the same work, and that answers are checked."""
