"""The commands: `giants --help`."""

from giants.cli.app import main

__all__ = ["main"]
