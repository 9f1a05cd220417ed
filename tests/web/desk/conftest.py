"""A desk for each file; an engine in a process can have one database open, so the world is not here."""

from tests.web.desk.desk import desk, desk_settings

__all__ = ["desk", "desk_settings"]
