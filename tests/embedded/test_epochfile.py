"""The epoch file carries an epoch from the process with ClickHouse to the supervisor."""

from pathlib import Path

from giants.embedded.epochfile import (
    EPOCH_FILE,
    EpochFile,
    forget_epoch,
    read_epoch_file,
    write_epoch_file,
)


def test_an_epoch_is_told_completed_and_forgotten(tmp_path: Path) -> None:
    data_dir = tmp_path / "made on the way"
    assert read_epoch_file(data_dir) is None
    filling = EpochFile(epoch=4, state="filling", facts=12)
    write_epoch_file(data_dir, filling)
    assert read_epoch_file(data_dir) == filling
    write_epoch_file(data_dir, filling.model_copy(update={"state": "complete"}))
    found = read_epoch_file(data_dir)
    assert found is not None
    assert found.state == "complete"
    forget_epoch(data_dir)
    assert read_epoch_file(data_dir) is None


def test_half_an_epoch_file_is_none(tmp_path: Path) -> None:
    (tmp_path / EPOCH_FILE).write_text('{"epoch": 4, "sta')
    assert read_epoch_file(tmp_path) is None
