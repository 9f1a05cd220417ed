"""Tests of delivery: a real queue file, real receivers on loopback, a clock that is turned by hand."""
