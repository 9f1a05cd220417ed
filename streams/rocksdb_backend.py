"""The local disk of a worker's copies: RocksDB, by the extra `rocksdb`.

One database for all changelogs of a worker, so that its memory has one bound. Its log of writes is not
synced: after a power cut the newest writes may be missing, each of them wholly, and the copies are older.
What cannot be opened or read is deleted: it is a copy.
"""

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from giants.errors import GiantsError

_logger = structlog.get_logger(__name__)

# Blocks that were read, and writes that are not in a file yet: bounds of the memory that RocksDB takes.
CACHE_BYTES: Final = 64 << 20
WRITES_BYTES: Final = 32 << 20
_OPEN_FILES_MAX: Final = 256
_BACKGROUND_JOBS: Final = 2
_BLOOM_BITS: Final = 10
_FILE_BYTES: Final = 16 << 20


class ExtraMissingError(GiantsError):
    """The library is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "GIANTS_STATE_STORE=rocksdb needs RocksDB: install the extra `rocksdb`, or keep state in memory "
            "(GIANTS_STATE_STORE=memory)"
        )


class FolderTakenError(GiantsError):
    """Another process has the folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"{folder} is in use by another worker: give each on this disk a GIANTS_WORKER_ID of its own"
        )


class SpoiltError(Exception):
    """The database cannot be read or written any more; its folder is deleted at the next start."""

    def __init__(self, folder: Path, error: Exception) -> None:
        super().__init__(
            f"the local copies in {folder} cannot be used and are made anew at the next start: {error}"
        )


class RocksDisk:
    """A folder with a database; a context manager that closes it. One process at a time has it."""

    def __init__(self, folder: Path) -> None:
        """Open or make it.

        Raises `ExtraMissingError`, and `FolderTakenError` where another process has it open.
        """
        try:
            import rocksdict  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise ExtraMissingError from error
        self._library: Final[Any] = rocksdict
        self._folder: Final = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock: Final = _locked(folder)
        self._database: Any = self._opened()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def flush(self) -> None:
        """Let everything that is written be in the files of the database, beside its log."""
        self._database.flush()

    def close(self) -> None:
        """Close it; twice does no harm."""
        self._database.close()
        if not self._lock.closed:
            self._lock.close()

    def get(self, key: bytes) -> bytes | None:
        """See `streams.local_state.Disk`."""
        try:
            value: bytes | None = self._database.get(key)
        except Exception as error:
            raise self._spoilt(error) from error
        return value

    def scan(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """See `streams.local_state.Disk`."""
        bounds = self._library.ReadOptions()
        bounds.set_iterate_lower_bound(prefix)
        bounds.set_iterate_upper_bound(_after(prefix))
        last = prefix
        try:
            for key, value in self._database.items(from_key=prefix, read_opt=bounds):
                yield key, value
                last = key
            # The library's iteration ends without a word at a block that cannot be read: look whether it did.
            end = self._database.iter(bounds)
            end.seek(last)
            if end.valid():
                end.next()
            end.status()
        except Exception as error:
            raise self._spoilt(error) from error

    def write(self, entries: Mapping[bytes, bytes | None]) -> None:
        """See `streams.local_state.Disk`."""
        batch = self._library.WriteBatch(raw_mode=True)
        for key, value in entries.items():
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        try:
            self._database.write(batch)
        except Exception as error:
            raise self._spoilt(error) from error

    def clear(self, prefix: bytes) -> None:
        """See `streams.local_state.Disk`."""
        try:
            self._database.delete_range(prefix, _after(prefix))
        except Exception as error:
            raise self._spoilt(error) from error

    def _opened(self) -> Any:
        """Open the database; one that cannot be opened is deleted, since it only holds copies."""
        path = self._folder / "db"
        if self._mark_of_spoilt.exists():
            shutil.rmtree(path, ignore_errors=True)
            self._mark_of_spoilt.unlink()
        try:
            return self._library.Rdict(str(path), self._options())
        except Exception as error:  # noqa: BLE001 - the library raises Exception itself
            _logger.warning(
                "local copies cannot be opened, making them anew", path=str(path), error=str(error)
            )
            shutil.rmtree(path, ignore_errors=True)
            return self._library.Rdict(str(path), self._options())

    def _spoilt(self, error: Exception) -> SpoiltError:
        self._mark_of_spoilt.touch()
        return SpoiltError(self._folder, error)

    @property
    def _mark_of_spoilt(self) -> Path:
        return self._folder / "spoilt"

    def _options(self) -> Any:
        library = self._library
        blocks = library.BlockBasedOptions()
        blocks.set_block_cache(library.Cache(CACHE_BYTES))
        blocks.set_bloom_filter(_BLOOM_BITS, block_based=False)
        # Indexes and filters count towards the cache, lest they grow with the data beyond any bound.
        blocks.set_cache_index_and_filter_blocks(True)
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(True)
        options = library.Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_db_write_buffer_size(WRITES_BYTES)
        options.set_write_buffer_size(WRITES_BYTES // 2)
        options.set_target_file_size_base(_FILE_BYTES)
        options.set_max_open_files(_OPEN_FILES_MAX)
        options.set_max_background_jobs(_BACKGROUND_JOBS)
        options.set_compression_type(library.DBCompressionType.lz4())
        options.set_keep_log_file_num(2)
        return options


def _locked(folder: Path) -> Any:
    """Keep other processes out; the lock ends with the process, whatever ends it."""
    lock = (folder / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise FolderTakenError(folder) from error
    return lock


def _after(prefix: bytes) -> bytes:
    """The first key behind all that begin so; prefixes end with something else than 0xFF."""
    return prefix[:-1] + bytes([prefix[-1] + 1])
