"""Every name that the facts carry, by normal form: who mentions it, and which node it is."""

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Final

from giants.domain.names import identity_key, normal_form
from giants.domain.registry.lists import Mention, ProgrammeList, Word
from schemas.facts import Correction, EnglishIdentity, Rename

NameFact = Rename | Correction | EnglishIdentity
BY_KEY: Final = "~"
BY_FORM: Final = "="


@dataclass(slots=True, eq=False)
class NameCard:
    """One normal form: the mentions of it by list, and the ids of the name records that carry it."""

    form: str
    key: str
    mentions: dict[str, tuple[Mention, ...]] = field(default_factory=dict)
    records: set[str] = field(default_factory=set)


def names_of(record: NameFact) -> tuple[str, ...]:
    """The Chinese names that a record carries."""
    if isinstance(record, EnglishIdentity):
        return (record.name,)
    return record.old_name, record.new_name


def forms_of_record(record: NameFact) -> frozenset[str]:
    """The normal forms of the names of a record; none where nothing is left of one of them."""
    forms = frozenset(normal_form(name) for name in names_of(record))
    return forms if all(forms) else frozenset()


class NameIndex:
    """Names, their nodes, and what carries them; kept up to date as lists and records come and go.

    A key is *split* while some list holds two of its names: those are two companies (design §2.3).
    """

    def __init__(self) -> None:
        self._cards: dict[str, NameCard] = {}
        self._forms_by_key: dict[str, set[str]] = {}
        self._splitting_lists: dict[str, set[str]] = {}
        self._mentions: dict[str, dict[str, tuple[Mention, ...]]] = {}
        self._records: dict[str, NameFact] = {}

    def put_list(self, source: ProgrammeList, mentions: Iterable[Mention]) -> set[str]:
        """Add a list; the forms whose mentions or nodes changed."""
        by_form: dict[str, list[Mention]] = {}
        for mention in mentions:
            by_form.setdefault(mention.form, []).append(mention)
        self._mentions[source.key] = {
            form: tuple(sorted(of_form, key=lambda mention: mention.order))
            for form, of_form in by_form.items()
        }
        for form, of_form in self._mentions[source.key].items():
            self._card(form).mentions[source.key] = of_form
        return set(by_form) | self._split(source.key, by_form)

    def drop_list(self, key: str) -> set[str]:
        """Take a list away; the forms whose mentions or nodes changed."""
        forms = self._mentions.pop(key)
        for form in forms:
            del self._cards[form].mentions[key]
        changed = set(forms) | self._heal(key, forms)
        self._forget_unused(forms)
        return changed

    def put_record(self, record: NameFact) -> set[str]:
        """Add a record; the forms that it carries."""
        self._records[record.record_id] = record
        forms = forms_of_record(record)
        for form in forms:
            self._card(form).records.add(record.record_id)
        return set(forms)

    def drop_record(self, record_id: str) -> set[str]:
        """Take a record away; the forms that it carried."""
        forms = forms_of_record(self._records.pop(record_id))
        for form in forms:
            self._cards[form].records.discard(record_id)
        self._forget_unused(forms)
        return set(forms)

    def connected(self, form: str) -> Iterator[str]:
        """The forms of its node, and those that records name together with it."""
        card = self._cards.get(form)
        if card is not None:
            yield from self.forms_of(self.node_of_form(form))
            for record_id in card.records:
                yield from forms_of_record(self._records[record_id])

    def records_of(self, forms: Iterable[str]) -> list[NameFact]:
        """Records that carry any of some forms, by id."""
        ids = {id_ for form in forms if (card := self._cards.get(form)) for id_ in card.records}
        return [self._records[id_] for id_ in sorted(ids)]

    def card(self, form: str) -> NameCard | None:
        """What is known of a form."""
        return self._cards.get(form)

    def node_of_form(self, form: str) -> str:
        """The node of a normal form."""
        card = self._cards.get(form)
        key = card.key if card else identity_key(form)
        return BY_FORM + form if key in self._splitting_lists else BY_KEY + key

    def forms_of(self, node: str) -> Iterator[str]:
        """The known normal forms of a node."""
        if node.startswith(BY_FORM):
            yield node.removeprefix(BY_FORM)
        else:
            yield from self._forms_by_key.get(node.removeprefix(BY_KEY), ())

    def mentions_of(self, node: str) -> Iterator[Mention]:
        """All mentions of the names of a node."""
        for form in self.forms_of(node):
            if (card := self._cards.get(form)) is not None:
                for of_list in card.mentions.values():
                    yield from of_list

    def node_of(self, name: str) -> str:
        """The node of a name."""
        return self.node_of_form(normal_form(name))

    def lists_of(self, node: str) -> AbstractSet[str]:
        """Keys of the lists that name a node."""
        return {mention.source.key for mention in self.mentions_of(node)}

    def batches_of(self, node: str) -> AbstractSet[int]:
        """Batches whose designation lists name a node."""
        return {
            mention.source.batch
            for mention in self.mentions_of(node)
            if mention.word is Word.DESIGNATED and mention.source.batch is not None
        }

    def _card(self, form: str) -> NameCard:
        card = self._cards.get(form)
        if card is None:
            card = self._cards[form] = NameCard(form, identity_key(form))
            self._forms_by_key.setdefault(card.key, set()).add(form)
        return card

    def _forget_unused(self, forms: Iterable[str]) -> None:
        for form in forms:
            card = self._cards[form]
            if not card.mentions and not card.records:
                del self._cards[form]
                of_key = self._forms_by_key[card.key]
                of_key.discard(form)
                if not of_key:
                    del self._forms_by_key[card.key]

    def _split(self, list_key: str, forms: Iterable[str]) -> set[str]:
        """Note the keys of which a list holds two names; the forms whose node changed."""
        changed: set[str] = set()
        seen: set[str] = set()
        for form in forms:
            key = self._cards[form].key
            if key in seen:
                lists = self._splitting_lists.setdefault(key, set())
                if not lists:
                    changed |= self._forms_by_key[key]
                lists.add(list_key)
            seen.add(key)
        return changed

    def _heal(self, list_key: str, forms: Iterable[str]) -> set[str]:
        """Forget what a list split; the forms whose node changed."""
        changed: set[str] = set()
        for key in {self._cards[form].key for form in forms}:
            lists = self._splitting_lists.get(key)
            if lists is not None and list_key in lists:
                lists.discard(list_key)
                if not lists:
                    del self._splitting_lists[key]
                    changed |= self._forms_by_key[key]
        return changed
