"""News of a list as a list: its summary and what it changed (`giants.lists.v1`, `giants.list-changes.v1`)."""

from datetime import date, datetime

from schemas.base import AuthorityCode, Message, Source, Stage
from schemas.changes import Cause
from schemas.codes import Caveat, ListChangeKind, ListKind


class ListCounts(Message):
    """Companies by what a list says of them, or proves by leaving them out.

    `new` and `again` are designations: the first of a company, or a later one. `withdrawn` are named by a
    list that a better one overrules. `absent` and `absent_after_elevation` are not on it and lose the title
    by that, `struck_out` were in the notice alone. `unknown` are names that no list designates.
    """

    new: int = 0
    again: int = 0
    withdrawn: int = 0
    passed: int = 0
    failed: int = 0
    absent: int = 0
    absent_after_elevation: int = 0
    struck_out: int = 0
    revoked: int = 0
    elevated: int = 0
    unknown: int = 0


class ListSummary(Message):
    """What a list is and what it came to; `names` counts its different names, those that failed aside.

    `doubt` says why it proves no absence although it says that it is complete. `confirms` is the public
    notice that a final list follows. `total` is what the best list says of the whole batch or review year.
    """

    list_id: str
    revision: int
    kind: ListKind
    batch: int | None
    review_year: int | None
    stage: Stage
    authority: AuthorityCode | None
    published_on: date
    source: Source
    complete: bool
    proves_absence: bool
    doubt: str | None
    expected_count: int | None
    unread_rows: int
    names: int
    total: int | None
    confirms: str | None
    counts: ListCounts


class ListSnapshot(ListSummary):
    """Latest state of a list (`giants.lists.v1`, compacted); null where no revision of it is in force.

    Ids of companies, sorted, of each the first 5,000: `came` by designation, `passed` a review, `left` by
    failure, absence, revocation or because only the notice had named them.
    """

    came: tuple[str, ...]
    passed: tuple[str, ...]
    left: tuple[str, ...]


class RoundSummary(Message):
    """A batch or a review year whose lists are all there and fit each other.

    `removal_rate` is removed / (passed + removed), null for a batch and where nobody was due; who is absent
    after an elevation counts in neither (S-11, S-13).
    """

    batch: int | None
    review_year: int | None
    companies: int
    passed: int
    removed: int
    absent_after_elevation: int
    removal_rate: float | None


class ListChange(Message):
    """News of a list (`giants.list-changes.v1`); `seq` counts those of one list.

    `summary` is that of the list after the fact, `previous` the revision or the notice that it is compared
    with: `added` and `dropped` count companies named by one of the two alone. `round` goes with
    batch-complete and attrition.
    """

    id: str
    seq: int
    list_id: str
    kind: ListChangeKind
    summary: ListSummary
    previous: str | None
    added: int
    dropped: int
    round: RoundSummary | None
    text: str
    effective_on: date
    cause: Cause
    at: datetime
    backfill: bool
    replayed: bool
    epoch: int
    caveats: tuple[Caveat, ...]
