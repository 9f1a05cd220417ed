"""What is generated: contract, HTTP API, commands, settings, metrics, topics. `python -m docs.generate`.

They are kept in the repository so that they can be read where they are; a test fails when one is out of date.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from docs.generate.commands import commands_page
from docs.generate.contract import contract_page
from docs.generate.http import http_page
from docs.generate.metrics import metrics_page
from docs.generate.rules import linked, rules_page
from docs.generate.settings import settings_page
from docs.generate.topics import topics_file

FOLDER: Final = Path(__file__).parents[1]
PAGES: Final[Mapping[str, Callable[[], str]]] = MappingProxyType(
    {
        "contract.md": lambda: linked(contract_page()),
        "http.md": lambda: http_page().replace("](/rules#", "](rules.md#"),
        "commands.md": lambda: linked(commands_page()),
        "rules.md": rules_page,
        "settings.md": settings_page,
        "metrics.md": metrics_page,
        "../deploy/kafka/topics.yaml": topics_file,
    }
)
