"""What every fact of a document carries: its source, day and stage, and an id that its content gives."""

import re
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from giants.sources.base import Hints, Options
from giants.sources.errors import MissingDetailError
from giants.sources.lists.listing import Document
from giants.sources.text import parse_date
from schemas.base import TEXT_CHARACTERS_MAX, AuthorityCode, Source, SourceClass, Stage

ID_DIGEST_CHARACTERS = 12
OPTIONS_OF_IDENTITY = (
    *("batch", "review_year", "list_kind", "stage", "authority"),
    *("published_on", "complete", "expected_count", "source_class"),
)
MINISTRY = "工业和信息化部"

# Pages of government sites are called after the day they went up: t20251020_123456.html
_DAY_IN_FILE_NAME = re.compile(r"(?<!\d)(20\d{6})(?!\d)")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Options and document brought together; options win."""

    name: str
    options: Options
    document: Document
    digest: str

    @classmethod
    def of(cls, name: str, options: Options, document: Document, content: bytes) -> "Provenance":
        """The provenance of a file with this content."""
        # The same file under other options says something else: another batch, another stage.
        said = [getattr(options, option) for option in OPTIONS_OF_IDENTITY]
        if options.hints != Hints():
            said.append(options.hints)
        identity = sha256(content + repr(list(map(str, said))).encode()).hexdigest()
        return cls(name, options, document, identity[:ID_DIGEST_CHARACTERS])

    @property
    def title(self) -> str | None:
        """The title of the document."""
        title = self.options.title or self.document.title
        return title[:TEXT_CHARACTERS_MAX] if title else None

    @property
    def stage(self) -> Stage:
        """Public notice or final list; final where nothing says otherwise."""
        return self.options.stage or self.document.stage or self.options.hints.stage or Stage.FINAL

    @property
    def authority(self) -> AuthorityCode | None:
        """The authority of rows that name no region of their own."""
        return self.options.authority or self.document.authority or self.options.hints.authority

    @property
    def published_on(self) -> date:
        """The day of publication: given, signed, or in the file's name; raises `MissingDetailError`."""
        in_name = _DAY_IN_FILE_NAME.search(self.name)
        day = (
            self.options.published_on
            or self.document.signed_on
            or (parse_date(in_name.group(1)) if in_name else None)
            or self.options.hints.published_on
        )
        if day is None:
            raise MissingDetailError(
                self.name, "says nowhere when it was published: give the day (--published-on)"
            )
        return day

    def source(self, authority: AuthorityCode | None, title: str | None = None) -> Source:
        """Who published the list: the class given, else ministry, authority or somebody else (D-04)."""
        options = self.options
        if options.source_class is not None:
            source_class = options.source_class
        elif MINISTRY in (options.publisher or ""):
            source_class = SourceClass.MIIT
        else:
            source_class = SourceClass.SUPPLEMENTARY if authority is None else SourceClass.AUTHORITY
        title = options.title or title or self.title
        return Source(
            source_class=source_class,
            publisher=options.publisher,
            url=options.url,
            title=title[:TEXT_CHARACTERS_MAX] if title else None,
        )

    def list_id(self, what: str, authority: AuthorityCode | None, *, several: bool) -> str:
        """The id of a list: the one given, with the authority (and the kind, where a file holds `several`).

        Derived from the content otherwise, so that the same file read twice is a duplicate.
        """
        place = (authority or "cn").lower()
        if self.options.list_id is None:
            return (
                f"{self.published_on.year}-{what}-{place}-{self.stage.value.partition('_')[0]}-{self.digest}"
            )
        parts = [self.options.list_id]
        if several:
            parts.append(what)
        if authority is not None and authority is not self.authority:
            parts.append(place)
        return "-".join(parts)
