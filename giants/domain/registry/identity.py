"""Which names are one company (N-02, N-06 to N-10, N-14): nodes, and the facts that unite them.

A *node* is `~` and the identity key of a name, so that corporate forms and listing differences are one by
rule. Where two names of one key stand in one list they are two companies after all, and every name of
that key is a node of its own: `=` and the normal form. Nodes are united by renames and corrections alone,
never by likeness, and never so that two names of one list come together.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

from giants.domain.names import SimilarCharacters, check_correction
from schemas.facts import Correction, Rename

Link = Rename | Correction
COMPANY_ID_DIGITS: Final = 16
OTHERWISE_ABSENT: Final = "otherwise_absent"
# A company is renamed a handful of times; hundreds of names are an error of an importer, or an attack.
NODES_OF_COMPANY_MAX: Final = 500


class NodeView(Protocol):
    """What the lists say of nodes."""

    def node_of(self, name: str) -> str:
        """The node of a name."""
        ...

    def lists_of(self, node: str) -> AbstractSet[str]:
        """Keys of the lists that name a node."""
        ...

    def batches_of(self, node: str) -> AbstractSet[int]:
        """Batches whose designation lists name a node."""
        ...


def company_id(node: str) -> str:
    """The id of the company whose earliest designation stands under a node."""
    return f"lg-{sha256(node.encode()).hexdigest()[:COMPANY_ID_DIGITS]}"


def link_ref(link: Link) -> str:
    """`record_id@revision`."""
    return f"{link.record_id}@{link.revision}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rename or correction that unites nothing, and why."""

    link: Link
    problem: str


@dataclass(frozen=True, slots=True)
class Union:
    """Groups of nodes, each sorted, with the links that hold; and the links that don't."""

    groups: tuple[tuple[str, ...], ...]
    accepted: tuple[Link, ...]
    refused: tuple[Refusal, ...]


@dataclass(slots=True, eq=False)
class _Group:
    nodes: set[str]
    lists: set[str] = field(default_factory=set)


def unite(nodes: Iterable[str], links: Iterable[Link], view: NodeView, similar: SimilarCharacters) -> Union:
    """Unite nodes by their links, official and early ones first, so that the outcome has no order.

    `nodes` must hold every node that the links name.
    """
    groups = {node: _Group({node}) for node in nodes}
    accepted: list[Link] = []
    refused: list[Refusal] = []
    for link in sorted(links, key=_link_order):
        one, other = groups[view.node_of(link.old_name)], groups[view.node_of(link.new_name)]
        for group in (one, other):
            if not group.lists:
                group.lists.update(*(view.lists_of(node) for node in group.nodes))
        problem = _problem(link, view, similar) or _meeting(one, other)
        if problem:
            refused.append(Refusal(link, problem))
            continue
        accepted.append(link)
        if one is not other:
            one.nodes |= other.nodes
            one.lists |= other.lists
            groups.update(dict.fromkeys(other.nodes, one))
    distinct = {id(group): group for group in groups.values()}
    return Union(
        tuple(sorted(tuple(sorted(group.nodes)) for group in distinct.values())),
        tuple(accepted),
        tuple(refused),
    )


def _problem(link: Link, view: NodeView, similar: SimilarCharacters) -> str | None:
    """Why a link is refused by itself: conditions of a correction that fail (N-02)."""
    if isinstance(link, Rename):
        return None
    evidence = link.evidence
    verdict = check_correction(
        link.old_name,
        link.new_name,
        evidence.not_found_under_original,
        evidence.confirmed_little_giant,
        similar,
    )
    if not verdict.accepted:
        return verdict.explanation()
    # In all batches: a name that a list has is a company of its own, in whichever batch it was designated.
    old, new = view.node_of(link.old_name), view.node_of(link.new_name)
    own = view.batches_of(new) if old != new else frozenset()
    if own:
        return f"conditions that fail: {OTHERWISE_ABSENT}; batch {min(own)} names {link.new_name}"
    return None


def _meeting(one: _Group, other: _Group) -> str | None:
    """Two names of one list are two companies, and so is all that is one with them (N-14)."""
    if one is other:
        return None
    nodes = len(one.nodes) + len(other.nodes)
    if nodes > NODES_OF_COMPANY_MAX:
        return f"the company would have {nodes} names, expected at most {NODES_OF_COMPANY_MAX}"
    shared = one.lists & other.lists
    return f"both stand in one list: {min(shared)}" if shared else None


def _link_order(link: Link) -> tuple[int, bool, str, str]:
    effective_on = link.effective_on.isoformat() if isinstance(link, Rename) else ""
    return link.source.source_class.rank, isinstance(link, Correction), effective_on, link.record_id
