"""Records of the signals: a snapshot of those in force, and each change (design §3.2).

Built from plain dictionaries, as in `agents.messages`; tests check every one against its model.
"""

from typing import Any, Final

import msgspec
import orjson

from agents import messages
from giants.domain.exposure import METHODOLOGIES
from giants.domain.signals import (
    Evidence,
    SignalChange,
    Subject,
    caveats_of,
    sentence_of,
    signals_methodology,
)
from giants.kafka import topics
from giants.kafka.log import Record
from giants.settings import Settings
from schemas.codes import Caveat, SignalChangeKind


class SignalMessages:
    """Messages of one partition of the signals, which go to the same partition of the outputs."""

    def __init__(self, partition: int, settings: Settings) -> None:
        self._partition, self._epoch = partition, settings.epoch
        self._methodology: Final = signals_methodology(METHODOLOGIES[settings.methodology])
        self._changes: Final = topics.SIGNAL_CHANGES.full_name(settings)
        self._signals: Final = topics.SIGNALS.full_name(settings)

    def change(self, change: SignalChange) -> Record:
        """A link of the chain of one (company, signal, technology)."""
        subject, at_ms = change.subject, change.origin.at_ms
        kind = SignalChangeKind.CLEARED if change.current is None else SignalChangeKind.RAISED
        body = {
            "id": messages.change_id(
                self._epoch, "signal", change.company_id, subject.kind, subject.technology, change.seq
            ),
            "seq": change.seq,
            "company_id": change.company_id,
            "kind": kind,
            "signal": subject.kind,
            "technology": subject.technology or None,
            "previous": _evidence(change.previous),
            "current": _evidence(change.current),
            "text": _text(change),
            "cause": {"kind": change.cause_kind, "ref": change.cause_ref},
            "methodology": self._methodology,
            "at": messages.instant(at_ms),
            "backfill": change.origin.backfill,
            "replayed": change.origin.replayed,
            "epoch": self._epoch,
            "caveats": caveats_of(subject.kind),
        }
        headers = messages.change_headers(kind.value, self._epoch, body, at_ms)
        key = change.company_id.encode()
        return Record(self._changes, self._partition, key, orjson.dumps(body), at_ms, headers)

    def snapshot(self, company_id: str, in_force: dict[Subject, Evidence], at_ms: int) -> Record:
        """The signals in force for a company; a tombstone where there are none."""
        value = _snapshot(company_id, in_force, self._methodology) if in_force else None
        headers = messages.epoch_header(self._epoch)
        return Record(self._signals, self._partition, company_id.encode(), value, at_ms, headers)


def _snapshot(company_id: str, in_force: dict[Subject, Evidence], methodology: str) -> bytes:
    named = {caveat for subject in in_force for caveat in caveats_of(subject.kind)}
    return orjson.dumps(
        {
            "company_id": company_id,
            "signals": [
                {
                    "signal": subject.kind,
                    "technology": subject.technology or None,
                    "evidence": _evidence(evidence),
                    "text": sentence_of(evidence, subject.technology),
                }
                for subject, evidence in in_force.items()
            ],
            "methodology": methodology,
            "caveats": [caveat for caveat in Caveat if caveat in named],
        }
    )


def _evidence(evidence: Evidence | None) -> dict[str, Any] | None:
    return None if evidence is None else msgspec.to_builtins(evidence)


def _text(change: SignalChange) -> str:
    evidence, technology = change.current or change.previous, change.subject.technology
    text = "" if evidence is None else sentence_of(evidence, technology)
    return text if change.current is not None else f"No longer in force. When it was raised: {text}"
