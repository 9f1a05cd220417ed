"""Facts in few words, for tests."""

from collections.abc import Iterable
from datetime import UTC, date, datetime

from giants.domain.registry import Outcome, Place, Registry
from schemas.base import AuthorityCode, Source, SourceClass, Stage
from schemas.changes import CompanySnapshot
from schemas.codes import Category, OutsideRecord, OwnershipRole
from schemas.facts import (
    Announcement,
    AnnouncementKind,
    Correction,
    CorrectionEvidence,
    Day,
    EnglishIdentity,
    Entry,
    Failed,
    FailureReason,
    LinkRecord,
    OwnershipRecord,
    Passed,
    ProgrammeFact,
    Rename,
    Review,
    TagRecord,
)

PLACE = Place(datetime(2026, 1, 5, 12, tzinfo=UTC))
MIIT, AUTHORITY, SUPPLEMENTARY = SourceClass.MIIT, SourceClass.AUTHORITY, SourceClass.SUPPLEMENTARY


def designation(
    list_id: str,
    batch: int,
    *names: str,
    on: str | None = None,
    authority: str | None = None,
    stage: Stage = Stage.FINAL,
    complete: bool = False,
    source: SourceClass = AUTHORITY,
    revision: int = 1,
    expected: int | None = None,
) -> Announcement:
    """A designation list, by default of July of its year."""
    return Announcement(
        list_id=list_id,
        revision=revision,
        kind=AnnouncementKind.DESIGNATION,
        batch=batch,
        stage=stage,
        published_on=date.fromisoformat(on or f"{2018 + batch}-07-01"),
        authority=AuthorityCode(authority) if authority else None,
        complete=complete,
        expected_count=expected,
        source=Source(source_class=source),
        entries=tuple(Entry(name=name) for name in names),
    )


def notice(
    list_id: str, batch: int, *names: str, on: str | None = None, authority: str | None = None
) -> Announcement:
    """The public notice of a designation list."""
    return designation(list_id, batch, *names, on=on, authority=authority, stage=Stage.PUBLIC_NOTICE)


def special(
    kind: AnnouncementKind, list_id: str, *names: str, on: str, reason: str | None = None
) -> Announcement:
    """A revocation or elevation list."""
    return Announcement(
        list_id=list_id,
        kind=kind,
        published_on=date.fromisoformat(on),
        source=Source(source_class=MIIT),
        entries=tuple(Entry(name=name, reason=reason) for name in names),
    )


def review(
    list_id: str,
    year: int,
    *passed: str,
    on: str | None = None,
    authority: str | None = None,
    complete: bool = True,
    failed: Iterable[tuple[str, FailureReason | None]] = (),
    stage: Stage = Stage.FINAL,
    source: SourceClass = AUTHORITY,
    revision: int = 1,
) -> Review:
    """A review list, by default of October of its year."""
    return Review(
        list_id=list_id,
        revision=revision,
        review_year=year,
        stage=stage,
        published_on=date.fromisoformat(on or f"{year}-10-20"),
        authority=AuthorityCode(authority) if authority else None,
        complete=complete,
        source=Source(source_class=source),
        passed=tuple(Passed(name=name) for name in passed),
        failed=tuple(Failed(name=name, reason=reason) for name, reason in failed),
    )


def rename(record_id: str, old: str, new: str, on: str = "2025-03-01", revision: int = 1) -> Rename:
    """A change of name."""
    return Rename(
        kind="rename",
        record_id=record_id,
        revision=revision,
        old_name=old,
        new_name=new,
        effective_on=date.fromisoformat(on),
        source=Source(source_class=MIIT),
    )


def correction(
    record_id: str, old: str, new: str, *, not_found: bool = True, confirmed: bool = True
) -> Correction:
    """A transcription correction."""
    return Correction(
        kind="correction",
        record_id=record_id,
        old_name=old,
        new_name=new,
        evidence=CorrectionEvidence(not_found_under_original=not_found, confirmed_little_giant=confirmed),
        source=Source(source_class=SUPPLEMENTARY),
    )


def english(record_id: str, name: str, *names_en: str) -> EnglishIdentity:
    """English names of a company."""
    return EnglishIdentity(
        kind="english",
        record_id=record_id,
        name=name,
        english_names=names_en,
        source=Source(source_class=SUPPLEMENTARY),
    )


def tag(
    record_id: str,
    company: str,
    category: Category = Category.DISCOVERY,
    *,
    evidence: str = "supplies the navy, says its annual report",
    on: str = "2025-11-03",
    revision: int = 1,
    withdrawn: bool = False,
) -> TagRecord:
    """A category that an analyst puts a company in."""
    return TagRecord(
        kind="tag",
        record_id=record_id,
        revision=revision,
        company=company,
        category=category,
        evidence=evidence,
        author="desk-a",
        on=date.fromisoformat(on),
        withdrawn=withdrawn,
    )


def outside_link(
    record_id: str, company: str, *, on: str = "2025-11-04", revision: int = 1, withdrawn: bool = False
) -> LinkRecord:
    """A record of others about a company."""
    return LinkRecord(
        kind="link",
        record_id=record_id,
        revision=revision,
        company=company,
        record=OutsideRecord.ENTITY_LIST,
        title="An entry of a list of entities",
        url="https://records.example/entities/1",
        source=Source(source_class=SUPPLEMENTARY, publisher="A registry"),
        on=date.fromisoformat(on),
        withdrawn=withdrawn,
    )


def ownership(
    record_id: str,
    company: str,
    other: str,
    role: OwnershipRole = OwnershipRole.SUBSIDIARY,
    *,
    share_percent: float | None = 51,
    on: str = "2025-11-05",
    revision: int = 1,
    withdrawn: bool = False,
) -> OwnershipRecord:
    """A source that names one company as subsidiary of another."""
    return OwnershipRecord(
        kind="ownership",
        record_id=record_id,
        revision=revision,
        company=company,
        role=role,
        other=other,
        share_percent=share_percent,
        title="Annual report 2024, page 88",
        url="https://records.example/reports/2024",
        source=Source(source_class=SUPPLEMENTARY, publisher="An exchange"),
        on=date.fromisoformat(on),
        withdrawn=withdrawn,
    )


def day(iso: str) -> Day:
    """A day."""
    return Day(day=date.fromisoformat(iso))


class Told:
    """A registry that has been told some facts, and what it said."""

    def __init__(self, *facts: ProgrammeFact) -> None:
        self.registry = Registry()
        self.outcomes: list[Outcome] = []
        self.tell(*facts)

    def tell(self, *facts: ProgrammeFact) -> Outcome:
        """Tell more; the outcome of the last fact."""
        self.outcomes += [self.registry.apply(fact, PLACE) for fact in facts]
        return self.outcomes[-1]

    def company(self, name: str) -> CompanySnapshot:
        """The company that has a name."""
        return next(one for one in self.companies if name in {use.name for use in one.names})

    @property
    def companies(self) -> list[CompanySnapshot]:
        """All companies."""
        return list(self.registry.snapshots().values())

    def codes(self) -> list[str]:
        """Codes of the findings in force."""
        return [finding.code.value for finding in self.registry.findings()]


def kinds(outcome: Outcome) -> list[str]:
    """Kinds of the changes of an outcome."""
    return [change.kind.value for change in outcome.changes]
