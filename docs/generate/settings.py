"""The page of the settings, from their models."""

from typing import Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from docs.generate.markdown import code, page, table
from giants.delivery.settings import DeliverySettings
from giants.settings import Settings
from giants.web.dashboard.signin_settings import SignInSettings

_ABOUT = """\
Settings come from the environment and are read once, when a process starts. `giants doctor` shows what is
set, secrets masked, and what is wrong. What is marked *secret* belongs into a secret store."""
GROUPS: Final[tuple[tuple[str, type[BaseSettings]], ...]] = (
    ("All processes", Settings),
    ("Delivery of alerts", DeliverySettings),
    ("Signing in at the dashboard", SignInSettings),
)


def settings_page() -> str:
    """Each variable with its default."""
    return page("Settings", _ABOUT, (_section(title, model) for title, model in GROUPS))


def variables() -> frozenset[str]:
    """The name of every variable that people set."""
    return frozenset(_variable(name) for _, model in GROUPS for name, _ in _published(model))


def _section(title: str, model: type[BaseSettings]) -> str:
    rows = (
        (code(_variable(name)), _default(field), field.description or "") for name, field in _published(model)
    )
    return f"## {title}\n\n{table(('variable', 'default', 'meaning'), rows)}"


def _published(model: type[BaseSettings]) -> list[tuple[str, FieldInfo]]:
    """The fields of a model, but for those that `giants up` sets for its own processes."""
    return [(name, field) for name, field in model.model_fields.items() if not field.json_schema_extra]


def _variable(name: str) -> str:
    return f"GIANTS_{name.upper()}"


def _default(field: FieldInfo) -> str:
    if field.annotation in (SecretStr, SecretStr | None):
        return "none, *secret*"
    if field.default is None or field.default in ("", ()):
        return "none"
    return code(str(field.default).lower() if isinstance(field.default, bool) else field.default)
