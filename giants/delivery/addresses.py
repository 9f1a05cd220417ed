"""Which network addresses a webhook may reach.

URLs come from whoever may write a watchlist, so they are hostile: one could name a service of this host, of
the local network, or the metadata service of a cloud, or a name that resolves to a harmless address when it
is checked and to another when it is used. Hence the name is resolved once, every address is checked, and the
connection goes to an address that was checked.
"""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

from giants.delivery.errors import RefusedTargetError, UnresolvedHostError

ADDRESSES_TRIED_MAX = 3
HOST_CHARACTERS_MAX = 253

IPAddress = IPv4Address | IPv6Address

_IPV6_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Networks that the standard library of some supported versions counts as public.
_NOT_PUBLIC: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata service lives here
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv4Network("168.63.129.16/32"),  # a cloud's host service, public by number only
    IPv6Network("2001::/23"),  # protocol assignments, among them Teredo, which carries IPv4
    IPv6Network("2002::/16"),  # 6to4, which carries IPv4
    IPv6Network("3fff::/20"),  # documentation
)


class Resolver(Protocol):
    """Finds the addresses of a host."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Addresses in the order to be tried; raises `UnresolvedHostError`."""


class SystemResolver:
    """The resolver of the operating system."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Addresses in the order that the system prefers; raises `UnresolvedHostError`."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise UnresolvedHostError(host, error.strerror or str(error)) from error
        except UnicodeError as error:
            raise UnresolvedHostError(host, "the name cannot be encoded") from error
        return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


@dataclass(frozen=True, slots=True)
class Guard:
    """Decides which addresses of a host may be connected to."""

    allow_private: bool = False
    resolver: Resolver = field(default_factory=SystemResolver)

    async def addresses(self, host: str, port: int) -> list[IPAddress]:
        """One to `ADDRESSES_TRIED_MAX` checked addresses of a host, to be connected to as they are.

        Raises `RefusedTargetError` where any address of the host is not public: a name with both kinds is the
        mark of an attack. Raises `UnresolvedHostError` where it has none.
        """
        if len(host) > HOST_CHARACTERS_MAX:
            raise RefusedTargetError(
                f"the host name has {len(host)} characters, expected at most {HOST_CHARACTERS_MAX}"
            )
        found = [_without_scope(text) for text in await self.resolver.resolve(host, port)]
        if not found:
            raise UnresolvedHostError(host, "no address")
        if not self.allow_private:
            for address in found:
                reason = refusal(address)
                if reason is not None:
                    raise RefusedTargetError(f"{host} is {address}, {reason}")
        return found[:ADDRESSES_TRIED_MAX]


def refusal(address: IPAddress) -> str | None:
    """Why an address is refused, or None where it is an ordinary public one."""
    inner = _carried(address)
    if inner is not None:
        reason = refusal(inner)
        return reason and f"which leads to {inner}, {reason}"
    checks = (
        ("the unspecified address", address.is_unspecified),
        ("a loopback address", address.is_loopback),
        ("a link-local address", address.is_link_local),
        ("a multicast address", address.is_multicast),
        ("not a public address", not _is_public(address)),
    )
    return next((reason for reason, holds in checks if holds), None)


def _is_public(address: IPAddress) -> bool:
    if isinstance(address, IPv6Address) and address not in _IPV6_UNICAST:
        return False
    special = address.is_reserved or any(address in network for network in _NOT_PUBLIC)
    return address.is_global and not special


def _carried(address: IPAddress) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, or NAT64 of an IPv6-only network."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped


def _without_scope(text: str) -> IPAddress:
    return ip_address(text.partition("%")[0])
