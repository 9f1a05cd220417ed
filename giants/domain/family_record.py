"""What is kept of a family."""

import msgspec

# Lookup keys of each assignee.
Assignees = tuple[tuple[str, ...], ...]


class FamilyRecord(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is kept of a family."""

    version: int
    digest: int
    assignees: Assignees
    symbols: tuple[str, ...]
    withdrawn: bool
    filed_year: int = 0
    publications: tuple[str, ...] = ()
    counted_under: str = ""  # another family of the same invention

    @property
    def claimed(self) -> tuple[str, ...]:
        """The publications that it claims: a withdrawn family claims none."""
        return () if self.withdrawn else self.publications
