"""What sources name companies as, beside an answer: parent, subsidiary, affiliate; context, and no rating."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from giants.domain.ownership import said_of, said_of_in_chinese
from giants.store.client import Database
from giants.store.epochs import shown_epoch
from giants.store.queries.screening import screened_companies
from giants.web.answers import OwnershipItem
from schemas.notes import CompanyOwnership

# Of one company beside an answer of screening, the newest; its own page has all.
OWNERSHIP_SHOWN_MAX: Final = 10


def ownership_items(found: Iterable[CompanyOwnership], names: Mapping[str, str]) -> tuple[OwnershipItem, ...]:
    """Records of ownership in words; `names` holds the names in use of others by id, where they are known."""
    return tuple(_item(one, names.get(one.other_id or "", one.other)) for one in found)


def ownership_on_record(database: Database, found: Sequence[CompanyOwnership]) -> tuple[OwnershipItem, ...]:
    """The same, with names from the store."""
    ids = sorted({one.other_id for one in found if one.other_id is not None})
    others = screened_companies(database, shown_epoch(database), ids) if ids else ()
    return ownership_items(found, {one.company_id: one.names[0] for one in others})


def _item(one: CompanyOwnership, other: str) -> OwnershipItem:
    said = one.model_copy(update={"other": other})
    return OwnershipItem(**dict(said), text=said_of(said), text_zh=said_of_in_chinese(said))
