"""Is a new version of a schema safe for the programs that were written against the old one?

Within a version fields may be added, never removed or renamed (design §3). For an input this means that every
document that was accepted still is; for an output, that every document that is sent could have been sent
before, apart from new fields, new values of a vocabulary, and new kinds of record where there are several
already: those consumers pass over.
"""

from collections.abc import Iterator
from typing import Any

from schemas.documents import Document, Role

_UPPER_LIMITS = ("maxLength", "maxItems", "maximum", "maxProperties")
_LOWER_LIMITS = ("minLength", "minItems", "minimum", "minProperties")
_UNIONS = ("anyOf", "oneOf")
_RECORD = "object"


def incompatibilities(old: Document, new: Document, role: Role) -> list[str]:
    """What would break, one sentence each, with the place in the document; empty where nothing does."""
    return list(_Comparison(old, new, role).at(old, new, "$", frozenset()))


class _Comparison:
    """Walks two schemas side by side, following references."""

    def __init__(self, old: Document, new: Document, role: Role) -> None:
        self._old, self._new, self._role = old, new, role

    def at(self, old: Any, new: Any, path: str, seen: frozenset[str]) -> Iterator[str]:
        """Differences of two nodes; `seen` holds the references on the way, against recursive models."""
        reference = old.get("$ref", "")
        if reference and reference in seen:
            return
        seen |= {reference} if reference else set()
        old, new = _resolved(old, self._old), _resolved(new, self._new)
        old_kinds, new_kinds = _kinds(old, self._old), _kinds(new, self._new)
        lost, gained = sorted(old_kinds - new_kinds), sorted(new_kinds - old_kinds)
        if self._role is Role.INPUT and lost:
            yield f"{path}: no longer takes {', '.join(lost)}"
        if self._role is Role.OUTPUT and any(map(_is_record, old_kinds)):
            gained = [kind for kind in gained if not _is_record(kind)]
        if self._role is Role.OUTPUT and gained:
            yield f"{path}: may now be {', '.join(gained)}"
        values = _values(old) - _values(new) if _values(new) else set()
        if values:
            yield f"{path}: lost the values {', '.join(sorted(values))}"
        if self._role is Role.INPUT:
            yield from _narrowed(old, new, path)
        yield from self._fields(old, new, path, seen)
        yield from self._inside(old, new, path, seen)

    def _fields(self, old: Document, new: Document, path: str, seen: frozenset[str]) -> Iterator[str]:
        old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
        required_before, required_now = set(old.get("required", ())), set(new.get("required", ()))
        for name, field in old_fields.items():
            if name not in new_fields:
                yield f"{path}.{name}: removed"
            else:
                yield from self.at(field, new_fields[name], f"{path}.{name}", seen)
        if self._role is Role.INPUT:
            for name in sorted(required_now - required_before):
                yield f"{path}.{name}: has become required"
        else:
            for name in sorted((required_before - required_now) & set(new_fields)):
                yield f"{path}.{name}: may now be absent"

    def _inside(self, old: Document, new: Document, path: str, seen: frozenset[str]) -> Iterator[str]:
        """Items of arrays, values of maps, and the members of unions."""
        for word in ("items", "additionalProperties"):
            if isinstance(old.get(word), dict) and isinstance(new.get(word), dict):
                yield from self.at(old[word], new[word], f"{path}[]", seen)
        old_members, new_members = _members(old, self._old), _members(new, self._new)
        for kind in old_members.keys() & new_members.keys():
            yield from self.at(old_members[kind], new_members[kind], path, seen)


def _resolved(node: Document, root: Document) -> Document:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].removeprefix("#/$defs/")]
    return node


def _members(node: Document, root: Document) -> dict[str, Document]:
    """Members of a union by what tells them apart: the discriminating constant, the name, or the type."""
    members = [_resolved(member, root) for word in _UNIONS for member in node.get(word, ())]
    kinds = [_kind(member) for member in members]
    several = kinds.count(_RECORD) > 1
    return {
        f"{_RECORD} {member['title']}" if several and kind == _RECORD and "title" in member else kind: member
        for kind, member in zip(kinds, members, strict=True)
    }


def _is_record(kind: str) -> bool:
    """Whether a kind is that of one of several records."""
    return kind.startswith(f"{_RECORD} ")


def _kinds(node: Document, root: Document) -> set[str]:
    members = _members(node, root)
    return set(members) or {_kind(node)}


def _kind(node: Document) -> str:
    constant = node.get("properties", {}).get("kind", {}).get("const")
    if constant is not None:
        return f"object of kind {constant}"
    return str(node.get("type", "anything"))


def _values(node: Document) -> set[str]:
    return {str(value) for value in node.get("enum", ())} or (
        {str(node["const"])} if "const" in node else set()
    )


def _narrowed(old: Document, new: Document, path: str) -> Iterator[str]:
    for word in _UPPER_LIMITS:
        if word in new and new[word] < old.get(word, float("inf")):
            yield f"{path}: {word} shrank from {old.get(word, 'no limit')} to {new[word]}"
    for word in _LOWER_LIMITS:
        if word in new and new[word] > old.get(word, float("-inf")):
            yield f"{path}: {word} grew from {old.get(word, 'no limit')} to {new[word]}"
    if new.get("pattern") is not None and new.get("pattern") != old.get("pattern"):
        yield f"{path}: pattern changed from {old.get('pattern', 'none')} to {new['pattern']}"
