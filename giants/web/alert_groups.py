"""Groups of alerts as answers and pages show them."""

from giants.domain.watch.group import group_link, group_sentence, member_of
from giants.store.queries.watchlists import GroupRow
from giants.web.answers import AlertGroupItem
from schemas.changes import AlertGroup


def group_item(row: GroupRow, link_base: str) -> AlertGroupItem:
    """A group with its sentence; that of a single alert is the alert's own."""
    first = row.first[0]
    group = AlertGroup.model_validate(
        {
            "group_id": row.group_id,
            "cause": first.change.cause,
            "members": row.members,
            "earlier": 0,
            "companies": row.companies,
            "sensitive": row.sensitive,
            "kinds": row.kinds,
            "sample": tuple(map(member_of, row.first)),
            "link": group_link(first, link_base),
        }
    )
    return AlertGroupItem(
        watchlist_id=row.watchlist_id,
        owner=first.owner,
        group=group,
        text=first.text if row.members == 1 else group_sentence(row.first, group),
        oldest=row.oldest,
        newest=row.newest,
    )
