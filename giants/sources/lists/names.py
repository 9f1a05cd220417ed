"""Name records from tables: renamings that the ministry approved (D-03), and English names (D-07)."""

from collections.abc import Iterator
from hashlib import sha256

from pydantic import ValidationError

from giants.domain.names import normal_form
from giants.sources.base import Row, explain
from giants.sources.lists.listing import Document, NameRow
from giants.sources.lists.provenance import ID_DIGEST_CHARACTERS, Provenance
from schemas.facts import EnglishIdentity, Rename


def name_rows(provenance: Provenance) -> Iterator[Row]:
    """One record for each renaming, and one for each company with English names.

    A list that names a company with its former or later name ("甲公司（原乙公司）") states a renaming too;
    where it gives no day, the company had changed its name by the day of the list.
    """
    english: dict[str, list[NameRow]] = {}
    for row in [*provenance.document.names, *_stated(provenance.document)]:
        if row.english is not None:
            english.setdefault(row.name, []).append(row)
        elif row.old == row.name:
            yield Row(row.line, problem=f"{row.name} is the old name and the new one")
        else:
            yield _rename(row, provenance)
    for rows in english.values():
        yield _english(rows, provenance)


def _stated(document: Document) -> Iterator[NameRow]:
    """The renamings that stand in brackets beside names, each once."""
    known: set[tuple[str, str]] = set()
    for company in (company for listing in document.listings for company in listing.companies):
        reading = company.reading
        pairs = [(old, reading.name) for old in reading.former]
        if reading.later is not None:
            pairs.append((reading.name, reading.later))
        for old, new in pairs:
            key = (normal_form(old), normal_form(new))
            if key[0] != key[1] and key not in known:
                known.add(key)
                yield NameRow(company.line, new, old=old, effective_on=reading.changed_on)


def _rename(row: NameRow, provenance: Provenance) -> Row:
    day = row.effective_on or provenance.published_on
    record_id = f"rename-{_digest(row.old or '', row.name, day.isoformat())}"
    return Row(
        row.line,
        Rename(
            kind="rename",
            record_id=record_id,
            revision=provenance.options.revision,
            old_name=row.old or "",
            new_name=row.name,
            effective_on=day,
            source=provenance.source(provenance.authority),
        ),
    )


def _english(rows: list[NameRow], provenance: Provenance) -> Row:
    first = rows[0]
    names = tuple(sorted({row.english for row in rows if row.english is not None}))
    try:
        fact = EnglishIdentity(
            kind="english",
            record_id=f"english-{_digest(first.name, *names)}",
            revision=provenance.options.revision,
            name=first.name,
            english_names=names,
            source=provenance.source(provenance.authority),
        )
    except ValidationError as error:
        return Row(first.line, problem=f"{first.name}: {explain(error)}")
    return Row(first.line, fact)


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:ID_DIGEST_CHARACTERS]
