"""Compiled decoders of models: structs with the same fields and types, decoded several times faster.

A struct is strict: what it accepts the model accepts as well, with the same values. The model may accept more
(a number in quotes), so the model decides about what a struct refuses. A test compares the two.
"""

from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from pydantic import BaseModel
from pydantic.fields import FieldInfo


class _OwnRulesError(TypeError):
    """A model has rules that types cannot express."""


@cache
def decoder_of(model: type[BaseModel]) -> type[msgspec.Struct] | None:
    """A struct with the fields of a model; none where the model or one inside it has rules beyond types."""
    try:
        return _struct_of(model)
    except _OwnRulesError:
        return None


def _struct_of(model: type[BaseModel]) -> type[msgspec.Struct]:
    rules = model.__pydantic_decorators__
    if rules.validators or rules.field_validators or rules.root_validators or rules.model_validators:
        raise _OwnRulesError(model.__name__)
    fields = [_field(name, field) for name, field in model.model_fields.items()]
    return msgspec.defstruct(model.__name__, fields, frozen=True, kw_only=True)


def _field(name: str, field: FieldInfo) -> tuple[str, Any] | tuple[str, Any, Any]:
    if field.metadata or field.alias or field.validation_alias or field.default_factory is not None:
        raise _OwnRulesError(name)
    kind = _type(field.annotation)
    return (name, kind) if field.is_required() else (name, kind, field.default)


def _type(annotation: Any) -> Any:
    """The same type with structs for the models in it."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        return Union[tuple(map(_type, arguments))]  # noqa: UP007 - of types that are known only now
    if origin is tuple:
        return tuple[tuple(one if one is ... else _type(one) for one in arguments)]  # type: ignore[misc]
    if origin is not None or hasattr(annotation, "__metadata__"):
        raise _OwnRulesError(str(annotation))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _struct_of(annotation)
    return annotation
