"""Traditional characters as the Simplified ones that a mainland register writes.

The table is OpenCC's (the package `opencc-python-reimplemented`), read as data. A name has no sentence around
it, so OpenCC's rules for sentences are not used: a character that is a Simplified one in its own right stays
what it is (乾 of 乾安, 著 of 著名, 昇 of 昇辉), unless it stands in a word that is written otherwise in
Simplified script (乾燥, 附著). So no two names of the register become one here.
"""

import re
from importlib.resources import files
from typing import Final

# Characters that the register writes although OpenCC has another for them: the list of standard characters
# of 2013 admits them in names.
_ADMITTED_IN_NAMES: Final = "昇陞甯釐邨氾迺谿龢甦"
# Of several Simplified characters the one that names hold, where OpenCC puts another first or has none.
_PREFERRED: Final = {"鉅": "钜", "锺": "钟", "後": "后", "菸": "烟", "麽": "么", "麼": "么"}
# Forms of print that OpenCC does not list: old, Japanese and Hong Kong shapes of one character.
_SHAPES: Final = """
眞真 靑青 値值 姸妍 淸清 鄕乡 郷乡 歩步 増增 黒黑
兎兔 敎教 衞卫 歳岁 堦阶 隣邻 硏研 槪概 氷冰 気气 広广 竜龙 斉齐
歯齿 亀龟
"""
_WORDS_OF_DRYNESS: Final = """
乾燥 乾电 乾洗 乾粉 乾式 乾冰 乾果 乾货 乾法 乾膜 乾混 乾净 乾酪 乾熄 乾选 乾热 饼乾 烘乾 风乾 晾乾 烤乾 肉乾
豆乾 果乾 萄乾 沥乾 冻乾 冷乾 喷乾
"""
# Words, Simplified but for a character that may be a Simplified one: (character, what it becomes, words).
_WORDS: Final = (
    ("乾", "干", _WORDS_OF_DRYNESS),
    ("著", "着", "著色 附著 胶著 黏著 粘著 沉著 穿著"),
    ("徵", "征", "特徵 象徵 徵信 徵集"),
    ("夥", "伙", "夥伴 合夥"),
    ("摺", "折", "摺叠 摺页 摺弯"),
    ("麴", "曲", "酒麴 麴酒"),
    ("瞭", "了", "瞭解 明瞭"),
    ("藉", "借", "凭藉 藉助"),
    ("覆", "复", "回覆 反覆 答覆"),
)


def _simplified_already(characters: str) -> frozenset[str]:
    """Those of some characters that GB 2312 holds, the set of Simplified characters."""
    return frozenset(characters.encode("gb2312", "ignore").decode("gb2312"))


def _table() -> dict[str, str]:
    """Traditional characters that are no Simplified ones, each with the one that it becomes."""
    text = files("opencc").joinpath("dictionary", "TSCharacters.txt").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line]
    kept = _simplified_already("".join(row[0] for row in rows)) | frozenset(_ADMITTED_IN_NAMES)
    firsts = ((row[0], row[1].split(" ")[0]) for row in rows if row[0] not in kept)
    table = {character: simplified for character, simplified in firsts if simplified != character}
    table |= {pair[0]: pair[1] for pair in _SHAPES.split()} | _PREFERRED
    # 薴 becomes 苧, and that 苎.
    return {character: table.get(simplified, simplified) for character, simplified in table.items()}


SIMPLIFIED: Final[dict[str, str]] = _table()
# Characters that depend on the word they stand in.
GUARDED: Final = "".join(character for character, _, _ in _WORDS)

_WORD_FORMS: Final[dict[str, str]] = {
    word: word.replace(character, simplified)
    for character, simplified, words in _WORDS
    for word in words.split()
}
_WORD: Final = re.compile("|".join(_WORD_FORMS))
_GUARDED: Final = re.compile(f"[{GUARDED}]")


def simplified_words(text: str) -> str:
    """The same text with words such as 乾燥 in Simplified script; all other characters must be so already."""
    if _GUARDED.search(text) is None:
        return text
    while (found := _WORD.search(text)) is not None:
        text = f"{text[: found.start()]}{_WORD_FORMS[found.group()]}{text[found.end() :]}"
    return text
