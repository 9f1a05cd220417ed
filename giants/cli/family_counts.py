"""What files of families bring beside what is known: how many are new, unchanged, changed, older."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

import httpx

from giants.cli.target import Api
from giants.sources.base import Row
from giants.terminal.output import CommandError
from schemas.facts import Family

# Families that are asked for at once, and of one file in all: more are not counted.
ASKED_AT_ONCE: Final = 100
COUNTED_MAX: Final = 100_000


@dataclass(slots=True)
class FamilyCounts:
    """Families of one file by what they are to the newest version known."""

    new: int = 0
    unchanged: int = 0
    changed: int = 0
    older: int = 0

    def add(self, family: Family, known: Mapping[str, Any] | None) -> None:
        """Count a family; `known` is what the API says of it, null where it is not known."""
        if known is None:
            self.new += 1
        elif _content(family.model_dump(mode="json")) == _content(known):
            self.unchanged += 1
        elif family.version > known["version"]:
            self.changed += 1
        else:
            self.older += 1


@dataclass(slots=True)
class Comparison:
    """Looks up what is known of the families of a file before they are published.

    It ends where the API does not answer, and with the limit of one file.
    """

    api: Api
    counts: FamilyCounts = field(default_factory=FamilyCounts)
    seen: int = 0
    is_complete: bool = True  # every family so far was counted

    def compared(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, each family counted before it is given."""
        remaining = iter(rows)
        while group := list(islice(remaining, ASKED_AT_ONCE)):
            if self.is_complete:
                self._count([fact for row in group if isinstance(fact := row.fact, Family)])
            yield from group

    def _count(self, families: list[Family]) -> None:
        if not families:
            return
        self.seen += len(families)
        try:
            answer = self.api.get("/families", id=[family.family_id for family in families])
        except (CommandError, httpx.HTTPError):  # taking families does not wait for counting them
            self.is_complete = False
            return
        self.is_complete = self.seen <= COUNTED_MAX
        known = {item["family_id"]: item for item in answer["items"]}
        for family in families:
            self.counts.add(family, known.get(family.family_id))


def _content(family: Mapping[str, Any]) -> tuple[object, ...]:
    """What of a family counts, in an order of its own."""
    lists = (sorted(set(family[name])) for name in ("assignees", "cpc", "publications"))
    return (*lists, family["filed_on"], family["withdrawn"])
