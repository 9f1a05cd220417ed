"""Resolving a name or id to one company, and to one technology."""

from typing import Any, Final

from giants.cli.target import Api
from giants.terminal.output import CommandError, note

CANDIDATES_MAX: Final = 10


def find_company(api: Api, name: str) -> dict[str, Any]:
    """The company with this id or a name, Chinese, English or pinyin; ends the command if it is not one."""
    by_id = api.find(f"/companies/{name}") if name.isascii() and " " not in name else None
    if by_id is not None:
        return dict(by_id)
    answer = api.get("/companies", q=name, limit=CANDIDATES_MAX)
    items = answer["items"]
    exact = [item for item in items if name in {item["name"], item["name_en"]}]
    found = exact or items or [_taken(name, one) for one in answer["near"] if one["match"]]
    if not found:
        near = "; ".join(f"{_both_names(one)}: {one['why']}" for one in answer["near"])
        hint = f"; near it come {near}" if near else ""
        raise CommandError(f"no company is known under {name!r}, nor under a name that contains it{hint}")
    if len(found) > 1:
        names = "; ".join(_both_names(item) for item in found)
        more = " …" if len(found) == CANDIDATES_MAX else ""
        raise CommandError(f"{name!r} fits {len(found)} companies or more, say which: {names}{more}")
    return dict(api.get(f"/companies/{found[0]['company_id']}"))


def find_technology(api: Api, name: str) -> str:
    """Id of the technology with this id, name or part of a name; ends the command where it is not one."""
    items = api.get("/technologies")["items"]
    wanted = name.casefold()
    exact = [item for item in items if wanted in {item["technology"], item["name"].casefold()}]
    words = wanted.replace("-", " ")
    found = exact or [item for item in items if words in item["name"].casefold().replace("-", " ")]
    if len(found) == 1:
        return str(found[0]["technology"])
    if not found:
        raise CommandError(f"there is no technology {name!r}; the API lists them at /api/v1/technologies")
    ids = ", ".join(item["technology"] for item in found)
    raise CommandError(f"{name!r} fits several technologies: {ids}")


def _taken(name: str, near: dict[str, Any]) -> dict[str, Any]:
    """A company that a name means although nobody bears it just so; says that it was taken for it."""
    note(f"{name!r} is taken for {_both_names(near)} ({near['score']:.2f}): {near['why']}")
    return near


def _both_names(item: dict[str, Any]) -> str:
    return f"{item['name']} ({item['name_en']})" if item["name_en"] else str(item["name"])
