"""Local stores on RocksDB, which the extra `rocksdb` brings.

One database holds the stores of all changelogs of a worker, so that its memory has one bound. Writes are not
synced to the disk: after a power cut the newest may be missing, each of them wholly, and the stores are
behind their changelogs. A database that cannot be opened or read is deleted, since the changelogs have
everything.
"""

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import structlog

from streams.errors import LocalStoreDamagedError, LocalStoreTakenError, RocksDbMissingError

_logger = structlog.get_logger(__name__)

# Bounds of RocksDB's memory: blocks that were read, and writes that are not in a file yet.
CACHE_BYTES: Final = 64 << 20
WRITES_BYTES: Final = 32 << 20
_OPEN_FILES_MAX: Final = 256
_BACKGROUND_JOBS: Final = 2
_BLOOM_BITS: Final = 10
_FILE_BYTES: Final = 16 << 20


class RocksDisk:
    """A folder with a database; a context manager that closes it. One process at a time may have it open."""

    def __init__(self, folder: Path) -> None:
        """Open or create it.

        Raises `RocksDbMissingError`, and `LocalStoreTakenError` where another process has it open.
        """
        try:
            import rocksdict  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise RocksDbMissingError from error
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
        """Write everything into the files of the database, besides its log."""
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
            raise self._damaged(error) from error
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
            # The library ends an iteration silently at a block that cannot be read: check whether it did.
            end = self._database.iter(bounds)
            end.seek(last)
            if end.valid():
                end.next()
            end.status()
        except Exception as error:
            raise self._damaged(error) from error

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
            raise self._damaged(error) from error

    def clear(self, prefix: bytes) -> None:
        """See `streams.local_state.Disk`."""
        try:
            self._database.delete_range(prefix, _after(prefix))
        except Exception as error:
            raise self._damaged(error) from error

    def _opened(self) -> Any:
        """Open the database; one that cannot be opened is deleted and created anew."""
        path = self._folder / "db"
        if self._damage_marker.exists():
            shutil.rmtree(path, ignore_errors=True)
            self._damage_marker.unlink()
        try:
            return self._library.Rdict(str(path), self._options())
        except Exception as error:  # noqa: BLE001 - the library raises Exception itself
            _logger.warning(
                "local stores cannot be opened, making them anew", path=str(path), error=str(error)
            )
            shutil.rmtree(path, ignore_errors=True)
            return self._library.Rdict(str(path), self._options())

    def _damaged(self, error: Exception) -> LocalStoreDamagedError:
        self._damage_marker.touch()
        return LocalStoreDamagedError(self._folder, error)

    @property
    def _damage_marker(self) -> Path:
        return self._folder / "spoilt"

    def _options(self) -> Any:
        library = self._library
        blocks = library.BlockBasedOptions()
        blocks.set_block_cache(library.Cache(CACHE_BYTES))
        blocks.set_bloom_filter(_BLOOM_BITS, block_based=False)
        # Indexes and filters count towards the cache, so that they do not grow with the data without bound.
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
    """Lock the folder; the lock ends with the process, whatever ends it."""
    lock = (folder / "lock").open("wb")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise LocalStoreTakenError(folder) from error
    return lock


def _after(prefix: bytes) -> bytes:
    """The first key after all that begin with `prefix`, whose last byte must not be 0xFF."""
    return prefix[:-1] + bytes([prefix[-1] + 1])
