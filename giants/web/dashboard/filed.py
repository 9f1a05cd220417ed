"""What the page of a company shows of ratings as filed."""

from dataclasses import dataclass
from typing import Final

from markupsafe import Markup

from giants.web.answers_filed import AsFiledAnswer, FiledYear
from giants.web.context import Context
from giants.web.dashboard.charts.as_filed import LINES_MAX, FiledLine, filed_scores
from giants.web.errors import NotReadyError
from giants.web.filed import years_as_filed
from schemas.changes import CompanySnapshot

YEARS_SHOWN_MAX: Final = 15


@dataclass(frozen=True, slots=True)
class FiledView:
    """The newest years, the technologies rated highest in the newest of them, and their chart."""

    years: tuple[FiledYear, ...]
    rows: tuple[FiledLine, ...]
    undated: int
    methodology: str
    chart: Markup


def filed_view(context: Context, company: CompanySnapshot) -> FiledView | None:
    """The years of a company by filing date; no rows where nothing was rated, None without a taxonomy."""
    try:
        answer = years_as_filed(context, company, None)
    except NotReadyError:
        return None
    years = answer.years[-YEARS_SHOWN_MAX:]
    rows = _rows(answer, years)
    chart = filed_scores(rows, [year.year for year in years]) if rows else Markup("")
    return FiledView(years, rows, answer.undated, answer.methodology, chart)


def _rows(answer: AsFiledAnswer, years: tuple[FiledYear, ...]) -> tuple[FiledLine, ...]:
    scores = [{pair.technology: pair.score for pair in year.technologies} for year in years]
    of_technology = {id_: tuple(year.get(id_) for year in scores) for id_ in answer.names}
    rated = [
        (id_, values) for id_, values in of_technology.items() if any(score is not None for score in values)
    ]
    # Those rated in the newest year first, by its score; then by the best score of any year.
    rated.sort(key=lambda item: (-(item[1][-1] or 0.0), -max(score or 0.0 for score in item[1]), item[0]))
    return tuple(
        FiledLine(number, answer.names[id_], values)
        for number, (id_, values) in enumerate(rated[:LINES_MAX], 1)
    )
