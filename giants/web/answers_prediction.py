"""Answers of how signals before reviews go with their outcomes."""

from giants.domain.prediction import SignalName
from giants.web.answers import Answer, CaveatNote


class ShareItem(Answer):
    """`part` of `whole`, with Wilson's interval at 95 %; null where the whole is nothing."""

    part: int
    whole: int
    share: float | None
    low: float | None
    high: float | None


class LiftItem(Answer):
    """How many times as often titles were lost with the signal as in all, with its bootstrap interval."""

    value: float | None
    low: float | None
    high: float | None


class MeasureItem(Answer):
    """A signal against the outcomes.

    `precision` is the share of lost titles among cases with the signal, `recall` the share with the signal
    among lost titles, `passed_with` among those that passed. `p` is that of Fisher's exact test times the
    number of signals tried; `stands_out` where it is below 0.05 and enough titles were lost and kept.
    """

    signal: SignalName
    meaning: str
    precision: ShareItem
    recall: ShareItem
    passed_with: ShareItem
    lift: LiftItem
    p: float
    stands_out: bool


class YearItem(Answer):
    """Settled reviews of a year with a portfolio to look at."""

    review_year: int
    reviews: int
    lost: int


class ApartItem(Answer):
    """Settled reviews that are left out."""

    reviews: int
    lost: int


class PredictionAnswer(Answer):
    """Signals before reviews against outcomes, over what is loaded.

    `lost` is the share that lost the title in all cases. `uncovered` reviews had no family filed before;
    `undated` ones too many families without a filing date. `enough` is false where too few titles were lost
    or kept for any statement.
    """

    lost: ShareItem
    enough: bool
    tried: int
    years: tuple[YearItem, ...]
    uncovered: ApartItem
    undated: ApartItem
    signals: tuple[MeasureItem, ...]
    taxonomy: str
    taxonomy_version: int
    methodology: str
    caveats: tuple[CaveatNote, ...]
