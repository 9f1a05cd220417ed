"""Changes of an event stream by cause: those that follow each other within a moment are one event."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final
from urllib.parse import quote

import msgspec
import orjson

from giants.web.hub import Change, Streamed

WINDOW_SECONDS: Final = 1.0
GROUP_CHANGES_MAX: Final = 5_000
SAMPLE_MAX: Final = 20
_PAGES: Final = {"family": "/families/", "taxonomy": "/technologies", "day": "/changes"}


class _Cause(msgspec.Struct, frozen=True):
    kind: str
    ref: str


class _Caused(msgspec.Struct):
    cause: _Cause


_decode: Final = msgspec.json.Decoder(_Caused).decode


async def gathered(
    streamed: AsyncIterator[Streamed], window_seconds: float = WINDOW_SECONDS
) -> AsyncGenerator[Sequence[Streamed], None]:
    """What is streamed, in its order: runs of changes of one cause together, everything else alone.

    A run ends with a change of another cause, `window_seconds` after its first, or at `GROUP_CHANGES_MAX`.
    """
    loop = asyncio.get_running_loop()
    run: list[Streamed] = []
    cause: _Cause | None = None
    until = 0.0
    coming = asyncio.ensure_future(anext(streamed, None))
    try:
        while True:
            await asyncio.wait({coming}, timeout=max(0.0, until - loop.time()) if run else None)
            if not coming.done():
                yield run
                run = []
                continue
            news = coming.result()
            now = _cause_of(news) if isinstance(news, Change) else None
            if run and (now is None or now != cause or len(run) >= GROUP_CHANGES_MAX):
                yield run
                run = []
            if news is None:
                return
            coming = asyncio.ensure_future(anext(streamed, None))
            if now is None:
                yield [news]
                continue
            if not run:
                cause, until = now, loop.time() + window_seconds
            run.append(news)
    finally:
        coming.cancel()


def group_event(run: Sequence[Change], link_base: str) -> bytes:
    """The data of an event `group`: the cause, counts, the first changes, and where all of them are."""
    items = [change.item for change in run]
    cause = _decode(items[0].body).cause
    return orjson.dumps(
        {
            "cause": {"kind": cause.kind, "ref": cause.ref},
            "changes": len(items),
            "companies": len({item.company_id for item in items if item.company_id}),
            "kinds": dict(Counter(item.kind for item in items).most_common()),
            "sample": [_sample(item.body) for item in items[:SAMPLE_MAX]],
            "link": link_base.rstrip("/") + _page(cause),
        }
    )


def _cause_of(change: Change) -> _Cause:
    return _decode(change.item.body).cause


def _sample(body: bytes) -> Any:
    return orjson.loads(body)


def _page(cause: _Cause) -> str:
    page = _PAGES.get(cause.kind, "/documents/")
    if not page.endswith("/"):
        return page
    shown = cause.ref.rpartition("@")[0] if cause.kind == "family" else cause.ref
    return page + quote(shown, safe="")
