"""What comes out of the running stream is what a batch computation over the same facts says."""

import random
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

import orjson
from pydantic import BaseModel

from giants.demo.programme import programme
from giants.domain.taxonomy import shipped_taxonomy
from giants.kafka.topic_reader import Message
from giants.settings import Settings
from giants.sources import Options, open_source
from schemas.base import Source, SourceClass
from schemas.changes import (
    Alert,
    CompanySnapshot,
    ExposureSnapshot,
    RatingChange,
    SignalChange,
    StatusChange,
)
from schemas.codes import SignalKind
from schemas.facts import Announcement, AnnouncementKind, Entry, Family, Watchlist
from schemas.signals import SignalsSnapshot
from tests.pipeline.running import held, publish, settle, worker
from tests.simulation.oracle import truth

SEED = 20251120


def test_a_shuffled_history_with_duplicates_ends_where_the_batch_computation_does(
    broker_settings: Settings,
) -> None:
    random_ = random.Random(SEED)
    programme_facts = list(programme(SEED, scale=0.01))
    names = [
        entry.name for fact in programme_facts if isinstance(fact, Announcement) for entry in fact.entries
    ]
    facts = [shipped_taxonomy(), *programme_facts, *families_of(random_, names, 3_000)]
    published = [*facts, *random_.sample(facts, len(facts) // 5)]
    random_.shuffle(published)

    with worker(broker_settings):
        publish(broker_settings, [Watchlist(watchlist_id="all", owner="desk"), *published])
        settle(broker_settings)
        result = held(broker_settings)

    expected = truth(facts)
    assert result.companies == expected.companies
    assert result.exposures == expected.exposures
    assert result.signals == expected.signals
    kinds = {
        one.signal
        for value in result.signals.values()
        for one in SignalsSnapshot.model_validate_json(value).signals
    }
    assert kinds == {
        SignalKind.REVIEW_DUE,
        SignalKind.FILINGS_DRYING_UP,
        SignalKind.FOCUS_DRIFT,
        SignalKind.JOINT_STOCK_FORM,
    }
    assert not result.dead_letters
    _check_chains(
        result.signal_changes,
        SignalChange,
        lambda body: (body["company_id"], body["signal"], body["technology"]),
    )
    _check_chains(result.rating_changes, RatingChange, lambda body: (body["company_id"], body["technology"]))
    _check_chains(result.status_changes, StatusChange, lambda body: body["company_id"])
    # Whether a list is old news depends on what came before it, and old news raises no alert.
    published_changes = (*result.rating_changes, *result.status_changes, *result.signal_changes)
    changes = [orjson.loads(message.value or b"") for message in published_changes]
    alerts = [Alert.model_validate_json(message.value or b"") for message in result.alerts]
    assert {alert.change.id for alert in alerts} == {one["id"] for one in changes if not one["backfill"]}
    for value in result.companies.values():
        CompanySnapshot.model_validate_json(value)
    for value in result.exposures.values():
        ExposureSnapshot.model_validate_json(value)


def test_the_real_patent_export_is_rated_number_by_number_as_the_oracle_says(
    broker_settings: Settings, data_dir: Path
) -> None:
    with open_source("families", data_dir / "patents" / "lens_export_sample.csv.gz", Options()) as reading:
        families = [row.fact for row in reading if isinstance(row.fact, Family)]
    applicants = sorted({name for family in families for name in family.assignees})
    assert len(families) > 1_000
    facts: list[BaseModel] = [shipped_taxonomy(), _designation(applicants), *families]

    with worker(broker_settings):
        publish(broker_settings, facts)
        settle(broker_settings)
        result = held(broker_settings)

    expected = truth(facts)
    assert result.companies == expected.companies
    assert result.exposures == expected.exposures
    assert len(result.exposures) > 500


def families_of(random_: random.Random, names: list[str], number: int) -> Iterable[Family]:
    """Families of companies, of several, of strangers; in versions; some withdrawn in the end.

    A few companies leave their field in 2023, a few others file nothing after 2020.
    """
    symbols = [symbol for technology in shipped_taxonomy().technologies for symbol in technology.cpc]
    symbols += ["A01K47/00", "F03D1/06", "C04B35/00", "B65D1/02"]
    drifting, silent, steady = names[:8], names[8:16], names[16:]
    for family in range(number):
        group = random_.choice([drifting, silent, *[steady] * 5])
        year = random_.randint(2016, 2020 if group is silent else 2025)
        field = ["G01S13/88", "G01S7/02"] if group is drifting and year < 2023 else symbols
        for version in range(1, random_.choice([2, 2, 2, 3, 4])):
            yield Family(
                family_id=f"f{family}",
                version=version,
                assignees=(*random_.sample(group, random_.choice([1, 1, 1, 2])), "某某研究院"),
                cpc=tuple(random_.sample(field, random_.randint(1, min(6, len(field))))),
                filed_on=date(year, 6, 30),
                withdrawn=random_.random() < 0.05,
                backfill=random_.random() < 0.5,
            )


def _designation(applicants: list[str]) -> Announcement:
    """A made-up list that names every applicant of the sample in English."""
    return Announcement(
        list_id="made-up",
        kind=AnnouncementKind.DESIGNATION,
        batch=7,
        published_on=date(2025, 10, 20),
        source=Source(source_class=SourceClass.SUPPLEMENTARY),
        entries=tuple(
            Entry(name=f"示例{number:05d}号有限公司", name_en=name) for number, name in enumerate(applicants)
        ),
    )


def _check_chains(
    messages: list[Message], model: type[BaseModel], key_of: Callable[[dict[str, object]], object]
) -> None:
    """`seq` grows by one, `previous` is the `current` before it; each carries its CloudEvents attributes."""
    chains: dict[object, dict[int, dict[str, object]]] = {}
    for message in messages:
        model.model_validate_json(message.value or b"")
        body = orjson.loads(message.value or b"")
        assert message.headers["ce_id"].decode() == body["id"]
        known = chains.setdefault(key_of(body), {}).setdefault(body["seq"], body)
        assert known == body
    for chain in chains.values():
        assert sorted(chain) == list(range(1, len(chain) + 1))
        previous: object = None
        for seq in sorted(chain):
            assert chain[seq]["previous"] == previous
            previous = chain[seq]["current"]
