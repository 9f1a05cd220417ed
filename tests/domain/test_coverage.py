"""The matrix of lists: what is there, what contradicts itself, and what would settle the rest."""

from giants.domain.coverage import CellState, Column, coverage
from schemas.base import AuthorityCode
from tests.domain.registry.build import MIIT, Told, designation, notice, review

A, B = "杭州安奥轴承有限公司", "杭州邦宝阀门有限公司"


def columns(told: Told) -> dict[tuple[int | None, int | None], Column]:
    found = coverage(told.registry.list_snapshots().values())
    return {(column.batch, column.review_year): column for column in found}


def states(column: Column) -> dict[str, CellState]:
    return {str(cell.authority): cell.state for cell in column.cells if cell.state != "outstanding"}


def test_each_cell_says_how_far_it_is_covered() -> None:
    told = Told(
        notice("b4-zj-n", 4, A, authority="ZJ"),
        designation("b4-zj", 4, A, authority="ZJ", complete=True),
        designation("b4-qh", 4, authority="QH", complete=True),
        designation("b4-gd", 4, B, authority="GD", complete=True, expected=2),
        notice("b4-js", 4, B, authority="JS"),
    )
    column = columns(told)[4, None]
    assert states(column) == {"ZJ": "complete", "QH": "zero", "GD": "contradicting", "JS": "seen"}
    cell = next(one for one in column.cells if one.authority == "ZJ")
    assert (cell.stages, cell.list_ids) == (("public_notice", "final"), ("b4-zj", "b4-zj-n"))
    assert next(one.doubt for one in column.cells if one.authority == "GD") == "expected 2 names, got 1"
    assert len(column.outstanding) == 35
    assert column.names == 3
    assert (column.expected, column.expected_names) == (2, 1)
    assert column.total is None


def test_a_complete_national_list_leaves_nothing_outstanding() -> None:
    told = Told(designation("b2", 2, A, B, source=MIIT, complete=True), review("r", 2023, A, authority="ZJ"))
    found = columns(told)
    assert list(found) == [(2, None), (None, 2023)]
    assert found[2, None].outstanding == ()
    assert found[None, 2023].outstanding == tuple(code for code in AuthorityCode if code != "ZJ")
