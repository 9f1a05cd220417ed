"""The CPC title lists that some tests of the domain are held against, where they are at hand."""

from pathlib import Path

import pytest

from giants.domain.scheme import Scheme
from giants.domain.scheme_file import read_scheme


@pytest.fixture(scope="session")
def scheme_202505(data_dir: Path) -> Scheme:
    """The scheme of May 2025."""
    return _edition(data_dir, "202505")


@pytest.fixture(scope="session")
def scheme_202208(data_dir: Path) -> Scheme:
    """The scheme of August 2022."""
    return _edition(data_dir, "202208")


def _edition(data_dir: Path, number: str) -> Scheme:
    path = data_dir / "cpc" / f"CPCTitleList{number}.zip"
    if not path.is_file():
        pytest.skip(f"no CPC title list: {path} is absent")
    return read_scheme(path)
