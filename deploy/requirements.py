"""Print what the project depends on, so that an image can install it before the code is there.

`python deploy/requirements.py [EXTRA,EXTRA]` reads pyproject.toml of the working folder.
"""

import sys
import tomllib
from pathlib import Path


def requirements(text: str, extras: str = "") -> list[str]:
    """The requirements of a pyproject.toml, with those of the extras named by `[a,b]`."""
    project = tomllib.loads(text)["project"]
    wanted = [extra for extra in extras.strip("[]").split(",") if extra]
    optional = project.get("optional-dependencies", {})
    return [*project["dependencies"], *(line for extra in wanted for line in optional[extra])]


if __name__ == "__main__":
    sys.stdout.write("\n".join(requirements(Path("pyproject.toml").read_text(), *sys.argv[1:2])) + "\n")
