"""Exposure agent: deltas and taxonomy versions in, exposures and rating changes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Final

import msgspec

from agents import messages
from giants.domain.events import Delta, NewTaxonomy
from giants.domain.exposure import Rating
from giants.domain.ratings import Announced, Change, Company, Rank, Ratings
from giants.domain.taxonomy import Taxonomy
from schemas.facts import TaxonomyVersion
from streams import topics
from streams.frames import DeltaFrame, decode_delta_frame, encode
from streams.log import Log, Place, Record, Stored
from streams.settings import Settings
from streams.sources import Sources
from streams.stage import Stage, Step

_COMPANY: Final = b"c"
_TALLY: Final = b"t"
_TAXONOMY: Final = b"x"
_SEPARATOR: Final = "\x00"


class _KeptCompany(msgspec.Struct, array_like=True, frozen=True):
    """What is kept of a company beside its tallies, which have keys of their own (flat cost)."""

    families: int
    instances: int
    counted_under: Rank
    matching: dict[str, int]
    announced: dict[str, tuple[int, Rating | None]]


_decode_company: Final = msgspec.msgpack.Decoder(_KeptCompany).decode
_decode_taxonomy: Final = msgspec.msgpack.Decoder(NewTaxonomy).decode


def exposure_stage(log: Log, settings: Settings) -> Stage:
    """The stage between the delta log and the exposures."""
    return Stage(
        log,
        topics.DELTA_LOG.full_name(settings),
        topics.EXPOSURE_STATE.full_name(settings),
        lambda partition: ExposureFold(partition, settings),
    )


class ExposureFold:
    """One partition of the exposures: see `giants.domain.ratings`."""

    def __init__(self, partition: int, settings: Settings) -> None:
        self.ratings = Ratings()
        self.places: Final[Sequence[Place]] = ((topics.EXPOSURES.full_name(settings), partition),)
        self._epoch: Final = settings.epoch
        self._messages: Final = messages.ExposureMessages(partition, settings)
        self._sources: Final = Sources()
        self._taxonomy: NewTaxonomy | None = None

    def decode(self, value: bytes) -> DeltaFrame:
        """The frame in a record of the delta log."""
        return decode_delta_frame(value)

    def divisible(self, frame: DeltaFrame) -> bool:
        """A taxonomy version, which has a frame of its own: each company says whether it is recounted."""
        return isinstance(frame.events[0], NewTaxonomy)

    def apply(self, offset: int, frame: DeltaFrame) -> Step:
        """Fold a frame of deltas, or a taxonomy version."""
        step = Step()
        if not self._sources.take(frame.source, frame.position, step.touched):
            return step
        for event in frame.events:
            at_ms = event.origin.at_ms
            if isinstance(event, Delta):
                self._tell(self.ratings.apply_delta(event), step)
                step.touched[_COMPANY + event.company_id.encode()] = at_ms
                for key in _tally_keys(event):
                    step.touched[key] = at_ms
            elif isinstance(event, NewTaxonomy):
                self._adopt(event, step)
        return step

    def snapshots(self, touched: Mapping[bytes, int]) -> Iterator[Record]:
        """The latest exposure of each company that was touched."""
        taxonomy = self.ratings.taxonomy
        if taxonomy is None:
            return
        for key, at_ms in touched.items():
            if key[:1] == _COMPANY:
                company_id = key[1:].decode()
                company = self.ratings.companies[company_id]
                yield self._messages.exposure(company_id, company, taxonomy, at_ms)

    def correction(self, topic: str, latest: Stored) -> Record | None:
        """Compare the latest exposure of a company with what it is now; see `streams.latest`."""
        company_id = (latest.key or b"").decode(errors="replace")
        company, taxonomy = self.ratings.companies.get(company_id), self.ratings.taxonomy
        if company is None or taxonomy is None:
            return None
        right = self._messages.exposure(company_id, company, taxonomy, latest.timestamp_ms)
        return messages.correction(latest, right, self._epoch)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take an entry of the changelog."""
        if self._sources.restore(key, value):
            return
        kind, name = key[:1], key[1:].decode()
        if kind == _TALLY:
            company_id, _, symbol = name.partition(_SEPARATOR)
            tallies = self._company(company_id).tallies
            count = int.from_bytes(value, "big")
            if count:
                tallies[intern(symbol)] = count
            else:
                tallies.pop(symbol, None)
        elif kind == _COMPANY:
            kept, company = _decode_company(value), self._company(name)
            company.families, company.instances = kept.families, kept.instances
            company.counted_under, company.matching = kept.counted_under, kept.matching
            company.announced = {
                intern(id_): Announced(seq, rating) for id_, (seq, rating) in kept.announced.items()
            }
        elif kind == _TAXONOMY:
            self._taxonomy = _decode_taxonomy(value)
            self.ratings.taxonomy = _compiled(self._taxonomy)
            self.ratings.rank = (self._taxonomy.version, self._taxonomy.digest)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Entries of the changelog as they are now, the taxonomy last: it says that all are recounted."""
        return {
            key: self._sources.entry(key) or self._entry(key[:1], key[1:].decode()) for key in sorted(keys)
        }

    def _entry(self, kind: bytes, name: str) -> bytes:
        if kind == _TALLY:
            company_id, _, symbol = name.partition(_SEPARATOR)
            return self.ratings.companies[company_id].tallies.get(symbol, 0).to_bytes(4, "big")
        if kind == _COMPANY:
            company = self.ratings.companies[name]
            return encode(
                _KeptCompany(
                    company.families,
                    company.instances,
                    company.counted_under,
                    company.matching,
                    {id_: (last.seq, last.rating) for id_, last in company.announced.items()},
                )
            )
        return encode(self._taxonomy)

    def _company(self, company_id: str) -> Company:
        company = self.ratings.companies.get(company_id)
        if company is None:
            company = self.ratings.companies[company_id] = Company()
        return company

    def _adopt(self, event: NewTaxonomy, step: Step) -> None:
        rank = (event.version, event.digest)
        to_recount = self.ratings.adopt(_compiled(event), rank)
        if self.ratings.rank != rank:
            return
        self._taxonomy = event
        for company_id in to_recount:
            cause_ref = f"{event.taxonomy}@{event.version}"
            self._tell(self.ratings.recount(company_id, cause_ref, event.origin), step)
            step.touched[_COMPANY + company_id.encode()] = event.origin.at_ms
        step.touched[_TAXONOMY] = event.origin.at_ms

    def _tell(self, changes: Iterable[Change], step: Step) -> None:
        if self.ratings.taxonomy is not None:
            taxonomy = self.ratings.taxonomy
            step.outputs.extend(self._messages.rating_change(change, taxonomy) for change in changes)


def _tally_keys(delta: Delta) -> Iterator[bytes]:
    prefix = delta.company_id + _SEPARATOR
    for symbol in {*(delta.before or ()), *(delta.after or ())}:
        yield _TALLY + (prefix + symbol).encode()


def _compiled(event: NewTaxonomy) -> Taxonomy:
    return Taxonomy.compile(TaxonomyVersion.model_validate_json(event.document))
