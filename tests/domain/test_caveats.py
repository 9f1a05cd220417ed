from giants.domain.caveats import CAVEAT_TEXTS, caveat_text, caveat_texts
from schemas.codes import Caveat

CAVEAT_CHARACTERS_MAX = 120


def test_every_caveat_has_a_text_of_its_own() -> None:
    assert set(CAVEAT_TEXTS) == set(Caveat)
    assert len(set(CAVEAT_TEXTS.values())) == len(Caveat)


def test_texts_are_one_short_sentence() -> None:
    for text in CAVEAT_TEXTS.values():
        assert text[0].isupper()
        assert text.endswith(".")
        assert len(text) <= CAVEAT_CHARACTERS_MAX


def test_a_pending_review_and_an_unknown_status_are_told_apart() -> None:
    """S-08: the published tracker says Unknown for both."""
    pending, unknown = caveat_text(Caveat.REVIEW_PENDING), caveat_text(Caveat.STATUS_UNKNOWN)
    assert "title stands" in pending
    assert "Unknown" in pending
    assert "not confirmed" in unknown


def test_derived_and_assumed_parts_of_the_method_are_named_as_such() -> None:
    assert "derived" in caveat_text(Caveat.SCORE_DERIVED)
    assert "assumed" in caveat_text(Caveat.BANDS_ASSUMED)


def test_texts_come_once_and_in_the_order_of_the_codes() -> None:
    codes = [Caveat.PROVISIONAL, Caveat.NOT_MALIGN, Caveat.PROVISIONAL]
    assert caveat_texts(codes) == (caveat_text(Caveat.NOT_MALIGN), caveat_text(Caveat.PROVISIONAL))
    assert caveat_texts([]) == ()
