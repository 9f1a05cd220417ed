"""Every dependency is explained: what for, under which licence."""

import tomllib
from collections.abc import Iterator

import pytest
from packaging.requirements import Requirement

from tests.deploy.files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PAGE = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")


def required() -> Iterator[str]:
    """The names of what is installed to run the product or to develop it; benchmarks explain theirs."""
    lists = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    lists += [PROJECT["dependency-groups"][group] for group in ("dev", "fuzz", "audit")]
    for requirements in lists:
        yield from (Requirement(one).name for one in requirements)


@pytest.mark.parametrize("name", sorted(set(required())))
def test_a_dependency_is_explained(name: str) -> None:
    assert any(name in line.split("|")[1] for line in PAGE.splitlines() if line.startswith("|"))


def test_the_pythons_that_are_declared_are_those_that_are_let_in() -> None:
    classifiers = PROJECT["project"]["classifiers"]
    declared = [one.rpartition(" ")[2] for one in classifiers if one.startswith("Programming Language")]
    assert declared == ["3.11", "3.12", "3.13", "3.14"]
    assert PROJECT["project"]["requires-python"] == ">=3.11,<3.15"
