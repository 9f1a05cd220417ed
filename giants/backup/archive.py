"""The file of a backup: a zip archive with a manifest of checksums as its last member.

Members are stored without compression (Parquet is compressed already), so an archive never unpacks to more
than its own size. It holds the secrets of webhooks, so only its owner may read it. It is renamed to
its own name when it is complete.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile

from pydantic import ValidationError

from giants.backup.errors import ArchiveError, NewerError
from giants.backup.manifest import FORMAT, MANIFEST, MANIFEST_BYTES_MAX, Manifest, Member
from giants.store.journal import Versions, newest_migration

QUEUE: Final = "delivery.sqlite"
KEYS: Final = "api-keys.json"
CHUNK_BYTES: Final = 1_048_576

# Called with the name of a member or table, and how many of its bytes or rows were processed.
Report = Callable[[str, int], None]


def journal_member(table: str) -> str:
    """Name of the member that holds a table."""
    return f"journal/{table}.parquet"


class ArchiveWriter:
    """Writes the members of a backup one after another. Made by `writing`."""

    def __init__(self, archive: ZipFile, report: Report) -> None:
        self._archive = archive
        self._report = report
        self.members: list[Member] = []

    def add(self, name: str, pieces: Iterable[bytes], rows: int | None = None) -> None:
        """Add a member, given in pieces."""
        digest, size = sha256(), 0
        with self._archive.open(name, "w", force_zip64=True) as member:
            for piece in pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
                self._report(name, len(piece))
        self.members.append(Member(name=name, rows=rows, bytes=size, sha256=digest.hexdigest()))

    def add_queue(self, path: Path, temporary: Path) -> None:
        """Add a consistent copy of the queue of deliveries; `temporary` is a folder for the copy."""
        copy = temporary / QUEUE
        with closing(sqlite3.connect(path)) as queue, closing(sqlite3.connect(copy)) as copied:
            queue.backup(copied)
            copied.execute("PRAGMA journal_mode = DELETE")  # one file, without a log of its own
        with copy.open("rb") as file:
            self.add(QUEUE, iter(lambda: file.read(CHUNK_BYTES), b""))

    def finish(self, versions: Versions) -> Manifest:
        """Write the manifest."""
        manifest = Manifest(
            format=FORMAT, made_at=datetime.now(UTC), versions=versions, members=tuple(self.members)
        )
        self._archive.writestr(MANIFEST, manifest.model_dump_json(indent=2) + "\n")
        return manifest


@contextmanager
def writing(path: Path, report: Report) -> Iterator[ArchiveWriter]:
    """Write a backup; it is at `path` when the block has ended, and nothing is where the block fails."""
    draft = path.with_name(f"{path.name}.part")
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            with ZipFile(file, "w", ZIP_STORED, allowZip64=True) as archive:
                yield ArchiveWriter(archive, report)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """A backup whose members were copied into a folder and verified."""

    path: Path
    folder: Path
    manifest: Manifest


def unpack(path: Path, folder: Path, report: Report) -> Unpacked:
    """Copy the members of a backup into a folder, each checked against the manifest.

    Raises `ArchiveError` and `NewerError`.
    """
    try:
        with ZipFile(path) as archive:
            manifest = _manifest(path, archive)
            infos = [info for info in archive.infolist() if info.filename != MANIFEST]
            names = sorted(info.filename for info in infos)
            if names != sorted(member.name for member in manifest.members):
                raise ArchiveError(path, f"holds {', '.join(names)}, which is not what its manifest says")
            if any(info.compress_type != ZIP_STORED for info in infos):
                raise ArchiveError(path, "holds packed members, which no backup does")
            for member in manifest.members:
                target = folder / member.name
                target.parent.mkdir(exist_ok=True)
                with archive.open(member.name) as source, target.open("wb") as copy:
                    _copy(path, member, source, copy, report)
    except (BadZipFile, EOFError, NotImplementedError, ValueError) as error:
        raise ArchiveError(path, f"is no backup, or is damaged: {error}") from error
    return Unpacked(path, folder, manifest)


def _manifest(path: Path, archive: ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist() or archive.getinfo(MANIFEST).file_size > MANIFEST_BYTES_MAX:
        raise ArchiveError(path, f"holds no {MANIFEST}: it is not a backup, or was not finished")
    try:
        manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except ValidationError as error:
        raise ArchiveError(path, f"the {MANIFEST} cannot be read: {error.error_count()} faults") from error
    for what, got, known in (
        ("format", manifest.format, FORMAT),
        ("migration", manifest.versions.migration, newest_migration()),
    ):
        if got > known:
            raise NewerError(what, got, known)
    return manifest


def _copy(path: Path, member: Member, source: IO[bytes], copy: IO[bytes], report: Report) -> None:
    digest, size = sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        copy.write(chunk)
        digest.update(chunk)
        size += len(chunk)
        report(member.name, len(chunk))
    if (size, digest.hexdigest()) != (member.bytes, member.sha256):
        raise ArchiveError(
            path, f"{member.name} is damaged: {size:,} bytes of {member.bytes:,}, or another checksum"
        )


def put_file(source: Path, target: Path) -> None:
    """Put a file in its place, readable by its owner alone."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with source.open("rb") as original, os.fdopen(descriptor, "wb") as file:
        shutil.copyfileobj(original, file)
    draft.replace(target)
