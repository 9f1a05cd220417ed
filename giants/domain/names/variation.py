"""How two recorded names of one company differ (N-07), and which of them is shown (Z-15)."""

from enum import StrEnum

from giants.domain.names.english_key import english_key
from giants.domain.names.forms import name_parts
from giants.domain.names.normal import is_chinese, is_register_script, normal_form


class Variation(StrEnum):
    """What the difference between two names consists of, where rules alone explain it."""

    SAME = "same"
    CORPORATE_FORM = "corporate_form"
    LISTING_DIFFERENCE = "listing_difference"
    BOTH = "both"


def classify_variation(a: str, b: str) -> Variation | None:
    """The rule that makes two names one company, or None where none does (N-09, N-10).

    Symmetric. A genuine change of name is None here, however alike the names are (N-08).
    """
    if normal_form(a) == normal_form(b):
        return Variation.SAME
    if not is_chinese(a) and not is_chinese(b):
        # An empty key says nothing: two names in signs alone are not the same for having no words.
        return Variation.SAME if english_key(a) and english_key(a) == english_key(b) else None
    first, second = name_parts(a), name_parts(b)
    if first.bare_body != second.bare_body or bool(first.form) != bool(second.form):
        return None
    if first.body == second.body:
        return Variation.CORPORATE_FORM
    return Variation.LISTING_DIFFERENCE if first.form == second.form else Variation.BOTH


def fuller_form(a: str, b: str) -> str:
    """Of two names with a listing difference, the one that kept more of its place (Z-15); `a` where equal."""
    return b if len(name_parts(b).body) > len(name_parts(a).body) else a


def displayed_name(earlier: str, later: str) -> str:
    """Which of two names of one company is shown (Z-15).

    The fuller form of a listing difference, and the one in the script of the register where only one is in
    it; the later name in every other case, for a changed corporate form or a new name is what the company is
    called now.
    """
    variation = classify_variation(earlier, later)
    if variation is Variation.LISTING_DIFFERENCE:
        return fuller_form(later, earlier)
    if variation is Variation.SAME and is_register_script(earlier) and not is_register_script(later):
        return earlier
    return later
