"""RocksDB on a real disk: atomic, exclusive, and deleted where it cannot be read."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from streams import rocksdb_backend
from streams.errors import LocalStoreDamagedError, LocalStoreTakenError, RocksDbMissingError
from streams.rocksdb_backend import RocksDisk

_HOLD = """
import sys
from pathlib import Path
from streams.errors import LocalStoreDamagedError, LocalStoreTakenError, RocksDbMissingError
from streams.rocksdb_backend import RocksDisk
disk = RocksDisk(Path(sys.argv[1]))
disk.write({b"key": b"of another process"})
print("held", flush=True)
sys.stdin.read()
"""


def test_what_is_written_is_there_again(tmp_path: Path) -> None:
    with RocksDisk(tmp_path) as disk:
        disk.write({b"a": b"1", b"b": b"2", b"c": b""})
        disk.write({b"a": b"3", b"b": None})
    with RocksDisk(tmp_path) as disk:
        assert [disk.get(key) for key in (b"a", b"b", b"c", b"d")] == [b"3", None, b"", None]


def test_a_scan_gives_what_begins_so_in_order_and_nothing_else(tmp_path: Path) -> None:
    with RocksDisk(tmp_path) as disk:
        keys = [
            b"p/1\x00a",
            b"p/1\x00\xe4\xb8\xad",
            b"p/1\x00\xff",
            b"p/1\x01",
            b"p/10\x00a",
            b"p/1",
            b"o",
            b"q",
        ]
        disk.write(dict.fromkeys(keys, b"v"))
        assert [key for key, _ in disk.scan(b"p/1\x00")] == [
            b"p/1\x00a",
            b"p/1\x00\xe4\xb8\xad",
            b"p/1\x00\xff",
        ]
        disk.clear(b"p/1\x00")
        assert list(disk.scan(b"p/1\x00")) == []
        assert [disk.get(key) for key in (b"p/1", b"p/1\x01", b"p/10\x00a", b"o", b"q")] == [b"v"] * 5


def test_one_process_at_a_time_and_the_next_one_when_it_was_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(LocalStoreTakenError, match="GIANTS_WORKER_ID"):
            RocksDisk(tmp_path)
        other.send_signal(signal.SIGKILL)
        other.wait()
    with RocksDisk(tmp_path) as disk:
        assert disk.get(b"key") == b"of another process"


def test_a_database_that_cannot_be_opened_is_made_anew(tmp_path: Path) -> None:
    with RocksDisk(tmp_path) as disk:
        disk.write({b"a": b"1"})
    (tmp_path / "db" / "CURRENT").write_text("nonsense\n")
    with RocksDisk(tmp_path) as disk:
        assert disk.get(b"a") is None
        disk.write({b"a": b"2"})
    with RocksDisk(tmp_path) as disk:
        assert disk.get(b"a") == b"2"


def test_a_block_with_a_wrong_checksum_is_an_error_and_deleted_at_the_next_start(
    tmp_path: Path,
) -> None:
    entries: dict[bytes, bytes | None] = {b"%06d" % number: b"value" * 20 for number in range(2_000)}
    with RocksDisk(tmp_path) as disk:
        disk.write(entries)
        disk.flush()
    table = next((tmp_path / "db").glob("*.sst"))
    content = bytearray(table.read_bytes())
    content[100:200] = b"\xff" * 100
    table.write_bytes(content)
    with (
        RocksDisk(tmp_path) as disk,
        pytest.raises(LocalStoreDamagedError, match="made anew at"),
    ):
        list(disk.scan(b"0"))
    with RocksDisk(tmp_path) as disk:
        assert list(disk.scan(b"0")) == []


def test_without_the_extra_it_is_said_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rocksdict", None)
    with pytest.raises(RocksDbMissingError, match="extra `rocksdb`"):
        rocksdb_backend.RocksDisk(tmp_path)
