"""Small companies for the tests of signals: a taxonomy of two technologies, families by year, standings."""

from collections.abc import Iterable, Sequence

from giants.domain.events import ProgrammeStatus
from giants.domain.signals import FiledFamily, PortfolioByYear
from giants.domain.taxonomy import Taxonomy
from schemas.codes import Status, SubState, Tier
from schemas.facts import TaxonomyVersion, Technology

TAXONOMY_VERSION = TaxonomyVersion(
    taxonomy="ctt74",
    version=2,
    technologies=(
        Technology(id="optical", name="Optical", cpc=("H04B10/00",)),
        Technology(id="radar", name="Radar", cpc=("G01S13/00", "H04B10/2519")),
    ),
)
TAXONOMY = Taxonomy.compile(TAXONOMY_VERSION)
OPTICAL, RADAR, BOTH, NEITHER = "H04B10/00", "G01S13/88", "H04B10/2519", "F03D1/06"
SYMBOLS = (OPTICAL, RADAR, BOTH, NEITHER)
YEAR = 2026


def standing(
    status: Status = Status.ACTIVE,
    sub_state: SubState = SubState.MAINTAINED,
    tier: Tier | None = None,
    next_review_year: int | None = None,
) -> ProgrammeStatus:
    return ProgrammeStatus(status, sub_state, tier, next_review_year)


def filed(years: Iterable[int], *symbols: str) -> list[FiledFamily]:
    """One family a year given, each with these symbols."""
    return [FiledFamily(year, tuple(sorted(symbols))) for year in years]


def portfolio(*families: Sequence[FiledFamily]) -> PortfolioByYear:
    return PortfolioByYear(TAXONOMY, [one for some in families for one in some])
