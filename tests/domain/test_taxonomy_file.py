"""Taxonomies as files: TOML with reasons, JSON of the contract, and what is refused."""

from datetime import date

import pytest

from giants.domain.taxonomy_file import TAXONOMY_FILE_BYTES_MAX, TaxonomyFileError, parse_taxonomy

FILE = """
taxonomy = "own"
version = 3
effective_on = 2026-01-01
note = "ours"

[[technologies]]
id = "photovoltaics"
name = "Photovoltaics"
category = "Energy"
since = "2024"

[technologies.cpc]
"H10F10/00" = "cells"

[technologies.retired."H10F10/00"]
reason = "cells as they were"
symbols = ["H01L31/06", "H01L31/068"]

[technologies.retired."-"]
reason = "went nowhere"
symbols = ["H01L31/99"]

[[technologies]]
id = "radar"
name = "Radar"
cpc = { "G01S13/00" = "radar" }

[[overlaps]]
technologies = ["photovoltaics", "radar"]
reason = "none really"
"""


def test_a_file_becomes_a_fact_of_the_contract_with_its_reasons_beside_it() -> None:
    file = parse_taxonomy(FILE.encode(), "own.toml")
    cells, radar = file.version.technologies
    assert (file.version.taxonomy, file.version.version, file.version.effective_on) == (
        "own",
        3,
        date(2026, 1, 1),
    )
    assert (cells.cpc, radar.cpc) == (("H10F10/00",), ("G01S13/00",))
    assert cells.retired == {"H01L31/06": "H10F10/00", "H01L31/068": "H10F10/00", "H01L31/99": None}
    assert file.reasons["photovoltaics", "H01L31/068"] == "cells as they were"
    assert file.reasons["radar", "G01S13/00"] == "radar"
    assert file.since == {"photovoltaics": "2024"}
    assert [overlap.technologies for overlap in file.overlaps] == [("photovoltaics", "radar")]


def test_the_json_of_the_contract_is_read_as_well() -> None:
    version = parse_taxonomy(FILE.encode(), "own.toml").version
    again = parse_taxonomy(version.model_dump_json().encode(), "own.json")
    assert again.version == version
    assert not again.reasons


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("version = 3", "version = 0"), "version"),
        (('id = "radar"', 'id = "photovoltaics"'), "technologies listed twice: photovoltaics"),
        (('id = "radar"', 'id = "Radar!"'), "technologies.1.id"),
        (('since = "2024"', 'sense = "2024"'), "technologies.0.sense"),
        (('"cells"', '""'), "technologies.0.cpc.H10F10/00"),
        (('{ "G01S13/00" = "radar" }', "{ }"), "technologies.1.cpc"),
        (("version = 3", "version = 3 3"), "expected TOML, or JSON of the contract"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(change: tuple[str, str], told: str) -> None:
    assert change[0] in FILE
    with pytest.raises(TaxonomyFileError) as refused:
        parse_taxonomy(FILE.replace(*change).encode(), "own.toml")
    assert str(refused.value).startswith("taxonomy file own.toml: ")
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xff\xfe", "expected TOML"),
        (b"", "taxonomy"),
        (b"{", "JSON"),
        (b"{" * 100_000, "JSON"),
        (b"a = " + b"[" * 100_000, "expected TOML"),
        (b" " * (TAXONOMY_FILE_BYTES_MAX + 1), f"expected at most {TAXONOMY_FILE_BYTES_MAX}"),
    ],
)
def test_hostile_files_are_refused(data: bytes, told: str) -> None:
    with pytest.raises(TaxonomyFileError, match=r"^taxonomy file own\.toml: ") as refused:
        parse_taxonomy(data, "own.toml")
    assert told in str(refused.value)
    assert len(str(refused.value)) < 1_000


def test_a_technology_names_itself_in_trackers_of_others() -> None:
    companion = '{ tracker = "critical-technology-tracker", url = "https://techtracker.aspi.org.au/" }'
    told = FILE.replace('name = "Radar"', f'name = "Radar"\ncompanions = [{companion}]')
    photovoltaics, radar = parse_taxonomy(told.encode(), "own.toml").version.technologies
    assert photovoltaics.companions == ()
    assert [(one.tracker, one.id, one.url) for one in radar.companions] == [
        ("critical-technology-tracker", None, "https://techtracker.aspi.org.au/")
    ]
    with pytest.raises(TaxonomyFileError, match="companions"):
        parse_taxonomy(told.replace("https://", "javascript:").encode(), "own.toml")
