"""Errors of the names room: one tree, and every message says what was got, what was expected, and where."""


class NamesError(ValueError):
    """Something about names could not be used as given."""


class SimilarCharactersError(NamesError):
    """A line of a user's table of similar characters cannot be read."""

    def __init__(self, line_number: int, got: str, expected: str) -> None:
        super().__init__(f"table of similar characters, line {line_number}: got {got!r}, expected {expected}")
        self.line_number = line_number


class TooManyNamesError(NamesError):
    """More names were given than are looked at in one run."""

    def __init__(self, names_max: int) -> None:
        super().__init__(
            f"got more than {names_max} names, expected at most {names_max}: give a smaller selection"
        )
