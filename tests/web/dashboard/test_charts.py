"""Charts: well-formed, inside their frame, described, and telling apart what they have to."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markupsafe import Markup

from giants.domain.authorities import AUTHORITIES
from giants.store.queries.dashboard_programme import RetentionRow
from giants.store.queries.programme import AuthorityRow
from giants.web.dashboard.charts.as_filed import LINES_MAX, FiledLine, filed_scores
from giants.web.dashboard.charts.bars import Part, bar
from giants.web.dashboard.charts.exposure import Point, exposure_plot
from giants.web.dashboard.charts.history import Step, rating_history
from giants.web.dashboard.charts.retention import retention_curves
from giants.web.dashboard.charts.svg import element
from giants.web.dashboard.charts.tiles import PLACES, tiles
from giants.web.dashboard.charts.timeline import Mark, timeline
from schemas.changes import Cause, CompanySnapshot, StatusSpell
from schemas.codes import Band, Status, SubState
from tests.oracles.exposure import confidence, rated
from tests.store.builders import company

FIRST, LAST = date(2019, 1, 1), date(2030, 12, 31)
days = st.dates(FIRST, LAST)
Element = etree._Element
# Strokes and letters may reach a little over the edge.
MARGIN = 2.0
LETTER_WIDTH, LETTER_HEIGHT = 8.0, 14.0


def frame(chart: Markup) -> tuple[Element, float, float]:
    root = etree.fromstring(chart)
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    return root, width, height


def assert_inside(chart: Markup) -> Element:
    root, width, height = frame(chart)
    assert root.attrib["role"] == "img"
    assert root.findtext("title")
    assert root.findtext("desc")
    for shape in root.iter():
        for name, most in (
            ("x", width),
            ("x1", width),
            ("x2", width),
            ("cx", width),
            ("y", height),
            ("cy", height),
        ):
            assert -MARGIN <= float(shape.attrib.get(name, 0)) <= most + MARGIN, etree.tostring(shape)
        if shape.tag == "rect":
            assert float(shape.attrib["width"]) >= 0
            assert float(shape.attrib["x"]) + float(shape.attrib["width"]) <= width + MARGIN
    return root


def classes(root: Element, tag: str) -> list[str]:
    return [shape.attrib.get("class", "") for shape in root.iter(tag)]


def spell(since: date, status: Status) -> StatusSpell:
    cause = Cause(kind="designation", ref="L@1")
    return StatusSpell(since=since, status=status, sub_state=SubState.NEW, cause=cause)


def snapshot(spells: list[StatusSpell]) -> CompanySnapshot:
    return CompanySnapshot.model_validate(company("C") | {"timeline": [one.model_dump() for one in spells]})


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(days, st.sampled_from(Status)), max_size=8, unique_by=lambda pair: pair[0]),
    st.lists(days, max_size=30),
    days,
)
def test_a_life_is_drawn_inside_its_frame_whatever_happened(
    spells: list[tuple[date, Status]], marked: list[date], until: date
) -> None:
    lived = snapshot([spell(since, status) for since, status in sorted(spells)])
    first = lived.timeline[0].since if lived.timeline else lived.since
    marks = [Mark(number, max(on, first), "good", "it") for number, on in enumerate(marked, 1)]
    root = assert_inside(timeline(lived, marks, until))
    numbers = [text.text for text in root.iter("text") if text.attrib.get("class") == "mark-number"]
    assert sorted(numbers, key=str) == sorted((str(mark.number) for mark in marks), key=str)


def test_the_stretches_of_a_life_follow_each_other_without_a_gap() -> None:
    spells = [
        spell(date(2019, 6, 5), Status.ACTIVE),
        spell(date(2022, 9, 1), Status.INACTIVE),
        spell(date(2024, 9, 2), Status.ACTIVE),
    ]
    root = assert_inside(timeline(snapshot(spells), [], date(2025, 12, 31)))
    drawn = list(root.iter("rect"))
    assert [shape.attrib["class"] for shape in drawn] == ["s-active", "s-inactive", "s-active"]
    ends = [float(shape.attrib["x"]) + float(shape.attrib["width"]) for shape in drawn]
    starts = [float(shape.attrib["x"]) for shape in drawn]
    assert all(abs(end - start) < 0.02 for end, start in zip(ends, starts[1:], strict=False))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(1, 400), st.integers(1, 400)), max_size=40))
def test_every_rated_pair_is_a_point_of_its_band(portfolios: list[tuple[int, int, int]]) -> None:
    points = []
    for number, (families, matching, rest) in enumerate(portfolios, 1):
        weight = float(confidence(families))
        rating = rated(matching, matching + rest, families)
        if rating is not None:
            points.append(Point(matching / (matching + rest), weight, Band(rating.band), number))
    root, width, height = frame(exposure_plot(points, "A plot"))
    circles = list(root.iter("circle"))
    assert len(circles) == len(points)
    for circle in circles:
        assert 0 <= float(circle.attrib["cx"]) <= width
        assert 0 <= float(circle.attrib["cy"]) <= height
    levels = sorted(str(circle.attrib["class"]).removeprefix("point b") for circle in circles)
    assert levels == sorted(str(list(type(point.band)).index(point.band) + 1) for point in points)


def test_a_point_of_high_alignment_and_confidence_lies_in_the_established_quadrant() -> None:
    root = assert_inside(exposure_plot([Point(0.6, 1.0, Band.STRONG, 1)], "A plot"))
    quadrant = next(shape for shape in root.iter("rect"))
    point = next(shape for shape in root.iter("circle"))
    assert float(quadrant.attrib["x"]) <= float(point.attrib["cx"])
    assert float(point.attrib["cy"]) <= float(quadrant.attrib["y"]) + float(quadrant.attrib["height"])


def box(label: Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a text, with room for wide letters."""
    width = LETTER_WIDTH * len(str(label.text))
    x, y = float(label.attrib["x"]), float(label.attrib["y"])
    left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[label.attrib.get("text-anchor", "start")]
    return left, y - LETTER_HEIGHT, left + width, y


def test_the_names_on_an_exposure_plot_are_whole_and_cover_neither_each_other_nor_a_line() -> None:
    root, width, _ = frame(exposure_plot([], "A plot"))
    upright = [label for label in root.iter("text") if "transform" not in label.attrib]
    boxes = [box(label) for label in upright]
    assert len(boxes) > 16
    for left, _, right, _ in boxes:
        assert 0 <= left < right <= width
    for (left, top, right, bottom), (left2, top2, right2, bottom2) in combinations(boxes, 2):
        assert left >= right2 or left2 >= right or top >= bottom2 or top2 >= bottom
    (across,) = {
        float(line.attrib["y1"])
        for line in root.iter("line")
        if line.attrib["class"] == "threshold" and line.attrib["y1"] == line.attrib["y2"]
    }
    for _, top, _, bottom in (box(label) for label in upright if label.attrib["class"] == "quadrant"):
        assert not top <= across <= bottom


def test_a_rating_rises_and_ends_where_it_stops_being_rated() -> None:
    at = datetime(2023, 5, 1, tzinfo=UTC)
    steps = [
        Step(at, 22.4, Band.WEAK),
        Step(at + timedelta(days=200), 84.9, Band.VERY_STRONG),
        Step(at + timedelta(days=400), None, None),
    ]
    root = assert_inside(rating_history(steps, date(2025, 12, 31)))
    low, high = root.iter("circle")
    assert float(high.attrib["cy"]) < float(low.attrib["cy"])
    assert len([one for one in classes(root, "path") if one == "step"]) == 2


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=1, max_size=12, unique=True), st.data())
def test_retention_names_every_batch_once(numbers: list[int], data: st.DataObject) -> None:
    kept = {}
    for batch in sorted(numbers):
        share = data.draw(st.integers(0, 100))
        kept[batch] = [
            RetentionRow(batch, year, 100, share, 0) for year in range(2018 + batch, 2018 + batch + 4)
        ]
    root = assert_named(retention_curves(kept))
    names = [text.text for text in root.iter("text") if "curve-name" in text.attrib.get("class", "")]
    assert sorted(names, key=str) == sorted((f"batch {batch}" for batch in numbers), key=str)


def assert_named(chart: Markup) -> Element:
    root, _, _ = frame(chart)
    assert root.findtext("title")
    return root


def test_every_authority_has_a_tile_of_its_own() -> None:
    assert set(PLACES) == {authority.code for authority in AUTHORITIES}
    assert len(set(PLACES.values())) == len(PLACES)
    made = tiles([AuthorityRow("JS", 900, 800, 90, 10), AuthorityRow(None, 50, 50, 0, 0)])
    assert {tile.authority.code: tile.level for tile in made if tile.level} == {"JS": 5}


def test_parts_of_a_bar_fill_their_share_and_no_more() -> None:
    root = etree.fromstring(bar((Part(30, "s-active"), Part(0, "s-unknown"), Part(10, "s-inactive")), 80))
    assert [float(part.attrib["width"]) for part in root] == [75.0, 25.0]


def test_texts_and_attributes_are_escaped() -> None:
    made = element("text", "<script>&", class_='"><script>')
    parsed = etree.fromstring(made)
    assert parsed.text == "<script>&"
    assert parsed.attrib["class"] == '"><script>'


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 15), st.integers(1, 10), st.data())
def test_scores_as_filed_are_lines_inside_the_frame_with_the_numbers_of_their_rows(
    years: int, technologies: int, data: st.DataObject
) -> None:
    score = st.none() | st.floats(0, 100)
    lines = [
        FiledLine(number, f"Technology {number}", tuple(data.draw(score) for _ in range(years)))
        for number in range(1, technologies + 1)
    ]
    root = assert_inside(filed_scores(lines, range(2010, 2010 + years)))
    drawn = lines[:LINES_MAX]
    rated_ = sum(value is not None for one in drawn for value in one.scores)
    assert len(list(root.iter("circle"))) == rated_
    numbers = [text.text for text in root.iter("text") if "curve-name" in text.attrib.get("class", "")]
    expected = [str(one.number) for one in drawn if any(value is not None for value in one.scores)]
    assert sorted(map(str, numbers), key=int) == expected


def test_a_line_as_filed_breaks_where_nothing_is_rated() -> None:
    lines = [FiledLine(1, "Radar", (20.0, 30.0, None, 10.0))]
    root = assert_inside(filed_scores(lines, range(2019, 2023)))
    assert len([one for one in classes(root, "path") if one.startswith("curve")]) == 2
    assert "1 Radar: 10.0" in str(root.findtext("desc"))
