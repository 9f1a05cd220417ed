"""What every message of the contract shares: strictness, limits, and the source of a fact."""

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated
from unicodedata import category

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

# Every list and string of an input has a limit with a name (design invariant 7). They are wide:
# ten times the largest real case that is known.
ID_CHARACTERS_MAX = 200
NAME_CHARACTERS_MAX = 300
TEXT_CHARACTERS_MAX = 2_000
URL_CHARACTERS_MAX = 2_000
LIST_ENTRIES_MAX = 20_000
BATCH_COMPANIES_MAX = 1_000_000
FAMILY_ASSIGNEES_MAX = 200
FAMILY_SYMBOLS_MAX = 2_000
FAMILY_PUBLICATIONS_MAX = 1_000
TECHNOLOGIES_MAX = 500
COMPANIONS_MAX = 10
TECHNOLOGY_SYMBOLS_MAX = 2_000
WATCHLIST_ITEMS_MAX = 10_000
WATCHLIST_TARGETS_MAX = 20
ENGLISH_NAMES_MAX = 100
VERSION_MAX = 2**63 - 1
BATCH_MAX = 60
REVIEW_YEAR_MIN, REVIEW_YEAR_MAX = 2019, 2100

# Characters that nobody sees but that change what is seen: controls, line and paragraph separators, and
# format characters, among them those that turn the direction of writing.
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_FORMATS = frozenset({"Cf"})


def visible(text: str) -> str:
    """Text for people without what nobody sees: breaks become spaces, format characters go.

    Documents are full of them (names broken over lines, soft hyphens, marks of direction), so they are no
    reason to refuse a list; shown to a reader they could make one name look like another.
    """
    if text.isprintable():
        return text
    kept = (" " if category(one) in _BREAKS else one for one in text if category(one) not in _FORMATS)
    return "".join(kept).strip()


def _something_visible(what: str) -> Callable[[str], str]:
    def shown(text: str) -> str:
        kept = visible(text)
        if not kept:
            raise ValueError(f"expected {what}, got nothing but characters that nobody sees")
        return kept

    return shown


def _wholly_visible(identifier: str) -> str:
    """Two identifiers that look the same must be the same, so these are refused."""
    if not identifier.isprintable():
        for position, one in enumerate(identifier, 1):
            if category(one) in _BREAKS | _FORMATS:
                raise ValueError(f"expected visible characters only, got U+{ord(one):04X} at {position}")
    return identifier


Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=ID_CHARACTERS_MAX, strip_whitespace=True),
    AfterValidator(_wholly_visible),
]
Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=NAME_CHARACTERS_MAX, strip_whitespace=True),
    AfterValidator(_something_visible("a name")),
]
Text = Annotated[str, StringConstraints(max_length=TEXT_CHARACTERS_MAX), AfterValidator(visible)]
Statement = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_CHARACTERS_MAX, strip_whitespace=True),
    AfterValidator(_something_visible("a text")),
]
# A host without user and password, so that what is read before the first slash is where a reader goes.
HttpsUrl = Annotated[
    str,
    StringConstraints(
        pattern=r"^https://[A-Za-z0-9]([A-Za-z0-9.-]{0,252})(:[0-9]{1,5})?([/?#][^\s\"<>\\^`{|}]*)?$",
        max_length=URL_CHARACTERS_MAX,
    ),
    AfterValidator(_wholly_visible),
]
Version = Annotated[int, Field(ge=0, le=VERSION_MAX)]
Batch = Annotated[int, Field(ge=1, le=BATCH_MAX)]
ReviewYear = Annotated[int, Field(ge=REVIEW_YEAR_MIN, le=REVIEW_YEAR_MAX)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,99}$")]


class Message(BaseModel):
    """A message of the contract: frozen; fields that are not known are ignored (design §3)."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)


class SourceClass(StrEnum):
    """Who published a fact; where facts contradict each other the earlier class wins (D-04)."""

    MIIT = "miit"
    AUTHORITY = "authority"
    SUPPLEMENTARY = "supplementary"

    @property
    def rank(self) -> int:
        """0 for the class that wins, growing."""
        return list(SourceClass).index(self)


class Source(Message):
    """Provenance of a fact (D-02, D-04)."""

    source_class: SourceClass = Field(alias="class")
    publisher: Text | None = None
    url: Text | None = None
    title: Text | None = None

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)


class Stage(StrEnum):
    """A list comes as a public notice with an objection period, then as the final list."""

    PUBLIC_NOTICE = "public_notice"
    FINAL = "final"


class AuthorityCode(StrEnum):
    """The 37 nominating authorities (P-20); names and jurisdictions are in `giants.domain.authorities`."""

    HE = "HE"
    SX = "SX"
    LN = "LN"
    JL = "JL"
    HL = "HL"
    JS = "JS"
    ZJ = "ZJ"
    AH = "AH"
    FJ = "FJ"
    JX = "JX"
    SD = "SD"
    HA = "HA"
    HB = "HB"
    HN = "HN"
    GD = "GD"
    HI = "HI"
    SC = "SC"
    GZ = "GZ"
    YN = "YN"
    SN = "SN"
    GS = "GS"
    QH = "QH"
    NM = "NM"
    GX = "GX"
    XZ = "XZ"
    NX = "NX"
    XJ = "XJ"
    BJ = "BJ"
    TJ = "TJ"
    SH = "SH"
    CQ = "CQ"
    DL = "DL"
    NB = "NB"
    XM = "XM"
    QD = "QD"
    SZ = "SZ"
    XPCC = "XPCC"
