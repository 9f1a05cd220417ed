"""What a reader is told beside an answer: one short text for every caveat code (catalogue §11)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from schemas.codes import Caveat

CAVEAT_TEXTS: Final[Mapping[Caveat, str]] = MappingProxyType(
    {
        Caveat.FLOOR_NOT_CEILING: (
            "A rating is what patents prove at least; having none does not rule out activity in a technology."
        ),
        Caveat.TAXONOMY_SCOPE: (
            "Only technologies of this taxonomy are looked at, by design; a company may be active in others."
        ),
        Caveat.PATENT_COVERAGE: (
            "Trade secrets, unpatented processes and early research leave no trace in patent filings."
        ),
        Caveat.ONE_INPUT: (
            "For decisions that matter, treat this as one input into a wider assessment of the company."
        ),
        Caveat.STANDALONE_ENTITY: (
            "Each legal entity stands alone: check parents, subsidiaries and owners separately."
        ),
        Caveat.STARTING_POINT: "This is where work on a company starts; it does not replace that work.",
        Caveat.NOT_A_VERDICT: (
            "Exposure says what a company patents, not what for: that takes its partners, customers and ties."
        ),
        Caveat.CONFIDENCE_NOT_PROBABILITY: (
            "Confidence weighs the size of a portfolio: it is no probability and no confidence interval."
        ),
        Caveat.STATUS_UNKNOWN: (
            "A review was due, and the lists known so far do not settle it: the status is not confirmed."
        ),
        Caveat.AUTHORITY_UNKNOWN: (
            "No list seen so far says which authority nominated the company, as is usual for batches 1 to 3."
        ),
        Caveat.NOT_MALIGN: (
            "Designation shows that a ministry assessed the firm, and neither military ties nor wrongdoing."
        ),
        Caveat.OUT_OF_TAXONOMY: (
            "Much of this portfolio lies outside the taxonomy: few ratings may mean another field of work."
        ),
        Caveat.NO_PATENTS: "No patent families of this company are known, so it has no ratings and profiles.",
        Caveat.SCORE_DERIVED: (
            "The formula of the score is derived from the published example; it is not itself published."
        ),
        Caveat.BANDS_ASSUMED: "The limits between bands are assumed: the published table is missing.",
        Caveat.MAPPING_OWN_WORK: (
            "The mapping of technologies to CPC symbols is this project's own, but for a few published ones."
        ),
        Caveat.PROVISIONAL: (
            "This rests on a public notice open to objection; a final list has yet to confirm or withdraw it."
        ),
        Caveat.SIGNAL_NOT_FINDING: (
            "A signal tells where to look: no finding, no designation, nothing about what anybody intends."
        ),
        Caveat.PUBLICATION_LAG: (
            "Patents come out some 18 months after filing, so the newest two years always look emptier."
        ),
        Caveat.FEW_CLASSIFIED: (
            "Fewer than half of the families carry a CPC symbol; the others are evidence for no technology."
        ),
        Caveat.REVIEW_PENDING: (
            "Review data is not out yet: the title stands, and turns Unknown if no list tells by year-end."
        ),
        Caveat.AS_FILED: (
            "By filing date, with symbols, owners and mapping of today: not all of it was published by then."
        ),
        Caveat.ASSOCIATION: (
            "What goes with a lost title need not cause it, and says little of any one company."
        ),
        Caveat.SMALL_NUMBERS: (
            "Intervals are wide where few titles were lost, and one of many signals fits by chance."
        ),
    }
)


def caveat_text(caveat: Caveat) -> str:
    """The text of a caveat, one sentence in English."""
    return CAVEAT_TEXTS[caveat]


def caveat_texts(caveats: Iterable[Caveat]) -> tuple[str, ...]:
    """The texts of some caveats, each once, in the order of the codes."""
    wanted = set(caveats)
    return tuple(text for caveat, text in CAVEAT_TEXTS.items() if caveat in wanted)
