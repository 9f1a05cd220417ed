"""The other reading of a listed subgroup: with its dot-indented children (C-10, an option).

The children are written out as entries of their own, so that the result is an ordinary taxonomy: matching
needs no scheme, and what is published says in full what it takes.
"""

from giants.domain.cpc import CpcError
from giants.domain.scheme import Scheme, expand_children
from giants.domain.taxonomy import Taxonomy
from schemas.base import TECHNOLOGY_SYMBOLS_MAX
from schemas.facts import TaxonomyVersion, Technology


class ExpansionError(CpcError):
    """A technology with its children is larger than the contract takes."""


def with_children(version: TaxonomyVersion, scheme: Scheme, number: int) -> TaxonomyVersion:
    """Give a taxonomy with the children of every current entry listed, as version `number`.

    A whole group stays one entry, beside the breakdown codes of the 2000 series that stand below it. Retired
    entries stay as they are: their children are listed already, or went elsewhere. Raises `TaxonomyError`
    where the version cannot be compiled and `ExpansionError` where a technology grows too large.
    """
    taxonomy = Taxonomy.compile(version)
    technologies = [_expanded(technology, taxonomy, scheme) for technology in version.technologies]
    return version.model_copy(update={"version": number, "technologies": tuple(technologies)})


def _expanded(technology: Technology, taxonomy: Taxonomy, scheme: Scheme) -> Technology:
    symbols: dict[str, None] = {}
    for entry in taxonomy.entries[technology.id]:
        if not entry.retired:
            symbols[entry.symbol] = None
            symbols.update(
                (symbol, None) for symbol in expand_children(entry, scheme) if not entry.takes(symbol)
            )
    if len(symbols) > TECHNOLOGY_SYMBOLS_MAX:
        raise ExpansionError(
            f"{technology.id} with its children has {len(symbols)} entries, "
            f"expected at most {TECHNOLOGY_SYMBOLS_MAX}"
        )
    return technology.model_copy(update={"cpc": tuple(symbols)})
