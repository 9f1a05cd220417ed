"""Two Chinese names compared part by part.

The factors are this project's own, tuned on one half of a labelled set (docs/screening.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein

from giants.domain.names.chinese_trades import CHINESE_TRADES
from giants.domain.names.pinyin import syllable
from giants.domain.names.similar import default_similar_characters
from giants.matching.model import Feature, Outcome
from giants.matching.parts import ChineseParts, root_of
from schemas.base import AuthorityCode

EXACT: Final = 1.0
SAME_BY_RULE: Final = 0.99
EDITS_MAX: Final = 2
RARE_CORE_CHARACTERS_MIN: Final = 3
SHORT_CORE_CHARACTERS: Final = 2
LONG_TRADE_CHARACTERS: Final = 4

_SIMILAR: Final = default_similar_characters()
# One character of a trade name in place of another: how likely it is a slip, by how it came about.
_LIKE_SHAPE: Final = 0.955
_LIKE_SOUND: Final = 0.94
# Another character is a slip the sooner the longer the trade name is.
_OTHER_CHARACTER: Final = {2: 0.55, 3: 0.76}
_OTHER_CHARACTER_OF_LONG: Final = 0.82
_OTHER_CHARACTER_BEFORE_LONG_TRADE: Final = 0.72
_CHARACTER_MORE: Final = {2: 0.6, 3: 0.76}
_CHARACTER_MORE_OF_LONG: Final = 0.84
_SLIP_IN_TRADE: Final = 0.93
_TRADE_MISSING: Final = 0.88
_TRADES_MISSING: Final = 0.8
_OTHER_TRADE: Final = 0.72
_OTHER_PLACE: Final = 0.5
_OTHER_CITY: Final = 0.6
_PLACE_WITHIN: Final = 0.86
_MORE_PLACES: Final = 0.97
_OTHER_NOMINATOR: Final = 0.88


@dataclass(frozen=True, slots=True)
class MatchContext:
    """What is known beside two names.

    `hint` are provinces that the query gives, `authority` nominated the company, and `companies_of_core` is
    how many companies of the index share its trade name.
    """

    hint: frozenset[AuthorityCode] = frozenset()
    authority: AuthorityCode | None = None
    companies_of_core: int = 1


def compare_chinese(query: ChineseParts, company: ChineseParts, context: MatchContext) -> tuple[Feature, ...]:
    """The features of two names; empty where their trade names have nothing to do with each other."""
    if query.text == company.text:
        features = [Feature("name", Outcome.AGREES, EXACT, "same name")]
        if not company.roots:
            features += _hint(context)
    else:
        features = list(_trade_name(query, company))
        if not features:
            return ()
        features += _places(query, company, context)
        features += _structure(query, company)
        features += _form(query, company)
    features += _contradicted(query, company, context)
    if query.branch is not None:
        detail = f"branch in {query.branch.place or 'no place named'}, credited to its firm"
        features.append(Feature("branch", Outcome.DIFFERS, SAME_BY_RULE, detail))
    return tuple(features)


def _trade_name(query: ChineseParts, company: ChineseParts) -> Iterator[Feature]:
    """The features of trade name and trade words."""
    if query.body == company.body:
        yield Feature("trade name", Outcome.AGREES, EXACT, f"{company.core} is the same")
        if company.trades:
            yield Feature("trade", Outcome.AGREES, EXACT, f"{''.join(company.trades)} is the same")
        return
    if query.core == company.core:
        yield Feature("trade name", Outcome.AGREES, EXACT, f"{company.core} is the same")
        yield _trades(query, company)
        return
    if query.trades == company.trades or len(query.body) == len(company.body):
        feature = _slips(query, company)
        if feature is not None:
            yield feature
            if company.trades and query.trades == company.trades:
                yield Feature("trade", Outcome.AGREES, EXACT, f"{''.join(company.trades)} is the same")
            return
    yield from _whole_body(query, company)


def _slips(query: ChineseParts, company: ChineseParts) -> Feature | None:
    """Characters of the body in place of others, or one too many; None where that cannot be a slip."""
    if Levenshtein.distance(query.body, company.body, score_cutoff=EDITS_MAX) > EDITS_MAX:
        return None
    factor = 1.0
    edits: list[str] = []
    for edit in Levenshtein.editops(query.body, company.body):
        is_core = edit.dest_pos < len(company.core)
        length = max(len(query.core), len(company.core))
        if edit.tag == "replace":
            a, b = query.body[edit.src_pos], company.body[edit.dest_pos]
            edits.append(f"{a} for {b}")
            if _SIMILAR.similar(a, b):
                factor *= _LIKE_SHAPE
            elif syllable(a) == syllable(b):
                factor *= _LIKE_SOUND
            else:
                factor *= _other_character(length, company) if is_core else _OTHER_TRADE
        else:
            character = query.body[edit.src_pos] if edit.tag == "delete" else company.body[edit.dest_pos]
            edits.append(f"{character} {'more' if edit.tag == 'delete' else 'less'}")
            factor *= _CHARACTER_MORE.get(length, _CHARACTER_MORE_OF_LONG)
    return Feature("trade name", Outcome.DIFFERS, round(factor, 4), ", ".join(edits))


def _other_character(length: int, company: ChineseParts) -> float:
    """A character that neither looks nor sounds like the other; a long trade speaks for a slip."""
    if length == SHORT_CORE_CHARACTERS and len("".join(company.trades)) >= LONG_TRADE_CHARACTERS:
        return _OTHER_CHARACTER_BEFORE_LONG_TRADE
    return _OTHER_CHARACTER.get(length, _OTHER_CHARACTER_OF_LONG)


def _whole_body(query: ChineseParts, company: ChineseParts) -> Iterator[Feature]:
    """Names whose borders of trade name and trade fall otherwise: one begins with the other's trade name."""
    short, long = sorted((query, company), key=lambda parts: len(parts.core))
    if short.core and long.core.startswith(short.core):
        share = len(short.core) / len(long.core)
        detail = f"{short.core} is a part of {long.core}"
        yield Feature("trade name", Outcome.DIFFERS, round(0.6 + 0.25 * share, 4), detail)
        yield _trades(query, company)


def _trades(query: ChineseParts, company: ChineseParts) -> Feature:
    """The feature of trade words of which at least one differs."""
    mine, theirs = list(query.trades), list(company.trades)
    if mine == theirs:
        return Feature("trade", Outcome.AGREES, EXACT, f"{''.join(theirs)} is the same")
    only_mine = [word for word in mine if word not in theirs]
    only_theirs = [word for word in theirs if word not in mine]
    if not only_mine and not only_theirs:
        return Feature("trade", Outcome.DIFFERS, 0.95, "the same words in another order")
    if not only_mine or not only_theirs:
        words = only_mine or only_theirs
        whose = "the query" if only_mine else "the company"
        is_all = not mine or not theirs
        factor = _TRADES_MISSING if is_all else max(_TRADES_MISSING, _TRADE_MISSING ** len(words))
        return Feature("trade", Outcome.MISSING, round(factor, 4), f"only {whose} has {' '.join(words)}")
    detail = f"{' '.join(only_mine)}, not {' '.join(only_theirs)}"
    if _is_slip("".join(only_mine), "".join(only_theirs), [*only_mine, *only_theirs]):
        return Feature("trade", Outcome.DIFFERS, _SLIP_IN_TRADE, detail)
    if _synonyms(only_mine) == _synonyms(only_theirs):
        return Feature("trade", Outcome.DIFFERS, 0.88, f"{detail}, which mean the same")
    return Feature("trade", Outcome.DIFFERS, _OTHER_TRADE, detail)


def _is_slip(mine: str, theirs: str, words: list[str]) -> bool:
    """Whether one character makes the difference and one of the words is none that a trade has."""
    if all(word in CHINESE_TRADES for word in words):
        return False
    return len(theirs) > 1 and Levenshtein.distance(mine, theirs, score_cutoff=1) <= 1


def _synonyms(words: list[str]) -> frozenset[str]:
    return frozenset(part for word in words for part in CHINESE_TRADES.get(word, word).split())


def _places(query: ChineseParts, company: ChineseParts, context: MatchContext) -> Iterator[Feature]:
    """The feature of places, in the names and beside them."""
    mine, theirs = query.bases, company.bases
    my_roots, their_roots = query.roots or context.hint, company.roots
    if not their_roots and context.authority is not None:
        their_roots = frozenset({root_of(context.authority)})
    cities, their_cities = query.cities, company.cities
    if my_roots and their_roots and not my_roots & their_roots:
        factor, outcome = _OTHER_PLACE, Outcome.DIFFERS
    elif cities and their_cities and not cities & their_cities:
        factor, outcome = _OTHER_CITY, Outcome.DIFFERS
    elif mine == theirs and mine:
        factor, outcome = EXACT, Outcome.AGREES
    elif mine & theirs:
        # Both say more or less of one place, or one says another besides.
        factor = _MORE_PLACES if my_roots == their_roots else _PLACE_WITHIN
        outcome = Outcome.AGREES
    elif mine and theirs:
        factor, outcome = _PLACE_WITHIN, Outcome.DIFFERS
    elif mine or theirs or my_roots:
        yield _missing_place(query, company, bool(my_roots & their_roots), context.companies_of_core)
        return
    else:
        return
    if factor == EXACT:
        detail = f"{_described(mine, my_roots)} in both"
    else:
        detail = f"{_described(mine, my_roots)}, not {_described(theirs, their_roots)}"
    yield Feature("place", outcome, factor, detail)


def _missing_place(
    query: ChineseParts, company: ChineseParts, agrees: bool, companies_of_core: int
) -> Feature:
    """One name has a place and the other has none; what is known beside the names may stand for it."""
    if agrees and companies_of_core == 1:
        return Feature("place", Outcome.AGREES, 0.97, "the place beside the name agrees")
    whose = "the query" if not query.places else "the company's name"
    is_rare = companies_of_core == 1 and len(company.core) >= RARE_CORE_CHARACTERS_MIN
    # A firm of a place is often a subsidiary of one without: X and Shanghai X.
    factor = 0.93 if is_rare and not query.places else 0.86
    return Feature("place", Outcome.MISSING, factor, f"{whose} has none")


def _hint(context: MatchContext) -> Iterator[Feature]:
    """The place that a query gives beside a name, where the name itself has none."""
    if not context.hint or context.authority is None:
        return
    if root_of(context.authority) in context.hint:
        yield Feature("place", Outcome.AGREES, EXACT, f"nominated by {context.authority}")
    else:
        yield Feature("place", Outcome.DIFFERS, _OTHER_NOMINATOR, f"nominated by {context.authority}")


def _contradicted(query: ChineseParts, company: ChineseParts, context: MatchContext) -> Iterator[Feature]:
    """A place beside a name that names another one itself: the name counts, and the reader is told."""
    theirs = company.roots | ({root_of(context.authority)} if context.authority is not None else frozenset())
    if query.roots and context.hint and not context.hint & (query.roots | theirs):
        given = " ".join(sorted(context.hint))
        yield Feature("place beside", Outcome.DIFFERS, EXACT, f"{given} is given beside a name of elsewhere")


def _described(bases: frozenset[str], roots: frozenset[AuthorityCode]) -> str:
    return " ".join(sorted(bases or roots)) or "none"


def _structure(query: ChineseParts, company: ChineseParts) -> Iterator[Feature]:
    if query.structure != company.structure:
        words = " ".join(sorted(query.structure ^ company.structure))
        yield Feature("structure", Outcome.DIFFERS, 0.86, f"only one is {words}")


def _form(query: ChineseParts, company: ChineseParts) -> Iterator[Feature]:
    mine, theirs = query.form, company.form
    if mine == theirs:
        if mine:
            yield Feature("legal form", Outcome.AGREES, EXACT, f"{mine} in both")
    elif "有限" in mine + theirs and mine and theirs and _is_corporate(mine) == _is_corporate(theirs):
        yield Feature("legal form", Outcome.DIFFERS, SAME_BY_RULE, f"{mine}, not {theirs}")
    elif not mine or not theirs:
        yield Feature("legal form", Outcome.MISSING, 0.98, f"only one has {mine or theirs}")
    else:
        yield Feature("legal form", Outcome.DIFFERS, 0.86, f"{mine}, not {theirs}")


def _is_corporate(form: str) -> bool:
    return "有限" in form or form == "股份公司"
