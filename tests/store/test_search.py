import pytest

from giants.store.search import search_key, search_text

NAMES = ("苏州略阳绿能科技有限公司",)


@pytest.mark.parametrize(
    "query",
    [
        "lueyang",
        "lüeyang",
        "lveyang",
        "luneng",
        "Lüèyáng lǜnéng",
        "szlylnkj",
        "蘇州略陽綠能",
        "Suzhou Lüeyang",
        "（略阳）",
    ],
)
def test_a_company_is_found_however_its_name_is_typed(query: str) -> None:
    assert search_key(query) in search_text(NAMES)


def test_marks_on_latin_letters_make_no_difference() -> None:
    text = search_text((), ("Société Générale",))
    assert search_key("societe generale") in text
    assert search_key("Société") in text


def test_letters_of_other_scripts_keep_their_marks() -> None:
    assert search_key("ガ") != search_key("カ")
