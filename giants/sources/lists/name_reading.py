"""Whether a cell reads as the name of one company, and what stands beside the name in it.

A name is taken only where it reads as one: exactly one legal form, or an ending that companies have, and
nothing that only a damaged or misread document puts there. What fails is proposed with the reason.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date

from giants.domain.names import is_chinese, normal_form
from giants.domain.names.places import place_at
from giants.domain.names.radicals import RADICALS
from giants.sources.lists.headings import COMPANY_ENDING
from giants.sources.text import clean_name, parse_date

# Forms that close a name: a name has one of them.
_LEGAL_FORM = re.compile(
    r"股份有限责任公司|有限责任公司|股份有限公司|责任有限公司|有限公司|股份公司|有限责任合伙|特殊普通合伙|有限合伙|普通合伙"
)
_PARTNERSHIP = re.compile(r"(?:特殊的?)?(?:有限|普通)(?:责任)?合伙(?:企业)?")
# As text copied out of a PDF has them.
_RADICAL = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")
_LATIN_ENDING = re.compile(
    r"\b(?:co|company|ltd|limited|inc|corp|corporation|llc|llp|gmbh|ag|plc|group|institute|center|factory|works)"
    r"\.?\)?$",
    re.IGNORECASE,
)
# Signs that lists print beside a name to point at a remark; inside a name they are none.
_MARKS = "*＊※★☆▲△●◆◇■□#＃†‡"
_LEADING_MARKS = re.compile(rf"^[{_MARKS}\s]+")
_TRAILING_MARKS = re.compile(
    rf"(?:[{_MARKS}①-⑳\s]|[\[［〔]\s*注?\d{{1,2}}\s*[\]］〕]|[（(]\s*注?\d{{0,2}}\s*[)）])+$"
)
_NUMBERING = re.compile(r"(\d{1,5})\s*[.．、)）]\s*(?=\D)")
_OPENING, _CLOSING = "（(【[", "）)】]"
# Brackets after a legal form that belong to no other company.
_OWN_BRACKETS = frozenset({"集团", "总部", "本部"})
_DAY = r"(?:(?P<day>\d{4}年\d{1,2}月\d{1,2}日)|\d{4}年(?:\d{1,2}月)?)?(?:起)?[,，]?"
_FORMER = re.compile(
    rf"{_DAY}(?:由)?(?:原(?:企业|公司|单位)?(?:名称?)?|曾用名称?|(?:更名|变更)前(?:(?:企业|公司|单位)?名称)?|旧名|前身)"
    r"(?:为|是)?[:：]?(?P<names>.+?)(?:(?:更名|变更)而来)?"
)
_LATER = re.compile(
    rf"{_DAY}(?:(?:现已|已经?|现)?(?:更名|变更|改名)(?:为|成)|现名称?(?:为)?|现为|(?:更名|变更)后(?:(?:企业|公司|单位)?名称)?)"
    r"[:：]?(?P<names>.+)"
)
_SEVERAL = re.compile(r"[、；;\n]|\s{2,}")
# Punctuation that names hold; every other sign that the normal form drops was something else once.
_PUNCTUATION = frozenset("()（）[]［］【】〔〕<>《》〈〉「」·•・‧．.,&+-‐‑–—―－_/\\'’‘\"“”")
_DOUBLED_IN_A_ROW = re.compile(r"(?:([^\W\d_])\1){3}")
_ADJACENT_DIGITS = re.compile(r"^\d+(?![A-Za-z\d])|(?<!\d)\d{6,}|\d+$")
# What is left of a name without its form: a page break leaves less.
BODY_CHARACTERS_MIN = 2
CHINESE_NAME_CHARACTERS_MAX = 60
_OPEN_ENDED_CHARACTERS_MIN = 4
FORMER_NAMES_MAX = 10
NAMES_OF_CELL_MAX = 100


@dataclass(frozen=True, slots=True)
class NameReading:
    """A cell as it was read: the name, what stood beside it, and why it does not read as a name (if so).

    `former` are earlier names and `later` is the present one, where a bracket says so; `changed_on` is the
    day it gives. `note` is the text that was taken off the name, `number` the numbering before it ("12、").
    """

    name: str
    number: int | None = None
    note: str | None = None
    former: tuple[str, ...] = ()
    later: str | None = None
    changed_on: date | None = None
    doubt: str | None = None


def read_names(text: str) -> tuple[NameReading, ...]:
    """The names of a cell: one, or several where separators divide it into names that are each complete.

    Line breaks inside a name are those of a narrow column. Raises `ValueError` for text no name has.
    """
    parts = [part for part in _SEVERAL.split(text) if part.strip()]
    if 1 < len(parts) <= NAMES_OF_CELL_MAX:
        readings = [read_name(part) for part in parts]
        if all(reading.doubt is None and closes(reading.name) for reading in readings):
            return tuple(readings)
        if _may_be_two(readings):
            whole = read_name(text)
            return (_doubted(whole, "may be several names: " + " | ".join(part.strip() for part in parts)),)
    return (read_name(text),)


def _may_be_two(readings: list[NameReading]) -> bool:
    """Whether pieces that are no names with a legal form each still look like names one after the other."""
    first, second = readings[0], readings[1]
    return first.doubt is None and second.doubt is None and place_at(second.name, 0) is not None


def _doubted(reading: NameReading, doubt: str) -> NameReading:
    return replace(reading, doubt=reading.doubt or doubt)


def read_name(text: str) -> NameReading:
    """One name: marks and brackets beside it taken off, and judged; raises `ValueError` as `clean_name`."""
    rest = _RADICAL.sub(lambda found: _ideograph(found.group()), clean_name(text))
    number: int | None = None
    if (numbering := _NUMBERING.match(rest)) is not None:
        number, rest = int(numbering.group(1)), rest[numbering.end() :]
    reading = NameReading("", number)
    notes: list[str] = []
    while True:
        rest, marks = _without_marks(rest)
        notes += marks
        bracket = _trailing_bracket(rest)
        if bracket is None:
            break
        before, inside = bracket
        changed = _with_change(reading, inside)
        if changed is None and not _is_remark(before, inside):
            break
        reading = changed or reading
        notes.append(rest[len(before) :])
        rest = before
    return replace(reading, name=rest, note=" ".join(reversed(notes)).strip() or None, doubt=name_doubt(rest))


def _ideograph(character: str) -> str:
    """The character that a radical or compatibility ideograph stands for; itself where no rule knows one."""
    return RADICALS.get(character) or unicodedata.normalize("NFKC", character)


def _with_change(reading: NameReading, inside: str) -> NameReading | None:
    """The reading with what a bracket says about a change of name; null where it says nothing of one."""
    if (change := _change(_FORMER, inside)) is not None:
        former = (*reading.former, *change[0])[:FORMER_NAMES_MAX]
        return replace(reading, former=former, changed_on=change[1] or reading.changed_on)
    change = _change(_LATER, inside)
    if change is None or len(change[0]) != 1:
        return None
    return replace(reading, later=change[0][0], changed_on=change[1] or reading.changed_on)


def _is_remark(before: str, inside: str) -> bool:
    """Whether a bracket stands after a complete name and holds no legal form, place or company."""
    if not closes(before) or _PARTNERSHIP.fullmatch(inside) or place_at(inside, 0) is not None:
        return False
    return COMPANY_ENDING.search(inside) is None


def _without_marks(text: str) -> tuple[str, list[str]]:
    kept = _LEADING_MARKS.sub("", _TRAILING_MARKS.sub("", text))
    if kept == text:
        return text, []
    before, _, after = text.partition(kept) if kept else ("", "", text)
    return kept, [mark for mark in (after.strip(), before.strip()) if mark]


def _trailing_bracket(text: str) -> tuple[str, str] | None:
    """The text before a bracket at the end, and the text inside it; brackets inside are passed over."""
    if not text or text[-1] not in _CLOSING:
        return None
    depth = 0
    for index in range(len(text) - 1, -1, -1):
        depth += (text[index] in _CLOSING) - (text[index] in _OPENING)
        if depth == 0:
            return text[:index].rstrip(), text[index + 1 : -1].strip()
    return None


def _change(pattern: re.Pattern[str], inside: str) -> tuple[list[str], date | None] | None:
    """The names and the day that a bracket about a change of name gives; null where it is none."""
    match = pattern.fullmatch(inside)
    # （原平市…）names a place.
    if match is None or place_at(inside, 0) is not None:
        return None
    names = [name.strip() for name in re.split(r"[、，,；;]", match["names"]) if name.strip()]
    if not names or any(name_doubt(name) is not None for name in names):
        return None
    return names, parse_date(match["day"]) if match["day"] else None


def closes(name: str) -> bool:
    """Whether a name is complete by a legal form at its end, with a body before it."""
    plain = normal_form(name)
    form = list(_LEGAL_FORM.finditer(plain))
    return bool(form) and form[-1].end() == len(plain) and form[-1].start() >= BODY_CHARACTERS_MIN


def ends(name: str) -> bool:
    """Whether a name ends as names do: by a legal form or by a word such as 研究所."""
    return closes(name) or COMPANY_ENDING.search(name) is not None


def name_doubt(name: str) -> str | None:
    """Why a text does not read as the name of one company; null where it does."""
    if (sign := _unknown_sign(name)) is not None:
        return f"holds {sign!r} (U+{ord(sign):04X}), which no name has"
    if not is_chinese(name):
        return None if _LATIN_ENDING.search(name.strip()) else "ends in no legal form"
    tests = (_doubled, _adjacent_digits, _forms)
    return next((doubt for test in tests if (doubt := test(name)) is not None), None)


def _unknown_sign(name: str) -> str | None:
    """The first character that the normal form drops and that is no punctuation of names."""
    for character in name:
        if character.isalnum() or character.isspace() or character in _PUNCTUATION:
            continue
        if not normal_form(character) and not unicodedata.category(character).startswith("M"):
            return character
    return None


def _doubled(name: str) -> str | None:
    match = _DOUBLED_IN_A_ROW.search(name)
    return f"doubles its characters: {match.group()!r}" if match else None


def _adjacent_digits(name: str) -> str | None:
    match = _ADJACENT_DIGITS.search(unicodedata.normalize("NFKC", name))
    return f"holds the digits {match.group()!r}, perhaps of a column beside it" if match else None


def _forms(name: str) -> str | None:
    """What is wrong with the legal form or the ending of a Chinese name."""
    plain = normal_form(name)
    forms = list(_LEGAL_FORM.finditer(plain))
    if len(plain) > CHINESE_NAME_CHARACTERS_MAX:
        return f"has {len(plain)} characters, more than a name of one company"
    if len(forms) > 1:
        return "holds several legal forms: " + ", ".join(form.group() for form in forms)
    return _one_form(name, plain, forms[0]) if forms else _open_end(plain)


def _open_end(plain: str) -> str | None:
    if len(plain) < _OPEN_ENDED_CHARACTERS_MIN or COMPANY_ENDING.search(plain) is None:
        return "ends in no legal form"
    return "holds several companies" if len(re.findall("(?<![分子])公司", plain)) > 1 else None


def _one_form(name: str, plain: str, form: re.Match[str]) -> str | None:
    if form.start() < BODY_CHARACTERS_MIN:
        return f"is only {form.group()!r}, perhaps the rest of a name"
    bracket = _trailing_bracket(name)
    if bracket is not None and closes(bracket[0]) and bracket[1] not in _OWN_BRACKETS:
        return f"goes on after its legal form: {bracket[1]!r} in brackets"
    after = plain[form.end() :]
    if after and COMPANY_ENDING.search(after) is None:
        return f"goes on after its legal form: {after!r}"
    return None
