"""The file of a backup: whole or not there, verified before anything is made of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from giants.backup.archive import Unpacked, unpack, writing
from giants.backup.errors import ArchiveError, NewerError
from giants.backup.manifest import FORMAT, MANIFEST
from giants.delivery.database import connect
from giants.store.journal import Versions, newest_migration

VERSIONS = Versions(program="0.1.0", migration=newest_migration(), epoch=3, methodology="exposure-2")
PIECES = (b"PAR1", b"rows" * 1_000)


def unheard(_: str, __: int) -> None:
    """Nobody looks at the progress."""


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "backup.zip"
    with writing(path, unheard) as writer:
        writer.add("journal/facts.parquet", PIECES, rows=7)
        writer.add("api-keys.json", [b"{}"])
        writer.finish(VERSIONS)
    return path


def read(path: Path) -> Unpacked:
    folder = path.with_suffix(".unpacked")
    folder.mkdir()
    return unpack(path, folder, unheard)


def rewritten(path: Path, changes: dict[str, bytes | None], packed: int = ZIP_STORED) -> Path:
    """The archive with members replaced, left out (null), or packed otherwise."""
    made = path.with_name("changed.zip")
    with ZipFile(path) as old, ZipFile(made, "w", packed) as new:
        for name in dict.fromkeys((*old.namelist(), *changes)):
            content = changes.get(name, old.read(name) if name in old.namelist() else None)
            if content is not None:
                new.writestr(name, content)
    return made


def test_what_was_written_is_read_with_its_counts_and_for_its_owner_alone(archive: Path) -> None:
    found = read(archive)
    assert [(member.name, member.rows) for member in found.manifest.members] == [
        ("journal/facts.parquet", 7),
        ("api-keys.json", None),
    ]
    assert found.manifest.versions == VERSIONS
    assert (found.folder / "journal/facts.parquet").read_bytes() == b"".join(PIECES)
    assert archive.stat().st_mode & 0o777 == 0o600


def test_a_backup_that_failed_leaves_nothing_and_the_one_before_in_its_place(archive: Path) -> None:
    before = archive.read_bytes()

    def broken() -> Iterator[bytes]:
        yield b"PAR1"
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"), writing(archive, unheard) as writer:
        writer.add("journal/facts.parquet", broken())
    assert archive.read_bytes() == before
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_the_queue_is_taken_whole_while_it_is_open_elsewhere(tmp_path: Path) -> None:
    queue = connect(tmp_path / "delivery.sqlite")
    queue.execute("INSERT INTO alerts (id, body) VALUES ('a', x'01')")
    room = tmp_path / "room"
    room.mkdir()
    with writing(tmp_path / "backup.zip", unheard) as writer:
        writer.add_queue(tmp_path / "delivery.sqlite", room)
        writer.finish(VERSIONS)
    queue.close()
    copy = connect(read(tmp_path / "backup.zip").folder / "delivery.sqlite")
    assert [tuple(row) for row in copy.execute("SELECT id, body FROM alerts")] == [("a", b"\x01")]
    copy.close()


@pytest.mark.parametrize(
    ("changes", "packed", "reason"),
    [
        (
            {"journal/facts.parquet": b"PAR1"},
            ZIP_STORED,
            "journal/facts.parquet is damaged: 4 bytes of 4,004",
        ),
        ({"api-keys.json": b"[]"}, ZIP_STORED, "api-keys.json is damaged"),
        ({"api-keys.json": None}, ZIP_STORED, "not what its manifest says"),
        ({"../../etc/passwd": b"x"}, ZIP_STORED, "not what its manifest says"),
        ({MANIFEST: None}, ZIP_STORED, "holds no manifest.json"),
        ({MANIFEST: b"{"}, ZIP_STORED, "cannot be read"),
        ({}, ZIP_DEFLATED, "packed members"),
    ],
)
def test_a_damaged_or_foreign_archive_is_refused_with_its_reason(
    archive: Path, changes: dict[str, bytes | None], packed: int, reason: str
) -> None:
    with pytest.raises(ArchiveError, match=reason):
        read(rewritten(archive, changes, packed))


def test_a_manifest_can_name_no_file_elsewhere(archive: Path) -> None:
    with ZipFile(archive) as sound:
        manifest = json.loads(sound.read(MANIFEST))
    manifest["members"][1]["name"] = "../api-keys.json"
    changes = {MANIFEST: json.dumps(manifest).encode(), "api-keys.json": None, "../api-keys.json": b"{}"}
    with pytest.raises(ArchiveError, match="cannot be read: 1 faults"):
        read(rewritten(archive, changes))


def test_what_is_no_archive_or_cut_off_is_refused(archive: Path) -> None:
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ArchiveError, match="is no backup, or is damaged"):
        read(archive)


@pytest.mark.parametrize(("place", "known"), [("format", FORMAT), ("migration", newest_migration())])
def test_a_backup_of_a_newer_program_is_refused(archive: Path, place: str, known: int) -> None:
    with ZipFile(archive) as sound:
        manifest = json.loads(sound.read(MANIFEST))
    (manifest if place == "format" else manifest["versions"])[place] = known + 1
    with pytest.raises(NewerError, match=f"{place} {known + 1}, this program knows up to {known}"):
        read(rewritten(archive, {MANIFEST: json.dumps(manifest).encode()}))
