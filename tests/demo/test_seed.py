"""The files of `giants seed`, read by the adapters that read real ones."""

import shlex
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from giants.demo.seed import SeedExistsError, SeedSize, make_samples, write_samples
from giants.domain.registry import recompute_all
from schemas.base import AuthorityCode
from schemas.codes import Status
from schemas.facts import (
    Announcement,
    Correction,
    EnglishIdentity,
    Family,
    LinkRecord,
    OwnershipRecord,
    ProgrammeFact,
    Rename,
    Review,
    TagRecord,
)
from tests.sources.helpers import Read, read
from tests.stack import giants

ADAPTERS = {
    "made-up-designated.csv": "list-csv",
    "made-up-reviewed.csv": "list-csv",
    "made-up-names.jsonl": "contract-json",
    "made-up-families.jsonl": "contract-json",
    "made-up-lens.csv": "lens-csv",
    "made-up-records.csv": "records-csv",
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Read]:
    """Each file as it is read with the options that its command has."""
    folder = tmp_path_factory.mktemp("seed")
    samples = make_samples(SeedSize())
    write_samples(folder, samples)
    return {
        sample.file: read(sample.kind, folder / sample.file, **options(sample.options)) for sample in samples
    }


def options(given: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for option in given:
        name, *value = shlex.split(option)
        found[name.removeprefix("--").replace("-", "_")] = value[0] if value else True
    if "published_on" in found:
        found["published_on"] = date.fromisoformat(found["published_on"])
        found["authority"] = AuthorityCode(found["authority"])
    return found


def facts(files: dict[str, Read]) -> list[Any]:
    return [fact for one in files.values() for fact in one.facts]


def test_every_file_is_understood_whole_by_the_adapter_that_it_is_for(files: dict[str, Read]) -> None:
    assert {name: one.reading.adapter for name, one in files.items()} == ADAPTERS
    for name, one in files.items():
        assert one.problems == [], name
        assert one.facts, name


def test_the_lists_name_every_company_and_are_complete(files: dict[str, Read]) -> None:
    (designated,) = files["made-up-designated.csv"].facts
    (reviewed,) = files["made-up-reviewed.csv"].facts
    assert isinstance(designated, Announcement)
    assert (designated.batch, designated.authority, designated.complete) == (4, AuthorityCode.ZJ, True)
    assert len(designated.entries) == 40
    assert isinstance(reviewed, Review)
    assert (reviewed.review_year, reviewed.complete) == (2025, True)
    assert (len(reviewed.passed), len(reviewed.failed)) == (36, 4)


def test_every_kind_of_name_record_and_of_analysts_record_is_there(files: dict[str, Read]) -> None:
    kinds = {type(fact) for fact in facts(files)}
    assert {Rename, Correction, EnglishIdentity, TagRecord, LinkRecord, OwnershipRecord, Family} <= kinds


def test_all_families_belong_to_companies_of_the_lists(files: dict[str, Read]) -> None:
    registry = recompute_all(fact for fact in facts(files) if isinstance(fact, ProgrammeFact))
    snapshots = registry.snapshots().values()
    assert len(snapshots) == 40
    assert sum(one.status is Status.ACTIVE for one in snapshots) == 36
    assert list(registry.findings()) == []
    names = {name.casefold() for one in snapshots for name in (one.name, *one.names_en)}
    families = [fact for fact in facts(files) if isinstance(fact, Family)]
    assert len(families) == 660
    assert {name.casefold() for family in families for name in family.assignees} <= names


def test_everything_says_that_it_is_made_up(files: dict[str, Read]) -> None:
    for fact in facts(files):
        assert "made-up" in fact.model_dump_json().lower() or fact.family_id.startswith("lens-")


def test_a_file_that_is_there_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "made-up-lens.csv").write_text("mine", encoding="utf-8")
    samples = make_samples(SeedSize(companies=10, families=20))
    with pytest.raises(SeedExistsError, match=r"made-up-lens\.csv exists already"):
        write_samples(tmp_path, samples)
    assert [path.name for path in tmp_path.iterdir()] == ["made-up-lens.csv"]
    write_samples(tmp_path, samples, overwrite=True)
    assert len(list(tmp_path.iterdir())) == len(samples) + 1
    assert "Lens ID" in (tmp_path / "made-up-lens.csv").read_text(encoding="utf-8")


def test_the_same_seed_gives_the_same_files() -> None:
    assert make_samples(SeedSize(20, 50, 3)) == make_samples(SeedSize(20, 50, 3))
    assert make_samples(SeedSize(20, 50, 3)) != make_samples(SeedSize(20, 50, 4))


def test_the_commands_that_are_printed_are_understood_as_printed(tmp_path: Path) -> None:
    folder = tmp_path / "a seed"
    ran = giants("seed", str(folder), "--companies", "10", "--families", "20", "--json", data_dir=tmp_path)
    assert ran.status == 0, ran.err
    lists, *_ = ran.lines
    program, *words = shlex.split(lists["command"])
    assert program == "giants"
    dry = giants(*words, "--dry-run", "--json", data_dir=tmp_path)
    assert dry.status == 0, dry.err
    assert dry.lines[0]["files"][0]["taken"] == 1
    again = giants("seed", str(folder), data_dir=tmp_path)
    assert again.status == 1
    assert again.err.startswith("error: ")
    assert "--overwrite" in again.err
