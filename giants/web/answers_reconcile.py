"""What the reconciliation service takes and answers: the W3C reconciliation API, version 0.2."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

QUERIES_MAX: Final = 500
IDS_MAX: Final = 1_000
PROPERTIES_MAX: Final = 50
VALUES_MAX: Final = 20
CHARACTERS_MAX: Final = 20_000
LIMIT_MAX: Final = 50

_Text = Annotated[str, Field(max_length=CHARACTERS_MAX)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class EntityValue(BaseModel):
    """A value that was reconciled before."""

    model_config = ConfigDict(frozen=True)

    id: _Text
    name: _Text | None = None


PropertyValue = _Text | float | bool | EntityValue


class QueryProperty(_Asked):
    """What else is known of a name: a column of the table."""

    pid: _Text
    v: PropertyValue | Annotated[list[PropertyValue], Field(max_length=VALUES_MAX)]


class ReconciliationQuery(_Asked):
    """A name, or a code of the register among the properties."""

    query: _Text | None = None
    type: _Text | list[_Text] | None = None
    limit: float | None = Field(default=None, ge=1)
    properties: list[QueryProperty] = Field(default_factory=list, max_length=PROPERTIES_MAX)
    type_strict: Literal["any", "should", "all"] | None = None


class ExtensionProperty(_Asked):
    """A column to add."""

    id: _Text
    settings: dict[str, str | int | float | bool] | None = None


class ExtensionQuery(_Asked):
    """The columns to add to some companies."""

    ids: list[_Text] = Field(max_length=IDS_MAX)
    properties: list[ExtensionProperty] = Field(max_length=PROPERTIES_MAX)


class Kind(_Answer):
    """A type of entities, or the name of a property."""

    id: str
    name: str


class MatchingFeature(_Answer):
    """A factor of a score."""

    id: str
    value: float


class ReconciledCompany(_Answer):
    """A company that a name may mean; `score` from 0 to 100."""

    id: str
    name: str
    description: str
    score: float
    match: bool
    features: tuple[MatchingFeature, ...]
    type: tuple[Kind, ...]


class ReconciliationResult(_Answer):
    """The candidates of one query, best first."""

    result: tuple[ReconciledCompany, ...]


class Suggested(_Answer):
    """What a text that is being typed may mean."""

    id: str
    name: str
    description: str


class Suggestions(_Answer):
    """Suggestions, best first."""

    result: tuple[Suggested, ...]


class ProposedProperties(_Answer):
    """The columns that can be added to a type."""

    type: str
    limit: int
    properties: tuple[Kind, ...]


class ExtensionAnswer(_Answer):
    """The columns asked for, and their values by company and column."""

    meta: tuple[Kind, ...]
    rows: dict[str, dict[str, tuple[dict[str, str | float | int], ...]]]


class ServiceUrl(_Answer):
    """Where a part of the service is."""

    service_url: str
    service_path: str


class Suggesting(_Answer):
    """What is suggested while somebody types."""

    entity: ServiceUrl
    property: ServiceUrl
    type: ServiceUrl


class Extending(_Answer):
    """Which columns can be added."""

    propose_properties: ServiceUrl
    property_settings: tuple[dict[str, str], ...] = ()


class Address(_Answer):
    """The address of a page about an entity."""

    url: str


class Preview(Address):
    """A small page about an entity, with its size in pixels."""

    width: int
    height: int


class Manifest(_Answer):
    """What the service can do."""

    versions: tuple[str, ...] = ("0.2",)
    name: str
    identifierSpace: str  # noqa: N815 - the name is the specification's
    schemaSpace: str  # noqa: N815
    documentation: str
    serviceVersion: str  # noqa: N815
    defaultTypes: tuple[Kind, ...]  # noqa: N815
    view: Address
    preview: Preview
    suggest: Suggesting
    extend: Extending
