"""Exposure agent: deltas and taxonomy versions in, exposures and rating changes out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from agents import messages
from giants.domain.events import Delta, NewTaxonomy, Origin
from giants.domain.exposure import Rating
from giants.domain.ratings import Announced, Change, Company, Rank, Ratings
from giants.domain.taxonomy import Taxonomy
from schemas.facts import TaxonomyVersion
from streams import topics
from streams.frames import Position, decode_delta_frame, encode
from streams.log import Log, Record
from streams.settings import Settings
from streams.stage import Stage, Step

_COMPANY: Final = b"c"
_TALLY: Final = b"t"
_SOURCE: Final = b"p"
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
_decode_position: Final = msgspec.msgpack.Decoder(Position).decode
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
        self._partition: Final = partition
        self._settings: Final = settings
        self._positions: dict[str, Position] = {}
        self._taxonomy: NewTaxonomy | None = None

    def apply(self, offset: int, value: bytes) -> Step:
        """Fold a frame of deltas, or a taxonomy version."""
        frame = decode_delta_frame(value)
        if frame.source is not None and frame.position is not None:
            known = self._positions.get(frame.source)
            if known is not None and frame.position <= known:
                return Step()
            self._positions[frame.source] = frame.position
        touched: dict[str, Origin] = {}
        dirty: set[bytes] = set()
        changes: list[Change] = []
        divisible = False
        for event in frame.events:
            if isinstance(event, Delta):
                changes.extend(self.ratings.apply_delta(event))
                touched[event.company_id] = event.origin
                dirty.update(_tally_keys(event))
            else:
                divisible = True
                for company_id, changed in self._adopt(event):
                    changes.extend(changed)
                    touched[company_id] = event.origin
                if self._taxonomy is event:
                    dirty.add(_TAXONOMY)
        dirty.update(_COMPANY + company_id.encode() for company_id in touched)
        if frame.source is not None:
            dirty.add(_SOURCE + frame.source.encode())
        return Step(list(self._outputs(changes, touched)), self.entries(dirty), divisible)

    def restore(self, key: bytes, value: bytes) -> None:
        """Take an entry of the changelog."""
        kind, name = key[:1], key[1:].decode()
        if kind == _TALLY:
            company_id, _, symbol = name.partition(_SEPARATOR)
            tallies = self._company(company_id).tallies
            count = int.from_bytes(value, "big")
            if count:
                tallies[symbol] = count
            else:
                tallies.pop(symbol, None)
        elif kind == _COMPANY:
            kept, company = _decode_company(value), self._company(name)
            company.families, company.instances = kept.families, kept.instances
            company.counted_under, company.matching = kept.counted_under, kept.matching
            company.announced = {id_: Announced(seq, rating) for id_, (seq, rating) in kept.announced.items()}
        elif kind == _SOURCE:
            self._positions[name] = _decode_position(value)
        elif kind == _TAXONOMY:
            self._taxonomy = _decode_taxonomy(value)
            self.ratings.taxonomy = _compiled(self._taxonomy)
            self.ratings.rank = (self._taxonomy.version, self._taxonomy.digest)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Entries of the changelog as they are now, the taxonomy last: it says that all are recounted."""
        return {key: self._entry(key[:1], key[1:].decode()) for key in sorted(keys)}

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
        if kind == _SOURCE:
            return encode(self._positions[name])
        return encode(self._taxonomy)

    def _company(self, company_id: str) -> Company:
        company = self.ratings.companies.get(company_id)
        if company is None:
            company = self.ratings.companies[company_id] = Company()
        return company

    def _adopt(self, event: NewTaxonomy) -> Iterator[tuple[str, list[Change]]]:
        rank = (event.version, event.digest)
        to_recount = self.ratings.adopt(_compiled(event), rank)
        if self.ratings.rank == rank:
            self._taxonomy = event
        for company_id in to_recount:
            cause_ref = f"{event.taxonomy}@{event.version}"
            yield company_id, self.ratings.recount(company_id, cause_ref, event.origin)

    def _outputs(self, changes: list[Change], touched: Mapping[str, Origin]) -> Iterator[Record]:
        """Every change, and the latest state of each company that was touched, once a frame."""
        taxonomy = self.ratings.taxonomy
        if taxonomy is None:
            return
        for change in changes:
            yield messages.rating_change(change, taxonomy, self._partition, self._settings)
        for company_id, origin in touched.items():
            company = self.ratings.companies[company_id]
            yield messages.exposure(company_id, company, taxonomy, origin, self._partition, self._settings)


def _tally_keys(delta: Delta) -> Iterator[bytes]:
    prefix = delta.company_id + _SEPARATOR
    for symbol in {*(delta.before or ()), *(delta.after or ())}:
        yield _TALLY + (prefix + symbol).encode()


def _compiled(event: NewTaxonomy) -> Taxonomy:
    return Taxonomy.compile(TaxonomyVersion.model_validate_json(event.document))
