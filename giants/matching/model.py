"""What is asked of the matcher, and what it answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from giants.matching.errors import ThresholdsError
from schemas.base import AuthorityCode

MATCH_MIN: Final = 0.90
REVIEW_MIN: Final = 0.70
CANDIDATES_SHOWN_MAX: Final = 5
QUERY_NAMES_MAX: Final = 20
NAME_CHARACTERS_MAX: Final = 300

# Every feature that a score may name, and what it compares.
FEATURES: Final = {
    "name": "the whole name, as it is recorded now or was before",
    "trade name": "the name between place and trade, with slips of single characters",
    "trade": "the words of the trade after the trade name",
    "place": "places in both names, beside the query, and of the authority that nominated",
    "place beside": "a place that is given beside a name which has another one; it lowers no score",
    "legal form": "the legal form, and in English the kind of firm that it names",
    "structure": "words that tell one legal entity of a group from another",
    "branch": "a branch office, which is credited to its firm",
    "source": "whether an English name is on record or derived from the Chinese one",
    "reading": "a Chinese name in pinyin",
    "initials": "first letters of the syllables of a Chinese name",
    "uscc": "the 18-character code of the register",
}


class Outcome(StrEnum):
    """How a feature of a query compares with that of a company."""

    AGREES = "agrees"
    DIFFERS = "differs"
    MISSING = "missing"


class Verdict(StrEnum):
    """What a query comes to: one company, candidates for a person, several that fit as well, or nobody."""

    MATCH = "match"
    REVIEW = "review"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which score on a candidate is a match, and from which one it is shown to a person (0 to 1)."""

    match: float = MATCH_MIN
    review: float = REVIEW_MIN

    def __post_init__(self) -> None:
        if not 0 < self.review <= self.match <= 1:
            raise ThresholdsError(self.review, self.match)


@dataclass(frozen=True, slots=True)
class Company:
    """A company to match against: its names now and before, in Chinese and English.

    `names` begin with the one in use. `uscc` is the 18-character code of the register.
    """

    company_id: str
    names: tuple[str, ...]
    names_en: tuple[str, ...] = ()
    uscc: str | None = None
    authority: AuthorityCode | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Who is looked for: a name in any script, and what else is known; at most `QUERY_NAMES_MAX` names count.

    `place` is a city or province in any script; `other_names` are former names and those in other scripts.
    """

    name: str
    place: str | None = None
    uscc: str | None = None
    other_names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the first one first."""
        return tuple(dict.fromkeys(name for name in (self.name, *self.other_names) if name))[:QUERY_NAMES_MAX]


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing compared: a factor of the score from 0 to 1, and what was seen in words."""

    name: str
    outcome: Outcome
    factor: float
    detail: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A company that a query may mean, why, and by which names of both."""

    company_id: str
    score: float
    query_name: str
    matched_name: str
    features: tuple[Feature, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Candidates of one query, best first, and what they come to."""

    query: Query
    verdict: Verdict
    candidates: tuple[Candidate, ...]

    @property
    def match(self) -> Candidate | None:
        """The company that is meant; None unless the verdict is a match."""
        return self.candidates[0] if self.verdict is Verdict.MATCH else None
