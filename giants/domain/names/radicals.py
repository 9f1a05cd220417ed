"""Radicals of CJK and the ideographs that they stand for: text copied out of a PDF holds ⻓ for 长.

NFKC turns the Kangxi radicals (U+2F00 to U+2FD5) into ideographs, and leaves most of the supplement
(U+2E80 to U+2EF3) and the strokes (U+31C0 to U+31E3) as they are. The pairs below are the property
Equivalent_Unified_Ideograph of the Unicode Character Database for these two blocks.
"""

from typing import Final

# First code point of a run, then the ideographs of the run in order.
_RUNS: Final = (
    (0x2E81, "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵"),
    (0x2E9B, "旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂"),
    (0x2EBA, "肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车"),
    (0x2ECC, "辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"),
    (0x31C6, "𠃌"),
    (0x31CF, "乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎"),
)
RADICALS: Final[dict[str, str]] = {
    chr(first + offset): ideograph for first, run in _RUNS for offset, ideograph in enumerate(run)
}
