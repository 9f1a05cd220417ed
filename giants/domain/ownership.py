"""What a source says of the owners of a company, in words: context beside an answer, and never a rating.

English and Chinese say the same: in which role a company is named, of whom, by which source, on which day.
"""

from collections.abc import Mapping
from typing import Final

from schemas.base import SourceClass
from schemas.codes import OwnershipRole
from schemas.notes import CompanyOwnership

ROLES_ZH: Final[Mapping[OwnershipRole, str]] = {
    OwnershipRole.SUBSIDIARY: "子公司",
    OwnershipRole.PARENT: "母公司",
    OwnershipRole.INVESTEE: "参股公司",
    OwnershipRole.SHAREHOLDER: "股东",
    OwnershipRole.AFFILIATE: "关联企业",
}
_SOURCES: Final[Mapping[SourceClass, tuple[str, str]]] = {
    SourceClass.MIIT: ("the ministry", "工业和信息化部"),
    SourceClass.AUTHORITY: ("an authority", "主管部门"),
    SourceClass.SUPPLEMENTARY: ("a supplementary source", "补充来源"),
}


def said_of(one: CompanyOwnership) -> str:
    """`named as subsidiary of X by Y, 2025-11-05 (share 51 %)`."""
    share = "" if one.share_percent is None else f" (share {one.share_percent:g} %)"
    publisher = one.source.publisher or _SOURCES[one.source.source_class][0]
    return f"named as {one.role.value} of {one.other} by {publisher}, {one.on.isoformat()}{share}"


def said_of_in_chinese(one: CompanyOwnership) -> str:
    """The same in Chinese."""
    share = "" if one.share_percent is None else f"，持股{one.share_percent:g}%"
    publisher = one.source.publisher or _SOURCES[one.source.source_class][1]
    return f"据{publisher}（{one.on.isoformat()}）：{one.other}的{ROLES_ZH[one.role]}{share}"
