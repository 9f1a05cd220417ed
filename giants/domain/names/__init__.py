"""Names of companies: normal form, keys, and the rules by which two names are one company (N-*)."""

from giants.domain.names.correction import (
    CorrectionCondition,
    CorrectionVerdict,
    Substitution,
    check_correction,
)
from giants.domain.names.errors import NamesError, SimilarCharactersError
from giants.domain.names.forms import english_key, identity_key, lookup_keys
from giants.domain.names.normal import is_chinese, name_problem, normal_form
from giants.domain.names.similar import (
    SimilarCharacters,
    default_similar_characters,
    read_similar_characters,
)
from giants.domain.names.variation import Variation, classify_variation, displayed_name, fuller_form

__all__ = [
    "CorrectionCondition",
    "CorrectionVerdict",
    "NamesError",
    "SimilarCharacters",
    "SimilarCharactersError",
    "Substitution",
    "Variation",
    "check_correction",
    "classify_variation",
    "default_similar_characters",
    "displayed_name",
    "english_key",
    "fuller_form",
    "identity_key",
    "is_chinese",
    "lookup_keys",
    "name_problem",
    "normal_form",
    "read_similar_characters",
]
