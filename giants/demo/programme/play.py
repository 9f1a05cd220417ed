"""A programme played year by year: lists in both stages, reviews, renames, misprints, English names."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from random import Random
from typing import Final

from giants.demo.programme.figures import (
    DESIGNATED,
    LAST_NATIONAL_BATCH,
    PASSED,
    PUBLISHED_ON,
    REVIEWED,
    SHARES,
    scaled,
)
from giants.demo.programme.firms import LIMITED, Firm, FirmMaker
from giants.domain.authorities import AUTHORITIES
from schemas.base import AuthorityCode, Source, SourceClass, Stage
from schemas.facts import (
    Announcement,
    AnnouncementKind,
    Correction,
    CorrectionEvidence,
    Day,
    EnglishIdentity,
    Entry,
    Passed,
    ProgrammeFact,
    Rename,
    Review,
)

FIRST_YEAR: Final = 2019
LAST_YEAR: Final = 2025
# Shares of companies, each year, whose name or corporate form changes.
RENAMED_SHARE: Final = 0.008
CONVERTED_SHARE: Final = 0.03
RENAMING_DAYS: Final = 120
# Shares of appearances on lists.
CITY_SIGN_LEFT_OUT_SHARE: Final = 0.3
SPACED_SHARE: Final = 0.01
# Of the companies that lost their title in earlier years, those that a batch designates again.
RENOMINATED_SHARE: Final = 0.15
ELEVATED_SHARE: Final = 0.004
# Names that a public notice has and the final list has not.
WITHDRAWN_SHARE: Final = 0.005
# Names that a scan of one national list got wrong, and when they are put right.
MISPRINTS: Final = 5
MISPRINTED_BATCH: Final = 2
CORRECTION_DAYS: Final = 60
# Authorities whose public notices of the last year stand beside their final lists, and how much earlier.
NOTICED_AUTHORITIES: Final = 12
NOTICE_DAYS: Final = 35
# The authorities publish within so many days.
SPREAD_DAYS: Final = 20
ENGLISH_DAYS: Final = 30

MINISTRY: Final = "工业和信息化部"
_ORDINALS: Final = "一二三四五六七八九十"
_MIIT: Final = Source(source_class=SourceClass.MIIT, publisher=MINISTRY)
_SUPPLEMENTARY: Final = Source(source_class=SourceClass.SUPPLEMENTARY)
_NOTICED: Final = frozenset(tuple(SHARES)[:NOTICED_AUTHORITIES])
_BY_CODE: Final = {authority.code: authority for authority in AUTHORITIES}

Dated = tuple[date, ProgrammeFact]


def programme(seed: int, scale: float = 1.0, *, english_share: float = 0.25) -> Iterator[ProgrammeFact]:
    """The facts of a programme from 2019 to the end of 2025, in the order of their dates.

    `scale` 1.0 has the published cohorts: 19,444 designations on some 300 lists; 0.1 a tenth of them. The
    same seed gives the same facts. Days are among the facts: each new year, and 31 December 2025.
    `english_share` is the share of companies whose English names are known.
    """
    return _Play(Random(seed), scale, english_share).facts()


@dataclass(slots=True)
class _Play:
    """The programme on its way; firms are held as they are called at the time."""

    random: Random
    scale: float
    english_share: float
    maker: FirmMaker = field(init=False)
    cohorts: dict[int, list[Firm]] = field(default_factory=dict)
    lapsed: list[Firm] = field(default_factory=list)
    elevated: set[int] = field(default_factory=set)
    records: int = 0

    def __post_init__(self) -> None:
        self.maker = FirmMaker(self.random)

    def facts(self) -> Iterator[ProgrammeFact]:
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            yield Day(day=date(year, 1, 1))
            for _, fact in sorted(self._year(year), key=lambda dated: dated[0]):
                yield fact
        yield Day(day=date(LAST_YEAR, 12, 31))

    def _year(self, year: int) -> Iterator[Dated]:
        batch = year - FIRST_YEAR + 1
        lapsed_before = list(self.lapsed)
        yield from self._change_names(year)
        passed = self._review(year)
        designated = self.cohorts[batch] = self._designate(batch, lapsed_before)
        if batch <= LAST_NATIONAL_BATCH:
            yield from self._national_list(batch, designated)
        else:
            yield from self._lists_of_authorities(batch, designated)
        if passed:
            yield from self._reviews_of_authorities(year, batch, passed)
            yield self._elevation(year)
        yield from self._english(designated, PUBLISHED_ON[batch] + timedelta(days=ENGLISH_DAYS))

    def _change_names(self, year: int) -> Iterator[Dated]:
        """Before the lists of a year some companies have changed their form, and a few their name."""
        for cohort in self.cohorts.values():
            for position, firm in enumerate(cohort):
                luck = self.random.random()
                if luck < RENAMED_SHARE:
                    cohort[position] = self.maker.rename(firm)
                    on = date(year, 1, 10) + timedelta(days=self.random.randrange(RENAMING_DAYS))
                    yield on, self._rename(firm.name, cohort[position].name, on)
                elif luck < RENAMED_SHARE + CONVERTED_SHARE and firm.form == LIMITED:
                    cohort[position] = firm.as_joint_stock()

    def _rename(self, old_name: str, new_name: str, on: date) -> Rename:
        return Rename(
            kind="rename",
            record_id=self._record_id(),
            old_name=old_name,
            new_name=new_name,
            effective_on=on,
            source=_MIIT,
        )

    def _review(self, year: int) -> list[Firm]:
        """Those of the due cohorts that pass, all who were elevated among them; the others lapse."""
        due = [firm for batch in REVIEWED.get(year, ()) for firm in self.cohorts[batch]]
        if not due:
            return []
        elevated = [firm for firm in due if firm.number in self.elevated]
        others = [firm for firm in due if firm.number not in self.elevated]
        passed = [*elevated, *self.random.sample(others, self._passing(year, len(due)) - len(elevated))]
        numbers = {firm.number for firm in passed}
        for batch in REVIEWED[year]:
            self.cohorts[batch] = [firm for firm in self.cohorts[batch] if firm.number in numbers]
        self.lapsed += [firm for firm in due if firm.number not in numbers]
        return passed

    def _passing(self, year: int, due: int) -> int:
        """How many pass: the published share of those due."""
        published_due = sum(
            DESIGNATED[batch] if FIRST_YEAR + batch + 2 == year else PASSED[year - 3]
            for batch in REVIEWED[year]
        )
        return round(due * PASSED[year] / published_due)

    def _designate(self, batch: int, lapsed_before: Sequence[Firm]) -> list[Firm]:
        """New companies, and some that had lost their title in an earlier year (S-03)."""
        count = scaled(DESIGNATED[batch], self.scale)
        again = self.random.sample(
            lapsed_before, min(count // 2, int(len(lapsed_before) * RENOMINATED_SHARE))
        )
        numbers = {firm.number for firm in again}
        self.lapsed = [firm for firm in self.lapsed if firm.number not in numbers]
        return [*again, *(self.maker.make() for _ in range(count - len(again)))]

    def _national_list(self, batch: int, designated: Sequence[Firm]) -> Iterator[Dated]:
        on = PUBLISHED_ON[batch]
        misprints = self._misprints(designated) if batch == MISPRINTED_BATCH else {}
        yield (
            on,
            Announcement(
                list_id=f"{on.year}-b{batch}",
                kind=AnnouncementKind.DESIGNATION,
                batch=batch,
                published_on=on,
                complete=True,
                expected_count=len(designated),
                source=_MIIT.model_copy(update={"title": _title(batch)}),
                entries=self._entries(designated, misprints),
            ),
        )
        for firm in designated:
            if firm.number in misprints:
                yield (
                    on + timedelta(days=CORRECTION_DAYS),
                    Correction(
                        kind="correction",
                        record_id=self._record_id(),
                        old_name=misprints[firm.number],
                        new_name=firm.name,
                        evidence=CorrectionEvidence(
                            not_found_under_original=True, confirmed_little_giant=True
                        ),
                        source=_SUPPLEMENTARY,
                    ),
                )

    def _misprints(self, designated: Iterable[Firm]) -> dict[int, str]:
        count = scaled(MISPRINTS, self.scale)
        misread = ((firm.number, name) for firm in designated if (name := firm.misread()))
        return dict(islice(misread, count))

    def _lists_of_authorities(self, batch: int, designated: Iterable[Firm]) -> Iterator[Dated]:
        year = PUBLISHED_ON[batch].year
        for code, firms in _by_authority(designated):
            on = self._published_on(batch)
            final = Announcement(
                list_id=f"{year}-b{batch}-{code.lower()}-final",
                kind=AnnouncementKind.DESIGNATION,
                batch=batch,
                published_on=on,
                authority=code,
                complete=True,
                expected_count=len(firms),
                source=_source(code, _title(batch)),
                entries=self._entries(firms, {}),
            )
            if year == LAST_YEAR and code in _NOTICED:
                struck_out = [self.maker.make(code) for _ in range(int(len(firms) * WITHDRAWN_SHARE))]
                listed = [*firms, *struck_out]
                notice = {
                    "list_id": f"{year}-b{batch}-{code.lower()}-notice",
                    "stage": Stage.PUBLIC_NOTICE,
                    "published_on": on - timedelta(days=NOTICE_DAYS),
                    "expected_count": len(listed),
                    "entries": self._entries(listed, {}),
                }
                yield on - timedelta(days=NOTICE_DAYS), final.model_copy(update=notice)
            yield on, final

    def _reviews_of_authorities(self, year: int, batch: int, passed: Iterable[Firm]) -> Iterator[Dated]:
        for code, firms in _by_authority(passed):
            on = self._published_on(batch)
            final = Review(
                list_id=f"{year}-review-{code.lower()}",
                review_year=year,
                published_on=on,
                authority=code,
                complete=True,
                expected_count=len(firms),
                source=_source(code, f"{year}年专精特新“小巨人”企业复核通过名单"),
                passed=tuple(Passed(name=self._printed(firm)) for firm in firms),
            )
            if year == LAST_YEAR and code in _NOTICED:
                notice = {
                    "list_id": f"{final.list_id}-notice",
                    "stage": Stage.PUBLIC_NOTICE,
                    "published_on": on - timedelta(days=NOTICE_DAYS),
                }
                yield on - timedelta(days=NOTICE_DAYS), final.model_copy(update=notice)
            yield on, final

    def _elevation(self, year: int) -> Dated:
        """Single champions among the Little Giants (S-13)."""
        firms = [firm for cohort in self.cohorts.values() for firm in cohort]
        chosen = self.random.sample(firms, scaled(len(firms), ELEVATED_SHARE))
        self.elevated |= {firm.number for firm in chosen}
        on = date(year, 11, 20)
        return on, Announcement(
            list_id=f"{year}-single-champions",
            kind=AnnouncementKind.ELEVATION,
            published_on=on,
            source=_MIIT.model_copy(update={"title": "制造业单项冠军企业名单"}),
            entries=tuple(Entry(name=firm.name) for firm in chosen),
        )

    def _english(self, firms: Iterable[Firm], on: date) -> Iterator[Dated]:
        for firm in firms:
            if self.random.random() < self.english_share:
                yield (
                    on,
                    EnglishIdentity(
                        kind="english",
                        record_id=f"english-{on.year}-{firm.number}",
                        name=firm.name,
                        english_names=(firm.name_en,),
                        source=_SUPPLEMENTARY,
                    ),
                )

    def _entries(self, firms: Iterable[Firm], misprints: Mapping[int, str]) -> tuple[Entry, ...]:
        return tuple(
            Entry(seq=seq, name=misprints.get(firm.number) or self._printed(firm))
            for seq, firm in enumerate(firms, 1)
        )

    def _printed(self, firm: Firm) -> str:
        """The name as a list prints it: now and then without 市, or with stray spaces (N-10)."""
        leaves_out = firm.has_city_sign and self.random.random() < CITY_SIGN_LEFT_OUT_SHARE
        name = firm.named(with_city_sign=False) if leaves_out else firm.name
        return name.replace(firm.form, f" {firm.form}") if self.random.random() < SPACED_SHARE else name

    def _published_on(self, batch: int) -> date:
        return PUBLISHED_ON[batch] + timedelta(days=self.random.randrange(SPREAD_DAYS))

    def _record_id(self) -> str:
        self.records += 1
        return f"name-{self.records}"


def _by_authority(firms: Iterable[Firm]) -> list[tuple[AuthorityCode, list[Firm]]]:
    """Every authority with its companies; one without any announces a confirmed zero (P-13)."""
    of_authority: dict[AuthorityCode, list[Firm]] = {code: [] for code in AuthorityCode}
    for firm in firms:
        of_authority[firm.authority].append(firm)
    return list(of_authority.items())


def _title(batch: int) -> str:
    return f"第{_ORDINALS[batch - 1]}批专精特新“小巨人”企业名单"


def _source(code: AuthorityCode, title: str) -> Source:
    authority = _BY_CODE[code]
    return Source(
        source_class=SourceClass.AUTHORITY,
        publisher=authority.name_zh,
        title=f"{authority.jurisdiction_zh}{title}",
    )
