"""A run of screening, or the judgements of a portfolio, on one page: what was asked, found and decided.

Chinese is set in STSong-Light, one of the CID fonts that every reader of PDF has or replaces. A packaged
font would add ten megabytes to the program and a subset of it to each page; the price is that characters
outside of GB 18030's first planes depend on the reader.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from giants.screening.trail import by_pair
from giants.store.queries.screening_runs import RunHead
from schemas.portfolios import Basis, Judgement, MatchVerdict, ScreenedName

ROWS_MAX: Final = 40
# What a table may take of the page, in points, beside title, facts and notes.
TABLE_POINTS_MAX: Final = 620
CELL_CHARACTERS_MAX: Final = 150
FONT: Final = "STSong-Light"
_WIDTHS: Final = (52 * mm, 20 * mm, 62 * mm, 46 * mm)
_NOTE: Final = (
    "A match is an answer about a name. It is no finding about a counterparty, and designation as a Little "
    "Giant does not by itself show malign activity. 匹配仅针对名称，不构成对交易对手的认定。"
)

Cell = Sequence[str]


def run_as_pdf(
    run: RunHead, basis: Basis, names: Iterable[ScreenedName], judgements: Iterable[Judgement]
) -> bytes:
    """One page of a run: names that came to something first, as many as fit, and how many more there are."""
    judged = by_pair(judgements)
    rows = [_name_row(name, judged) for name in sorted(names, key=_order)[:ROWS_MAX]]
    asked = (
        f"{run.names:,} names of {run.label or 'a request'} by {run.by} for {run.owner}, "
        f"{run.began_at:%Y-%m-%d %H:%M:%S} UTC, by {run.origin}, in {run.parts} parts"
    )
    found = (
        f"{run.matched:,} match, {run.ambiguous:,} ambiguous, {run.review:,} to review, {run.none:,} none, "
        f"{run.problems:,} not screened"
    )
    heads = ("Asked 查询", "Found 结果", "Company 企业", "Decided 决定")
    return _page(f"Screening {run.run_id}", [asked, found, _made_from(basis)], (heads, *rows), run.names)


def judgements_as_pdf(portfolio: str, judgements: Sequence[Judgement], total: int) -> bytes:
    """One page of the judgements of a portfolio, the newest first."""
    rows = [
        (
            one.entry_name or one.entry_id,
            one.verdict.value,
            f"{one.company_name or ''} {one.company_id}",
            f"{one.by} {one.at:%Y-%m-%d %H:%M}Z {one.why or ''}",
        )
        for one in judgements[:ROWS_MAX]
    ]
    basis = next((one.basis for one in judgements if one.basis is not None), None)
    heads = ("Entry 条目", "Verdict 决定", "Company 企业", "By, at, why 由谁、何时、原因")
    facts = [f"{total:,} judgements", *([_made_from(basis)] if basis is not None else [])]
    return _page(f"Judgements of {portfolio}", facts, (heads, *rows), total)


def _order(name: ScreenedName) -> tuple[bool, int, int, str]:
    """Names of which a source says who owns whom first, then by verdict, in the order of the list."""
    order = [MatchVerdict.MATCH, MatchVerdict.AMBIGUOUS, MatchVerdict.REVIEW, None, MatchVerdict.NONE]
    says_owner = bool(name.ownership) or any(one.ownership for one in name.candidates[:1])
    return not says_owner, order.index(name.verdict), len(name.key), name.key


def _name_row(name: ScreenedName, judged: dict[tuple[str, str], Judgement]) -> Cell:
    if not name.candidates:
        return (
            name.name,
            "not screened" if name.verdict is None else name.verdict.value,
            name.problem or "; ".join(_short(name.ownership)),
            "",
        )
    best = name.candidates[0]
    decisions = [
        f"{found.verdict} by {found.by} {found.at:%Y-%m-%d} {found.why or ''}"
        for one in name.candidates
        if (found := judged.get((name.name, one.company_id))) is not None
    ]
    more = f" (+{len(name.candidates) - 1})" if len(name.candidates) > 1 else ""
    company = "; ".join((f"{best.name} {best.name_en or ''} ({best.status}){more}", *_short(best.ownership)))
    verdict = "" if name.verdict is None else name.verdict.value
    return name.name, f"{verdict} {best.score:.2f}", company, "; ".join(decisions) or "open"


def _short(ownership: Sequence[str]) -> Iterator[str]:
    """The newest record of ownership, without its address, and how many more there are."""
    for one in ownership[:1]:
        more = f" (+{len(ownership) - 1})" if len(ownership) > 1 else ""
        yield f"{one.rpartition(', ')[0]}{more}"


def _made_from(basis: Basis) -> str:
    newest = "none" if basis.newest_change_at is None else f"{basis.newest_change_at:%Y-%m-%d %H:%M}Z"
    version = "?" if basis.taxonomy_version is None else basis.taxonomy_version
    return (
        f"Data: epoch {basis.epoch}, {basis.companies:,} companies, newest change {newest}. "
        f"Matcher {basis.algorithm}, match from {basis.match_min:.2f}, review from {basis.review_min:.2f}. "
        f"Taxonomy {basis.taxonomy} {version}, methodology {basis.methodology}."
    )


def _page(title: str, facts: Iterable[str], rows: Sequence[Cell], total: int) -> bytes:
    """One page: the heading of the table and as many of its rows as have room, of `total`."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    text = ParagraphStyle("text", fontName=FONT, fontSize=8, leading=10, wordWrap="CJK")
    heading = ParagraphStyle("heading", parent=text, fontSize=13, leading=18)
    table, shown = _fitting(rows, text)
    left_out = total - shown
    story: list[Flowable] = [Paragraph(escape(title), heading)]
    story += [Paragraph(escape(fact), text) for fact in facts]
    story += [Spacer(1, 3 * mm), table, Spacer(1, 2 * mm)]
    if left_out > 0:
        story.append(Paragraph(f"… and {left_out:,} more, in the CSV and JSON of the same record", text))
    story.append(Paragraph(escape(_NOTE), text))
    made = io.BytesIO()
    document = SimpleDocTemplate(
        made,
        pagesize=A4,
        title=title,
        author="giants",
        invariant=1,
        leftMargin=15 * mm,
        rightMargin=15 * mm,
        topMargin=12 * mm,
        bottomMargin=12 * mm,
    )
    document.build(story)
    return made.getvalue()


def _fitting(rows: Sequence[Cell], text: ParagraphStyle) -> tuple[Table, int]:
    """The table with as many rows as have room, and how many these are without the heading."""
    for shown in range(len(rows), 0, -1):
        cells = [[Paragraph(escape(_cut(cell)), text) for cell in row] for row in rows[:shown]]
        table = Table(cells, colWidths=_WIDTHS, repeatRows=1)
        style = TableStyle([("GRID", (0, 0), (-1, -1), 0.25, colors.grey)])
        style.add("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)
        style.add("VALIGN", (0, 0), (-1, -1), "TOP")
        style.add("TOPPADDING", (0, 0), (-1, -1), 1)
        style.add("BOTTOMPADDING", (0, 0), (-1, -1), 2)
        table.setStyle(style)
        if table.wrap(sum(_WIDTHS), TABLE_POINTS_MAX)[1] <= TABLE_POINTS_MAX:
            break
    return table, shown - 1


def _cut(cell: str) -> str:
    return cell if len(cell) <= CELL_CHARACTERS_MAX else cell[: CELL_CHARACTERS_MAX - 1] + "…"
