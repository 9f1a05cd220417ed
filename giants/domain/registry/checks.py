"""Which findings the facts give: pure functions, so that the fold and the batch report the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from giants.domain.lifecycle import StatusHistory
from giants.domain.names.english_key import ENGLISH_SIGN, SPELLED_SIGN
from giants.domain.registry.calendar import AHEAD_MAX, Now, is_to_come
from giants.domain.registry.directory import Claim, holder_of
from giants.domain.registry.dossier import Dossier
from giants.domain.registry.findings import Finding, FindingCode, Severity
from giants.domain.registry.identity import Refusal, link_ref
from giants.domain.registry.lists import ListFact, Mention, count_names
from giants.domain.registry.notes import NOTES_OF_COMPANY_MAX, NoteFact, OwnershipNote, note_about, note_ref
from giants.domain.registry.proof import Contradiction, Period
from schemas.facts import EnglishIdentity, LinkRecord, Rename, TagRecord

NAMES_LISTED_MAX = 5


def check_list(fact: ListFact) -> Iterator[Finding]:
    """A list that says how many names it holds, and holds another number; rows that were not read (D-05)."""
    proves_nothing = "; it proves no absence although it says that it is complete" if fact.complete else ""
    ref = f"{fact.list_id}@{fact.revision}"
    count = count_names(fact)
    if fact.expected_count is not None and fact.expected_count != count:
        yield Finding(
            FindingCode.COUNT_MISMATCH,
            Severity.WARNING,
            fact.list_id,
            f"expected {fact.expected_count} names, got {count}{proves_nothing}",
            ref,
        )
    if fact.unread_rows:
        yield Finding(
            FindingCode.UNREAD_ROWS,
            Severity.WARNING,
            fact.list_id,
            f"{fact.unread_rows} rows were rejected or not read with certainty{proves_nothing}",
            ref,
        )


def check_dates(newest: ListFact, applied: ListFact | None, now: Now) -> Iterator[Finding]:
    """A list dated so far ahead that it is not applied, or after today (D-05).

    `newest` is its highest revision, `applied` the one that counts; None where none does.
    """
    if newest is not applied:
        kept = f"revision {applied.revision} stays in force" if applied else "no revision of it is in force"
        yield Finding(
            FindingCode.IMPLAUSIBLE_DATE,
            Severity.ERROR,
            newest.list_id,
            f"published on {newest.published_on}, over {AHEAD_MAX.days} days after all else that is known: "
            f"not applied, {kept}; publish a revision with the right date",
            f"{newest.list_id}@{newest.revision}",
        )
    elif is_to_come(newest.published_on, now):
        yield Finding(
            FindingCode.DATE_TO_COME,
            Severity.WARNING,
            newest.list_id,
            f"published on {newest.published_on}, still to come; if that is wrong, publish a revision",
            f"{newest.list_id}@{newest.revision}",
        )


def check_day(day: date) -> Finding:
    """A day that cannot be: the clock of the worker that published it is wrong (D-05)."""
    return Finding(
        FindingCode.IMPLAUSIBLE_DAY,
        Severity.ERROR,
        day.isoformat(),
        f"began over {AHEAD_MAX.days} days after all else that is known, and is not applied: set the clock "
        f"of the worker, and withdraw the day (`giants days withdraw {day}`)",
        day.isoformat(),
    )


def check_period(period: Period, contradiction: Contradiction | None) -> Iterator[Finding]:
    """Lists of a batch or a review year that do not add up to the total that is known (S-17, D-05)."""
    if contradiction is not None:
        yield Finding(
            FindingCode.TOTAL_MISMATCH,
            Severity.WARNING,
            f"{period.act} {period.number}",
            f"{contradiction.detail}; none of these lists proves an absence",
            contradiction.ref,
        )


def check_refusal(refusal: Refusal) -> Finding:
    """A rename or correction that unites nothing."""
    link = refusal.link
    return Finding(
        FindingCode.RENAME_REFUSED if isinstance(link, Rename) else FindingCode.CORRECTION_REFUSED,
        Severity.WARNING,
        f"{link.old_name} → {link.new_name}",
        refusal.problem,
        link_ref(link),
    )


def check_stray_name(mentions: Iterable[Mention]) -> Iterator[Finding]:
    """A name of no company on lists: it waits for a designation, or for the rename that explains it."""
    ordered = sorted(mentions, key=lambda mention: mention.order)
    if ordered:
        words = ", ".join(sorted({mention.word for mention in ordered}))
        lists = len({mention.source.key for mention in ordered})
        yield Finding(
            FindingCode.UNKNOWN_COMPANY,
            Severity.WARNING,
            ordered[0].name,
            f"stands on {lists} list(s) ({words}), and no list designates it under any name",
            ordered[0].source.evidence.ref,
        )


def check_stray_record(record: EnglishIdentity) -> Finding:
    """English names of no company."""
    return Finding(
        FindingCode.UNKNOWN_COMPANY,
        Severity.INFO,
        record.name,
        "has English names, and no list designates it under any name",
        f"{record.record_id}@{record.revision}",
    )


def check_stray_note(fact: NoteFact) -> Finding:
    """A tag or link of nobody: it waits for its company, or for the name to be told apart (A-00, K-01)."""
    match fact:
        case TagRecord():
            what = f"has a tag ({note_about(fact)})"
        case LinkRecord():
            what = f"has a link ({note_about(fact)})"
        case OwnershipNote():
            what = f"is named as {fact.role.value} of {fact.other}"
    nobody = "either of them" if isinstance(fact, OwnershipNote) else "it"
    return Finding(
        FindingCode.UNKNOWN_COMPANY,
        Severity.WARNING,
        fact.company,
        f"{what}, and no one company is found under {nobody}",
        note_ref(fact),
    )


def check_notes(company_id: str, facts: Sequence[NoteFact]) -> Iterator[Finding]:
    """More tags and links than a snapshot holds; `facts` are all of the company, newest first."""
    if len(facts) > NOTES_OF_COMPANY_MAX:
        yield Finding(
            FindingCode.TOO_MANY_RECORDS,
            Severity.WARNING,
            company_id,
            f"expected at most {NOTES_OF_COMPANY_MAX} tags, links and records of ownership, "
            f"got {len(facts)}; the oldest are left",
            note_ref(facts[NOTES_OF_COMPANY_MAX]),
        )


def check_company(dossier: Dossier, standing: StatusHistory) -> Iterator[Finding]:
    """What lists say of a company and what was not followed (D-04, S-05)."""
    for dispute in standing.disputes:
        if dispute.is_not_due:
            yield Finding(
                FindingCode.REVIEW_NOT_DUE,
                Severity.INFO,
                dossier.company_id,
                f"{dispute.about}: passed, and by the facts known no review was due",
                dispute.set_aside,
            )
        else:
            yield Finding(
                FindingCode.CONTRADICTION,
                Severity.WARNING,
                dossier.company_id,
                f"{dispute.about}: {dispute.kept} stands, {dispute.set_aside} is set aside",
                dispute.set_aside,
            )


def check_english_key(key: str, claims: Mapping[str, Claim]) -> Iterator[Finding]:
    """An English name that several companies bear: who keeps the families, said of each of them (D-07).

    Every key with spaces has one without, so what two names share is told once, of the latter.
    """
    if len(claims) < 2 or " " in key or key.startswith(SPELLED_SIGN):
        return
    named = sorted(claims)[:NAMES_LISTED_MAX]
    holder = holder_of(claims)
    whose = (
        "both bear it since the same day, so that its families go to none of them"
        if holder is None
        else f"its families go to {holder}, which had it first; those of an exact spelling to whom it is"
    )
    for company_id in named:
        yield Finding(
            FindingCode.ENGLISH_NAME_AMBIGUOUS,
            Severity.WARNING,
            company_id,
            f"{len(claims)} companies bear the English name {key.removeprefix(ENGLISH_SIGN)!r} "
            f"({', '.join(named)}): {whose}",
            named[0],
        )
