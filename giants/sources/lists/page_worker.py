"""The process that reads pages: a PDF or a picture on standard input, lines and rows as JSON on its output.

Readers of PDF and of pictures unpack streams without a limit and may be kept busy for ever. So a file is read
in a process of its own, which limits its memory and processor time before it looks at the first byte.

Arguments: `pdf` or `picture`, and `--pictures` for the picture of each page beside what it says.
"""

import io
import resource
import sys
from collections.abc import Iterator

import orjson

from giants.sources.lists.page_process import (
    ERROR,
    MEMORY_BYTES_MAX,
    PAGES_MAX,
    PICTURES,
    PROCESSOR_SECONDS_MAX,
    RECOGNITION_SECONDS_MAX,
    Output,
)


def _outputs(content: bytes, what: str, *, with_pictures: bool) -> Iterator[Output]:
    # Each format loads its own libraries, and no other.
    if what == "pdf":
        from giants.sources.lists.pdf_pages import pdf_items  # noqa: PLC0415

        yield from pdf_items(io.BytesIO(content), with_pictures=with_pictures)
    else:
        from giants.sources.lists.scans import picture_items  # noqa: PLC0415

        yield from picture_items(io.BytesIO(content), with_pictures=with_pictures)


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(
        resource.RLIMIT_CPU, (PROCESSOR_SECONDS_MAX, PROCESSOR_SECONDS_MAX + RECOGNITION_SECONDS_MAX)
    )
    out = sys.stdout.buffer
    what, *flags = sys.argv[1:]
    for output in _outputs(sys.stdin.buffer.read(), what, with_pictures=PICTURES in flags):
        too_long = output["page"] > PAGES_MAX
        said = {ERROR: f"has more than {PAGES_MAX:,} pages"} if too_long else output
        out.write(orjson.dumps(said) + b"\n")
        out.flush()
        if ERROR in said:
            return
    out.write(orjson.dumps({"end": True}) + b"\n")


if __name__ == "__main__":
    _main()
