"""What the views of ClickHouse show in the end: each row once, and what the topics hold."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from giants.decoding.facts import SCHEMA_VERSION_HEADER, FactError, fact_identity, read_fact
from giants.domain.events import Family as FamilyEvent
from giants.kafka import topics
from giants.store.client import Database
from schemas.changes import Alert, ExposureSnapshot, RatingChange, StatusChange
from schemas.facts import Watchlist
from tests.chaos.feeder import digest
from tests.chaos.outcome import Outcome

Change = StatusChange | RatingChange
Rows = list[tuple[Any, ...]]


class Views:
    """The views of one database beside the outcome and the changes (by id) of the topics."""

    def __init__(self, database: Database, outcome: Outcome, changes: Mapping[str, Change]) -> None:
        self._database, self._outcome, self._changes = database, outcome, changes

    def violations(self, *, broker_forgot: bool = False) -> Iterator[str]:
        """Every view that does not hold what it has to.

        Alerts and dead letters stay when the broker forgets; then there may be more of them than on topics.
        """
        latest = self._outcome.latest(topics.COMPANIES)
        yield from _same("companies", self._rows("company_id, body FROM companies"), list(latest.items()))
        yield from _same(
            "exposures",
            self._rows("company_id, technology, families, instances, matching FROM exposures"),
            list(self._exposures()),
        )
        yield from _same(
            "status_changes",
            self._rows("id, company_id, seq FROM status_changes"),
            [(c.id, c.company_id, c.seq) for c in self._changes.values() if isinstance(c, StatusChange)],
        )
        yield from _same(
            "rating_changes",
            self._rows("id, company_id, technology, seq FROM rating_changes"),
            [
                (c.id, c.company_id, c.technology, c.seq)
                for c in self._changes.values()
                if isinstance(c, RatingChange)
            ],
        )
        yield from self._kept_for_good(broker_forgot=broker_forgot)
        yield from _same("families", self._rows("family_id, version FROM families"), self._families())
        yield from _same("facts", self._rows("topic, identity, digest FROM facts"), list(self._journal()))
        untold = self._changes.keys() - {row[0] for row in self._rows("id FROM feed_rows")}
        if untold:
            yield f"the feed lacks {len(untold)} changes"

    def _kept_for_good(self, *, broker_forgot: bool) -> Iterator[str]:
        """What belongs to no epoch."""
        alerts = {Alert.model_validate_json(one.value or b"").id for one in self._outcome.of(topics.ALERTS)}
        expected: dict[str, Rows] = {
            "id FROM alerts": [(alert_id,) for alert_id in alerts],
            "topic, `partition`, `offset` FROM dead_letters": list(self._outcome.refused),
        }
        for what, rows in expected.items():
            found, wanted = self._rows(what), set(rows)
            view = what.rpartition(" ")[2]
            yield from _same(view, list(wanted.intersection(found)) if broker_forgot else found, rows)

    def repeated_in_feed(self) -> int:
        """Rows of the feed that came again: its readers know them by their ids."""
        [(rows, changes)] = self._rows("count() AS rows, uniqExact(id) AS changes FROM feed_rows")
        return int(rows) - int(changes)

    def _rows(self, what: str) -> Rows:
        found = self._database.rows(f"SELECT {what}", raw=("company_id", "body") if "body" in what else ())
        return [tuple(row.values()) for row in found]

    def _exposures(self) -> Iterator[tuple[Any, ...]]:
        for value in self._outcome.latest(topics.EXPOSURES).values():
            one = ExposureSnapshot.model_validate_json(value)
            for rated in one.technologies:
                yield one.company_id, rated.technology, one.families, one.instances, rated.matching

    def _families(self) -> Rows:
        versions: dict[str, int] = {}
        for _, _, fact in self._outcome.inputs:
            if isinstance(fact, FamilyEvent):
                versions[fact.family_id] = max(fact.version, versions.get(fact.family_id, 0))
        return list(versions.items())

    def _journal(self) -> set[tuple[str, str, str]]:
        """What the journal has to hold: each content of each fact once.

        A taxonomy that is not followed is refused, and kept: another setting and a rebuild would follow it.
        """
        rows = set()
        for kind, message, _ in self._outcome.inputs:
            with suppress(FactError):
                fact = read_fact(kind, message.value, message.headers.get(SCHEMA_VERSION_HEADER))
                identity, version = fact_identity(fact)
                name = identity if isinstance(fact, Watchlist) else f"{identity}@{version}"
                rows.add((message.topic, name, digest(message.value).hex()))
        return rows


def _same(view: str, found: Rows, expected: Rows) -> Iterator[str]:
    have, want = Counter(found), Counter(expected)
    if have != want:
        lost, doubled = want - have, have - want
        sample = next(iter((lost or doubled).items()))
        yield f"view {view}: {lost.total()} rows missing, {doubled.total()} too many, such as {sample}"
