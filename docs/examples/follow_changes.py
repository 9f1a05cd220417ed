"""Print each change as it happens, going on where the last run ended.

GIANTS_BROKER names the broker; without it GIANTS_DATA_DIR names the folder of a running `giants up`.
"""

from giants.client import Changes
from schemas.changes import ListChange, RatingChange, SignalChange

with Changes(group="example") as changes:
    for change in changes:
        if isinstance(change, RatingChange):
            before = change.previous.band if change.previous else "unrated"
            after = change.current.band if change.current else "unrated"
            print(change.at, change.company_id, change.technology, before, "->", after, flush=True)
        elif isinstance(change, SignalChange):
            print(change.at, change.company_id, change.kind, change.signal, change.text, flush=True)
        elif isinstance(change, ListChange):
            print(change.at, change.list_id, change.kind, change.text, flush=True)
        else:
            print(change.at, change.name, change.kind, change.cause.ref, flush=True)
