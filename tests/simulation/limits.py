"""The limits of the stream, drawn so small that small histories reach them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from random import Random

import agents.exposure_state
import agents.holds
import giants.decoding.frames
import giants.domain.inventions
import giants.domain.signals.rules
import streams.changelog
import streams.lru_state_cache
import streams.task
from giants.domain.signals import RULES
from schemas.codes import Band

# Rules that a dozen families reach.
_SMALL_RULES = replace(
    RULES,
    window_families_min=1,
    earlier_families_min=1,
    drift_instances_per_match_max=1_000,
    drift_matches_expected_min=1,
    drift_fall=1,
    silent_years=1,
    regular_years_min=1,
    regular_families_min=1,
    elevation_bands=frozenset(Band),
)
_CHOICES = (
    (streams.changelog, "_ENTRIES_PER_BATCH", (1, 2, 500)),
    (streams.changelog, "_ENTRIES_AT_ONCE", (1, 4, 100_000)),
    (streams.lru_state_cache, "OBJECTS_MAX", (0, 3, 500)),
    (streams.task, "GROUP_BYTES_MAX", (1, 600, 500_000)),
    (streams.task, "_SKIPPED_FRAMES_MAX", (1, 3, 500)),
    (giants.decoding.frames, "FRAME_EVENTS_MAX", (1, 3, 500)),
    (giants.decoding.frames, "FRAME_SYMBOLS_MAX", (1, 9, 10_000)),
    (giants.decoding.frames, "FRAME_CHARACTERS_MAX", (1, 40, 500_000)),
    (giants.decoding.frames, "ASSIGNMENTS_MAX", (1, 3, 5_000)),
    (giants.decoding.frames, "CLAIM_PUBLICATIONS_MAX", (1, 2, 500)),
    (agents.holds, "RELEASED_PER_FRAME_MAX", (1, 2, 100)),
    (giants.domain.inventions, "INVENTION_FAMILIES_MAX", (2, 4, 50, 50)),
    (agents.exposure_state, "WHOLE_SYMBOLS_MAX", (0, 2, 128)),
    (giants.domain.signals.rules, "RULES", (_SMALL_RULES, _SMALL_RULES, RULES)),
)


@contextmanager
def small_limits(random: Random) -> Iterator[None]:
    """Let every limit be small, medium or what it is in production."""
    usual = [(module, name, getattr(module, name)) for module, name, _ in _CHOICES]
    for module, name, choices in _CHOICES:
        setattr(module, name, random.choice(choices))
    try:
        yield
    finally:
        for module, name, value in usual:
            setattr(module, name, value)
