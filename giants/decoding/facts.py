"""From the bytes of an input record to a fact: the one place that says what is valid (design invariant 4)."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final, cast

from pydantic import BaseModel, ValidationError

from giants.decoding.families import digest_of, family_event
from giants.decoding.plain_family import PlainFamily, plain_but_for_symbols, plain_family
from giants.domain.cpc import SymbolError, normalize_symbol
from giants.domain.events import Family as FamilyEvent
from giants.domain.events import NewTaxonomy, Origin
from giants.domain.names import normal_form
from giants.domain.scope import check_title
from giants.domain.taxonomy import Taxonomy, TaxonomyError
from giants.errors import GiantsError, plain_fault
from schemas.facts import (
    ANALYST_RECORD,
    NAME_RECORD,
    Announcement,
    Day,
    Family,
    LinkRecord,
    OwnershipRecord,
    Review,
    TagRecord,
    TaxonomyVersion,
    Watchlist,
)
from schemas.portfolios import PORTFOLIO_RECORD, Judgement, PortfolioEntries, ScreeningRun

# Facts of one topic, without prefix and version.
ANNOUNCEMENTS: Final = "announcements"
REVIEWS: Final = "reviews"
NAMES: Final = "names"
RECORDS: Final = "records"
FAMILIES: Final = "families"
TAXONOMIES: Final = "taxonomies"
WATCHLISTS: Final = "watchlists"
PORTFOLIOS: Final = "portfolios"
SCREENINGS: Final = "screenings"
DAYS: Final = "days"
# Alerts of a portfolio stand under this and its id, where those of a watchlist have the id alone.
RESERVED_ID_PREFIX: Final = "portfolio:"
# Of their kinds a null value deletes what its key names.
DELETABLE: Final = frozenset({WATCHLISTS, PORTFOLIOS})
PROGRAMME: Final = frozenset({ANNOUNCEMENTS, REVIEWS, NAMES, RECORDS, DAYS})

# The version of the contract that records are read by, and the header in which a producer says which one it
# wrote by. Without the header it is this one.
SCHEMA_VERSION: Final = 1
SCHEMA_VERSION_HEADER: Final = "giants-schema-version"
_SCHEMA_VERSION_DIGITS_MAX: Final = 6
# A company's ratings are kept together, and those of 500 companies have to fit one batch of state.
RATED_TECHNOLOGIES_MAX: Final = 120
RATED_TECHNOLOGY_CHARACTERS_MAX: Final = 5_000
# Problems of one record in the message; a record may have thousands.
_PROBLEMS_SHOWN_MAX: Final = 5


class Refusal(StrEnum):
    """Why an input record is refused, in classes that can be counted."""

    MALFORMED = "malformed"  # no JSON
    INVALID = "invalid"  # not as the contract says
    NEWER_SCHEMA = "newer_schema"  # by a later version of the contract
    OUT_OF_SCOPE = "out_of_scope"  # a list of another programme
    OTHER_TAXONOMY = "other_taxonomy"  # a taxonomy that is not followed here
    DAY_TO_COME = "day_to_come"  # a day that has not begun, by the clocks of intake and of the record
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # the client cannot read the record


class FactError(GiantsError):
    """An input record is not a fact; the message says why, for the dead letters."""

    def __init__(self, message: str, refusal: Refusal = Refusal.INVALID) -> None:
        super().__init__(message)
        self.refusal = refusal


class NewerSchemaError(FactError):
    """A record is written by a version of the contract that this release does not know.

    It waits in the dead letters until a newer release takes it from there.
    """

    def __init__(self, version: int) -> None:
        super().__init__(
            f"schema version {version} is newer than {SCHEMA_VERSION}, which this release understands: "
            "kept for later, replay it after an upgrade",
            Refusal.NEWER_SCHEMA,
        )


def read_fact(kind: str, value: bytes | None, schema_version: bytes | None = None) -> BaseModel:
    """The fact that a record of a topic holds; raises `FactError`.

    `schema_version` is what the record's header of that name says, if it has one.
    """
    _check_schema_version(schema_version)
    if value is None:
        raise FactError(f"a record of {kind} must have a value")
    reader = _READERS.get(kind)
    if reader is None:
        raise FactError(f"expected one of {', '.join(sorted(_READERS))}, got {kind!r}")
    try:
        return reader(value)
    except ValidationError as error:
        raise FactError(_described(error), _class_of(error)) from error
    except (SymbolError, TaxonomyError) as error:
        raise FactError(str(error)) from error


def fact_identity(fact: BaseModel) -> tuple[str, int]:
    """What identifies a fact within its topic: an id, and a version that only grows."""
    found: tuple[str, int]
    match fact:
        case Announcement() | Review():
            found = fact.list_id, fact.revision
        case Family():
            found = fact.family_id, fact.version
        case TaxonomyVersion():
            found = fact.taxonomy, fact.version
        case Watchlist():
            found = fact.watchlist_id, 0
        case PortfolioEntries():
            found = f"{fact.portfolio_id}/{fact.part}", fact.revision
        case Judgement():
            found = f"{fact.portfolio_id}/judgements/{fact.judgement_id}", 0
        case ScreeningRun():
            found = fact.run_id, fact.part
        case Day():
            found = fact.day.isoformat(), 0
        case _:
            found = str(getattr(fact, "record_id")), int(getattr(fact, "revision"))  # noqa: B009
    return found


def read_family(value: bytes | None, schema_version: bytes | None = None) -> Family | PlainFamily:
    """The family in a record, without its model where it is plain; raises as `read_fact` does."""
    plain = plain_family(value) if value is not None and schema_version is None else None
    return plain or cast(Family, read_fact(FAMILIES, value, schema_version))


def read_family_event(
    value: bytes | None, at_ms: int, *, replayed: bool = False, schema_version: bytes | None = None
) -> FamilyEvent:
    """The event of a record of families; raises `FactError` as `read_fact` does."""
    if value is not None and schema_version is None:
        event = _plain_event(value, at_ms, replayed=replayed)
        if event is not None:
            return event
    family = cast(Family, read_fact(FAMILIES, value, schema_version))
    return family_event(family, Origin(at_ms, family.backfill, replayed), digest_of(value or b""))


def _plain_event(value: bytes, at_ms: int, *, replayed: bool) -> FamilyEvent | None:
    """The event of a plain family; none where the model has to say what is wrong."""
    family = plain_but_for_symbols(value)
    if family is None:
        return None
    try:
        return family_event(family, Origin(at_ms, family.backfill, replayed), digest_of(value))
    except SymbolError:
        return None


def taxonomy_event(taxonomy: TaxonomyVersion, origin: Origin) -> NewTaxonomy:
    """A taxonomy version as the exposures take it."""
    document = taxonomy.model_dump_json().encode()
    return NewTaxonomy(taxonomy.taxonomy, taxonomy.version, digest_of(document), document, origin)


def _class_of(error: ValidationError) -> Refusal:
    is_json = error.error_count() > 1 or error.errors(include_input=False)[0]["type"] != "json_invalid"
    return Refusal.INVALID if is_json else Refusal.MALFORMED


def _check_schema_version(text: bytes | None) -> None:
    if text is None:
        return
    if not text.isdigit() or len(text) > _SCHEMA_VERSION_DIGITS_MAX:
        raise FactError(f"expected a number in the header {SCHEMA_VERSION_HEADER}, got {text[:40]!r}")
    if int(text) > SCHEMA_VERSION:
        raise NewerSchemaError(int(text))


def _announcement(value: bytes) -> Announcement:
    announcement = Announcement.model_validate_json(value)
    _check_scope(announcement.source.title)
    _check_names(entry.name for entry in announcement.entries)
    return announcement


def _review(value: bytes) -> Review:
    review = Review.model_validate_json(value)
    _check_scope(review.source.title)
    _check_names(entry.name for entry in review.passed)
    _check_names(entry.name for entry in review.failed)
    return review


def _record(value: bytes) -> TagRecord | LinkRecord | OwnershipRecord:
    record = ANALYST_RECORD.validate_json(value)
    _check_names([record.company])
    if isinstance(record, OwnershipRecord):
        _check_names([record.other])
        if normal_form(record.company) == normal_form(record.other):
            raise FactError(f"expected two companies, got {record.company!r} and {record.other!r}")
    return record


def _family(value: bytes) -> Family:
    family = Family.model_validate_json(value)
    for symbol in family.cpc:
        normalize_symbol(symbol)
    return family


def _taxonomy(value: bytes) -> TaxonomyVersion:
    taxonomy = TaxonomyVersion.model_validate_json(value)
    technologies = taxonomy.technologies
    if len(technologies) > RATED_TECHNOLOGIES_MAX:
        raise FactError(f"expected at most {RATED_TECHNOLOGIES_MAX} technologies, got {len(technologies)}")
    characters = sum(len(technology.id) for technology in technologies)
    if characters > RATED_TECHNOLOGY_CHARACTERS_MAX:
        raise FactError(
            f"expected ids of technologies of at most {RATED_TECHNOLOGY_CHARACTERS_MAX} characters in all, "
            f"got {characters}"
        )
    Taxonomy.compile(taxonomy)
    return taxonomy


def _watchlist(value: bytes) -> Watchlist:
    watchlist = Watchlist.model_validate_json(value)
    if watchlist.watchlist_id.startswith(RESERVED_ID_PREFIX):
        raise FactError(f"got id {watchlist.watchlist_id!r}: {RESERVED_ID_PREFIX} begins those of portfolios")
    return watchlist


def _portfolio(value: bytes) -> PortfolioEntries | Judgement:
    record = PORTFOLIO_RECORD.validate_json(value)
    if isinstance(record, PortfolioEntries):
        _check_names(entry.name for entry in record.entries)
    return record


def _check_scope(title: str | None) -> None:
    """Refuse lists of other programmes (P-24)."""
    if title:
        verdict = check_title(title)
        if not verdict.in_scope:
            raise FactError(f"the list is out of scope: {verdict.reason}", Refusal.OUT_OF_SCOPE)


def _check_names(names: Iterable[str]) -> None:
    for name in names:
        if not normal_form(name):
            raise FactError(f"expected a company name, got {name!r}: nothing is left of it in normal form")


def _described(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)
    texts = [
        f"{'.'.join(map(str, problem['loc'])) or 'record'}: {plain_fault(problem)}" for problem in problems
    ]
    more = len(texts) - _PROBLEMS_SHOWN_MAX
    return "; ".join(texts[:_PROBLEMS_SHOWN_MAX]) + (f"; and {more} more" if more > 0 else "")


_READERS: Final[Mapping[str, Callable[[bytes], BaseModel]]] = {
    ANNOUNCEMENTS: _announcement,
    REVIEWS: _review,
    NAMES: NAME_RECORD.validate_json,
    RECORDS: _record,
    FAMILIES: _family,
    TAXONOMIES: _taxonomy,
    WATCHLISTS: _watchlist,
    PORTFOLIOS: _portfolio,
    SCREENINGS: ScreeningRun.model_validate_json,
    DAYS: Day.model_validate_json,
}
