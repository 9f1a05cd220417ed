"""What is known of a company when one of its changes is matched."""

from dataclasses import dataclass
from typing import Self

from giants.domain.names import lookup_keys
from schemas.base import AuthorityCode
from schemas.changes import CompanySnapshot


@dataclass(frozen=True, slots=True)
class CompanyContext:
    """The part of a company's snapshot that watchlists can ask for.

    `keys` holds the lookup keys of every name that the company ever had, Chinese or English (N-13), so that a
    watchlist which was made under an old name, or before the company was known, still finds it. `rated`
    holds the technologies in which it is rated, each with its band (see `conditions.rated_token`).
    """

    company_id: str
    name: str
    name_en: str | None = None
    authority: AuthorityCode | None = None
    batches: tuple[int, ...] = ()
    merged_from: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    rated: frozenset[str] = frozenset()

    @classmethod
    def from_snapshot(cls, snapshot: CompanySnapshot) -> Self:
        """The context of a message of `giants.companies.v1`."""
        names = {snapshot.name, *snapshot.names_en, *(use.name for use in snapshot.names)}
        if snapshot.name_en is not None:
            names.add(snapshot.name_en)
        return cls(
            company_id=snapshot.company_id,
            name=snapshot.name,
            name_en=snapshot.name_en,
            authority=snapshot.authority,
            batches=snapshot.batches,
            merged_from=snapshot.merged_from,
            keys=frozenset(key for name in names for key in lookup_keys(name)),
        )
