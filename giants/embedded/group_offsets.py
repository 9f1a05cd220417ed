"""The committed offsets of all groups, as clients commit them, in a file that is replaced every second.

A group that finds an offset from before a crash reads some records again, which everybody here expects.
"""

from pathlib import Path

from kafka.protocol.consumer import OffsetCommitRequest

from giants.embedded.topic_files import GroupOffset, GroupOffsets, read_offsets, write_durably


class GroupOffsetsFile:
    """The offsets in memory, and the file."""

    def __init__(self, file: Path) -> None:
        """Read the file, where there is one. Raises `TopicFilesError`."""
        self._file = file
        self._offsets = {(one.group, one.topic, one.partition): one for one in read_offsets(file).offsets}
        self._has_changed = False

    def all(self) -> list[GroupOffset]:
        """Every known offset."""
        return list(self._offsets.values())

    def note(self, frame: bytes, version: int) -> None:
        """Note what a client commits. A commit that the broker refuses is repeated or read again."""
        request = OffsetCommitRequest.decode(frame, version=version, header=True)
        for topic in request.topics or ():
            for one in topic.partitions:
                if one.committed_offset >= 0:
                    self._offsets[request.group_id, topic.name, one.partition_index] = GroupOffset(
                        group=request.group_id,
                        topic=topic.name,
                        partition=one.partition_index,
                        offset=one.committed_offset,
                    )
                    self._has_changed = True

    def write(self) -> None:
        """Write the file where anything has changed. Raises `OSError`."""
        if self._has_changed:
            self._has_changed = False
            content = GroupOffsets(offsets=tuple(self._offsets.values()))
            write_durably(self._file, content.model_dump_json().encode())
