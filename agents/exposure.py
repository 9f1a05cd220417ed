"""Exposure agent: deltas and taxonomy versions in, exposures and rating changes out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from sys import intern
from typing import Final

import msgspec

from agents import messages
from giants.domain.events import Delta, NewTaxonomy
from giants.domain.ratings import Announced, Change, Company, Rank, Ratings
from giants.domain.taxonomy import Taxonomy
from schemas.facts import TaxonomyVersion
from streams import topics
from streams.frames import DeltaFrame, decode_delta_frame, encode
from streams.held import Held
from streams.local import LocalCopies, LocalCopy
from streams.log import Log, Place, Record, Stored
from streams.settings import Settings
from streams.sources import PREFIX as SOURCE
from streams.sources import Sources
from streams.stage import Stage, Step

_COMPANY: Final = b"c"
_TALLY: Final = b"t"
_TAXONOMY: Final = b"x"
_SEPARATOR: Final = b"\x00"


class _KeptCompany(msgspec.Struct, array_like=True, frozen=True):
    """What is kept of a company beside its tallies, which have keys of their own (flat cost)."""

    families: int
    instances: int
    counted_under: Rank
    matching: dict[str, int]
    announced: dict[str, Announced]


_decode_company: Final = msgspec.msgpack.Decoder(_KeptCompany).decode
_decode_taxonomy: Final = msgspec.msgpack.Decoder(NewTaxonomy).decode


def exposure_stage(log: Log, settings: Settings, copies: LocalCopies | None = None) -> Stage:
    """The stage between the delta log and the exposures."""
    return Stage(
        log,
        topics.DELTA_LOG.full_name(settings),
        topics.EXPOSURE_STATE.full_name(settings),
        lambda partition, copy: ExposureFold(partition, settings, copy),
        copies=copies,
    )


class ExposureFold:
    """One partition of the exposures: see `giants.domain.ratings`. Companies stay in a local copy."""

    def __init__(self, partition: int, settings: Settings, copy: LocalCopy | None = None) -> None:
        self.ratings = Ratings()
        self._on_disk: Final = None if copy is None else _companies_on_disk(copy)
        if self._on_disk is not None:
            self.ratings.companies = self._on_disk
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
        touched = step.touched
        if not self._sources.take(frame.source, frame.position, touched):
            return step
        for event in frame.events:
            if isinstance(event, Delta):
                at_ms = event.origin.at_ms
                changes = self.ratings.apply_delta(event)
                if changes:
                    self._tell(changes, step)
                company = event.company_id.encode()
                touched[_COMPANY + company] = at_ms
                tally = _TALLY + company + _SEPARATOR
                for symbol in event.before or ():
                    touched[tally + symbol.encode()] = at_ms
                for symbol in event.after or ():
                    touched[tally + symbol.encode()] = at_ms
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
        kind, name = key[:1], key[1:]
        if kind in {_TALLY, _COMPANY} and self._on_disk is not None:
            self._on_disk.drop(name.partition(_SEPARATOR)[0].decode())  # what is in memory is out of date
        elif kind == _TALLY:  # first of all, since there are the most of them
            company_id, _, symbol = name.partition(_SEPARATOR)
            self._restore_tally(company_id.decode(), symbol.decode(), int.from_bytes(value, "big"))
        elif kind == _COMPANY:
            _restore_company(self._company(name.decode()), value)
        elif kind == _TAXONOMY:
            self._taxonomy = _decode_taxonomy(value)
            rank = (self._taxonomy.version, self._taxonomy.digest)
            self.ratings.put_in_force(_compiled(self._taxonomy), rank)
        else:
            self._sources.restore(key, value)

    def load(self, copy: LocalCopy) -> None:
        """Take in the taxonomy; the companies stay on the disk."""
        for kind in (SOURCE, _TAXONOMY):
            for key, value in copy.scan(kind):
                self.restore(key, value)

    def _restore_tally(self, company_id: str, symbol: str, count: int) -> None:
        tallies = self._company(company_id).tallies
        if count:
            tallies[intern(symbol)] = count
        else:
            tallies.pop(symbol, None)

    def entries(self, keys: Iterable[bytes]) -> Mapping[bytes, bytes]:
        """Entries of the changelog as they are now, the taxonomy last: it says that all are recounted."""
        entries: dict[bytes, bytes] = {}
        adopted = False
        last, tallies = b"", dict[str, int]()  # the company that the tallies are of
        for key in keys:
            kind = key[:1]
            if kind == _TALLY:
                company, _, symbol = key.partition(_SEPARATOR)
                if company != last:
                    last, tallies = company, self.ratings.companies[company[1:].decode()].tallies
                entries[key] = tallies.get(symbol.decode(), 0).to_bytes(4, "big")
            elif kind == _COMPANY:
                entries[key] = self._company_entry(key[1:].decode())
            elif (found := self._sources.entry(key)) is not None:
                entries[key] = found
            else:
                adopted = True
        return entries | {_TAXONOMY: encode(self._taxonomy)} if adopted else entries

    def _company_entry(self, company_id: str) -> bytes:
        company = self.ratings.companies[company_id]
        return encode(
            _KeptCompany(
                company.families,
                company.instances,
                company.counted_under,
                company.matching,
                company.announced,
            )
        )

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


def _restore_company(company: Company, value: bytes) -> None:
    kept = _decode_company(value)
    company.families, company.instances = kept.families, kept.instances
    company.counted_under, company.matching = kept.counted_under, kept.matching
    company.announced = {intern(id_): last for id_, last in kept.announced.items()}


def _companies_on_disk(copy: LocalCopy) -> Held[Company]:
    """The companies of a partition of which most are on the local disk."""

    def load(company_id: str) -> Company | None:
        value = copy.get(_COMPANY + company_id.encode())
        if value is None:
            return None
        company = Company()
        _restore_company(company, value)
        prefix = _TALLY + company_id.encode() + _SEPARATOR
        for key, count in copy.scan(prefix):
            if families := int.from_bytes(count, "big"):
                company.tallies[intern(key[len(prefix) :].decode())] = families
        return company

    return Held(copy, load, lambda: (key[1:].decode() for key, _ in copy.scan(_COMPANY)))


def _compiled(event: NewTaxonomy) -> Taxonomy:
    return Taxonomy.compile(TaxonomyVersion.model_validate_json(event.document))
