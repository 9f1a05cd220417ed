"""A backup that has to be whole is none where a part is not at hand."""

from pathlib import Path

import pytest

from giants.backup.errors import MissingPartError
from giants.backup.make import check_parts
from giants.delivery.database import QUEUE_FILE
from giants.keys import key_file
from giants.settings import Settings


def test_a_missing_part_is_named_with_where_it_should_be(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(MissingPartError, match=f"queue of deliveries should be in {tmp_path / QUEUE_FILE}"):
        check_parts(settings)
    (tmp_path / QUEUE_FILE).touch()
    with pytest.raises(MissingPartError, match="API keys should be in"):
        check_parts(settings)
    key_file(settings).touch()
    check_parts(settings)
