"""Precision and recall of the matcher on a labelled set, and how fast it answers.

    python -m bench.screening path/to/a_share_names.csv --shapes path/to/confused_chinese_shape.tsv

The file has the columns name_zh and name_en; without a file, a made-up programme gives the names. Three of
four companies are in the index, every second one of them with its English name; the others are strangers, so
that whatever is found for them is wrong. Queries are made by `bench.name_damage`: each kind of damage, and
names that look like a company's and are another firm's. A query belongs to the half "tuned", which factors
were chosen on, or to "held-out", whose figures are to be quoted; its company decides which.
"""

import argparse
import csv
import hashlib
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pypinyin import lazy_pinyin

from bench.name_damage import FALSE_FRIENDS, LOOKS, Named, damages
from giants.demo.programme import programme
from giants.matching import Answer, Company, CompanyIndex, Matcher, Query, Verdict
from schemas.facts import Announcement, EnglishIdentity

SEED = 20
PARTS = ("tuned", "held-out")
KINDS_OF_A_STRANGER = 3
KINDS_OF_A_COMPANY = 3
SIMILARITY_MIN = 0.965
STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A query with its right answer: a company, or None where it is nobody's in the index."""

    kind: str
    text: str
    company_id: str | None


@dataclass(slots=True)
class Tally:
    """Counts of one kind at both thresholds."""

    queries: int = 0
    matched: int = 0
    matched_right: int = 0
    shown: int = 0
    shown_right: int = 0
    found: int = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, query: Labelled, answer: Answer) -> None:
        """Add one query and what was answered."""
        ids = [candidate.company_id for candidate in answer.candidates]
        self.queries += 1
        self.shown += bool(ids)
        self.shown_right += bool(ids) and ids[0] == query.company_id
        self.found += query.company_id in ids
        if answer.verdict is Verdict.MATCH:
            self.matched += 1
            self.matched_right += ids[0] == query.company_id
        if answer.verdict is Verdict.MATCH and ids[0] != query.company_id:
            best = answer.candidates[0]
            self.wrong.append(f"{query.text} is not {best.matched_name} ({best.score})")

    def add(self, other: "Tally") -> None:
        """Add the counts of another."""
        for name in ("queries", "matched", "matched_right", "shown", "shown_right", "found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.wrong += other.wrong


def from_csv(path: Path) -> list[Named]:
    """The companies of a file, each name once."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = {row["name_zh"]: row.get("name_en", "") for row in csv.DictReader(lines)}
    return [Named(f"c{number}", name, name_en) for number, (name, name_en) in enumerate(rows.items())]


def made_up(scale: float, seed: int = SEED) -> list[Named]:
    """The companies of a made-up programme."""
    names: dict[str, str] = {}
    for fact in programme(seed, scale, english_share=1.0):
        if isinstance(fact, Announcement):
            names |= {entry.name: entry.name_en or "" for entry in fact.entries if entry.name not in names}
        elif isinstance(fact, EnglishIdentity) and fact.name in names:
            names[fact.name] = fact.english_names[0]
    return [Named(f"c{number}", name, name_en) for number, (name, name_en) in enumerate(names.items())]


def read_shapes(path: Path) -> dict[str, str]:
    """Characters with the one that looks most like each, from a table of pairs with a similarity."""
    best: dict[str, tuple[float, str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines()[1:]:
        one, other, figure = line.split("\t")
        if float(figure) >= SIMILARITY_MIN:
            best[one] = max(best.get(one, (0.0, "")), (float(figure), other))
    return {one: other for one, (_, other) in best.items()}


def read_sounds(companies: Iterable[Named]) -> dict[str, str]:
    """Syllables with the character that names hold most often for each."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for character in "".join(company.name for company in companies):
        counted[lazy_pinyin(character)[0]][character] += 1
    return {syllable: found.most_common(1)[0][0] for syllable, found in counted.items()}


def is_stranger(company: Named) -> bool:
    """Whether the index does not hold a company: every fourth one."""
    return _digest(company)[0] % 4 == 0


def part_of(company: Named) -> str:
    """The half that the queries of a company belong to."""
    return PARTS[_digest(company)[1] % 2]


def _digest(company: Named) -> bytes:
    return hashlib.sha256(company.name.encode()).digest()


def index_of(companies: Iterable[Named]) -> CompanyIndex:
    """The index: all but strangers, every second one with its English name."""
    return CompanyIndex(
        Company(
            company.company_id,
            (company.name,),
            (company.name_en,) if company.name_en and _digest(company)[2] % 2 else (),
        )
        for company in companies
        if not is_stranger(company)
    )


def labelled(companies: list[Named], looks: Mapping[str, str], part: str) -> Iterator[Labelled]:
    """The queries of one half, the same ones in every run."""
    kinds = damages(looks, read_sounds(companies))
    for company in companies:
        if part_of(company) != part:
            continue
        chance = random.Random(f"{SEED}:{company.name}")
        stranger = is_stranger(company)
        # An English query asks for a name on record: a translation cannot be guessed.
        has_english = bool(company.name_en and _digest(company)[2] % 2)
        usable = [kind for kind in kinds if has_english or "English" not in kind or stranger]
        for kind in chance.sample(usable, KINDS_OF_A_STRANGER if stranger else KINDS_OF_A_COMPANY):
            text = kinds[kind](company, chance)
            if text:
                yield Labelled(
                    "stranger" if stranger else kind, text, None if stranger else company.company_id
                )
        kind = chance.choice(list(FALSE_FRIENDS))
        text = None if stranger else FALSE_FRIENDS[kind](company, chance)
        if text:
            yield Labelled(kind, text, None)


def evaluate(matcher: Matcher, queries: Iterable[Labelled]) -> dict[str, Tally]:
    """Tallies by kind."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for query in queries:
        tallies[query.kind].count(query, matcher.match(Query(query.text)))
    return dict(tallies)


def total(tallies: Mapping[str, Tally]) -> tuple[Tally, int]:
    """All kinds together, and how many queries have a right answer."""
    whole = Tally()
    wanted = 0
    for kind, tally in tallies.items():
        whole.add(tally)
        wanted += 0 if _is_nobody(kind) else tally.queries
    return whole, wanted


def _is_nobody(kind: str) -> bool:
    """Whether queries of a kind are for firms that the index does not hold."""
    return kind == STRANGER or kind in FALSE_FRIENDS


def percent(part: int, whole: int) -> str:
    """A share in percent with its counts, or a dash."""
    return f"{100 * part / whole:.1f} % ({part:,} of {whole:,})" if whole else "–"


def report(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """The figures as a table of Markdown."""
    whole, wanted = total(tallies)
    yield "| kind | queries | match: right | match: wrong | found from review on |"
    yield "|---|---|---|---|---|"
    for kind, tally in sorted(tallies.items(), key=lambda item: (_is_nobody(item[0]), item[0])):
        nobody = _is_nobody(kind)
        right = "–" if nobody else percent(tally.matched_right, tally.queries)
        found = (
            f"shown: {percent(tally.shown, tally.queries)}" if nobody else percent(tally.found, tally.queries)
        )
        yield f"| {kind} | {tally.queries:,} | {right} | {tally.matched - tally.matched_right} | {found} |"
    yield ""
    for threshold, correct, given, got in (
        ("match", whole.matched_right, whole.matched, whole.matched_right),
        ("review", whole.shown_right, whole.shown, whole.found),
    ):
        yield f"{threshold}: precision {percent(correct, given)}, recall {percent(got, wanted)}"


def main() -> None:
    """Make the set, match it, and print the figures."""
    parser = argparse.ArgumentParser(description="Precision and recall of the matcher.")
    parser.add_argument("names", type=Path, nargs="?", help="CSV with the columns name_zh and name_en")
    parser.add_argument("--shapes", type=Path, help="table of similar characters, with a heading")
    parser.add_argument("--part", choices=PARTS, default="held-out")
    parser.add_argument("--examples", type=int, default=0, help="wrong matches to print")
    parser.add_argument("--speed", action="store_true", help="time 10,000 queries")
    options = parser.parse_args()
    if options.speed:
        print("\n".join(speed()))
        return
    companies = from_csv(options.names) if options.names else made_up(0.25)
    looks = LOOKS | (read_shapes(options.shapes) if options.shapes else {})
    index = index_of(companies)
    matcher = Matcher(index)
    queries = list(labelled(companies, looks, options.part))
    started = time.perf_counter()
    tallies = evaluate(matcher, queries)
    seconds = time.perf_counter() - started
    print(f"{len(companies):,} companies, {len(index):,} in the index, half {options.part}")
    print(f"{len(queries):,} queries in {seconds:.1f} s, {len(queries) / seconds:,.0f} a second\n")
    print("\n".join(report(tallies)))
    for example in [one for tally in tallies.values() for one in tally.wrong][: options.examples]:
        print(f"  {example}")


def speed(companies: int = 20_000, queries: int = 10_000) -> Iterator[str]:
    """How long an index takes and how long the queries, in one process."""
    known = made_up(1.0)[:companies]
    started, worked = time.perf_counter(), time.process_time()
    index = CompanyIndex(
        Company(one.company_id, (one.name,), (one.name_en,) if one.name_en else ()) for one in known
    )
    elapsed, busy = time.perf_counter() - started, time.process_time() - worked
    yield f"index of {len(index):,} companies: {elapsed:.1f} s, {busy:.1f} s of one core, {_memory():.0f} MiB"
    matcher = Matcher(index)
    made = [query.text for part in PARTS for query in labelled(known, LOOKS, part)]
    asked = random.Random(SEED).sample(made, min(queries, len(made)))
    started, worked = time.perf_counter(), time.process_time()
    for half in (asked[: len(asked) // 2], asked[len(asked) // 2 :]):
        for text in half:
            matcher.match(Query(text))
        yield f"{time.perf_counter() - started:.1f} s, {_memory():.0f} MiB"
    elapsed, busy = time.perf_counter() - started, time.process_time() - worked
    yield f"{len(asked):,} queries: {elapsed:.1f} s, {busy:.1f} s of one core"


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
