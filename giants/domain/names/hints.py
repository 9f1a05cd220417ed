"""Hints of names: what they suggest, with the names as evidence. A hint merges and links nothing (N-14).

They depend on the names of a company alone, and are never part of a rating.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import msgspec

from giants.domain.data_files import data_file
from giants.domain.names.forms import identity_key, name_parts
from giants.domain.names.groups import group_hints
from giants.domain.names.normal import NORMAL_FORM_CACHE_ENTRIES
from schemas.changes import NameUse
from schemas.codes import SignalKind

_JOINT_STOCK: Final = frozenset({"股份有限公司", "股份有限责任公司", "股份公司"})
_LIMITED: Final = frozenset({"有限公司", "有限责任公司", "责任有限公司"})


class TokenSeen(msgspec.Struct, frozen=True, gc=False):
    """A token in a name; see `schemas.signals`."""

    token: str
    group: str
    reading: str
    source: str
    url: str
    name: str
    ref: str
    came_by_rename: bool


class GroupToken(msgspec.Struct, frozen=True, tag_field="signal", tag=SignalKind.GROUP_NAME.value):
    """A name begins with a token of a group; see `schemas.signals`."""

    tokens: tuple[TokenSeen, ...]


class JointStockForm(
    msgspec.Struct, frozen=True, gc=False, tag_field="signal", tag=SignalKind.JOINT_STOCK_FORM.value
):
    """A limited company became a joint-stock company; see `schemas.signals`."""

    name_before: str
    ref_before: str
    name: str
    ref: str
    since: date | None


class ClusterPlace(
    msgspec.Struct, frozen=True, gc=False, tag_field="signal", tag=SignalKind.CLUSTER_PLACE.value
):
    """A name says the place of a cluster; see `schemas.signals`."""

    cluster: str
    words: tuple[str, ...]
    source: str
    name: str
    ref: str


NameHint = GroupToken | JointStockForm | ClusterPlace


@dataclass(frozen=True, slots=True)
class Cluster:
    """A place that a source calls a cluster of Little Giants, by the words that say it in a name."""

    words: tuple[str, ...]
    cluster: str
    source: str


CLUSTERS: Final = msgspec.convert(data_file("clusters.toml")["clusters"], tuple[Cluster, ...])


def name_hints(current: str, names: Sequence[NameUse]) -> tuple[NameHint, ...]:
    """What the names of a company hint at; `current` is the one that it bears now."""
    found = (_group_token(names), _joint_stock(current, names), _cluster(names))
    return tuple(hint for hint in found if hint is not None)


def _group_token(names: Sequence[NameUse]) -> GroupToken | None:
    seen = tuple(
        TokenSeen(
            hint.token.token,
            hint.token.group,
            hint.token.reading.value,
            hint.token.source,
            hint.token.url,
            hint.use.name,
            hint.use.ref,
            hint.came_by_rename,
        )
        for hint in group_hints(names)
    )
    return GroupToken(seen) if seen else None


def _joint_stock(current: str, names: Sequence[NameUse]) -> JointStockForm | None:
    """A conversion: the same body in a limited form came before, as far as days are known (N-09).

    A name that came by a rename may have another body: the rename says that it is the same company.
    """
    if name_parts(current).form not in _JOINT_STOCK:
        return None
    now = next((use for use in names if use.name == current), None)
    if now is None:
        return None
    for before in names:
        is_same = now.cause == "rename" or identity_key(before.name) == identity_key(current)
        if name_parts(before.name).form in _LIMITED and is_same and _is_earlier(before, now):
            return JointStockForm(before.name, before.ref, now.name, now.ref, now.since)
    return None


def _is_earlier(before: NameUse, now: NameUse) -> bool:
    if now.cause == "rename":
        return True
    return before.since is not None and now.since is not None and before.since < now.since


def _cluster(names: Sequence[NameUse]) -> ClusterPlace | None:
    for use in names:
        cluster = _cluster_of(use.name)
        if cluster is not None:
            return ClusterPlace(cluster.cluster, cluster.words, cluster.source, use.name, use.ref)
    return None


@lru_cache(maxsize=NORMAL_FORM_CACHE_ENTRIES)
def _cluster_of(name: str) -> Cluster | None:
    """The cluster whose words begin the name, one after another: 南京江宁…, not 南京某江宁…."""
    body = name_parts(name).bare_body
    return next((one for one in CLUSTERS if body.startswith("".join(one.words))), None)
