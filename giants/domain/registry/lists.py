"""Lists as the registry reads them: what a list is, and which names it mentions."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from giants.domain.lifecycle import Evidence
from giants.domain.names import normal_form
from schemas.base import AuthorityCode, Stage
from schemas.facts import Announcement, AnnouncementKind, Review

ListFact = Announcement | Review


class Word(StrEnum):
    """What a list says of a name."""

    DESIGNATED = "designation"
    PASSED = "passed"
    FAILED = "failed"
    REVOKED = "revocation"
    ELEVATED = "elevation"


_WORD_OF_KIND = {
    AnnouncementKind.DESIGNATION: Word.DESIGNATED,
    AnnouncementKind.REVOCATION: Word.REVOKED,
    AnnouncementKind.ELEVATION: Word.ELEVATED,
}


@dataclass(frozen=True, slots=True, eq=False)
class ProgrammeList:
    """One list without its names; `key` tells announcements and reviews of one id apart.

    `batch` is set for designations and `review_year` for reviews. `count` is the number of different names
    (of a review: that passed), `mentioned` that of all its names, `total` what the list says of its whole
    batch or review year. `doubt` says why it proves no absence although it claims to be complete; None where
    nothing speaks against it.
    """

    key: str
    list_id: str
    evidence: Evidence
    authority: AuthorityCode | None
    complete: bool
    batch: int | None = None
    review_year: int | None = None
    count: int = 0
    mentioned: int = 0
    total: int | None = None
    doubt: str | None = None

    @property
    def is_final(self) -> bool:
        """Whether it is the final list, not the public notice."""
        return self.evidence.stage is Stage.FINAL

    @property
    def proves_absence(self) -> bool:
        """Whether whom it lacks is absent, as far as the list itself can tell (S-17)."""
        return self.complete and self.doubt is None


@dataclass(frozen=True, slots=True, eq=False)
class Mention:
    """One name on one list; `form` is the normal form of the name as printed."""

    source: ProgrammeList
    word: Word
    name: str
    form: str
    name_en: str | None = None
    uscc: str | None = None
    reason: str | None = None

    @property
    def order(self) -> tuple[str, str, str, str, str, str]:
        """A total order of mentions, so that nothing depends on the order of arrival."""
        evidence = self.source.evidence
        return (
            evidence.on.isoformat(),
            self.source.key,
            self.word,
            self.form,
            self.name,
            "|".join((self.name_en or "", self.uscc or "", self.reason or "")),
        )


def list_key(fact: ListFact) -> str:
    """The key of a list among all lists."""
    return f"{'review' if isinstance(fact, Review) else 'announcement'}/{fact.list_id}"


def read_list(fact: ListFact) -> tuple[ProgrammeList, tuple[Mention, ...]]:
    """A list and its mentions; a name of which no normal form is left is passed over."""
    count = count_names(fact)
    programme_list = ProgrammeList(
        key=list_key(fact),
        list_id=fact.list_id,
        evidence=Evidence(
            fact.source.source_class, fact.stage, fact.published_on, f"{fact.list_id}@{fact.revision}"
        ),
        authority=fact.authority,
        complete=fact.complete,
        batch=(
            fact.batch
            if isinstance(fact, Announcement) and fact.kind is AnnouncementKind.DESIGNATION
            else None
        ),
        review_year=fact.review_year if isinstance(fact, Review) else None,
        count=count,
        mentioned=_count_mentioned(fact),
        total=fact.round_total if isinstance(fact, Review) else fact.batch_total,
        doubt=_doubt(fact, count),
    )
    return programme_list, tuple(mention for mention in _mentions(fact, programme_list) if mention.form)


def count_names(fact: ListFact) -> int:
    """How many different names a list holds; of a review those that passed."""
    names = fact.passed if isinstance(fact, Review) else fact.entries
    return len({normal_form(one.name) for one in names})


def _count_mentioned(fact: ListFact) -> int:
    if isinstance(fact, Announcement):
        return count_names(fact)
    names = [*(one.name for one in fact.passed), *(one.name for one in fact.failed)]
    return len({normal_form(name) for name in names})


def _doubt(fact: ListFact, count: int) -> str | None:
    """Why a list that contradicts itself is not the whole list (S-17, design §2.2)."""
    if fact.expected_count is not None and fact.expected_count != count:
        return f"expected {fact.expected_count} names, got {count}"
    if fact.unread_rows:
        return f"{fact.unread_rows} rows were rejected or not read with certainty"
    return None


def _mentions(fact: ListFact, source: ProgrammeList) -> Iterator[Mention]:
    if isinstance(fact, Review):
        for passed in fact.passed:
            yield Mention(source, Word.PASSED, passed.name, normal_form(passed.name))
        for failed in fact.failed:
            reason = failed.reason.value if failed.reason else None
            yield Mention(source, Word.FAILED, failed.name, normal_form(failed.name), reason=reason)
        return
    word = _WORD_OF_KIND[fact.kind]
    for entry in fact.entries:
        yield Mention(
            source, word, entry.name, normal_form(entry.name), entry.name_en, entry.uscc, entry.reason
        )
