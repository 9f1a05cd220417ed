"""Inventions agent: claims to shared publications in, what counts under what and findings out."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from aiokafka import TopicPartition

from agents import messages
from giants.decoding.frames import (
    FamilyFrame,
    InventionFrame,
    Position,
    decode_invention_frame,
    encode,
    shard_of,
    split,
)
from giants.domain.events import CountedUnder
from giants.domain.inventions import CODES, Inventions, Verdict, finding_of
from giants.kafka import topics
from giants.kafka.log import Log, Record, Stored
from giants.kafka.partitioner import partition_of
from giants.settings import Settings
from streams.deduplication import PREFIX as SOURCE
from streams.deduplication import DeduplicationOffsets
from streams.local_state import LocalStateStore, StateDirectory
from streams.processor import Agent, ProcessingResult
from streams.task_manager import TaskManager

_SOURCE: Final = "inventions"
_CLAIM: Final = b"c"
_VERDICT: Final = b"v"
_LENGTH_BYTES: Final = 2
_VERSION_BYTES: Final = 8
_decode_verdict: Final = msgspec.msgpack.Decoder(Verdict).decode


def inventions_tasks(
    log: Log, settings: Settings, state_directory: StateDirectory | None = None
) -> TaskManager:
    """The task that reads the invention log and answers through the family log."""
    source = topics.INVENTION_LOG.full_name(settings)
    state = topics.INVENTIONS_STATE.full_name(settings)
    agent = Agent(source, source, state, lambda *_: InventionsProcessor(settings))
    return TaskManager(log, agent, state_directory)


class _Coded(msgspec.Struct):
    """The part of a finding that says of which kind it is."""

    code: str = ""


class InventionsProcessor:
    """Families that share publications: see `giants.domain.inventions`. They are few, and stay in memory."""

    def __init__(self, settings: Settings) -> None:
        self.inventions: Final = Inventions()
        self.places: Final[Sequence[TopicPartition]] = tuple(
            (topics.FINDINGS.full_name(settings), partition)
            for partition in range(topics.FINDINGS.partition_count(settings))
        )
        self._settings: Final = settings
        self._deduplication: Final = DeduplicationOffsets()
        self._topic: Final = topics.FAMILY_LOG.full_name(settings)
        self._partitions: Final = topics.FINDINGS.partition_count(settings)
        self._headers: Final = messages.epoch_header(settings.epoch)
        self._shards: Final = topics.FAMILY_LOG.partition_count(settings)
        self._families_found: Final[dict[bytes, str]] = {}  # by the key of the finding in force

    def decode(self, value: bytes) -> InventionFrame:
        """The frame in a record of the invention log."""
        return decode_invention_frame(value)

    def resumable(self, frame: InventionFrame) -> bool:
        """No: what is told follows from the state before the frame."""
        return False

    def apply(self, offset: int, frame: InventionFrame) -> ProcessingResult:
        """Apply a frame of claims to shared publications."""
        result = ProcessingResult()
        if not self._deduplication.take(frame.source, frame.position, result.touched):
            return result
        moved = self.inventions.apply(frame.events)
        result.touched.update({_claim_key(*claim): at_ms for claim, at_ms in moved.claims.items()})
        result.touched.update({_VERDICT + one.encode(): at_ms for one, at_ms in moved.families.items()})
        result.outputs += [self._settled(*one) for one in moved.settled]
        result.outputs += [self._raised(*one) for one in moved.raised]
        by_shard: dict[int, list[CountedUnder]] = {}
        for verdict in moved.verdicts:
            by_shard.setdefault(shard_of(verdict.family_id, self._shards), []).append(verdict)
        for partition, group in by_shard.items():
            for chunk, events in enumerate(split(group)):
                value = encode(FamilyFrame([*events], _SOURCE, Position(offset, chunk)))
                result.outputs.append(Record(self._topic, partition, None, value, events[-1].origin.at_ms))
        return result

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterable[Record]:
        """None here: findings are sent with each frame."""
        return ()

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """Compare the latest of a finding with it now; see `streams.snapshot_verifier`."""
        key = latest.key or b""
        family_id = self._families_found.get(key)
        record = self.inventions.records.get(family_id or "")
        if family_id is not None and record is not None and record.verdict is not None:
            right = self._finding(family_id, record.verdict)
        elif latest.value is None or _code_of(latest.value) not in CODES:
            return None
        else:  # it is settled
            partition = partition_of(key.decode(), self._partitions)
            right = Record(topic, partition, key, None, latest.timestamp_ms, self._headers)
        return messages.correction(latest, right, self._settings.epoch)

    def restore(self, key: bytes, value: bytes) -> None:
        """Set an entry of the changelog; an empty value is one that is gone."""
        if self._deduplication.restore(key, value):
            return
        if key[:1] == _CLAIM:
            family_id, publication = _claim_of(key)
            version = int.from_bytes(value, "big") if value else None
            self.inventions.restore_claim(family_id, publication, version)
            return
        family_id, verdict = key[1:].decode(), _decode_verdict(value) if value else None
        known = self.inventions.records.get(family_id)
        if known is not None and known.verdict is not None:
            self._settled(family_id, known.verdict)
        self.inventions.restore_verdict(family_id, verdict)
        if verdict is not None:
            self._raised(family_id, verdict)

    def load(self, store: LocalStateStore) -> None:
        """Read everything."""
        for kind in (SOURCE, _CLAIM, _VERDICT):
            for key, value in store.scan(kind):
                self.restore(key, value)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """The present entries of the changelog, empty where they are gone."""
        return {key: self._deduplication.entry(key) or self._entry(key) for key in keys}

    def _entry(self, key: bytes) -> bytes:
        if key[:1] == _CLAIM:
            family_id, publication = _claim_of(key)
            record = self.inventions.records.get(family_id)
            version = None if record is None else record.claims.get(publication)
            return b"" if version is None else version.to_bytes(_VERSION_BYTES, "big")
        record = self.inventions.records.get(key[1:].decode())
        return b"" if record is None or record.verdict is None else encode(record.verdict)

    def _raised(self, family_id: str, verdict: Verdict) -> Record:
        """The message about a finding that is in force from now on."""
        record = self._finding(family_id, verdict)
        self._families_found[record.key or b""] = family_id
        return record

    def _settled(self, family_id: str, verdict: Verdict) -> Record:
        """The message about a finding that is in force no more."""
        record = self._finding(family_id, verdict, settled=True)
        self._families_found.pop(record.key or b"", None)
        return record

    def _finding(self, family_id: str, verdict: Verdict, *, settled: bool = False) -> Record:
        return messages.finding(
            finding_of(family_id, verdict), verdict.at_ms, self._settings, settled=settled
        )


def _code_of(finding: bytes) -> str:
    try:
        return msgspec.json.decode(finding, type=_Coded).code
    except msgspec.DecodeError:
        return ""


def _claim_key(family_id: str, publication: str) -> bytes:
    """The key of a claim; no two pairs have the same, whatever characters they hold."""
    name = publication.encode()
    return _CLAIM + len(name).to_bytes(_LENGTH_BYTES, "big") + name + family_id.encode()


def _claim_of(key: bytes) -> tuple[str, str]:
    begin = len(_CLAIM) + _LENGTH_BYTES
    end = begin + int.from_bytes(key[len(_CLAIM) : begin], "big")
    return key[end:].decode(), key[begin:end].decode()
