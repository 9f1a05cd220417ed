"""Who is found under a lookup key: whoever alone has the strongest claim on it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple


class Claim(NamedTuple):
    """How strong a claim on a key is; the smaller is the stronger.

    A name that is spelled so comes before one that only reads so (CORP for CORPORATION), and of two names the
    one that was borne first (D-07).
    """

    is_read: bool
    since: date


# Names in Chinese and ids belong to one company, or to none that can be told.
SOLE: Final = Claim(is_read=False, since=date.min)
Claims = tuple[tuple[str, Claim], ...]


def holder_of(claims: Mapping[str, Claim]) -> str | None:
    """The company with the strongest claim; None where there is none, or two are as strong."""
    ranked = sorted((claim, company_id) for company_id, claim in claims.items())
    if not ranked or (len(ranked) > 1 and ranked[0][0] == ranked[1][0]):
        return None
    return ranked[0][1]


class Directory:
    """Claims of companies on lookup keys, and the assignments that follow from them."""

    def __init__(self) -> None:
        self._claims: dict[str, dict[str, Claim]] = {}
        self._assigned: dict[str, str] = {}
        self._touched: set[str] = set()

    def claim(self, company_id: str, before: Iterable[tuple[str, Claim]], after: Claims) -> None:
        """Let a company claim other keys than before, or as strongly as it does now."""
        old, new = dict(before), dict(after)
        for key in old.keys() - new.keys():
            del self._claims[key][company_id]
            self._touched.add(key)
        for key, claim in new.items():
            if old.get(key) != claim:
                self._claims.setdefault(key, {})[company_id] = claim
                self._touched.add(key)

    def settle(self) -> dict[str, str | None]:
        """Assign every key whose claims changed; what changed hands, sorted by key."""
        changed: dict[str, str | None] = {}
        for key in sorted(self._touched):
            claims = self._claims[key]
            holder = holder_of(claims)
            if self._assigned.get(key) != holder:
                changed[key] = holder
            if holder is None:
                self._assigned.pop(key, None)
            else:
                self._assigned[key] = holder
            if not claims:
                del self._claims[key]
        self._touched.clear()
        return changed

    @property
    def touched(self) -> frozenset[str]:
        """Keys whose claims changed since the last settlement."""
        return frozenset(self._touched)

    def claims(self, key: str) -> Mapping[str, Claim]:
        """Companies that claim a key, and how strongly."""
        return dict(self._claims.get(key, {}))

    def holder(self, key: str) -> str | None:
        """The company that had the strongest claim on a key at the last settlement."""
        return self._assigned.get(key)

    @property
    def assignments(self) -> dict[str, str]:
        """Every key in force, sorted."""
        return dict(sorted(self._assigned.items()))
