"""State of the signals: for each company its families, its programme status, and what was last announced."""

from collections.abc import Iterator
from typing import Final

import msgspec

from giants.decoding.frames import encode
from giants.domain.events import ProgrammeStatus
from giants.domain.signals import Announced, CompanyTrajectory, Evidence, FiledFamily, Subject, Trajectories
from schemas.codes import SignalKind
from streams.local_state import LocalStateStore
from streams.lru_state_cache import LruStateCache

SIGNALS: Final = b"c"
FAMILY: Final = b"f"
STATUS: Final = b"s"
_KINDS: Final = (SIGNALS, STATUS, FAMILY)
_SEPARATOR: Final = "\x00"


class _SignalEntry(msgspec.Struct, array_like=True, frozen=True):
    """The last link of the chain of one signal."""

    kind: SignalKind
    technology: str
    seq: int
    evidence: Evidence | None


_decode_signals: Final = msgspec.msgpack.Decoder(list[_SignalEntry]).decode
_decode_status: Final = msgspec.msgpack.Decoder(ProgrammeStatus | None).decode
_decode_family: Final = msgspec.msgpack.Decoder(FiledFamily).decode


def family_key(company_id: str, family_id: str) -> bytes:
    """The key of a family of a company."""
    return FAMILY + f"{company_id}{_SEPARATOR}{family_id}".encode()


def company_of(key: bytes) -> str:
    """The id of the company that an entry belongs to."""
    return key[1:].decode().partition(_SEPARATOR)[0]


def entry_of(company: CompanyTrajectory, key: bytes) -> bytes:
    """The present entry of a company; that of a family which left is empty."""
    kind = key[:1]
    if kind == FAMILY:
        family = company.families.get(key[1:].decode().partition(_SEPARATOR)[2])
        return b"" if family is None else encode(family)
    if kind == STATUS:
        return encode(company.standing)
    announced = company.announced
    return encode(
        [
            _SignalEntry(*subject, announced[subject].seq, announced[subject].evidence)
            for subject in sorted(announced)
        ]
    )


def restore(company: CompanyTrajectory, key: bytes, value: bytes) -> None:
    """Set an entry of a company. Counts and verdicts in memory are dropped: they follow from entries."""
    company.portfolio = company.in_force = None
    kind = key[:1]
    if kind == FAMILY:
        family_id = key[1:].decode().partition(_SEPARATOR)[2]
        if value:
            Trajectories.keep_family(company, family_id, _decode_family(value))
        else:
            company.families.pop(family_id, None)
    elif kind == STATUS:
        company.standing = _decode_status(value)
    elif kind == SIGNALS:
        company.announced = {
            Subject(one.kind, one.technology): Announced(one.seq, one.evidence)
            for one in _decode_signals(value)
        }


def companies_on_disk(store: LocalStateStore) -> LruStateCache[CompanyTrajectory]:
    """The companies of a partition, most of them on the local disk."""

    def load(company_id: str) -> CompanyTrajectory | None:
        found = list(_entries_of(store, company_id))
        company = CompanyTrajectory()
        for key, value in found:
            restore(company, key, value)
        return company if found else None

    def ids() -> Iterator[str]:
        return (company_of(key) for kind in _KINDS for key, _ in store.scan(kind))

    return LruStateCache(store, load, ids)


def _entries_of(store: LocalStateStore, company_id: str) -> Iterator[tuple[bytes, bytes]]:
    for kind in (SIGNALS, STATUS):
        key = kind + company_id.encode()
        value = store.get(key)
        if value is not None:
            yield key, value
    yield from store.scan(family_key(company_id, ""))
