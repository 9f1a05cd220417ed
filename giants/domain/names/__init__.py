"""Names of companies: normal form, keys, and the rules by which two names are one company (N-*).

What needs dictionaries of pinyin is imported from its own module, so that workers start without them:
`giants.domain.names.candidates` (pairs for a person) and `giants.domain.names.english` (assignees).
"""

from giants.domain.names.correction import (
    CorrectionCondition,
    CorrectionVerdict,
    Substitution,
    check_correction,
)
from giants.domain.names.english_key import english_key, english_lookup_keys
from giants.domain.names.errors import NamesError, SimilarCharactersError, TooManyNamesError
from giants.domain.names.forms import Branch, branch_of, identity_key, lookup_keys
from giants.domain.names.normal import (
    KEYS_VERSION,
    is_chinese,
    name_problem,
    normal_form,
    unread_characters,
)
from giants.domain.names.similar import (
    SimilarCharacters,
    default_similar_characters,
    read_similar_characters,
)
from giants.domain.names.statistics import (
    RECORD_CAUSES,
    Share,
    attribution_share,
    consistent_name_share,
    correction_share,
    unknown_share,
)
from giants.domain.names.variation import Variation, classify_variation, displayed_name, fuller_form

__all__ = [
    "KEYS_VERSION",
    "RECORD_CAUSES",
    "Branch",
    "CorrectionCondition",
    "CorrectionVerdict",
    "NamesError",
    "Share",
    "SimilarCharacters",
    "SimilarCharactersError",
    "Substitution",
    "TooManyNamesError",
    "Variation",
    "attribution_share",
    "branch_of",
    "check_correction",
    "classify_variation",
    "consistent_name_share",
    "correction_share",
    "default_similar_characters",
    "displayed_name",
    "english_key",
    "english_lookup_keys",
    "fuller_form",
    "identity_key",
    "is_chinese",
    "lookup_keys",
    "name_problem",
    "normal_form",
    "read_similar_characters",
    "unknown_share",
    "unread_characters",
]
