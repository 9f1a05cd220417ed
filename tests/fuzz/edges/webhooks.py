"""Webhooks: whatever a URL says and its name resolves to, nothing is sent to an address that is not public.

The first line is the URL, the second the secret, every other one an address that the host resolves to: as
text, or as the 4 or 16 bytes of it.
"""

import asyncio
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from giants.delivery.addresses import Guard, IPAddress
from giants.delivery.batches import Delivery, DeliveryBatch, Result
from giants.delivery.webhook import WebhookSender
from tests.delivery.samples import SECRET

ADDRESSES_MAX = 6
_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_DELIVERY = Delivery(1, "alert-1", 1, 0, b"{}")
_NAT64 = IPv6Network("64:ff9b::/96")


class _ReachedError(Exception):
    """The connection would be made now."""


class _Phonebook:
    """Resolves every host to what the input says."""

    addresses: tuple[str, ...] = ()

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        if not host or not 1 <= port <= 65_535:
            raise RuntimeError(f"resolved {host!r}:{port}")
        return self.addresses


class _Watched(Guard):
    """The guard of service, which stops where a socket would be opened."""

    async def addresses(self, host: str, port: int) -> list[IPAddress]:
        checked = await super().addresses(host, port)
        inside = [address for address in checked if not _is_public(address)]
        if inside:
            raise RuntimeError(f"would connect to {inside}")
        raise _ReachedError


_phonebook = _Phonebook()
_loop = asyncio.new_event_loop()
_sender = WebhookSender(_Watched(resolver=_phonebook), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def seeds() -> Iterator[bytes]:
    """Sound ones, and the ways around a check that are known."""
    for url in (
        "https://hooks.example/token",
        "http://user:pass@hooks.example:8080/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:127.0.0.1]:80/",
        "http://0x7f000001/",
        "http://宁波.example/%00",
        "https://hooks.example:99999/",
    ):
        for address in ("203.0.113.9", "8.8.8.8", "2606:4700::1111", "::ffff:10.0.0.1", "fe80::1%eth0"):
            yield f"{url}\n{SECRET}\n{address}".encode()
    yield f"https://hooks.example/\n{SECRET}\n".encode() + bytes((127, 0, 0, 1))


def one_input(data: bytes) -> None:
    """Try to send an alert there."""
    url, _, rest = data.partition(b"\n")
    secret, _, found = rest.partition(b"\n")
    _phonebook.addresses = tuple(filter(None, map(_address, found.split(b"\n")[:ADDRESSES_MAX])))
    batch = DeliveryBatch(
        "webhook", url.decode(errors="replace"), secret.decode(errors="replace"), (_DELIVERY,)
    )
    try:
        outcome = _loop.run_until_complete(_sender.send(batch, _NOW))
    except _ReachedError:
        return
    if outcome.result not in {Result.FAILED, Result.REFUSED} or not outcome.reason:
        raise RuntimeError(f"expected a failure or a refusal with its reason, got {outcome}")


def _address(line: bytes) -> str | None:
    """An address as a resolver gives it: resolvers give nothing that is none."""
    if len(line) in {4, 16}:
        return str(ip_address(line))
    text = line.decode(errors="replace")
    try:
        ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return text


def _is_public(address: IPAddress) -> bool:
    """The same question in other words: what the address carries, and whether that is of the internet."""
    if isinstance(address, IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            carried = IPv4Address(int(address) & 0xFFFF_FFFF)
        if carried is not None:
            return _is_public(carried)
    return address.is_global and not (
        address.is_multicast or address.is_private or address.is_loopback or address.is_link_local
    )
