"""Small made-up files for a newcomer to ingest: one of each kind, in the forms that sources really have.

No company of them exists. Each file says so, in its title, its ids or its author.
"""

import csv
import io
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

from pydantic import BaseModel

from giants.demo.portfolios import Portfolios
from giants.demo.programme import Firm
from giants.demo.programme.firms import FirmMaker
from giants.demo.stack import DemoError
from giants.domain.taxonomy import shipped_taxonomy
from giants.sources.base import Kind
from schemas.base import AuthorityCode, Source, SourceClass
from schemas.codes import Category, OutsideRecord
from schemas.facts import Correction, CorrectionEvidence, EnglishIdentity, Family, Rename

COMPANIES_MIN, COMPANIES_MAX = 10, 2_000
FAMILIES_MAX: Final = 100_000
MADE_UP: Final = "made-up sample"
README_FILE: Final = "README.txt"
_AUTHORITY: Final = AuthorityCode.ZJ
_REGION: Final = "浙江省"
_DESIGNATED_ON: Final = date(2022, 8, 8)
_REVIEWED_ON: Final = date(2025, 10, 13)
_RENAMED_ON: Final = date(2024, 3, 1)
_TAGGED_ON: Final = date(2025, 11, 3)
_FAILED_SHARE: Final = 0.1
_LENS_SHARE: Final = 0.1  # of the families: so many more come as publications, under English names
_EXAMINATION: Final = timedelta(days=540)
_SOURCE: Final = Source(source_class=SourceClass.SUPPLEMENTARY, publisher=MADE_UP)
_RECORDS_HEADING: Final = (
    "kind",
    "record_id",
    "company",
    "category",
    "evidence",
    "record",
    "title",
    "url",
    "author",
    "publisher",
    "on",
    "role",
    "other",
    "share_percent",
)
_LENS_HEADING: Final = (
    "#",
    "Jurisdiction",
    "Kind",
    "Publication Number",
    "Lens ID",
    "Publication Date",
    "Application Date",
    "Priority Numbers",
    "Title",
    "Applicants",
    "CPC Classifications",
)


@dataclass(frozen=True, slots=True)
class SeedSize:
    """How many companies and families, and the seed that they are drawn from."""

    companies: int = 40
    families: int = 600
    seed: int = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One file: its name, what it holds, its text, and the options that it is ingested with."""

    file: str
    kind: Kind
    text: str
    options: tuple[str, ...] = ()

    def command(self, folder: Path) -> str:
        """What to type to ingest the file."""
        return " ".join(
            ("giants ingest", self.kind.value, shlex.quote(str(folder / self.file)), *self.options)
        )


class SeedExistsError(DemoError):
    """A file of somebody else is where a sample would go."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} exists already: name another folder, or add --overwrite")


def write_samples(folder: Path, samples: Sequence[Sample], *, overwrite: bool = False) -> None:
    """Write the files and a README that says what to type.

    Raises `SeedExistsError` before anything is written.
    """
    texts = {sample.file: sample.text for sample in samples} | {README_FILE: _readme(folder, samples)}
    taken = next((folder / name for name in texts if (folder / name).exists()), None)
    if taken is not None and not overwrite:
        raise SeedExistsError(taken)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")


def make_samples(size: SeedSize) -> tuple[Sample, ...]:
    """The files in the order in which to ingest them; the same size and seed give the same."""
    random = Random(size.seed)
    maker = FirmMaker(random)
    firms = [maker.make(_AUTHORITY) for _ in range(size.companies)]
    renamed, misread = maker.rename(firms[0]), next((firm for firm in firms[1:] if firm.misread()), None)
    listed = [firm.misread() or firm.name if firm is misread else firm.name for firm in firms]
    now_called = [renamed.name, *(firm.name for firm in firms[1:])]
    failed = set(random.sample(range(1, len(firms)), max(1, round(len(firms) * _FAILED_SHARE))))
    return (
        Sample(
            "made-up-designated.csv",
            Kind.ANNOUNCEMENTS,
            _designated(listed),
            _list_options(_DESIGNATED_ON, "made-up-2022-b4-zj"),
        ),
        Sample(
            "made-up-reviewed.csv",
            Kind.REVIEWS,
            _reviewed(now_called, failed),
            _list_options(_REVIEWED_ON, "made-up-2025-review-zj"),
        ),
        Sample("made-up-names.jsonl", Kind.NAMES, _json_lines(_names(firms, renamed, misread))),
        Sample("made-up-families.jsonl", Kind.FAMILIES, _json_lines(_families(now_called, size))),
        Sample("made-up-lens.csv", Kind.FAMILIES, _lens([firm.name_en for firm in firms], size)),
        Sample("made-up-records.csv", Kind.RECORDS, _records(now_called)),
    )


def _list_options(published_on: date, list_id: str) -> tuple[str, ...]:
    return (
        f"--authority {_AUTHORITY}",
        f"--published-on {published_on}",
        "--complete",
        f"--list-id {list_id}",
        f"--publisher '{MADE_UP}'",
    )


def _designated(names: Sequence[str]) -> str:
    rows = ((seq, name, _REGION) for seq, name in enumerate(names, 1))
    title = f"{_REGION}第四批专精特新“小巨人”企业名单（{MADE_UP}）"
    return _table([(title, "", ""), ("序号", "企业名称", "地区"), *rows])


def _reviewed(names: Sequence[str], failed: set[int]) -> str:
    rows = (
        (place + 1, name, _REGION, "不通过" if place in failed else "通过")
        for place, name in enumerate(names)
    )
    title = f"{_REGION}2025年专精特新“小巨人”企业复核结果名单（{MADE_UP}）"
    return _table([(title, "", "", ""), ("序号", "企业名称", "地区", "复核结果"), *rows])


def _names(firms: Sequence[Firm], renamed: Firm, misread: Firm | None) -> Iterator[BaseModel]:
    yield Rename(
        kind="rename",
        record_id="made-up-rename-1",
        old_name=firms[0].name,
        new_name=renamed.name,
        effective_on=_RENAMED_ON,
        source=_SOURCE,
    )
    if misread is not None:
        yield Correction(
            kind="correction",
            record_id="made-up-correction-1",
            old_name=misread.misread() or misread.name,
            new_name=misread.name,
            evidence=CorrectionEvidence(not_found_under_original=True, confirmed_little_giant=True),
            source=_SOURCE,
        )
    for number, firm in enumerate(firms, 1):
        yield EnglishIdentity(
            kind="english",
            record_id=f"made-up-english-{number}",
            name=firm.name,
            english_names=(firm.name_en,),
            source=_SOURCE,
        )


def _families(names: Sequence[str], size: SeedSize) -> Iterator[Family]:
    for number, family in enumerate(Portfolios(names, size.families, shipped_taxonomy(), size.seed), 1):
        yield family.model_copy(update={"family_id": f"made-up-{number}"})


def _lens(names: Sequence[str], size: SeedSize) -> str:
    """Publications as Lens.org exports them; ZZ is the code of no office."""
    families = Portfolios(names, round(size.families * _LENS_SHARE), shipped_taxonomy(), size.seed + 1)
    return _table([_LENS_HEADING, *(_publication(number, one) for number, one in enumerate(families, 1))])


def _publication(number: int, family: Family) -> tuple[str | int, ...]:
    filed_on = family.filed_on or _DESIGNATED_ON
    return (
        number,
        "ZZ",
        "A",
        f"ZZ {number:08d} A",
        f"MADE-UP-{number:08d}",
        (filed_on + _EXAMINATION).isoformat(),
        filed_on.isoformat(),
        f"ZZ {number:08d} A {filed_on:%Y%m%d}",
        f"{MADE_UP.capitalize()} {number}",
        ";;".join(name.upper() for name in family.assignees),
        ";;".join(family.cpc),
    )


def _records(names: Sequence[str]) -> str:
    tag = ("tag", "made-up-tag-1", names[1], Category.DUE_DILIGENCE, "Made up to show a tag", "", "")
    link = ("link", "made-up-link-1", names[2], "", "", OutsideRecord.REGISTRY, "A made-up entry")
    owned = ("ownership", "made-up-ownership-1", names[3], "", "", "", "A made-up annual report")
    day = _TAGGED_ON.isoformat()
    return _table(
        [
            _RECORDS_HEADING,
            (*tag, "", MADE_UP, "", day, "", "", ""),
            (*link, "https://example.org/made-up", "", MADE_UP, day, "", "", ""),
            (*owned, "https://example.org/made-up", "", MADE_UP, day, "subsidiary", names[0], "51"),
        ]
    )


def _table(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _json_lines(facts: Iterable[BaseModel]) -> str:
    return "".join(f"{fact.model_dump_json(by_alias=True, exclude_defaults=True)}\n" for fact in facts)


def _readme(folder: Path, samples: Sequence[Sample]) -> str:
    commands = "\n".join(f"  {sample.command(folder)}" for sample in samples)
    return (
        "Made-up samples for Little Giants stream: no company, list or patent in these files exists.\n\n"
        f"With `giants up` running:\n\n{commands}\n"
    )
