"""What analysts add to a company, as snapshots and changes carry it: tags, links, ownership."""

from datetime import date

from schemas.base import Message, Source
from schemas.codes import Category, OutsideRecord, OwnershipRole


class CompanyTag(Message):
    """A category that an analyst put the company in; never inferred from anything (A-00, A-07)."""

    record_id: str
    ref: str
    category: Category
    evidence: str
    url: str | None
    author: str
    on: date


class CompanyLink(Message):
    """A record of others about the company, as a fact says; never inferred from anything (K-01)."""

    record_id: str
    ref: str
    record: OutsideRecord
    title: str
    url: str
    source: Source
    on: date


class CompanyOwnership(Message):
    """What a source names the company as, seen from another one; no rating and no match follows from it.

    The company is the `role` of `other`, whose id is `other_id` where the programme knows it.
    `share_percent` is the part of the capital that the owner of the two holds.
    """

    record_id: str
    ref: str
    role: OwnershipRole
    other: str
    other_id: str | None
    share_percent: float | None
    title: str | None
    url: str
    source: Source
    on: date
