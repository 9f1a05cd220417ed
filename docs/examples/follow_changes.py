"""Print each change as it happens, going on where the last run ended. GIANTS_BROKER names the broker."""

from giants.client import Changes
from schemas.changes import RatingChange

with Changes(group="example") as changes:
    for change in changes:
        if isinstance(change, RatingChange):
            print(change.at, change.company_id, change.technology, change.previous, "->", change.current)
        else:
            print(change.at, change.name, change.kind.value, change.cause.ref)
