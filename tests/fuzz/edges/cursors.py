"""Cursors, keys and identifiers that callers of the API bring: understood, or refused by an error of ours.

The first byte chooses what the rest is.
"""

import base64
from collections.abc import Callable, Iterator

import orjson

from giants.domain.cpc import CpcError, normalize_symbol
from giants.domain.names import lookup_keys
from giants.store.errors import CursorError
from giants.store.export import FORMULA_STARTS, guarded_cell
from giants.store.queries.feed import Position, decode_position, encode_position
from giants.store.queries.pages import decode_cursor, encode_cursor


def _page(text: str) -> None:
    try:
        parts = decode_cursor("companies", text, (str, int))
    except CursorError:
        return
    if decode_cursor("companies", encode_cursor("companies", parts), (str, int)) != parts:
        raise RuntimeError(f"written and read again it is another: {parts}")


def _feed(text: str) -> None:
    try:
        position = decode_position(text)
    except CursorError:
        return
    if decode_position(encode_position(position)) != position:
        raise RuntimeError(f"written and read again it is another: {position}")


def _symbol(text: str) -> None:
    try:
        symbol = normalize_symbol(text)
    except CpcError:
        return
    if normalize_symbol(symbol) != symbol:
        raise RuntimeError(f"the normal form of {symbol!r} is another")


def _name(text: str) -> None:
    if tuple(lookup_keys(text)) != tuple(lookup_keys(text)):
        raise RuntimeError("a name has other keys the second time")


def _cell(text: str) -> None:
    shown = str(guarded_cell(text))
    if shown.lstrip(" ").startswith(FORMULA_STARTS):
        raise RuntimeError(f"a spreadsheet runs {shown!r}")


def _packed(read: Callable[[str], None]) -> Callable[[str], None]:
    """The same with the text inside the encoding, which a fuzzer takes long to find."""
    return lambda text: read(base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode())


_FORMS = (_page, _feed, _packed(_page), _packed(_feed), _symbol, _name, _cell)


def seeds() -> Iterator[bytes]:
    """One of each that was given out, as it is and inside its encoding."""
    yield b"\x00" + encode_cursor("companies", ("lg-1", 7)).encode()
    yield b"\x02" + orjson.dumps(["companies", "lg-1", 7])
    feed = encode_position(Position(1, 0, {"status-changes.v1/0": 7}))
    yield b"\x01" + feed.encode()
    yield b"\x03" + base64.urlsafe_b64decode(feed + "=" * (-len(feed) % 4))
    for number, text in ((4, "H04B10/2519"), (5, "宁波佳尔灵(上海)有限公司"), (6, "=1+1")):
        yield bytes((number,)) + text.encode()


def one_input(data: bytes) -> None:
    """Read the text."""
    if data:
        _FORMS[data[0] % len(_FORMS)](data[1:].decode(errors="replace"))
