"""Taxonomies as readable TOML files, each entry with its reason (`giants.domain.taxonomy_file`)."""

import re
from collections.abc import Iterator

from giants.domain.cpc import CpcError
from giants.domain.taxonomy import Taxonomy
from giants.domain.taxonomy_file import parse_taxonomy
from giants.sources.base import Context, Kind, Row, Source
from giants.sources.errors import UnreadableFileError
from giants.sources.files import Input

_TECHNOLOGY = re.compile(rb"^\s*\[\[technologies\]\]", re.MULTILINE)


class TaxonomyToml(Source):
    """One taxonomy version, written by hand."""

    name = "taxonomy-toml"
    kinds = frozenset({Kind.TAXONOMIES})
    formats = "TOML taxonomy ([[technologies]] …)"

    def sniff(self, source: Input) -> bool:
        """Whether the file is called TOML or has a table of technologies."""
        return source.suffix == ".toml" or _TECHNOLOGY.search(source.head) is not None

    def read(self, source: Input, context: Context) -> Iterator[Row]:
        """Give the version, validated as the topic does; raises `UnreadableFileError`."""
        try:
            version = parse_taxonomy(source.content(), source.name).version
            Taxonomy.compile(version)
        except CpcError as error:
            raise UnreadableFileError(source.name, str(error)) from None
        return iter([Row(1, version)] if context.options.resume_after < 1 else [])
