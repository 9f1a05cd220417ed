"""Companies as entities of FollowTheMoney, JSON lines: what screening and investigation tools load.

A designation is a participation in a project, the batch, with the list that says so; it is no sanction, and
gives no topic. A topic is given only where a recorded fact names the entry of an export control list. Who
owns whom is a link with its source, as a record says it. Every value is on record: readings and ratings are
not exported.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, Final

import orjson

from giants.domain.authorities import AUTHORITY_BY_CODE
from giants.store.client import Database
from giants.store.queries.dashboard_documents import Document, documents
from giants.store.queries.snapshot import companies_after
from schemas.base import Stage
from schemas.changes import CompanySnapshot, Designation
from schemas.codes import OutsideRecord, OwnershipRole, Status
from schemas.notes import CompanyOwnership

DATASET: Final = "little-giants"
PROGRAM: Final = "专精特新小巨人企业 · Little Giant enterprises"
PROGRAM_ID: Final = "CN-MIIT-LITTLE-GIANTS"
COMPANIES_READ_MAX: Final = 500
_NAMED_ID_DIGITS: Final = 16
_TOPIC_OF: Final[Mapping[OutsideRecord, str]] = {OutsideRecord.ENTITY_LIST: "export.control"}

Entity = dict[str, Any]


def ftm_entities(database: Database) -> Iterator[bytes]:
    """All companies and batches, one entity a line, in pieces."""
    batches: set[int] = set()
    after: str | None = ""
    while after is not None:
        page, after = companies_after(database, after, COMPANIES_READ_MAX)
        companies = [whole.company for whole in page]
        sources = documents(database, {one.ref for company in companies for one in company.designations})
        batches.update(one.batch for company in companies for one in company.designations)
        yield b"".join(map(_line, _entities(companies, sources)))
    yield b"".join(_line(_batch(number)) for number in sorted(batches))


def _entities(companies: Iterable[CompanySnapshot], sources: Mapping[str, Document]) -> Iterator[Entity]:
    for company in companies:
        yield company_entity(company)
        for designation in company.designations:
            yield _participation(company, designation, sources.get(designation.ref))
        for one in company.ownership:
            yield from _ownership(company.company_id, one)


def company_entity(company: CompanySnapshot) -> Entity:
    """A company: names now and before, codes, standing in words, and records of others."""
    former = {use.name for use in company.names} - {company.name}
    english = dict.fromkeys((*([company.name_en] if company.name_en else []), *company.names_en))
    nominated = [f"Nominated by {AUTHORITY_BY_CODE[company.authority].name_en}"] if company.authority else []
    records = [(_TOPIC_OF[link.record], link.url) for link in company.links if link.record in _TOPIC_OF]
    return _entity(
        company.company_id,
        "Company",
        name=[company.name, *list(english)[:1]],
        alias=list(english)[1:],
        previousName=sorted(former),
        uscCode=[company.uscc] if company.uscc else [],
        country=["cn"],
        jurisdiction=["cn"],
        programId=[PROGRAM_ID],
        keywords=[f"Little Giant batch {batch}" for batch in company.batches],
        status=[company.status.value],
        summary=[f"Little Giant: {company.status.value} ({company.sub_state.value}) since {company.since}"],
        notes=[*nominated, *(f"Caveat: {caveat.value}" for caveat in company.caveats)],
        topics=sorted({topic for topic, _ in records}),
        riskSource=sorted({url for _, url in records}),
        sourceUrl=sorted({link.url for link in company.links}),
    )


def _participation(company: CompanySnapshot, designation: Designation, source: Document | None) -> Entity:
    ended = [spell.since for spell in company.timeline if spell.status is Status.INACTIVE]
    stage = (
        "provisional"
        if designation.confirmed is None and designation.stage is Stage.PUBLIC_NOTICE
        else "final"
    )
    return _entity(
        f"{company.company_id}-batch-{designation.batch}",
        "ProjectParticipant",
        project=[_batch_id(designation.batch)],
        participant=[company.company_id],
        role=["designated as Little Giant"],
        status=[stage if designation.confirmed is not False else "not confirmed"],
        startDate=[designation.on.isoformat()],
        endDate=[day.isoformat() for day in ended if day > designation.on][:1],
        recordId=[designation.ref],
        publisher=[source.publisher] if source is not None and source.publisher else [],
        sourceUrl=[source.url] if source is not None and source.url else [],
    )


def _ownership(company_id: str, one: CompanyOwnership) -> Iterator[Entity]:
    """A record of ownership, once: of two companies of the programme one writes it.

    The other one is an entity of its name where the programme does not know it.
    """
    other_id = one.other_id or f"named-{sha256(one.other.encode()).hexdigest()[:_NAMED_ID_DIGITS]}"
    is_owned = one.role in {OwnershipRole.SUBSIDIARY, OwnershipRole.INVESTEE}
    if one.other_id is None:
        yield _entity(other_id, "Company", name=[one.other])
    elif not is_owned and (one.role is not OwnershipRole.AFFILIATE or company_id > other_id):
        return
    about = {
        "role": [one.role.value if is_owned else one.role.seen_from_the_other.value],
        "date": [one.on.isoformat()],
        "recordId": [one.ref],
        "publisher": [one.source.publisher] if one.source.publisher else [],
        "sourceUrl": [one.url],
        "summary": [one.title] if one.title else [],
    }
    if one.role is OwnershipRole.AFFILIATE:
        yield _entity(
            f"link-{one.record_id}", "UnknownLink", subject=[company_id], object=[other_id], **about
        )
        return
    owner, asset = (other_id, company_id) if is_owned else (company_id, other_id)
    share = [] if one.share_percent is None else [f"{one.share_percent:g}"]
    yield _entity(
        f"ownership-{one.record_id}", "Ownership", owner=[owner], asset=[asset], percentage=share, **about
    )


def _batch(number: int) -> Entity:
    return _entity(
        _batch_id(number),
        "Project",
        name=[f"Little Giants batch {number}", f"专精特新小巨人 第{number}批"],
        country=["cn"],
        program=[PROGRAM],
        programId=[PROGRAM_ID],
        startDate=[str(2018 + number)],
    )


def _batch_id(number: int) -> str:
    return f"lg-batch-{number}"


def _entity(id_: str, schema: str, **properties: list[str]) -> Entity:
    given = {name: values for name, values in properties.items() if values}
    return {
        "id": id_,
        "caption": given.get("name", [id_])[0],
        "schema": schema,
        "properties": given,
        "datasets": [DATASET],
    }


def _line(entity: Entity) -> bytes:
    return orjson.dumps(entity) + b"\n"
