"""The schedule: who goes down when, how and for how long; drawn from one seed before anything starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

QUIET_SECONDS: Final = 3.0  # after something is back, before it goes down again
_ATTEMPTS_MAX: Final = 1_000


class Means(StrEnum):
    """How something goes down."""

    KILL = "killed"  # SIGKILL
    LEAVE = "left"  # SIGTERM: a worker that is told to go
    FREEZE = "frozen"  # SIGSTOP: taken for dead, it goes on later
    OUTAGE = "cut off"  # ClickHouse refuses connections


DOWN_SECONDS: Final[Mapping[Means, tuple[float, float]]] = {
    Means.KILL: (0.0, 4.0),
    Means.LEAVE: (2.0, 10.0),
    # Longer than a session of the group: the others go on without it.
    Means.FREEZE: (8.0, 14.0),
    Means.OUTAGE: (1.0, 10.0),
}


@dataclass(frozen=True, slots=True)
class Step:
    """Something goes down at an instant after the start, and comes back."""

    at_seconds: float
    means: Means
    victim: str
    down_seconds: float

    @property
    def until_seconds(self) -> float:
        """When it is brought back."""
        return self.at_seconds + self.down_seconds


@dataclass(frozen=True, slots=True)
class Cast:
    """Who may meet what, each with its weight, and which of them may not be down together."""

    weights: Mapping[tuple[str, Means], float]
    apart: Sequence[frozenset[str]] = ()


def schedule(
    seed: int, seconds: float, kills: int, others: int, cast: Cast, *, fixed: Sequence[Step] = ()
) -> list[Step]:
    """Draw `kills` kills and so many `others` around what is fixed, in order; the same for a seed."""
    random = Random(seed)
    steps: list[Step] = [*fixed]
    # What lasts longest is placed first, while there is room.
    for is_kill in [False] * others + [True] * kills:
        choices = {who: weight for who, weight in cast.weights.items() if (who[1] is Means.KILL) == is_kill}
        for _ in range(_ATTEMPTS_MAX):
            victim, means = random.choices(list(choices), list(choices.values()))[0]
            step = Step(random.uniform(0, seconds), means, victim, random.uniform(*DOWN_SECONDS[means]))
            if all(_fit(step, other, cast) for other in steps):
                steps.append(step)
                break
        else:
            raise ValueError(f"{kills + others} steps do not fit {seconds:.0f} seconds: {len(steps)} do")
    return sorted(steps, key=lambda step: step.at_seconds)


def _fit(step: Step, other: Step, cast: Cast) -> bool:
    together = step.victim == other.victim or any({step.victim, other.victim} <= set(g) for g in cast.apart)
    return (
        not together
        or step.until_seconds + QUIET_SECONDS <= other.at_seconds
        or other.until_seconds + QUIET_SECONDS <= step.at_seconds
    )
