"""The catalogue of rules: what codes such as X-04 stand for, one sentence each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from giants.domain.data_files import data_file

CODE: Final = re.compile(r"(?<![\w-])[ACDGKNPSTWXZ]-[0-9]{2}[a-z]?(?![\w-])")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code, and what it asks for."""

    code: str
    text: str

    @property
    def anchor(self) -> str:
        """Its place on the page of the catalogue."""
        return self.code.lower()


@dataclass(frozen=True, slots=True)
class Section:
    """Rules of one matter."""

    title: str
    rules: tuple[Rule, ...]


@lru_cache(maxsize=1)
def catalogue() -> tuple[Section, ...]:
    """All rules, by matter."""
    sections = data_file("rules.toml")["sections"]
    return tuple(Section(one["title"], tuple(Rule(*rule) for rule in one["rules"])) for one in sections)


@lru_cache(maxsize=1)
def rules_by_code() -> Mapping[str, Rule]:
    """Each rule by its code."""
    return MappingProxyType({rule.code: rule for section in catalogue() for rule in section.rules})


def parted_by_rules(text: str) -> Iterator[tuple[str, Rule | None]]:
    """A text in pieces: those that are codes of the catalogue come with their rule."""
    end = 0
    for found in CODE.finditer(text):
        if (rule := rules_by_code().get(found.group())) is not None:
            yield text[end : found.start()], None
            yield found.group(), rule
            end = found.end()
    yield text[end:], None
