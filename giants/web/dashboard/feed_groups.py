"""Changes of the feed by cause: one list or one day is one entry, however many companies it concerns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from giants.web.dashboard.feed import Entry
from schemas.codes import ChangeKind

# Changes that are read to fill a page: of one cause they make one entry.
CHANGES_OF_A_PAGE_MAX: Final = 500


@dataclass(frozen=True, slots=True)
class FeedGroup:
    """Changes of one cause, in the order of the feed; a change without others of its cause is one too."""

    entries: tuple[Entry, ...]

    @property
    def id(self) -> str:
        """Tells a group from one that more changes have joined."""
        return f"{self.entries[0].id}:{len(self.entries)}"

    @property
    def kinds(self) -> dict[ChangeKind, int]:
        """How many changes of each kind, the most frequent first."""
        return dict(Counter(entry.kind for entry in self.entries).most_common())

    @property
    def companies(self) -> int:
        """How many companies are concerned."""
        return len({entry.company_id for entry in self.entries if entry.company_id})

    @property
    def first(self) -> tuple[Entry, ...]:
        """News of the list, and one entry each of the first companies."""
        news = [entry for entry in self.entries if not entry.company_id]
        companies = {entry.company_id: entry for entry in reversed(self.entries) if entry.company_id}
        ordered = [entry for entry in self.entries if companies.get(entry.company_id) is entry]
        return (*news, *ordered[:3])


def grouped(entries: Sequence[Entry], groups_max: int) -> tuple[list[FeedGroup], int]:
    """The first groups, in the order of their newest change, and how many entries were taken for them.

    What is taken is a beginning of `entries`, so that a page can go on after it.
    """
    found: dict[tuple[str, str], list[Entry]] = {}
    taken = 0
    for entry in entries:
        cause = (entry.cause.kind, entry.cause.ref)
        if cause not in found and len(found) == groups_max:
            break
        found.setdefault(cause, []).append(entry)
        taken += 1
    return [FeedGroup(tuple(members)) for members in found.values()], taken
