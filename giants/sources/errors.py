"""The errors of the readers, each one line for a person: what was got, what was expected, where.

SourceError
├── UnknownKindError          the kind of facts asked for does not exist
├── TemporaryStoreError       the disk could not hold what a file needs while it is read
├── HostileTextError          a cell holds characters that no name has: its row is refused
├── TooManyRowsError          a document has more rows than any list
└── UnreadableFileError       the file is refused whole
    ├── TooLargeError         a named limit was passed
    ├── MissingDetailError    the file does not say what a list needs, and neither did the options
    ├── WrongKindError        the file holds another kind of facts than the one asked for
    └── ContradictionError    an option says otherwise than the document
"""

import unicodedata

from giants.errors import GiantsError


class SourceError(GiantsError):
    """A file could not be turned into facts."""


class UnknownKindError(SourceError):
    """No reader makes facts of this kind."""

    def __init__(self, kind: str, known: tuple[str, ...]) -> None:
        super().__init__(f"unknown kind of facts: got {kind!r}, expected one of {', '.join(known)}")


class TemporaryStoreError(SourceError):
    """What is kept on disk while a file is read could not be kept there."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the temporary folder cannot hold what the file needs while it is read: {reason}")


class HostileTextError(SourceError, ValueError):
    """A name holds characters that hide or reorder text, or that only damage can have left."""

    def __init__(self, character: str) -> None:
        name = unicodedata.name(character, f"U+{ord(character):04X}")
        super().__init__(f"holds the character U+{ord(character):04X} ({name}), which no name has")


class TooManyRowsError(SourceError):
    """A document has more rows than any list."""


class UnreadableFileError(SourceError):
    """A file that cannot be understood: it is refused whole, with one clear line."""

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        # Libraries report damage over several lines.
        self.reason = " ".join(reason.split())
        super().__init__(f"{name}: {self.reason}")


class TooLargeError(UnreadableFileError):
    """A limit of the readers was passed."""

    def __init__(self, name: str, what: str, limit: int) -> None:
        super().__init__(name, f"{what} is larger than the limit of {limit:,}")


class MissingDetailError(UnreadableFileError):
    """A list lacks something that neither the file nor the options say."""


class WrongKindError(UnreadableFileError):
    """A file that holds facts of another kind; says the command that reads it."""

    def __init__(self, name: str, held: str, wanted: str, details: str = "") -> None:
        self.held = held
        super().__init__(
            name, f"holds {held}, expected {wanted}{details}: read it with `giants ingest {held} {name}`"
        )


class ContradictionError(UnreadableFileError):
    """An option says something else than the document does."""

    def __init__(self, name: str, option: str, given: object, said: object) -> None:
        super().__init__(
            name, f"{option} {given} contradicts the document, which says {said}: leave the option out"
        )
