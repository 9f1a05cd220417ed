"""The fold over the programme log: what one fact changes, found without looking at the rest.

The state is a function of the *set* of facts in force, whatever order they came in (design invariant 1):
a fact is added, the names, companies and questions that it bears on are computed anew, and what differs
from what was last said is announced. `giants.domain.registry.oracle` computes the same from the set alone.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from giants.domain.lifecycle import StatusHistory, Transition, status_history
from giants.domain.names import SimilarCharacters, default_similar_characters, normal_form
from giants.domain.registry import checks
from giants.domain.registry.agenda import Agenda, Inquiry
from giants.domain.registry.book import (
    Acceptance,
    FactBook,
    IdentifiedFact,
    Identity,
    contested,
    identity,
    without_backfill,
)
from giants.domain.registry.calendar import Calendar, Now, is_plausible
from giants.domain.registry.chain import (
    Chain,
    Life,
    Link,
    State,
    Trigger,
    message_of,
    message_of_unknown,
)
from giants.domain.registry.directory import SOLE, Directory
from giants.domain.registry.dossier import Dossier, gather_groups
from giants.domain.registry.findings import Finding, FindingBook
from giants.domain.registry.identity import Union, unite
from giants.domain.registry.index import NameFact, NameIndex
from giants.domain.registry.ledger import Ledger
from giants.domain.registry.list_news import ListBook, ListNews
from giants.domain.registry.list_summary import AppliedList
from giants.domain.registry.lists import ListFact, read_list
from giants.domain.registry.notes import NOTES_OF_COMPANY_MAX, Noteboard, NoteFact, id_keys
from giants.domain.registry.outcome import Outcome, Place
from giants.domain.registry.proof import Question, period_of
from giants.domain.registry.roles import CompanyParts, company_parts
from giants.domain.registry.snapshot import snapshot_of
from schemas.changes import Cause, CompanySnapshot, ListSnapshot, StatusChange
from schemas.facts import (
    Announcement,
    Correction,
    Day,
    EnglishIdentity,
    LinkRecord,
    OwnershipRecord,
    ProgrammeFact,
    Rename,
    Review,
    TagRecord,
)

# The programme goes round once a year: what is older than the last round and half of one is history.
OLD_NEWS_AFTER: Final = timedelta(days=548)


@dataclass(frozen=True, slots=True)
class _Company:
    """A company as it was last announced; its message is made of these when it is needed."""

    dossier: Dossier
    standing: StatusHistory
    notes: tuple[NoteFact, ...] = ()

    @property
    def life(self) -> Life:
        return Life(self.dossier, self.standing, self.notes)

    def snapshot(self) -> CompanySnapshot:
        return snapshot_of(self.dossier, self.standing, self.notes)


@dataclass(slots=True)
class RegistryDiff:
    """What one fact changed, before it is put into messages: companies by id with new links."""

    removed: list[tuple[str, _Company, list[Link]]] = field(default_factory=list)
    changed: list[tuple[str, _Company, list[Link]]] = field(default_factory=list)
    assignments: dict[str, str | None] = field(default_factory=dict)
    lists: ListNews = field(default_factory=lambda: ListNews({}, ()))


class Registry:
    """The fold. Deterministic: it depends on nothing but the facts applied, in their order."""

    def __init__(self, similar: SimilarCharacters | None = None) -> None:
        self._similar = similar or default_similar_characters()
        self._calendar = Calendar()
        self._applied: dict[Identity, ListFact] = {}
        self._book = FactBook()
        self._index = NameIndex()
        self._ledger = Ledger()
        self._lists = ListBook(self._ledger)
        self._agenda = Agenda()
        self._directory = Directory()
        self._ids = Directory()
        self._notes = Noteboard()
        self._findings = FindingBook()
        self._companies: dict[str, _Company] = {}
        self._owners: dict[str, str] = {}  # company id by normal form
        self._chains: dict[str, Chain] = {}
        self.is_quiet = False  # a rebuild is under way: nothing is announced

    def apply(self, fact: ProgrammeFact, place: Place) -> Outcome:
        """Fold one fact; a fact that is known or outdated changes nothing."""
        place = replace(place, backfill=place.backfill or self._is_old_news(fact))
        today = self._calendar.now.today
        diff = self._fold(fact, place)
        snapshots: dict[str, CompanySnapshot | None] = {}
        changes: list[StatusChange] = []
        for id_, company, links in diff.removed:
            snapshots[id_] = None
            changes += (message_of(link, company.snapshot(), place) for link in links)
        for id_, company, links in diff.changed:
            snapshot = snapshots[id_] = company.snapshot()
            changes += (message_of(link, snapshot, place) for link in links)
        return Outcome(
            snapshots,
            tuple(changes),
            diff.assignments,
            *self._findings.moved(),
            backfill=place.backfill,
            today=self._calendar.now.today,
            day_moved=self._calendar.now.today != today,
            lists=diff.lists.snapshots,
            list_changes=diff.lists.changes,
        )

    def replay(self, fact: ProgrammeFact, place: Place) -> Outcome:
        """Fold one fact again in silence: the state after it is as after `apply`, at half the cost.

        The outcome tells of findings alone.
        """
        self._fold(fact, place)
        return Outcome({}, (), {}, *self._findings.moved())

    def resume_chain(self, company_id: str, seq: int, state: State | None) -> None:
        """Let the chain of a company go on after what was said in an epoch before."""
        self._chains.setdefault(company_id, Chain()).resume(seq, state)

    def resume_list(self, list_id: str, seq: int) -> None:
        """Let the news of a list go on after what was said in an epoch before."""
        self._lists.resume(list_id, seq)

    def end_rebuild(self, trigger: Trigger) -> Outcome:
        """Announce again, and first what differs from what was said last."""
        self.is_quiet = False
        snapshots: dict[str, CompanySnapshot | None] = {}
        changes: list[StatusChange] = []
        for id_, chain in sorted(self._chains.items()):
            company = self._companies.get(id_)
            links = chain.recalculated(company.life if company else None, trigger)
            if links:
                snapshot = snapshots[id_] = company.snapshot() if company else None
                changes += (
                    message_of(link, snapshot, trigger.place)
                    if snapshot is not None
                    else message_of_unknown(id_, link, trigger.place)
                    for link in links
                )
        today = self._calendar.now.today
        return Outcome(snapshots, tuple(changes), {}, (), backfill=trigger.place.backfill, today=today)

    def _is_old_news(self, fact: ProgrammeFact) -> bool:
        """Whether a fact says so, or is dated so far behind today that nobody is to be alerted."""
        if not isinstance(fact, Announcement | Review | NameFact):
            return False
        today = self._calendar.now.today
        if fact.backfill or today is None:
            return fact.backfill
        if isinstance(fact, Announcement | Review):
            # A revision of a list that is in force is news whenever the list was published.
            return identity(fact) not in self._applied and fact.published_on < today - OLD_NEWS_AFTER
        return isinstance(fact, Rename) and fact.effective_on < today - OLD_NEWS_AFTER

    def snapshots(self) -> dict[str, CompanySnapshot]:
        """All present companies by id, sorted."""
        return {id_: company.snapshot() for id_, company in sorted(self._companies.items())}

    def has_had(self, company_id: str) -> bool:
        """Whether there is or was such a company."""
        return company_id in self._chains

    def snapshot(self, company_id: str) -> CompanySnapshot | None:
        """A company as it was last announced; None where there is none of that id, or none any more."""
        company = self._companies.get(company_id)
        return company.snapshot() if company else None

    def list_snapshots(self) -> dict[str, ListSnapshot]:
        """All lists that count, by id, sorted."""
        return self._lists.snapshots()

    def has_had_list(self, list_id: str) -> bool:
        """Whether there is or was such a list."""
        return self._lists.has_had(list_id)

    def list_snapshot(self, list_id: str) -> ListSnapshot | None:
        """A list as it was last announced; None where no revision of it counts."""
        return self._lists.snapshot(list_id)

    def assignments(self) -> dict[str, str]:
        """The company id of every lookup key in force, sorted."""
        return self._directory.assignments

    def findings(self) -> tuple[Finding, ...]:
        """Findings in force, sorted."""
        return self._findings.in_force()

    def as_of(self, company_id: str, day: date) -> Transition | None:
        """The status on a day by the facts known now; None before the first designation, or for no id."""
        company = self._companies.get(company_id)
        return company.standing.on(day) if company else None

    def _fold(self, fact: ProgrammeFact, place: Place) -> RegistryDiff:
        before = self._calendar.now
        forms: set[str] = set()
        questions: set[Question] = set()
        lists: set[Identity] = set()
        if isinstance(fact, Day):
            if not self._calendar.take_day(fact):
                return RegistryDiff()
        else:
            acceptance = self._accept(fact)
            if isinstance(fact, Announcement | Review):
                lists.add(identity(fact))
            elif acceptance is None or acceptance.current is acceptance.previous:
                return RegistryDiff()
            else:
                forms |= self._record(acceptance)
        if before != self._calendar.now:
            lists |= self._lists_moved(before)
        self._check_days()
        for key in lists:
            of_list, asked = self._apply_list(key)
            forms |= of_list
            questions |= asked
        removed, after = self._regroup(forms)
        for company_id in self._affected(questions, before) - removed:
            after.setdefault(company_id, self._companies[company_id].dossier)
        return self._settle(removed, after, _trigger(fact, place))

    def _accept(self, fact: IdentifiedFact) -> Acceptance | None:
        fact = without_backfill(fact)
        acceptance = self._book.accept(fact)
        if acceptance is not None:
            fights = [contested(fact)] if acceptance.is_contested else []
            self._findings.put(f"revision {identity(fact)}", fights)
            if isinstance(acceptance.current, Announcement | Review):
                previous = acceptance.previous
                was = previous.published_on if isinstance(previous, Announcement | Review) else None
                self._calendar.replace_date(was, acceptance.current.published_on)
        return acceptance

    def _lists_moved(self, before: Now) -> set[Identity]:
        """Lists that may apply or not, or be dated after today or not, now that the calendar has moved."""
        now = self._calendar.now
        days = [before.horizon, now.horizon, before.today or date.min, now.today or date.min]
        return self._book.lists_dated_after(min(days))

    def _check_days(self) -> None:
        implausible = self._calendar.implausible_days()
        self._findings.put("days", [checks.check_day(day) for day in implausible])

    def _affected(self, questions: Iterable[Question], before: Now) -> set[str]:
        """Companies for which an answer or the day has moved."""
        now = self._calendar.now
        affected = {id_ for question in questions for id_ in self._agenda.askers(question)}
        if now.today != before.today:
            if now.today is not None and (before.today is None or now.today > before.today):
                affected |= self._agenda.woken_by(now.today)
            else:  # a day was withdrawn: whatever it moved moves back
                affected |= self._companies.keys()
        return affected

    def _apply_list(self, key: Identity) -> tuple[set[str], set[Question]]:
        """Let the newest revision whose date can be count; the names and the answers that this may move."""
        revisions = self._book.revisions(key)
        now = self._calendar.now
        wanted = next((fact for fact in revisions if is_plausible(fact.published_on, now)), None)
        previous = self._applied.get(key)
        self._findings.put(f"date {key}", checks.check_dates(revisions[0], wanted, now))
        if wanted is previous:
            return set(), set()
        if wanted is None:
            del self._applied[key]
        else:
            self._applied[key] = wanted
        return self._record_list(wanted, previous)

    def _record(self, acceptance: Acceptance) -> set[str]:
        """Put a record in place of its predecessor; the names that this may move."""
        current, previous = acceptance.current, acceptance.previous
        if isinstance(current, TagRecord | LinkRecord | OwnershipRecord):
            self._notes.put(current)
            return set()
        forms: set[str] = set()
        if isinstance(current, NameFact):
            if previous is not None:
                forms |= self._index.drop_record(current.record_id)
            self._findings.put(f"record {current.record_id}", [])
            forms |= self._index.put_record(current)
        return forms

    def _record_list(
        self, current: ListFact | None, previous: ListFact | None
    ) -> tuple[set[str], set[Question]]:
        new, mentions = read_list(current) if current else (None, ())
        old = read_list(previous)[0] if previous else None
        periods = {period for one in (old, new) if one and (period := period_of(one))}
        answers = {
            question: self._ledger.ask(question)
            for period in periods
            for question in self._agenda.questions(period)
        }
        forms: set[str] = set()
        self._lists.replace(
            AppliedList(previous, old) if previous and old else None,
            AppliedList(current, new) if current and new else None,
        )
        if old is not None:
            self._ledger.drop(old)
            forms |= self._index.drop_list(old.key)
            self._findings.put(f"list {old.key}", [])
        if new is not None and current is not None:
            self._ledger.put(new)
            forms |= self._index.put_list(new, mentions)
            self._findings.put(f"list {new.key}", checks.check_list(current))
        for period in periods:
            self._findings.put(
                f"period {period}", checks.check_period(period, self._ledger.contradiction(period))
            )
        return forms, {question for question, known in answers.items() if self._ledger.ask(question) != known}

    def _regroup(self, touched: Iterable[str]) -> tuple[set[str], dict[str, Dossier]]:
        """Group the names around those touched anew: company ids that held them, and dossiers that do now."""
        forms = self._connected(touched)
        before = {self._owners.pop(form) for form in forms if form in self._owners}
        known = [form for form in forms if self._index.card(form)]
        records = self._index.records_of(known)
        links = [record for record in records if not isinstance(record, EnglishIdentity)]
        nodes = {self._index.node_of_form(form) for form in known}
        union = unite(nodes, links, self._index, self._similar)
        dossiers = gather_groups(
            union, self._index.forms_of, self._index.mentions_of, records, self._index.node_of
        )
        for dossier in dossiers:
            self._owners.update(dict.fromkeys(dossier.forms, dossier.company_id))
        self._check_names(forms, records, union)
        return before, {dossier.company_id: dossier for dossier in dossiers}

    def _connected(self, touched: Iterable[str]) -> set[str]:
        """The names whose companies can change: those touched, and all that hang together with them."""
        found: set[str] = set()
        todo = list(touched)
        while todo:
            form = todo.pop()
            if form in found:
                continue
            found.add(form)
            if (owner := self._owners.get(form)) is not None:
                todo += self._companies[owner].dossier.forms
            todo += self._index.connected(form)
        return found

    def _check_names(self, forms: Iterable[str], records: Iterable[NameFact], union: Union) -> None:
        for form in forms:
            card = self._index.card(form) if form not in self._owners else None
            mentions = [mention for of_list in card.mentions.values() for mention in of_list] if card else []
            self._findings.put(f"name {form}", checks.check_stray_name(mentions))
        refusals = {refusal.link.record_id: checks.check_refusal(refusal) for refusal in union.refused}
        for record in records:
            finding = refusals.get(record.record_id)
            if isinstance(record, EnglishIdentity) and normal_form(record.name) not in self._owners:
                finding = checks.check_stray_record(record)
            self._findings.put(f"record {record.record_id}", [finding] if finding else [])

    def _settle(self, before: set[str], after: dict[str, Dossier], trigger: Trigger) -> RegistryDiff:
        """Let companies stand anew and tell what changed; `before` are ids that may be gone."""
        diff = RegistryDiff()
        for company_id in sorted(before - after.keys()):
            company = self._remove(company_id)
            merged_into = self._owners.get(company.dossier.root_form)
            chain = self._chains[company_id]
            if self.is_quiet:
                chain.adopt(None)
            links = [] if self.is_quiet else chain.end(merged_into, trigger)
            diff.removed.append((company_id, company, links))
        known: dict[str, _Company | None] = {id_: self._companies.get(id_) for id_ in after}
        for dossier in after.values():
            self._walk_lifecycle(dossier)
        for key in self._directory.touched:
            self._findings.put(f"key {key}", checks.check_english_key(key, self._directory.claims(key)))
        diff.assignments.update(self._directory.settle())
        known = self._settle_notes(diff.assignments) | known
        for company_id in sorted(known):
            company = self._companies[company_id]
            if company != known[company_id]:
                chain = self._chains.setdefault(company_id, Chain())
                if self.is_quiet:
                    chain.adopt(company.life)
                links = [] if self.is_quiet else chain.follow(company.life, trigger)
                diff.changed.append((company_id, company, links))
        diff.lists = self._lists.settle(trigger, is_quiet=self.is_quiet)
        return diff

    def _settle_notes(self, assignments: Iterable[str]) -> dict[str, _Company | None]:
        """Put tags and links to the companies that names and ids lead to now.

        `assignments` are lookup keys that changed hands. Gives the companies whose notes may have moved, as
        they were before.
        """
        self._notes.touch(assignments)
        self._notes.touch(self._ids.settle())
        settled = self._notes.settle(lambda key: self._directory.holder(key) or self._ids.holder(key))
        for record_id, stray in settled.strays.items():
            self._findings.put(f"note {record_id}", [checks.check_stray_note(stray)] if stray else [])
        before: dict[str, _Company | None] = {}
        for company_id in sorted(settled.companies):
            notes = self._notes.of(company_id)
            self._findings.put(f"notes {company_id}", checks.check_notes(company_id, notes))
            if (company := self._companies.get(company_id)) is not None:
                before[company_id] = company
                self._companies[company_id] = replace(company, notes=notes[:NOTES_OF_COMPANY_MAX])
        return before

    def _walk_lifecycle(self, dossier: Dossier) -> None:
        """Look at a company as of today, and note when it has to be looked at again."""
        id_ = dossier.company_id
        inquiry = Inquiry(self._ledger)
        standing = status_history(dossier.facts, inquiry, self._calendar.now.today)
        self._agenda.note(id_, inquiry.asked, standing.wakes_on)
        known = self._companies.get(id_)
        self._claim(id_, known.dossier if known else None, dossier)
        self._findings.put(f"company {id_}", checks.check_company(dossier, standing))
        self._lists.count(id_, company_parts(dossier, standing))
        self._companies[id_] = _Company(dossier, standing, known.notes if known else ())

    def _remove(self, company_id: str) -> _Company:
        company = self._companies.pop(company_id)
        self._agenda.forget(company_id)
        self._lists.count(company_id, CompanyParts())
        self._claim(company_id, company.dossier, None)
        self._findings.put(f"company {company_id}", [])
        return company

    def _claim(self, company_id: str, before: Dossier | None, after: Dossier | None) -> None:
        old, new = (one.claims if one else () for one in (before, after))
        if old != new:
            self._directory.claim(company_id, old, new)
        old, new = (tuple((key, SOLE) for key in sorted(id_keys(one))) for one in (before, after))
        if old != new:
            self._ids.claim(company_id, old, new)


def _trigger(fact: ProgrammeFact, place: Place) -> Trigger:
    """A fact as a cause; a name record without a date takes that of its arrival."""
    match fact:
        case Day():
            return Trigger(Cause(kind="day", ref=fact.day.isoformat()), fact.day, place)
        case Announcement():
            return Trigger(
                Cause(kind=fact.kind, ref=f"{fact.list_id}@{fact.revision}"), fact.published_on, place
            )
        case Review():
            return Trigger(
                Cause(kind="review", ref=f"{fact.list_id}@{fact.revision}"), fact.published_on, place
            )
        case Rename() | Correction() | EnglishIdentity():
            on = fact.effective_on if isinstance(fact, Rename) else place.at.date()
            return Trigger(Cause(kind=fact.kind, ref=f"{fact.record_id}@{fact.revision}"), on, place)
        case TagRecord() | LinkRecord() | OwnershipRecord():
            return Trigger(Cause(kind=fact.kind, ref=f"{fact.record_id}@{fact.revision}"), fact.on, place)
