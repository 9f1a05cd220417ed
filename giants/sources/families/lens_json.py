"""Lens.org patents as the Lens API gives them: one JSON object a publication, on a line each.

    lens_id, jurisdiction, doc_number, kind, date_published
    biblio.application_reference.date
    biblio.priority_claims.claims[]                  jurisdiction, doc_number, kind, date
    biblio.parties.applicants[]                      extracted_name.value
    biblio.classifications_cpc.classifications[]     symbol
    families.simple_family.members[].document_id     jurisdiction, doc_number, kind

The family's id is that of the CSV export (`families.lens_csv`): a digest of the priorities, so that the same
family from both has one id.
"""

from collections.abc import Iterator

from giants.domain.publications import publication_number
from giants.sources.base import Context, Kind, Row, Source
from giants.sources.families.json_fields import at, items, text
from giants.sources.families.publication import (
    Publication,
    clean_assignees,
    clean_symbols,
    family_of_priorities,
)
from giants.sources.families.uniting import unite
from giants.sources.files import Input
from giants.sources.json_text import first_keys, read_records


class LensJson(Source):
    """Answers of the Lens patent API."""

    name = "lens-json"
    kinds = frozenset({Kind.FAMILIES})
    formats = "Lens.org JSON lines (lens_id, biblio …)"

    def sniff(self, source: Input) -> bool:
        """Whether the first objects have a Lens id and bibliographic data."""
        return {"lens_id", "biblio"} <= first_keys(source)

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give one fact for each family."""
        records = read_records(source, context)
        found = (_publication(record.line, record.value, record.problem) for record in records)
        return unite(found, context, source.name)


def _publication(line: int, value: dict[str, object] | None, problem: str | None) -> Publication | Row:
    lens_id = text(at(value, "lens_id"))
    if value is None or not lens_id:
        return Row(line, problem=problem or "has no lens_id")
    biblio = at(value, "biblio")
    applicants = items(at(biblio, "parties", "applicants"))
    names = [text(at(applicant, "extracted_name", "value")) for applicant in applicants]
    classes = items(at(biblio, "classifications_cpc", "classifications"))
    symbols, odd_symbols = clean_symbols(text(at(item, "symbol")) for item in classes)
    assignees, odd_names = clean_assignees(names)
    priorities = (_priority(claim) for claim in items(at(biblio, "priority_claims", "claims")))
    members = items(at(value, "families", "simple_family", "members"))
    numbers = {_number(value), *(_number(at(member, "document_id")) for member in members)} - {""}
    return Publication(
        line=line,
        family=f"lens-{family_of_priorities(priorities) or lens_id}",
        numbers=tuple(sorted(numbers)),
        assignees=assignees,
        symbols=symbols,
        filed=text(at(biblio, "application_reference", "date")),
        dated=(text(at(value, "date_published")),),
        left_out=odd_symbols + odd_names,
    )


def _number(document: object) -> str:
    parts = (text(at(document, name)) for name in ("jurisdiction", "doc_number", "kind"))
    return publication_number("".join(parts))


def _priority(claim: object) -> str:
    """A priority as the CSV export prints it: `CN 202410000001 A 20240103`."""
    parts = [text(at(claim, name)) for name in ("jurisdiction", "doc_number", "kind")]
    return " ".join([*parts, text(at(claim, "date")).replace("-", "")]) if all(parts[:2]) else ""
