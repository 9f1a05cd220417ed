"""Run seeds and say what failed, with the command that repeats it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from tests.simulation.invariants import violations
from tests.simulation.world import AgentMaker, World, real_agents

_VIOLATIONS_SHOWN_MAX = 3
_CHARACTERS_SHOWN_MAX = 1_500


@dataclass(frozen=True, slots=True)
class Failure:
    """A seed after which something did not hold."""

    seed: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        shown = [problem[:_CHARACTERS_SHOWN_MAX] for problem in self.problems[:_VIOLATIONS_SHOWN_MAX]]
        more = len(self.problems) - len(shown)
        lines = [
            f"seed {self.seed} fails; repeat it with: pytest tests/simulation --seed {self.seed}",
            *shown,
        ]
        return "\n  ".join([*lines, f"and {more} more"] if more > 0 else lines)


def play(seed: int, make_agents: AgentMaker = real_agents) -> tuple[World, list[str]]:
    """Run one seed; returns the world as it ended and what does not hold in it."""
    world = World(seed, make_agents)
    try:
        world.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the seed has failed
        return world, [f"the run ended with {error!r}"]
    return world, violations(world)


def failures(seeds: Iterable[int], make_agents: AgentMaker = real_agents) -> Iterator[Failure]:
    """Run seeds one after another; gives those that fail as they are found."""
    for seed in seeds:
        _, problems = play(seed, make_agents)
        if problems:
            yield Failure(seed, tuple(problems))


def digest(seed: int) -> str:
    """Give a fingerprint of every record of every topic after a run: equal runs have equal ones."""
    world, _ = play(seed)
    fingerprint = blake2b(digest_size=16)
    for place, partition in sorted(world.broker.partitions.items()):
        for stored in partition.records:
            fingerprint.update(repr((place, stored)).encode())
    return fingerprint.hexdigest()
