"""Reaching into JSON that may be of any shape: what is not there, or is something else, is nothing."""


def at(value: object, *path: str) -> object:
    """The value under a path of field names, or null."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def items(value: object) -> list[object]:
    """The elements of a list, as JSON has it or as Parquet wraps it (`{"list": [{"element": …}]}`)."""
    wrapped = at(value, "list")
    if isinstance(wrapped, list):
        return [next(iter(item.values()), None) if isinstance(item, dict) else item for item in wrapped]
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Text or a whole number as text; empty for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
