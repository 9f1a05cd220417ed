"""The page of the commands, from the command line itself."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from docs.generate.markdown import code, one_line, page, table
from giants.cli.app import PROGRAM, build

_ABOUT = """\
Every command takes `--help`. `--json` prints for programs, one object a line; what is told to people goes to
standard error. An error is one line and a non-zero exit status. Settings come from the
[environment](settings.md)."""


def commands_page() -> str:
    """Each command with its arguments, options and examples."""
    return page("Commands", _ABOUT, (_section(name, command) for name, command in commands()))


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that people use, by its words: `keys create`."""
    yield from _commands(get_command(build()), ())


def _commands(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield " ".join((*words, name)), command
            yield from _commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


def _section(name: str, command: Any) -> str:
    parameters = [parameter for parameter in command.params if not parameter.hidden]
    shown = [f"## {PROGRAM} {name}", one_line(command.help or "")]
    rows = [(_written(parameter), parameter.help or "", _presence(parameter)) for parameter in parameters]
    if rows:
        shown.append(table(("argument or option", "meaning", "given"), rows))
    if command.epilog:
        shown.append(one_line(command.epilog))
    return "\n\n".join(shown)


def _written(parameter: Any) -> str:
    if not parameter.opts[0].startswith("-"):
        return code(parameter.name.upper() + ("…" if parameter.nargs == -1 else ""))
    return ", ".join(code(option) for option in (*parameter.opts, *parameter.secondary_opts))


def _presence(parameter: Any) -> str:
    if parameter.required:
        return "always"
    default = getattr(parameter.default, "value", parameter.default)
    if default in (None, False, (), []):
        return "may be left out"
    return f"default {code(default)}"
