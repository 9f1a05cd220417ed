"""Taxonomy files as commands name them."""

from pathlib import Path
from typing import Final

from giants.domain.taxonomy import shipped_taxonomy_file
from giants.domain.taxonomy_file import TAXONOMY_FILE_BYTES_MAX, TaxonomyFile, parse_taxonomy

SHIPPED: Final = "shipped"


def load_file(name: str) -> TaxonomyFile:
    """A taxonomy file by path, or the shipped one."""
    if name == SHIPPED:
        return shipped_taxonomy_file()
    with Path(name).open("rb") as opened:
        data = opened.read(TAXONOMY_FILE_BYTES_MAX + 1)
    return parse_taxonomy(data, name)
