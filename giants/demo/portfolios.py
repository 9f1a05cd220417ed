"""Portfolios that look like real ones and are not: skewed in size, focused in subject, the same for a seed.

A Little Giant holds 26.6 invention patents on average and most hold fewer, so sizes are drawn from a
log-normal distribution. A company works in a subject or two, within the taxonomy or outside it, and every
portfolio has symbols of neither.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from giants.domain.cpc import is_whole_group
from schemas.facts import Family, TaxonomyVersion

SIZE_SIGMA: Final = 1.4  # of the logarithm: the median portfolio is 3/8 of the mean one
SYMBOLS_OF_A_FAMILY_MEAN: Final = 5
SYMBOLS_OF_A_FAMILY_MAX: Final = 30
IN_FOCUS_SHARE_MEAN: Final = 0.55  # of a company's symbols
OUT_OF_TAXONOMY_SHARE: Final = 0.3  # of the companies
TWO_ASSIGNEES_SHARE: Final = 0.03  # of the families
WITHDRAWN_SHARE: Final = 0.01  # of the families
FIRST_FILING: Final = date(2009, 1, 1)
FILING_DAYS: Final = 6_000

# Subjects outside any critical technology: valves, pumps, bearings, packaging, furniture, wind turbines …
OTHER_GROUPS: Final = (
    "A47B13",
    "A47J27",
    "A61B17",
    "B01D46",
    "B05B1",
    "B23P19",
    "B24B41",
    "B29C45",
    "B60R16",
    "B65B35",
    "B65G47",
    "C08L23",
    "C22C38",
    "D06M11",
    "E04G21",
    "E21B33",
    "F03D80",
    "F04D29",
    "F16C33",
    "F16H57",
    "F16K31",
    "F16L55",
    "F21V23",
    "F24F11",
    "F25B49",
    "G01M13",
    "G01N1",
    "G05B19",
    "H01R13",
    "H02G15",
    "H02K15",
    "H05K7",
)
SUBGROUPS: Final = ("00", "02", "04", "06", "08", "10", "12", "14", "16", "20", "24", "30", "40", "2519")


@dataclass(frozen=True, slots=True)
class _Leaning:
    """What a company works in, and the share of its symbols that lie there."""

    focus: Sequence[str]
    share: float


class Portfolios:
    """Families of companies, drawn from one seed; iterating again gives the same ones."""

    def __init__(self, companies: Sequence[str], families: int, taxonomy: TaxonomyVersion, seed: int) -> None:
        """Share `families` among `companies` (names); the sum of `sizes` is exact."""
        if not companies:
            raise ValueError("portfolios need at least one company")
        self._companies = companies
        self._seed = seed
        self._subjects = [_subject(technology.cpc) for technology in taxonomy.technologies]
        self.sizes = _sizes(len(companies), families, Random(seed))

    def __len__(self) -> int:
        return sum(self.sizes)

    def __iter__(self) -> Iterator[Family]:
        """The families in random order, as they would arrive."""
        random = Random(self._seed + 1)
        leanings = [self._leaning(random) for _ in self._companies]
        owners = [owner for owner, size in enumerate(self.sizes) for _ in range(size)]
        random.shuffle(owners)
        for number, owner in enumerate(owners, 1):
            yield self._family(number, owner, leanings[owner], random)

    def _leaning(self, random: Random) -> _Leaning:
        share = random.betavariate(3 * IN_FOCUS_SHARE_MEAN, 3 * (1 - IN_FOCUS_SHARE_MEAN))
        if random.random() < OUT_OF_TAXONOMY_SHARE:
            return _Leaning(random.sample(OTHER_GROUPS, 3), share)
        subjects = random.sample(self._subjects, min(random.choice((1, 1, 2)), len(self._subjects)))
        return _Leaning([group for subject in subjects for group in subject], share)

    def _family(self, number: int, owner: int, leaning: _Leaning, random: Random) -> Family:
        count = min(
            1 + int(random.expovariate(1 / (SYMBOLS_OF_A_FAMILY_MEAN - 0.5))), SYMBOLS_OF_A_FAMILY_MAX
        )
        symbols = {
            _symbol(random.choice(leaning.focus if random.random() < leaning.share else OTHER_GROUPS), random)
            for _ in range(count)
        }
        assignees = [self._companies[owner]]
        if random.random() < TWO_ASSIGNEES_SHARE:
            assignees.append(random.choice(self._companies))
        return Family(
            family_id=f"SIM{self._seed:03d}{number:08d}",
            version=1,
            assignees=tuple(dict.fromkeys(assignees)),
            cpc=tuple(sorted(symbols)),
            filed_on=FIRST_FILING + timedelta(days=random.randrange(FILING_DAYS)),
            withdrawn=random.random() < WITHDRAWN_SHARE,
            backfill=True,
        )


def _sizes(companies: int, families: int, random: Random) -> list[int]:
    """Cut `families` into skewed parts, one a company, some of them empty."""
    weights = [random.lognormvariate(0, SIZE_SIGMA) for _ in range(companies)]
    total = sum(weights)
    cuts = [round(families * weight / total) for weight in accumulate(weights)]
    return [upper - lower for lower, upper in zip([0, *cuts], cuts, strict=False)]


def _subject(entries: Sequence[str]) -> tuple[str, ...]:
    """What symbols are drawn from: a whole group without its /00, a single symbol as it is."""
    return tuple(entry.removesuffix("/00") if is_whole_group(entry) else entry for entry in entries)


def _symbol(group: str, random: Random) -> str:
    return group if "/" in group else f"{group}/{random.choice(SUBGROUPS)}"
