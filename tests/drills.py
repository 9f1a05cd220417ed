"""Drills: whole installations taken through what operators do once in months, which takes minutes."""

import os
from typing import Final

import pytest

drill: Final = pytest.mark.skipif(
    "DRILLS" not in os.environ, reason="a drill that takes minutes: `make drills` runs it"
)
