"""Compiling the dot-indented children of entries from a scheme (C-10)."""

from collections.abc import Iterable

from giants.domain.cpc import is_whole_group
from giants.domain.scheme import Scheme
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_children import CompiledChildren
from schemas.facts import TaxonomyVersion, Technology


def children_in(scheme: Scheme, edition: str, symbols: Iterable[str]) -> CompiledChildren:
    """Compile the children of symbols in normal form; a symbol that is not of the scheme has none."""
    return CompiledChildren(edition, {symbol: children_of(symbol, scheme) for symbol in sorted(symbols)})


def children_of(symbol: str, scheme: Scheme) -> tuple[str, ...]:
    """Give what stands below a symbol in a scheme, in its order.

    Of a whole group, which takes the rest by its number (C-08), only the breakdown codes of the 2000 series
    that stand between its subgroups.
    """
    below = scheme.descendants(symbol)
    if not is_whole_group(symbol):
        return below
    of_group = symbol.removesuffix("00")
    return tuple(child for child in below if not child.startswith(of_group))


def with_children(
    version: TaxonomyVersion, scheme: Scheme, edition: str | None, number: int
) -> TaxonomyVersion:
    """Give a taxonomy in which every listed entry takes its children, as version `number`.

    Entries of other editions stay as they are: their children are listed already, or went elsewhere. Raises
    `TaxonomyError` where the version cannot be compiled.
    """
    taxonomy = Taxonomy.compile(version)
    technologies = tuple(_expanded(one, taxonomy, scheme) for one in version.technologies)
    return version.model_copy(
        update={"version": number, "edition": edition or version.edition, "technologies": technologies}
    )


def _expanded(technology: Technology, taxonomy: Taxonomy, scheme: Scheme) -> Technology:
    listed = [entry.symbol for entry in taxonomy.entries[technology.id] if entry.listed]
    children = {symbol: below for symbol in listed if (below := children_of(symbol, scheme))}
    return technology.model_copy(update={"children": children})
