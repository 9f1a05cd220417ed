"""Precision and recall of the English matching on a labelled set made from listed companies' names.

    python bench/english_matching.py path/to/a_share_names.csv

The file has the columns name_zh and name_en. Every company plays one role, chosen by its name:

* recorded (60 %): the matcher knows its Chinese and its English name;
* pinyin (20 %): the matcher knows its Chinese name alone;
* stranger (20 %): the matcher does not know it, so that every match is wrong.

Assignees are made of the English names as filings write them: capitals, no punctuation, legal forms
shortened or left out, trades abbreviated or cut, places abbreviated, split or left out, brands split, a
letter mistyped. The making is seeded; its abbreviations are its own, not those of the matcher. Each
company is in the part "dev", on which the matcher was tuned, or in "test", whose figures are to be quoted.
"""

import argparse
import csv
import hashlib
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from giants.matching import Candidate, Company, CompanyIndex, Matcher, Query
from giants.matching.model import MATCH_MIN, REVIEW_MIN

SEED = 74
FORMS_OF_A_COMPANY = 3
ROLES = ("recorded", "recorded", "recorded", "pinyin", "stranger")

# How filings shorten words; a word has several forms, and some are not in any table.
ABBREVIATIONS = {
    "TECHNOLOGY": ("TECH", "TECHNOLOGY", "TECHNOLOGIES", "TECHN", "TECHNOL", "TECHNLGY"),
    "TECHNOLOGIES": ("TECH", "TECHNOLOGY", "TECHNOL"),
    "SCIENCE": ("SCI", "SCIENCE"),
    "INDUSTRY": ("IND", "INDUSTRY", "INDUSTRIAL"),
    "INDUSTRIAL": ("IND", "INDUSTRIAL", "INDUSTRY"),
    "INTERNATIONAL": ("INT", "INTERNAT", "INTL"),
    "MANUFACTURING": ("MFG", "MANUFACTURING", "MFR"),
    "ELECTRONICS": ("ELECTRONICS", "ELECTRONIC", "ELECT", "ELECTRON"),
    "ELECTRONIC": ("ELECTRONICS", "ELECTRONIC", "ELECT"),
    "ELECTRIC": ("ELECTRIC", "ELEC", "ELECTRICAL"),
    "EQUIPMENT": ("EQUIP", "EQUIPMENT", "EQPT", "EQUIPMENTS"),
    "PHARMACEUTICAL": ("PHARM", "PHARMA", "PHARMACEUTICAL", "PHARMACEUTICALS", "PHARMACEUT"),
    "MATERIALS": ("MATERIALS", "MATERIAL", "MAT", "MATLS"),
    "MATERIAL": ("MATERIALS", "MATERIAL"),
    "CHEMICAL": ("CHEM", "CHEMICAL", "CHEMICALS"),
    "MACHINERY": ("MACH", "MACHINERY", "MACHINE"),
    "ENVIRONMENTAL": ("ENV", "ENVIRONMENTAL", "ENVIRONMENT", "ENVIRON"),
    "ENGINEERING": ("ENG", "ENGINEERING"),
    "COMMUNICATION": ("COMM", "COMMUNICATION", "COMMUNICATIONS"),
    "PRECISION": ("PREC", "PRECISION"),
    "DEVELOPMENT": ("DEV", "DEVELOPMENT"),
    "SEMICONDUCTOR": ("SEMICONDUCTOR", "SEMICON", "SEMICONDUCTORS"),
    "INTELLIGENT": ("INTELLIGENT", "INTELLIGENCE", "INTELL"),
    "INFORMATION": ("INFORMATION", "INFO", "INF"),
    "GROUP": ("GROUP", "GRP", "GROUP", "GROUP"),
    "MEDICAL": ("MEDICAL", "MED"),
    "HOLDING": ("HOLDINGS", "HOLDING"),
    "AUTOMOTIVE": ("AUTOMOTIVE", "AUTO", "AUTOMOBILE"),
    "BIOTECHNOLOGY": ("BIOTECH", "BIOTECHNOLOGY", "BIO TECH"),
}
PLACE_SPELLINGS = {
    "SHENZHEN": ("SHENZHEN", "SZ", "SHEN ZHEN", "SHENZHEN CITY"),
    "GUANGZHOU": ("GUANGZHOU", "GUANG ZHOU", "GZ"),
    "XIAN": ("XIAN", "XI AN"),
    "HANGZHOU": ("HANGZHOU", "HANG ZHOU"),
    "SUZHOU": ("SUZHOU", "SU ZHOU"),
    "ZHEJIANG": ("ZHEJIANG", "ZHE JIANG"),
    "NINGBO": ("NINGBO", "NING BO"),
}
LEGAL_ENDINGS = ("CO LTD", "CO LTD", "CO LTD", "CO.,LTD.", "COMPANY LTD", "CO LIMITED", "LTD", "INC", "")
_LEGAL = re.compile(
    r"\b(?:company|co|limited|ltd|inc|incorporated|corporation|corp)\b[.,]*", flags=re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Row:
    """A listed company with its role and part."""

    company_id: str
    name_zh: str
    name_en: str
    role: str
    part: str


@dataclass(slots=True)
class Tally:
    """Counts of one group of assignees at one threshold."""

    queries: int = 0
    found: int = 0
    reported: int = 0
    correct: int = 0
    examples: list[str] = field(default_factory=list)


def read_rows(path: Path) -> list[Row]:
    """The companies of the file, each with the role and part that its name gives it."""
    rows: list[Row] = []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for number, record in enumerate(csv.DictReader(lines)):
            digest = hashlib.sha256(record["name_zh"].encode()).digest()
            role = ROLES[digest[0] % len(ROLES)]
            part = "dev" if digest[1] % 2 else "test"
            rows.append(Row(str(number), record["name_zh"], record["name_en"], role, part))
    return rows


def assignee_forms(row: Row) -> Iterator[str]:
    """Assignees as filings would write the company, the same ones in every run."""
    chance = random.Random(f"{SEED}:{row.name_zh}")
    words = re.sub(r"[^\w\s]", " ", _LEGAL.sub(" ", row.name_en.replace("'", ""))).upper().split()
    for _ in range(FORMS_OF_A_COMPANY):
        written = list(_written(words, chance))
        if len(written) > 2 and chance.random() < 0.12:
            del written[chance.randrange(1, len(written))]
        yield " ".join([*written, chance.choice(LEGAL_ENDINGS)]).strip()


def _written(words: list[str], chance: random.Random) -> Iterator[str]:
    for position, word in enumerate(words):
        if word in PLACE_SPELLINGS or (position == 0 and len(words) > 2 and chance.random() < 0.1):
            # The place, or what stands where it would, is left out now and then.
            if chance.random() < 0.85 or position > 0:
                yield chance.choice(PLACE_SPELLINGS.get(word, (word,)))
        elif word in ABBREVIATIONS:
            yield chance.choice(ABBREVIATIONS[word])
        elif word in {"AND", "OF", "THE"}:
            if chance.random() < 0.5:
                yield word
        elif len(word) >= 6 and chance.random() < 0.15:
            cut = chance.randrange(3, len(word) - 2)
            yield f"{word[:cut]} {word[cut:]}"
        elif len(word) >= 6 and chance.random() < 0.04:
            place = chance.randrange(1, len(word))
            yield f"{word[:place]}{chance.choice('AEIOUNG')}{word[place + 1 :]}"
        else:
            yield word


def count(tally: Tally, row: Row, assignee: str, matches: Sequence[Candidate]) -> None:
    """Add one assignee and what was reported for it."""
    tally.queries += 1
    tally.reported += len(matches)
    right = [match for match in matches if match.company_id == row.company_id and row.role != "stranger"]
    tally.correct += len(right)
    tally.found += bool(right)
    tally.examples.extend(
        f"{assignee!r} is not {match.matched_name!r} ({match.score}: {_why(match)})"
        for match in matches
        if match not in right
    )


def _why(candidate: Candidate) -> str:
    return ", ".join(feature.detail for feature in candidate.features)


def percent(part: int, whole: int) -> str:
    """A share in percent with its counts, or a dash."""
    return f"{100 * part / whole:6.2f} %  ({part} of {whole})" if whole else "     –"


def evaluate(rows: list[Row], part: str) -> dict[tuple[float, str], Tally]:
    """Match the assignees of one part; tallies by threshold and role."""
    matcher = Matcher(
        CompanyIndex(
            Company(row.company_id, (row.name_zh,), (row.name_en,) if row.role == "recorded" else ())
            for row in rows
            if row.role != "stranger"
        )
    )
    tallies: dict[tuple[float, str], Tally] = defaultdict(Tally)
    for row in rows:
        for assignee in assignee_forms(row) if row.part == part else ():
            answer = matcher.match(Query(assignee))
            applied = [answer.match] if answer.match else []
            count(tallies[MATCH_MIN, row.role], row, assignee, applied)
            count(tallies[REVIEW_MIN, row.role], row, assignee, answer.candidates)
    return tallies


def total(tallies: dict[tuple[float, str], Tally], threshold: float) -> Tally:
    """All roles together; strangers are asked and reported, but there is nothing of them to find."""
    whole = Tally()
    for role in dict.fromkeys(ROLES):
        tally = tallies[threshold, role]
        whole.reported += tally.reported
        whole.correct += tally.correct
        whole.found += tally.found
        whole.queries += tally.queries if role != "stranger" else 0
    return whole


def main() -> None:
    """Make the set, match it, and print figures for both thresholds."""
    parser = argparse.ArgumentParser(description="Precision and recall of the English matching.")
    parser.add_argument("names", type=Path, help="CSV with the columns name_zh and name_en")
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument(
        "--examples", type=int, default=0, help="wrong matches to print at the higher threshold"
    )
    options = parser.parse_args()

    rows = read_rows(options.names)
    started = time.perf_counter()
    tallies = evaluate(rows, options.part)
    seconds = time.perf_counter() - started
    asked = sum(tallies[MATCH_MIN, role].queries for role in dict.fromkeys(ROLES))
    print(f"{len(rows)} companies, {asked} assignees in the part {options.part!r}, {seconds:.1f} s")
    for threshold, use in ((MATCH_MIN, "applied"), (REVIEW_MIN, "applied or proposed")):
        whole, strangers = total(tallies, threshold), tallies[threshold, "stranger"]
        print(f"confidence of at least {threshold:.2f} ({use})")
        print(f"  precision         {percent(whole.correct, whole.reported)}")
        print(f"  recall            {percent(whole.found, whole.queries)}")
        for role in ("recorded", "pinyin"):
            tally = tallies[threshold, role]
            print(f"    {role:<16}{percent(tally.found, tally.queries)}")
        print(f"  strangers matched {percent(strangers.reported, strangers.queries)}")
    wrong = [example for role in dict.fromkeys(ROLES) for example in tallies[MATCH_MIN, role].examples]
    for example in wrong[: options.examples]:
        print(" ", example)


if __name__ == "__main__":
    main()
