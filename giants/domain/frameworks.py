"""The three eligibility frameworks (P-05 to P-09) as effective-dated reference data.

A designation is judged by the framework in force at its launch, a review by the one that its notice
names: the reviews of 2026 still use the text of 2022. Figures are shown to readers; no status follows
from them, because no list carries the figures of a company.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class Criterion(StrEnum):
    """The five recurring substantive criteria (P-06)."""

    FOCUS = "focus"
    MARKET_STANDING = "market_standing"
    INNOVATION = "innovation"
    STRATEGIC_RELEVANCE = "strategic_relevance"
    BUSINESS_QUALITY = "business_quality"


class Unit(StrEnum):
    """What the figure of a threshold counts."""

    YEARS = "years"
    YUAN = "yuan"
    SHARE = "share"
    RIGHTS = "rights"
    RANK = "rank"
    NONE = "none"


class Violation(StrEnum):
    """The five kinds of serious violation that bar a firm (P-07b)."""

    SAFETY = "safety"
    QUALITY = "quality"
    ENVIRONMENT = "environment"
    CREDIT = "credit"
    TAX = "tax"


@dataclass(frozen=True, slots=True)
class Threshold:
    """One threshold: at least or at most `value`, in `unit` (shares from 0 to 1), and its words.

    A threshold of words alone has the unit `none` and no figure.
    """

    criterion: Criterion
    item: str
    text: str
    unit: Unit = Unit.NONE
    at_least: float | None = None
    at_most: float | None = None
    in_reviews: bool = True


@dataclass(frozen=True, slots=True)
class Gate:
    """A condition that is passed or failed, never graded (P-07, P-09)."""

    item: str
    text: str
    score_min: int | None = None


@dataclass(frozen=True, slots=True)
class Framework:
    """One framework: its document, when it came into force, and what a firm has to satisfy.

    Where only the year is known, `in_force_from` is its first day and `in_force_day_known` is false.
    `conjunctive` says that all thresholds that apply must be met and that they are not points (P-08);
    None where the documents do not say.
    """

    id: str
    document: str
    issued_on: date | None
    in_force_from: date
    in_force_day_known: bool
    conjunctive: bool | None
    thresholds: tuple[Threshold, ...]
    gates: tuple[Gate, ...]

    @property
    def label(self) -> str:
        """How the framework is shown with a designation."""
        return f"{self.id} framework"


_CLEAN = Gate(
    "clean_compliance", "No serious violation in safety, quality, environment, credit or tax (P-07b)."
)
_PROVINCIAL = Gate(
    "provincial_specialised_sme", "Recognised as a provincial specialised SME, 专精特新中小企业 (P-07a)."
)

_FOCUS, _MARKET, _INNOVATION = Criterion.FOCUS, Criterion.MARKET_STANDING, Criterion.INNOVATION
_STRATEGIC, _QUALITY = Criterion.STRATEGIC_RELEVANCE, Criterion.BUSINESS_QUALITY

FRAMEWORK_2018: Final = Framework(
    id="2018",
    document="工信厅企业函〔2018〕381号",
    issued_on=None,
    in_force_from=date(2018, 1, 1),
    in_force_day_known=False,
    conjunctive=None,
    thresholds=(
        Threshold(_FOCUS, "years_in_niche", "At least 3 years in the niche.", Unit.YEARS, at_least=3),
        Threshold(
            _FOCUS,
            "main_business_share",
            "More than 70 % of revenue from the main business.",
            Unit.SHARE,
            at_least=0.70,
        ),
        Threshold(
            _QUALITY,
            "revenue",
            "Revenue of CNY 100 to 400 million in the year before.",
            Unit.YUAN,
            at_least=100_000_000,
            at_most=400_000_000,
        ),
        Threshold(
            _QUALITY,
            "growth",
            "Revenue or profit grew by more than 10 % a year on average over two years.",
            Unit.SHARE,
            at_least=0.10,
        ),
        Threshold(_QUALITY, "debt_ratio", "Debt of at most 70 % of assets.", Unit.SHARE, at_most=0.70),
        Threshold(_INNOVATION, "rd_staff", "At least 15 % of staff in R&D.", Unit.SHARE, at_least=0.15),
        Threshold(
            _INNOVATION,
            "intellectual_property",
            "At least 5 invention patents, or 15 utility models, designs or software copyrights.",
            Unit.RIGHTS,
            at_least=5,
        ),
        Threshold(
            _MARKET, "market_rank", "Among the top 3 of the province in its segment.", Unit.RANK, at_most=3
        ),
        Threshold(_STRATEGIC, "field", "Works in one of the ten fields of Made in China 2025."),
    ),
    gates=(_CLEAN,),
)

FRAMEWORK_2022: Final = Framework(
    id="2022",
    document="工信部企业〔2022〕63号",
    issued_on=None,
    in_force_from=date(2022, 1, 1),
    in_force_day_known=False,
    conjunctive=True,
    thresholds=(
        Threshold(
            _FOCUS,
            "years_in_niche",
            "At least 3 years in the niche; 2 for one that fills a gap.",
            Unit.YEARS,
            at_least=3,
        ),
        Threshold(
            _FOCUS,
            "main_business_share",
            "At least 70 % of revenue from the main business.",
            Unit.SHARE,
            at_least=0.70,
        ),
        Threshold(
            _QUALITY,
            "growth",
            "Revenue of the main business grew by at least 5 % a year on average over two years.",
            Unit.SHARE,
            at_least=0.05,
        ),
        Threshold(_QUALITY, "debt_ratio", "Debt of at most 70 % of assets.", Unit.SHARE, at_most=0.70),
        Threshold(
            _INNOVATION,
            "rd_share",
            "R&D of at least 3 % of revenue from CNY 100 million upwards, 6 % from 50 to 100 million; "
            "below, CNY 80 million of new equity, CNY 30 million of R&D and half of the staff in R&D.",
            Unit.SHARE,
            at_least=0.03,
        ),
        Threshold(
            _INNOVATION,
            "intellectual_property",
            "At least 2 class I rights that the main product uses.",
            Unit.RIGHTS,
            at_least=2,
        ),
        Threshold(_MARKET, "market_share", "At least 10 % of its national niche.", Unit.SHARE, at_least=0.10),
        Threshold(_STRATEGIC, "chain_role", "Fills a gap or supports a key link of an industrial chain."),
        Threshold(
            _QUALITY,
            "management",
            "A certified management system, an information system, an own brand, an R&D unit.",
        ),
    ),
    gates=(_CLEAN, _PROVINCIAL),
)

FRAMEWORK_2026: Final = Framework(
    id="2026",
    document="工信部企业〔2026〕2号",
    issued_on=date(2026, 1, 17),
    in_force_from=date(2026, 4, 1),
    in_force_day_known=True,
    conjunctive=True,
    thresholds=(
        Threshold(
            _FOCUS,
            "years_in_niche",
            "At least 3 years in the niche, without exception.",
            Unit.YEARS,
            at_least=3,
        ),
        Threshold(
            _FOCUS,
            "main_business_share",
            "At least 90 % of revenue from the main business.",
            Unit.SHARE,
            at_least=0.90,
        ),
        Threshold(
            _QUALITY,
            "revenue",
            "Revenue of at least CNY 50 million in the year before.",
            Unit.YUAN,
            at_least=50_000_000,
        ),
        Threshold(
            _QUALITY,
            "growth",
            "Revenue grew by at least 5 % a year, compounded; not asked in reviews.",
            Unit.SHARE,
            at_least=0.05,
            in_reviews=False,
        ),
        Threshold(_QUALITY, "debt_ratio", "Debt of at most 75 % of assets.", Unit.SHARE, at_most=0.75),
        Threshold(
            _INNOVATION,
            "rd_total",
            "R&D of at least CNY 12 million over two years.",
            Unit.YUAN,
            at_least=12_000_000,
        ),
        Threshold(
            _INNOVATION, "rd_share", "R&D of at least 3 % of revenue in each year.", Unit.SHARE, at_least=0.03
        ),
        Threshold(
            _INNOVATION,
            "intellectual_property",
            "At least 4 class I rights, none bought; waived for the top 3 of a national science award.",
            Unit.RIGHTS,
            at_least=4,
        ),
        Threshold(
            _MARKET,
            "market_share",
            "At least 10 % of its national niche, or among its top 3.",
            Unit.SHARE,
            at_least=0.10,
        ),
        Threshold(_STRATEGIC, "chain_role", "Belongs to the six industrial bases or a key link of a chain."),
    ),
    gates=(
        _CLEAN,
        _PROVINCIAL,
        Gate(
            "development_score",
            "Development-quality score of at least 60; in reviews, in either of the last two years (P-09).",
            score_min=60,
        ),
        Gate("not_a_single_champion", "Not already a manufacturing single champion."),
        Gate(
            "independent_of_little_giants",
            "Not controlled by, nor a like firm in the group of, a Little Giant.",
        ),
    ),
)

FRAMEWORKS: Final = (FRAMEWORK_2018, FRAMEWORK_2022, FRAMEWORK_2026)
# The first batch, and the first review year, that each framework judges (Z-11: batch 4 is within 2022's).
_FIRST_BATCH: Final = ((8, FRAMEWORK_2026), (4, FRAMEWORK_2022), (1, FRAMEWORK_2018))
_FIRST_REVIEW_YEAR: Final = ((2027, FRAMEWORK_2026), (2022, FRAMEWORK_2022))


def framework_for_designation(batch: int) -> Framework:
    """The framework that new designations of a batch are judged by; the latest known for future batches."""
    if batch < 1:
        raise ValueError(f"got batch {batch}, expected 1 or more")
    return next(framework for first, framework in _FIRST_BATCH if batch >= first)


def framework_for_review(review_year: int) -> Framework:
    """The framework that reviews of a year are judged by; 2026 still uses that of 2022.

    Raises ValueError before 2022, when the first review took place (S-04).
    """
    framework = next((framework for first, framework in _FIRST_REVIEW_YEAR if review_year >= first), None)
    if framework is None:
        raise ValueError(f"got review year {review_year}, expected 2022 or later: no batch was due before")
    return framework
