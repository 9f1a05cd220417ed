"""Names that others hold and that one company may be meant by: from the index, compared, each name once."""

from collections.abc import Callable, Iterator
from typing import Final

from giants.matching.entries import EntryIndex
from giants.matching.index import OneCompany
from giants.matching.matcher import Matcher
from giants.matching.model import Query, Thresholds

# Different names that are compared with a company, those that share most with it first.
NAMES_COMPARED_MAX: Final = 200

# The name at a place of a group; None where it is not to be compared.
QueryAt = Callable[[str, int], Query | None]


def near_names(
    entries: EntryIndex, company: OneCompany, thresholds: Thresholds, query_at: QueryAt
) -> Iterator[tuple[str, int, Query]]:
    """Groups and places of names that reach the review threshold with a company, and the names.

    With one company alone no score is lower, so that most names end here; what the others come to among all
    companies is for an index of these to say.
    """
    alone = Matcher(company, thresholds)
    is_near: dict[Query, bool] = {}
    for group, place in entries.candidates(company):
        query = query_at(group, place)
        if query is None:
            continue
        if query not in is_near:
            if len(is_near) >= NAMES_COMPARED_MAX:
                continue
            is_near[query] = bool(alone.match(query).candidates)
        if is_near[query]:
            yield group, place, query
