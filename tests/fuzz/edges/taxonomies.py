"""Taxonomy files: understood, or refused in one line; what is understood can be compiled and compared.

Without a first byte of its own: the parser tells TOML from JSON.
"""

from collections.abc import Iterator

from giants.domain.cpc import CpcError
from giants.domain.taxonomy import Taxonomy, shipped_taxonomy
from giants.domain.taxonomy_diff import Portfolio, entry_differences, rating_differences
from giants.domain.taxonomy_file import parse_taxonomy
from tests.agents.hostile import EXAMPLES, as_json

_SHIPPED = Taxonomy.compile(shipped_taxonomy())
_PORTFOLIO = Portfolio("lg-1", 5, 5, {"H04B10/2519": 7, "G01S13/02": 2, "A01B1/00": 3})
TOML = b"""taxonomy = "ctt74"
version = 2
effective_on = 2026-01-01
note = "whose mapping this is"

[[technologies]]
id = "radar"
name = "Radar"
category = "Sensing"
since = "2024-08 or before"

[technologies.cpc]
"G01S13/00" = "radio waves, by reflection"

[technologies.retired."G01S13/00"]
reason = "an older place"
symbols = ["G01S1/00"]

[[overlaps]]
technologies = ["radar", "sonar"]
reason = "both take some"
"""


COMPILED = b"""taxonomy = "ctt74"
version = 2
edition = "2025.05"
retired_edition = "2022.08"
children = true

[[technologies]]
id = "radar"
name = "Radar"
[technologies.cpc]
"G01S13/02" = "primary radar"
"G01S7/40" = { reason = "calibration", children = false, note = "its children are elsewhere" }
[technologies.successors."G01S13/02"]
edition = "2026.01"
reason = "a later place"
symbols = ["G01S14/00"]

[compiled]
edition = "2025.05"
childless = []
[compiled.children]
"G01S13/02" = "06 08 2013/0245 H01Q1/32"
"""


def seeds() -> Iterator[bytes]:
    """One file of each form."""
    yield TOML
    yield COMPILED
    yield as_json(EXAMPLES["taxonomies"])


def one_input(data: bytes) -> None:
    """Parse, compile, compare."""
    try:
        taxonomy = Taxonomy.compile(parse_taxonomy(data, "file").version)
    except CpcError as error:
        if not str(error):
            raise RuntimeError("a refusal that says nothing") from error
        return
    entry_differences(_SHIPPED, taxonomy)
    list(rating_differences([_PORTFOLIO], _SHIPPED, taxonomy))
