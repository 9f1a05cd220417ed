"""What every program has to come to: computed in one pass over the records, compared before a time counts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaConsumer, TopicPartition

from bench.peers.kit import companies, taxonomy
from giants.domain.names import lookup_keys
from giants.domain.tallies import portfolios_of
from schemas.facts import Family
from tests.oracles.exposure import rated

_DIFFERENCES_TOLD_MAX: Final = 3
_SCORE_DIGITS: Final = 4
# The header by which Pathway says that a row is gone, or another one now.
_RETRACTION: Final = ("pathway_diff", b"-1")


class WrongAnswerError(Exception):
    """A program came to other figures than the oracle."""

    def __init__(self, program: str, differences: Sequence[str]) -> None:
        told = "; ".join(differences[:_DIFFERENCES_TOLD_MAX])
        super().__init__(f"{program} is wrong about {len(differences):,} companies: {told}")


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Latest figures of one company; technologies to matching instances, score, band and profile."""

    families: int
    classified: int
    instances: int
    technologies: Mapping[str, tuple[int, float | None, str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Oracle:
    """Portfolios by id of company, and how many deltas lead to them."""

    portfolios: Mapping[str, Portfolio]
    deltas: int

    @classmethod
    def of(cls, records: Iterable[Family]) -> "Oracle":
        """Compute it."""
        known, everything = companies(), list(records)

        def company_of(name: str) -> str | None:
            return next((known[key] for key in lookup_keys(name) if key in known), None)

        portfolios = {
            portfolio.company_id: _portfolio(portfolio.families, portfolio.classified, portfolio.tallies)
            for portfolio in portfolios_of(everything, company_of)
        }
        return cls(portfolios, _deltas(everything))

    def check(self, program: str, snapshots: Mapping[str, Portfolio]) -> None:
        """Compare the latest snapshots; raises `WrongAnswerError`."""
        everybody = sorted({*self.portfolios, *snapshots})
        differences = [
            f"{company}: expected {self.portfolios.get(company)}, got {snapshots.get(company)}"
            for company in everybody
            if self.portfolios.get(company) != snapshots.get(company)
        ]
        if differences:
            raise WrongAnswerError(program, differences)


def read_snapshots(broker: str, topic: str) -> dict[str, Portfolio]:
    """The latest snapshot of each company on a topic; one that Pathway takes back is none."""
    consumer = KafkaConsumer(
        bootstrap_servers=broker, group_id=None, enable_auto_commit=False, isolation_level="read_committed"
    )
    try:
        partitions = consumer.partitions_for_topic(topic) or set()
        places = [TopicPartition(topic, number) for number in partitions]
        ends = consumer.end_offsets(places)
        consumer.assign(places)
        consumer.seek_to_beginning(*places)
        latest: dict[bytes, bytes] = {}
        while any(consumer.position(place) < ends[place] for place in places):
            for records in consumer.poll(timeout_ms=200, max_records=5_000).values():
                latest.update((record.key, record.value) for record in records if not _is_retraction(record))
    finally:
        consumer.close()
    return {
        key.decode(): portfolio_in(json.loads(value)) for key, value in latest.items() if value is not None
    }


def _is_retraction(record: Any) -> bool:
    return _RETRACTION in record.headers


def _deltas(records: Iterable[Family]) -> int:
    """Records that are news, in the order in which they are published; each has one assignee."""
    newest: dict[str, int] = {}
    count = 0
    for family in records:
        if newest.get(family.family_id, -1) < family.version:
            newest[family.family_id] = family.version
            count += 1
    return count


def portfolio_in(body: Mapping[str, Any]) -> Portfolio:
    """The portfolio that a snapshot tells of."""
    technologies = {
        one["technology"]: (one["matching"], one["score"], one["band"], one["profile"])
        for one in body["technologies"]
    }
    return Portfolio(body["families"], body["classified"], body["instances"], technologies)


def _portfolio(families: int, classified: int, tallies: Mapping[str, int]) -> Portfolio:
    matching: dict[str, int] = {}
    for symbol, count in tallies.items():
        for technology in taxonomy().technologies_of(symbol):
            matching[technology] = matching.get(technology, 0) + count
    instances = sum(tallies.values())
    return Portfolio(
        families,
        classified,
        instances,
        {one: _rated(count, instances, classified) for one, count in matching.items()},
    )


def _rated(
    matching: int, instances: int, classified: int
) -> tuple[int, float | None, str | None, str | None]:
    rating = rated(matching, instances, classified)
    if rating is None:
        return matching, None, None, None
    return matching, round(rating.score, _SCORE_DIGITS), rating.band, rating.profile
