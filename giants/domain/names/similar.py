"""Characters that an eye or an OCR program takes for each other (N-02d).

A small table of pairs by shape, written by hand for characters that occur in legal names, and a reader
for a user's own table. Similarity is symmetric and not transitive.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations
from typing import Final

from giants.domain.names.errors import SimilarCharactersError

SIMILARITY_MIN: Final = 0.96
TABLE_LINES_MAX: Final = 200_000
TABLE_LINE_CHARACTERS_MAX: Final = 200

# In each group every character is taken for every other one.
_GROUPS: Final = """
尓尔 己已巳 未末 土士 日曰 千干于 天夭 王壬 大太犬 木本术 人入八 刀力刃 儿几 九丸 万方 元无 开井 午牛 毛手
风凤夙 乌鸟岛 贝见 云去 今令 仓仑 代伐 仟什 住佳往 佳桂 侯候 倍陪 健键 博搏 优忧 冶治 永求 氏氐民 汽气
沈沉 良艮 朗郎 晟晨 晟昇 泰秦奏 奉春舂 讯迅 清请情 晴睛 青责 源沅 湖潮 朝潮 扬杨 杨场 扬场 汤扬 旦且 昊吴
昕听 昌冒 晋普 晖辉 晖珲 朱未 来米 束柬 析折拆 杰烈 松枞 枝技 桥侨 桐铜 铜钢 钢纲 网冈 冈岗 祯桢 棉绵 绵锦
锦棉 榕溶 欧殴 正止 武式 戊戌 戌戍 戊戍 成戍 成咸 威咸 盈盂 孟盂 益盖 监蓝 蓝篮 申由甲田 自目 自白 白百
皇星 石右 右古 古占 占吉 码玛 碳炭 磁滋 慈磁 禾木 科料 季李 秀季 惠恵 惠慧 竞竟 端瑞 签鉴 粒拉 精清 糖塘
系糸 纪记 红虹 纳钠 钝纯 绍招 经径轻 统充 绿禄 录禄 珞络 美羡 翔祥 联职 肯肖 腾滕 臣巨 区巨 航舫 般船
艾芝 苏芬 荣莱 莱菜 莹萤荧营 菱凌陵绫 霄宵 雷需 霞霰 西酉 要耍 规观 现规 诚城 话活 诺若 谊宜 宜宣 宝室
宇字 宁宇 官宫 宾兵 密蜜 容客 宗宋 贵责 货贷 资贷 贸贺 赛塞寨 轴抽 辊棍 运远 连莲涟 通诵 道遒 遂逐 邦帮
邓郑 邵绍 采釆 金全 余佘 钉针 钛铁 钛钦 钧钩 钧均 钮扭 铂柏 铝铂 铭铬 铭络 铸涛 铠凯 锋峰 烽锋 蜂峰 镁美
镇填 镜境 门们 闪闭 闻间问 向尚 闽闵 防坊 陕峡 陈阵 隆降 隧随 雅稚 雄稚 准淮 淮谁 靖清 韵韶 顶项 顺须项
颂领 颖颍 驰弛 驰池 骏竣峻俊 齐济 龙尤 尤尢 劲动 励厉 历厉 厂广 广庆 压庄 床庆 康庚 廉康 延廷 弘引 强张
彤形 彰影 微徽 徐除 怀坏 怡恰 恒桓垣 恩思 卢芦 才寸 杭抗 航杭 拓柘 括拓 捷睫 探深 深琛 堆推 播潘 敏海 斗计
期斯 新折 旋施 旗旋 祺淇琪 祺棋 淇棋 棋琪 其具 具真 真直 兵乒 典曲 冀翼 冉再 用周 固团 国囯 园圆 团因 因困
圣经 坚竖 坦担 垦恳 基墓 壁璧 夏复 夫失 夫天 央夹 如加 妍研 予子 孔礼 札礼 在存 左在 丘兵 崇祟 崎琦
巍魏 巧功 巾市 市布 帅师 幸辛 平乎 半平 宏玄 浪狼 铨栓 铃玲 玲冷 钰珏 昶旭 炬矩 瀚翰 灏颢 硅桂 磐盘 翎翔
"""


class SimilarCharacters:
    """Pairs of characters of like shape; immutable."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        ordered = frozenset(pairs)
        self._pairs = ordered | {(second, first) for first, second in ordered}

    def similar(self, a: str, b: str) -> bool:
        """Whether two different characters look alike (N-02d)."""
        return (a, b) in self._pairs

    def with_pairs(self, pairs: Iterable[tuple[str, str]]) -> "SimilarCharacters":
        """This table and more pairs, such as those of `read_similar_characters`."""
        return SimilarCharacters(self._pairs.union(pairs))

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every pair once, in the order of the characters."""
        return (pair for pair in sorted(self._pairs) if pair[0] < pair[1])

    def __len__(self) -> int:
        return len(self._pairs) // 2

    def representatives(self) -> dict[str, str]:
        """For each character of the table the least one that a chain of similar pairs leads to.

        Names that differ in similar characters alone become equal when mapped, so that they can be found
        by hashing; names that are equal when mapped need not be similar.
        """
        parents: dict[str, str] = {}

        def root(character: str) -> str:
            while parents.setdefault(character, character) != character:
                parents[character] = parents[parents[character]]
                character = parents[character]
            return character

        for first, second in self._pairs:
            low, high = sorted((root(first), root(second)))
            parents[high] = low
        return {character: root(character) for character in sorted(parents)}


@cache
def default_similar_characters() -> SimilarCharacters:
    """The hand-written table of this project."""
    return SimilarCharacters(
        pair for group in _GROUPS.split() for pair in combinations(dict.fromkeys(group), 2)
    )


def read_similar_characters(
    lines: Iterable[str], *, similarity_min: float = SIMILARITY_MIN
) -> Iterator[tuple[str, str]]:
    """Pairs of a table of tab-separated lines (character, character, similarity 0..1) of enough similarity.

    Blank lines, lines that begin with `#`, and a heading are passed over. Raises `SimilarCharactersError`
    with the line for anything else, and where the table has more than `TABLE_LINES_MAX` lines.
    """
    if not 0 <= similarity_min <= 1:
        raise SimilarCharactersError(0, str(similarity_min), "a least similarity between 0 and 1")
    for number, raw in enumerate(lines, start=1):
        if number > TABLE_LINES_MAX:
            raise SimilarCharactersError(number, "one more line", f"at most {TABLE_LINES_MAX} lines")
        if len(raw) > TABLE_LINE_CHARACTERS_MAX:
            shown = raw[:TABLE_LINE_CHARACTERS_MAX] + "…"
            raise SimilarCharactersError(number, shown, f"at most {TABLE_LINE_CHARACTERS_MAX} characters")
        line = raw.rstrip("\r\n").removeprefix("\ufeff")
        if not line.strip() or line.startswith("#"):
            continue
        pair = _pair_of(line, number, similarity_min)
        if pair is not None:
            yield pair


def _pair_of(line: str, number: int, similarity_min: float) -> tuple[str, str] | None:
    """The pair of a line, or None for a heading and for a pair that is not similar enough."""
    cells = [cell.strip() for cell in line.split("\t")]
    if len(cells) != 3:
        raise SimilarCharactersError(
            number, line, "three tab-separated cells: character, character, similarity"
        )
    first, second, figure = cells
    similarity = _similarity(figure)
    if similarity is None and number == 1:
        return None
    if similarity is None:
        raise SimilarCharactersError(number, figure, "a similarity between 0 and 1")
    if len(first) != 1 or len(second) != 1:
        raise SimilarCharactersError(
            number, f"{first}\t{second}", "one character in each of the first two cells"
        )
    return (first, second) if first != second and similarity >= similarity_min else None


def _similarity(figure: str) -> float | None:
    try:
        similarity = float(figure)
    except ValueError:
        return None
    return similarity if 0 <= similarity <= 1 else None
