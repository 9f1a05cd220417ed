"""What a check of a taxonomy finds, one fault a test, on a scheme of a few rows."""

import pytest

from giants.domain.scheme import Row, Scheme
from giants.domain.taxonomy_check import Fault, check_taxonomy, content_words
from giants.domain.taxonomy_file import TaxonomyFile, parse_taxonomy

HEADINGS = "G\t\tPHYSICS\nG01\t\tMEASURING\nG01S\t\tRADIO DIRECTION-FINDING\n"
NOW = f"{HEADINGS}G01S13/00\t0\tradar systems\nG01S13/02\t1\tprimary radar\nG01S15/00\t0\tsonar systems\n"
BEFORE = f"{HEADINGS}G01S13/00\t0\tradar systems\nG01S14/00\t0\told radar\nG01S14/02\t1\told primary radar\n"


def scheme(text: str) -> Scheme:
    rows = (line.split("\t") for line in text.splitlines())
    return Scheme.from_rows(Row(symbol, level, title, "line") for symbol, level, title in rows)


def taxonomy(*tables: str, overlaps: str = "") -> TaxonomyFile:
    technologies = "".join(f"[[technologies]]\n{table}\n" for table in tables)
    return parse_taxonomy(f'taxonomy = "t"\nversion = 1\n{technologies}{overlaps}'.encode(), "t.toml")


def table(id_: str, **entries: str) -> str:
    listed = "\n".join(f'"{symbol}" = "{reason}"' for symbol, reason in entries.items())
    return f'id = "{id_}"\nname = "{id_}"\n[technologies.cpc]\n{listed}\n'


def retired(successor: str, *symbols: str, reason: str = "radar as it was") -> str:
    listed = ", ".join(f'"{symbol}"' for symbol in symbols)
    return f'[technologies.retired."{successor}"]\nreason = "{reason}"\nsymbols = [{listed}]\n'


RADAR = table("radar", **{"G01S13/00": "radar"})


def faults(file: TaxonomyFile, *, older: bool = True) -> list[tuple[Fault, str, str | None]]:
    report = check_taxonomy(file, scheme(NOW), scheme(BEFORE) if older else None)
    return [(finding.fault, finding.technology, finding.entry) for finding in report.findings]


def test_a_sound_taxonomy_has_no_findings_and_is_counted() -> None:
    file = taxonomy(RADAR + retired("G01S13/00", "G01S14/00"), table("sonar", **{"G01S15/00": "sonar"}))
    report = check_taxonomy(file, scheme(NOW), scheme(BEFORE))
    assert report.findings == report.errors == ()
    radar = report.coverage["radar"]
    assert (radar.listed, radar.retired, radar.symbols) == (1, 1, 2)
    assert (report.mapped_symbols, report.scheme_symbols) == (3, 3)


def test_an_entry_that_is_not_of_the_scheme_is_an_error() -> None:
    file = taxonomy(table("radar", **{"G01S13/00": "radar", "G01S14/02": "primary radar"}))
    report = check_taxonomy(file, scheme(NOW), scheme(BEFORE))
    assert [(finding.fault, finding.entry) for finding in report.errors] == [(Fault.MISSING, "G01S14/02")]
    assert "was of the older one" in report.errors[0].text


@pytest.mark.parametrize(
    ("successor", "symbol", "fault"),
    [
        ("G01S13/00", "G01S15/00", Fault.NOT_RETIRED),
        ("G01S13/00", "G01S16/00", Fault.NEVER_THERE),
        ("G01S17/00", "G01S14/00", Fault.SUCCESSOR_MISSING),
        ("G01S15/00", "G01S14/00", Fault.SUCCESSOR_ELSEWHERE),
    ],
)
def test_a_retired_entry_must_be_gone_have_been_there_and_lead_somewhere(
    successor: str, symbol: str, fault: Fault
) -> None:
    assert (fault, "radar", symbol) in faults(taxonomy(RADAR + retired(successor, symbol)))


def test_a_retired_entry_may_lead_nowhere() -> None:
    assert faults(taxonomy(RADAR + retired("-", "G01S14/00"))) == []


def test_without_an_older_scheme_retired_entries_are_held_against_the_one_in_force_alone() -> None:
    assert faults(taxonomy(RADAR + retired("G01S13/00", "G01S16/00")), older=False) == []


def test_a_reason_that_shares_no_word_with_the_titles_is_told() -> None:
    file = taxonomy(table("radar", **{"G01S13/00": "beehives and their doors"}))
    assert faults(file) == [(Fault.REASON_UNFIT, "radar", "G01S13/00")]


def test_the_reason_of_a_retired_entry_is_held_against_its_old_title() -> None:
    file = taxonomy(RADAR + retired("G01S13/00", "G01S14/00", reason="beehives"))
    assert faults(file) == [(Fault.REASON_UNFIT, "radar", "G01S14/00")]


def test_an_entry_inside_a_group_that_is_listed_as_well_is_redundant() -> None:
    file = taxonomy(table("radar", **{"G01S13/00": "radar", "G01S13/02": "primary radar"}))
    assert faults(file) == [(Fault.REDUNDANT, "radar", "G01S13/02")]


def test_overlaps_are_explained_or_told_and_explanations_of_none_are_told() -> None:
    file = taxonomy(
        RADAR,
        table("primary", **{"G01S13/02": "primary radar"}),
        table("sonar", **{"G01S15/00": "sonar"}),
        overlaps='[[overlaps]]\ntechnologies = ["sonar", "radar"]\nreason = "none"\n',
    )
    assert faults(file) == [
        (Fault.OVERLAP_UNEXPLAINED, "primary & radar", None),
        (Fault.OVERLAP_STALE, "radar & sonar", None),
    ]


def test_a_json_fact_has_no_reasons_to_check() -> None:
    version = taxonomy(table("radar", **{"G01S13/00": "beehives"})).version
    assert faults(parse_taxonomy(version.model_dump_json().encode(), "t.json")) == []


def test_words_are_compared_by_their_stems_and_empty_words_do_not_count() -> None:
    assert content_words("Semiconductors") == content_words("semiconducting")
    assert content_words("methods and devices for the use of") <= content_words("of")


def listed_in(edition: str, file: TaxonomyFile, **changes: object) -> TaxonomyFile:
    """The file with its first technology changed, in an edition."""
    first, *rest = file.version.technologies
    technologies = (first.model_copy(update=changes), *rest)
    changed = {"edition": edition, "retired_edition": "2022.08", "technologies": technologies}
    return TaxonomyFile(file.version.model_copy(update=changed), {}, {}, ())


def test_compiled_children_must_be_those_of_the_scheme() -> None:
    file = listed_in("2025.05", taxonomy(table("radar", **{"G01S13/02": "primary radar"})))
    assert faults(file) == []
    wrong = listed_in("2025.05", file, children={"G01S13/02": ("G01S15/00",)})
    assert faults(wrong) == [(Fault.CHILDREN_DIFFER, "radar", "G01S13/02")]
    assert "0 are not compiled, 1 are not there" in check_taxonomy(wrong, scheme(NOW)).errors[0].text


def test_an_entry_below_another_one_is_redundant() -> None:
    deeper = NOW.replace("G01S15/00", "G01S13/04\t2\tdeeper\nG01S15/00")
    listed = table("radar", **{"G01S13/02": "primary radar", "G01S13/04": "deeper"})
    file = listed_in("2025.05", taxonomy(listed), children={"G01S13/02": ("G01S13/04",)})
    report = check_taxonomy(file, scheme(deeper))
    assert [(one.fault, one.entry) for one in report.findings] == [(Fault.REDUNDANT, "G01S13/04")]


def test_a_symbol_of_a_later_edition_must_come_from_a_listed_entry() -> None:
    later = {"successors": {"G01S98/00": "G01S13/00"}, "editions": {"G01S98/00": "2026.01"}}
    assert faults(listed_in("2025.05", taxonomy(RADAR), **later)) == []
    adrift = {"successors": {"G01S98/00": "G01S15/00"}, "editions": {"G01S98/00": "2026.01"}}
    assert faults(listed_in("2025.05", taxonomy(RADAR), **adrift)) == [
        (Fault.SPLIT_FROM_MISSING, "radar", "G01S98/00")
    ]


def test_what_was_retired_before_the_older_scheme_is_not_looked_up_in_it() -> None:
    gone = {"retired": {"G01S16/00": "G01S13/00"}}
    assert faults(listed_in("2025.05", taxonomy(RADAR), **gone)) == [
        (Fault.NEVER_THERE, "radar", "G01S16/00")
    ]
    long_gone = {**gone, "editions": {"G01S16/00": "2018.12"}}
    assert faults(listed_in("2025.05", taxonomy(RADAR), **long_gone)) == []
