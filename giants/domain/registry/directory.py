"""Who is found under a lookup key: whoever alone claims it."""

from collections.abc import Set as AbstractSet


class Directory:
    """Claims of companies on lookup keys, and the assignments that follow from them."""

    def __init__(self) -> None:
        self._claims: dict[str, set[str]] = {}
        self._assigned: dict[str, str] = {}
        self._touched: set[str] = set()

    def claim(self, company_id: str, before: AbstractSet[str], after: AbstractSet[str]) -> None:
        """Let a company claim other keys than before."""
        for key in before - after:
            self._claims[key].discard(company_id)
            self._touched.add(key)
        for key in after - before:
            self._claims.setdefault(key, set()).add(company_id)
            self._touched.add(key)

    def settle(self) -> dict[str, str | None]:
        """Assign every key whose claims changed; what changed hands, sorted by key."""
        changed: dict[str, str | None] = {}
        for key in sorted(self._touched):
            claimants = self._claims[key]
            holder = next(iter(claimants)) if len(claimants) == 1 else None
            if self._assigned.get(key) != holder:
                changed[key] = holder
            if holder is None:
                self._assigned.pop(key, None)
            else:
                self._assigned[key] = holder
            if not claimants:
                del self._claims[key]
        self._touched.clear()
        return changed

    @property
    def touched(self) -> frozenset[str]:
        """Keys whose claims changed since the last settlement."""
        return frozenset(self._touched)

    def claimants(self, key: str) -> frozenset[str]:
        """Companies that claim a key."""
        return frozenset(self._claims.get(key, ()))

    def holder(self, key: str) -> str | None:
        """The company that alone claimed a key at the last settlement."""
        return self._assigned.get(key)

    @property
    def assignments(self) -> dict[str, str]:
        """Every key in force, sorted."""
        return dict(sorted(self._assigned.items()))
