"""Figures of the matcher on labelled queries: of a made-up programme, and of listed companies."""

from pathlib import Path

import pytest

from bench.name_damage import FALSE_FRIENDS, LOOKS, Named, damages
from bench.screening import evaluate, from_csv, index_of, labelled, made_up, read_shapes, read_sounds, total
from giants.matching import Matcher

QUERIES_MIN = 2_000


def check(
    companies: list[Named], looks: dict[str, str], part: str, *, precision: float, recall: float
) -> None:
    queries = list(labelled(companies, looks, part))
    whole, wanted = total(evaluate(Matcher(index_of(companies)), queries))
    assert len(queries) > QUERIES_MIN
    assert whole.matched_right / whole.matched > precision, whole.wrong[:20]
    assert whole.matched_right / wanted > recall
    assert whole.found / wanted > 0.9


def test_there_are_ten_kinds_of_damage_and_true_strangers() -> None:
    assert len(damages({}, {})) >= 10
    assert not damages({}, {}).keys() & FALSE_FRIENDS.keys()


@pytest.mark.parametrize("part", ["tuned", "held-out"])
def test_matches_are_right_on_a_made_up_programme(part: str) -> None:
    check(made_up(0.12), LOOKS, part, precision=0.98, recall=0.6)


def test_matches_are_right_on_the_half_that_nothing_was_tuned_on(data_dir: Path) -> None:
    looks = LOOKS | read_shapes(data_dir / "chars" / "confused_chinese_shape.tsv")
    companies = from_csv(data_dir / "companies" / "a_share_names.csv")
    check(companies, looks, "held-out", precision=0.995, recall=0.75)


def test_queries_are_the_same_in_every_run() -> None:
    companies = made_up(0.01)
    assert list(labelled(companies, LOOKS, "tuned")) == list(labelled(companies, LOOKS, "tuned"))
    assert read_sounds(companies) == read_sounds(companies)
