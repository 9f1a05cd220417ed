"""Records of every topic, as the pipeline writes them, with what a test does not care about filled in."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from giants.decoding.frames import DeltaFrame, encode
from giants.domain.events import Delta, Origin
from giants.kafka import topics
from giants.store.buffer import Buffer
from giants.store.client import Database
from giants.store.records import Incoming
from tests.oracles import exposure as oracle

AT_MS = 1_760_918_400_000  # 2025-10-20T00:00:00Z
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
TAXONOMY_DOCUMENT = {
    "taxonomy": "ctt74",
    "version": 1,
    "technologies": [
        {
            "id": "advanced-optical-communication",
            "name": "Advanced optical communication",
            "category": "Advanced ICT",
            "cpc": ["H04B10/00", "H04J14/00", "H01S5/00", "G02B6/00"],
        },
        {
            "id": "gravitational-force-sensors",
            "name": "Gravitational-force sensors",
            "category": "Sensing",
            "cpc": ["G01V7/00"],
        },
        {"id": "radar", "name": "Radar", "category": "Sensing", "cpc": ["G01S13/00"]},
    ],
}


def incoming(
    topic: topics.Topic,
    value: object,
    *,
    key: str | None = "k",
    offset: int = 0,
    partition: int = 0,
    at_ms: int = AT_MS,
    epoch: int | None = None,
    headers: Mapping[str, bytes] | None = None,
) -> Incoming:
    raw = value if isinstance(value, bytes) or value is None else orjson.dumps(value)
    all_headers = dict(headers or {})
    if epoch is not None:
        all_headers["giants-epoch"] = str(epoch).encode()
    key_bytes = None if key is None else key.encode()
    return Incoming(topic.name, partition, offset, key_bytes, raw, at_ms, all_headers)


def store(database: Database, *records: Incoming) -> None:
    """Store records as the writer does, in one insert."""
    buffer = Buffer(LONG_AGO)
    for record in records:
        buffer.add(record)
    buffer.store(database)


def announcement(list_id: str = "2025-b7-zj-final", **changes: Any) -> dict[str, Any]:
    return {
        "list_id": list_id,
        "revision": 1,
        "kind": "designation",
        "batch": 7,
        "stage": "final",
        "published_on": "2025-10-20",
        "authority": "ZJ",
        "complete": True,
        "source": {"class": "authority"},
        "entries": [{"name": "宁波佳尔灵气动机械有限公司"}],
    } | changes


def family(family_id: str, version: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "family_id": family_id,
        "version": version,
        "assignees": ["宁波佳尔灵气动机械有限公司"],
        "cpc": ["H04B10/2519"],
        "filed_on": "2024-05-01",
    } | changes


def company(company_id: str, name: str = "宁波佳尔灵气动机械有限公司", **changes: Any) -> dict[str, Any]:
    ref = "2025-b7-zj-final@1"
    return {
        "company_id": company_id,
        "name": name,
        "name_en": None,
        "names": [{"name": name, "cause": "designation", "ref": ref, "since": "2025-10-20"}],
        "names_en": [],
        "status": "active",
        "sub_state": "new",
        "since": "2025-10-20",
        "next_review_year": 2028,
        "authority": "ZJ",
        "tier": None,
        "batches": [7],
        "designations": [
            {
                "batch": 7,
                "stage": "final",
                "authority": "ZJ",
                "on": "2025-10-20",
                "ref": ref,
                "confirmed": True,
            }
        ],
        "reviews": [],
        "merged_from": [],
        "caveats": ["floor_not_ceiling"],
    } | changes


def status_change(company_id: str, seq: int, kind: str = "designated", **changes: Any) -> dict[str, Any]:
    state = {"status": "active", "tier": None, "name": "某公司"}
    epoch = changes.get("epoch", 1)
    return {
        "id": f"s{epoch}-{company_id}-{seq}",
        "seq": seq,
        "company_id": company_id,
        "name": "某公司",
        "name_en": None,
        "kind": kind,
        "previous": None if seq == 1 else state,
        "current": state,
        "effective_on": "2025-10-20",
        "cause": {"kind": "designation", "ref": "2025-b7-zj-final@1"},
        "reason": None,
        "stage": "final",
        "authority": "ZJ",
        "batches": [7],
        "at": "2025-10-20T08:00:00.000Z",
        "backfill": False,
        "replayed": False,
        "epoch": epoch,
        "caveats": [],
    } | changes


def rating_change(company_id: str, seq: int, technology: str = "radar", **changes: Any) -> dict[str, Any]:
    epoch = changes.get("epoch", 1)
    return {
        "id": f"r{epoch}-{company_id}-{technology}-{seq}",
        "seq": seq,
        "company_id": company_id,
        "technology": technology,
        "previous": None if seq == 1 else {"band": "weak", "profile": "sparse", "score": 38.2},
        "current": {"band": "moderate", "profile": "tentative", "score": 41.0},
        "cause": {"kind": "family", "ref": "F1@1"},
        "families": 30,
        "classified": 30,
        "instances": 60,
        "matching": 20,
        "taxonomy": "ctt74",
        "taxonomy_version": 1,
        "methodology": "exposure-2",
        "at": "2025-10-20T09:00:00.000Z",
        "backfill": False,
        "replayed": False,
        "epoch": epoch,
        "caveats": ["not_a_verdict"],
    } | changes


def focus_drift(**changes: Any) -> dict[str, Any]:
    return {
        "signal": "focus-drift",
        "window_from": 2023,
        "window_to": 2025,
        "window_families": 20,
        "window_instances": 40,
        "window_matching": 2,
        "window_alignment": 0.05,
        "families": 60,
        "instances": 120,
        "matching": 36,
        "alignment": 0.3,
        "taxonomy_version": 1,
    } | changes


def review_due(review_year: int = 2026) -> dict[str, Any]:
    return {"signal": "review-due", "review_year": review_year, "year": 2025}


def signals(company_id: str, *evidence: tuple[str | None, dict[str, Any]]) -> dict[str, Any]:
    """The signals in force for a company: of each the technology, and the evidence."""
    return {
        "company_id": company_id,
        "signals": [
            {"signal": one["signal"], "technology": technology, "evidence": one, "text": "Numbers."}
            for technology, one in evidence
        ],
        "methodology": "signals-1+exposure-2",
        "caveats": ["signal_not_finding"],
    }


def signal_change(
    company_id: str, seq: int, technology: str | None, evidence: dict[str, Any], **changes: Any
) -> dict[str, Any]:
    """Raised where `seq` is odd, cleared where it is even."""
    raised, epoch = seq % 2 == 1, changes.get("epoch", 1)
    return {
        "id": f"t{epoch}-{company_id}-{evidence['signal']}-{technology}-{seq}",
        "seq": seq,
        "company_id": company_id,
        "kind": "signal-raised" if raised else "signal-cleared",
        "signal": evidence["signal"],
        "technology": technology,
        "previous": None if raised else evidence,
        "current": evidence if raised else None,
        "text": "Numbers.",
        "cause": {"kind": "day", "ref": "2025-01-01"},
        "methodology": "signals-1+exposure-2",
        "at": f"2025-01-{seq:02d}T00:00:00.000Z",
        "backfill": False,
        "replayed": False,
        "epoch": epoch,
        "caveats": ["signal_not_finding"],
    } | changes


def exposure(
    company_id: str,
    matching: Mapping[str, int],
    *,
    families: int,
    instances: int,
    classified: int | None = None,
) -> dict[str, Any]:
    """An exposure by `exposure-2`; all families are classified unless it is said how many are."""
    technologies = []
    evidence = families if classified is None else classified
    for technology, count in matching.items():
        technologies.append(oracle.exposure(technology, count, instances, evidence))
    return {
        "company_id": company_id,
        "families": families,
        "classified": evidence,
        "instances": instances,
        "confidence": oracle.published_confidence(evidence),
        "taxonomy": "ctt74",
        "taxonomy_version": 1,
        "methodology": "exposure-2",
        "technologies": technologies,
        "caveats": ["not_a_verdict"],
    }


def finding(number: int, code: str = "count_mismatch", **changes: Any) -> dict[str, Any]:
    return {
        "finding_id": f"f-{number}",
        "code": code,
        "severity": "warning",
        "subject": "2025-b7-zj-final",
        "detail": f"the list says {number + 1} companies and names {number}",
        "ref": "2025-b7-zj-final@1",
        "at": f"2025-10-{number:02d}T00:00:00.000Z",
    } | changes


def delta(
    company_id: str, family_id: str, after: tuple[str, ...] | None, before: tuple[str, ...] | None = None
) -> Delta:
    return Delta(company_id, family_id, 1, before, after, "family", f"{family_id}@1", Origin(AT_MS))


def delta_frame(*deltas: Delta, offset: int = 0, epoch: int = 1) -> Incoming:
    return incoming(topics.DELTA_LOG, encode(DeltaFrame(list(deltas))), key=None, offset=offset, epoch=epoch)
