"""Signals agent: deltas, standings, days and taxonomies in; signals in force and their changes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from agents import messages
from agents.signal_messages import SignalMessages
from giants.domain.events import Delta, NewDay, NewStanding, NewTaxonomy, Standing
from giants.domain.signals import Announced, Company, Evidence, FiledFamily, Subject, Trajectories
from giants.domain.taxonomy import Taxonomy
from schemas.codes import SignalKind
from schemas.facts import TaxonomyVersion
from streams import topics
from streams.frames import DeltaFrame, decode_delta_frame, encode
from streams.log import Log, Place, Record, Stored
from streams.settings import Settings
from streams.sources import Sources
from streams.stage import Stage, Step

_SIGNALS: Final = b"c"
_FAMILY: Final = b"f"
_STANDING: Final = b"s"
_TAXONOMY: Final = b"x"
_YEAR: Final = b"y"
_SEPARATOR: Final = "\x00"
_YEAR_BYTES: Final = 2


class _KeptSignal(msgspec.Struct, array_like=True, frozen=True):
    """The last link of the chain of one signal."""

    kind: SignalKind
    technology: str
    seq: int
    evidence: Evidence | None


_decode_signals: Final = msgspec.msgpack.Decoder(list[_KeptSignal]).decode
_decode_standing: Final = msgspec.msgpack.Decoder(Standing | None).decode
_decode_family: Final = msgspec.msgpack.Decoder(FiledFamily).decode
_decode_taxonomy: Final = msgspec.msgpack.Decoder(NewTaxonomy).decode


def signals_stage(log: Log, settings: Settings) -> Stage:
    """The stage between the delta log and the signals."""
    source = topics.DELTA_LOG.full_name(settings)
    state = topics.SIGNALS_STATE.full_name(settings)
    stage = Stage(log, source, state, lambda partition: SignalsFold(partition, settings))
    stage.name = f"{source}.signals"
    return stage


class SignalsFold:
    """One partition of the signals: see `giants.domain.signals`."""

    def __init__(self, partition: int, settings: Settings) -> None:
        self.trajectories = Trajectories()
        self.places: Final[Sequence[Place]] = ((topics.SIGNALS.full_name(settings), partition),)
        self._epoch: Final = settings.epoch
        self._messages: Final = SignalMessages(partition, settings)
        self._sources: Final = Sources()
        self._taxonomy: NewTaxonomy | None = None

    def decode(self, value: bytes) -> DeltaFrame:
        """The frame in a record of the delta log."""
        return decode_delta_frame(value)

    def divisible(self, frame: DeltaFrame) -> bool:
        """A day or a taxonomy, in a frame of its own: a company that was judged already is told nothing."""
        return isinstance(frame.events[0], NewDay | NewTaxonomy)

    def apply(self, offset: int, frame: DeltaFrame) -> Step:
        """Fold a frame of deltas or standings, or a day, or a taxonomy version."""
        step = Step()
        if not self._sources.take(frame.source, frame.position, step.touched):
            return step
        for event in frame.events:
            if isinstance(event, Delta):
                self.trajectories.take_delta(event)
                step.touched[_family_key(event.company_id, event.family_id)] = event.origin.at_ms
            elif isinstance(event, NewStanding):
                self.trajectories.take_standing(event)
                if event.company_id in self.trajectories.companies:
                    step.touched[_STANDING + event.company_id.encode()] = event.origin.at_ms
            elif isinstance(event, NewDay):
                if self.trajectories.take_day(event):
                    step.touched[_YEAR] = event.origin.at_ms
            elif self.trajectories.adopt(_compiled(event), event):
                self._taxonomy = event
                step.touched[_TAXONOMY] = event.origin.at_ms
        for company_id, at_ms, changes in self.trajectories.settle():
            step.touched[_SIGNALS + company_id.encode()] = at_ms
            step.outputs.extend(map(self._messages.change, changes))
        return step

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterator[Record]:
        """The signals in force for each company of which any was touched."""
        for key, at_ms in touched.items():
            if key[:1] == _SIGNALS:
                yield self._snapshot(key[1:].decode(), at_ms)

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """Compare the latest signals of a company with what they are now; see `streams.latest`."""
        company_id = (latest.key or b"").decode(errors="replace")
        if company_id not in self.trajectories.companies:
            return None
        return messages.correction(latest, self._snapshot(company_id, latest.timestamp_ms), self._epoch)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take an entry of the changelog."""
        if self._sources.restore(key, value):
            return
        kind, name = key[:1], key[1:].decode()
        if kind == _FAMILY:
            company_id, _, family_id = name.partition(_SEPARATOR)
            self._restore_family(self._restored(company_id), family_id, value)
        elif kind == _STANDING:
            self._restored(name).standing = _decode_standing(value)
        elif kind == _SIGNALS:
            self._restored(name).announced = {
                Subject(one.kind, one.technology): Announced(one.seq, one.evidence)
                for one in _decode_signals(value)
            }
        elif kind == _YEAR:
            self.trajectories.year = int.from_bytes(value, "big")
            self._forget_verdicts()
        elif kind == _TAXONOMY:
            self._taxonomy = _decode_taxonomy(value)
            self.trajectories.taxonomy = _compiled(self._taxonomy)
            self.trajectories.rank = (self._taxonomy.version, self._taxonomy.digest)
            self._forget_verdicts()

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Entries of the changelog as they are now; day and taxonomy last: they say that all were judged."""
        return {
            key: self._sources.entry(key) or self._entry(key[:1], key[1:].decode()) for key in sorted(keys)
        }

    def _entry(self, kind: bytes, name: str) -> bytes:
        if kind == _FAMILY:
            company_id, _, family_id = name.partition(_SEPARATOR)
            family = self.trajectories.companies[company_id].families.get(family_id)
            return b"" if family is None else encode(family)
        if kind == _STANDING:
            return encode(self.trajectories.companies[name].standing)
        if kind == _SIGNALS:
            announced = self.trajectories.companies[name].announced
            return encode(
                [
                    _KeptSignal(*subject, announced[subject].seq, announced[subject].evidence)
                    for subject in sorted(announced)
                ]
            )
        if kind == _YEAR:
            return self.trajectories.year.to_bytes(_YEAR_BYTES, "big")
        return encode(self._taxonomy)

    def _restored(self, company_id: str) -> Company:
        """A company of which an entry is about to be restored: counts and verdicts have to be made anew."""
        company = self.trajectories.company(company_id)
        company.portfolio = company.in_force = None
        return company

    def _restore_family(self, company: Company, family_id: str, value: bytes) -> None:
        if value:
            self.trajectories.keep_family(company, family_id, _decode_family(value))
        else:
            company.families.pop(family_id, None)

    def _forget_verdicts(self) -> None:
        for company in self.trajectories.companies.values():
            company.portfolio = company.in_force = None

    def _snapshot(self, company_id: str, at_ms: int) -> Record:
        company = self.trajectories.companies[company_id]
        if company.in_force is None:
            company.in_force = self.trajectories.judge(company)
        return self._messages.snapshot(company_id, company.in_force, at_ms)


def _family_key(company_id: str, family_id: str) -> bytes:
    return _FAMILY + f"{company_id}{_SEPARATOR}{family_id}".encode()


def _compiled(event: NewTaxonomy) -> Taxonomy:
    return Taxonomy.compile(TaxonomyVersion.model_validate_json(event.document))
