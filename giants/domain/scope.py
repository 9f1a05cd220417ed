"""The scope guard: only national Little Giants are tracked (P-24).

Lists are known by their titles. Many programmes bear like names: provincial and municipal giants, giants
"of science and technology", seedbeds of future giants, extra funding for giants that exist, and lists of
parks, platforms and clusters. Taken for designations they would invent Little Giants.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from schemas.base import TEXT_CHARACTERS_MAX


class OutOfScope(StrEnum):
    """Why a list is not one of national Little Giants."""

    NOT_A_RESULT = "not_a_result"
    OTHER_GIANT = "other_giant"
    CULTIVATION = "cultivation"
    KEY_SUPPORT = "key_support"
    PLATFORM = "platform"
    SUB_NATIONAL = "sub_national"
    LOWER_TIER = "lower_tier"
    OTHER_PROGRAMME = "other_programme"


_EXPLANATIONS: Final = {
    OutOfScope.NOT_A_RESULT: "a call for applications or a recommendation, not an outcome",
    OutOfScope.OTHER_GIANT: "another programme of 'giants', not the ministry's 专精特新“小巨人”",
    OutOfScope.CULTIVATION: "candidates that are being cultivated, not yet designated",
    OutOfScope.KEY_SUPPORT: "funding for Little Giants that exist already, not a designation",
    OutOfScope.PLATFORM: "parks, platforms or clusters, not companies",
    OutOfScope.SUB_NATIONAL: "a provincial or municipal title, not the national one",
    OutOfScope.LOWER_TIER: "a tier below the Little Giants",
    OutOfScope.OTHER_PROGRAMME: "another programme altogether",
}


@dataclass(frozen=True, slots=True)
class ScopeVerdict:
    """Whether a title is in scope; where it is not, why, and the words of the title that say so."""

    in_scope: bool
    reason: OutOfScope | None = None
    found: str = ""

    def explanation(self) -> str:
        """One line for a person or a dead letter."""
        if self.reason is None:
            return "in scope: nothing in the title speaks against a national list"
        return f"out of scope: {_EXPLANATIONS[self.reason]}: the title says {self.found!r} (P-24)"


_TYPING = re.compile(r"[\s\"'“”‘’「」『』《》〈〉()\[\]【】{}]+")
# Up to some words in between, within one clause.
_NEAR: Final = r"[^,。;、]{0,16}"
_GIANT: Final = r"(?:小巨人|单项冠军)"

# What is never a list of national Little Giants, even where it names them. The first that matches says why.
_ALWAYS: Final = (
    (
        OutOfScope.NOT_A_RESULT,
        re.compile(
            rf"(?:组织|开展|做好|启动){_NEAR}{_GIANT}{_NEAR}(?:申报|推荐|培育|认定|复核)"
            rf"|{_GIANT}{_NEAR}(?:申报|推荐)|(?:申报|推荐){_NEAR}{_GIANT}"
        ),
    ),
    (
        OutOfScope.OTHER_GIANT,
        re.compile(r"(?:科技型?|创新型?|成长型?|高新技术|服务业|农业|文化|外贸|上市)(?:企业)?小巨人"),
    ),
    (
        OutOfScope.CULTIVATION,
        re.compile(
            rf"{_GIANT}(?:企业)?(?:培育|后备|种子|储备)|(?:培育|后备|种子|储备)(?:库|企业|名单){_NEAR}{_GIANT}"
        ),
    ),
    (
        OutOfScope.KEY_SUPPORT,
        re.compile(
            rf"重点小巨人|(?:建议|继续|重点|奖补|拟)支持{_NEAR}小巨人"
            rf"|小巨人(?:企业)?{_NEAR}(?:继续支持|建议支持|奖补|奖励|补助|补贴|资金)|(?:奖补|奖励|补助|补贴|资金){_NEAR}小巨人"
        ),
    ),
    (OutOfScope.PLATFORM, re.compile(r"小巨人(?:企业)?(?:专业|产业|特色)?(?:园|集聚区|基地|集群|服务)")),
    (
        OutOfScope.SUB_NATIONAL,
        re.compile(
            rf"(?:省|市|区|县|州|盟)级(?!和国家级|、国家级){_NEAR}{_GIANT}|{_GIANT}(?:企业)?(?:省|市|区|县)级"
            # 湖南省小巨人 without 专精特新 is a province's own; so is "year's Nth batch", for the ministry
            # counts its batches over all years.
            rf"|(?:省|市|自治区)小巨人|年度第[一二三四五六七八九十0-9]+批{_NEAR}小巨人"
        ),
    ),
)
# What is out of scope only where the title does not name Little Giants or champions as well.
_ALONE: Final = (
    (
        OutOfScope.LOWER_TIER,
        re.compile(r"专精特新(?:中小)?企业|创新型中小企业|科技型?中小企业|科技和创新型中小企业"),
    ),
    (OutOfScope.PLATFORM, re.compile(r"产业园|园区|(?:服务|示范)平台|产业集群|特色集群|示范基地")),
    (
        OutOfScope.OTHER_PROGRAMME,
        re.compile(r"瞪羚|独角兽|隐形冠军|高新技术企业|技术中心|首台套|绿色工厂|技术创新示范"),
    ),
)


def check_title(title: str) -> ScopeVerdict:
    """Judge the title of a list (P-24): out of scope only where its words say so.

    A title that says nothing either way is in scope, since the kind of a list is told by its message.
    Looks at `TEXT_CHARACTERS_MAX` characters; quotation marks, brackets, width and spaces do not matter.
    """
    text = _TYPING.sub("", unicodedata.normalize("NFKC", title[:TEXT_CHARACTERS_MAX]))
    rules = _ALWAYS if re.search(_GIANT, text) else _ALONE
    for reason, pattern in rules:
        found = pattern.search(text)
        if found is not None:
            return ScopeVerdict(in_scope=False, reason=reason, found=found.group())
    return ScopeVerdict(in_scope=True)
