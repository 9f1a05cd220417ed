"""Tables of the domain that are shipped as files, beside the rules that read them."""

import tomllib
from importlib.resources import files
from typing import Any


def data_file(name: str) -> dict[str, Any]:
    """The content of a TOML file of the folder `data`."""
    return tomllib.loads((files("giants.domain") / "data" / name).read_text(encoding="utf-8"))
