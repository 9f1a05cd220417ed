"""Which addresses nothing is sent to."""

import asyncio
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from giants.delivery.addresses import ADDRESSES_TRIED_MAX, Guard, SystemResolver, refusal
from giants.delivery.errors import RefusedTargetError, UnresolvedHostError
from tests.delivery.receivers import Phonebook

PRIVATE = (
    "127.0.0.1",
    "127.9.9.9",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.100.100.200",
    "0.0.0.7",
    "255.255.255.255",
    "224.0.0.1",
    "240.0.0.1",
    "192.0.0.192",
    "192.88.99.1",
    "198.18.0.1",
    "203.0.113.7",
    "168.63.129.16",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "100::1",
    "5f00::1",
    "2001:db8::1",
    "3fff::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "64:ff9b:1::808:808",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)
PUBLIC = (
    "8.8.8.8",
    "1.1.1.1",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert refusal(ip_address(address)) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_not_refused(address: str) -> None:
    assert refusal(ip_address(address)) is None


@given(st.ip_addresses(v=4))
def test_another_spelling_of_an_address_is_judged_alike(address: IPv4Address) -> None:
    mapped = IPv6Address(f"::ffff:{address}")
    translated = IPv6Address(int(IPv6Address("64:ff9b::")) + int(address))
    assert [refusal(mapped) is None, refusal(translated) is None] == [refusal(address) is None] * 2


@given(st.ip_addresses(v=6))
def test_whatever_is_not_global_is_refused(address: IPv6Address) -> None:
    if not address.is_global:
        assert refusal(address) is not None or address.ipv4_mapped is not None


def checked(host: str, answers: list[str], *, allow_private: bool = False) -> list[str]:
    guard = Guard(allow_private, Phonebook({host: [answers]}))
    return [str(address) for address in asyncio.run(guard.addresses(host, 443))]


def test_a_name_with_a_public_and_a_private_address_is_refused() -> None:
    with pytest.raises(RefusedTargetError, match=r"hooks\.example is 10\.0\.0\.1, not a public address"):
        checked("hooks.example", ["8.8.8.8", "10.0.0.1"])


def test_private_addresses_are_let_through_where_the_operator_says_so() -> None:
    assert checked("hooks.example", ["10.0.0.1", "fe80::1%eth0"], allow_private=True) == [
        "10.0.0.1",
        "fe80::1",
    ]


def test_only_a_few_addresses_of_a_name_are_tried() -> None:
    assert len(checked("hooks.example", [f"8.8.8.{number}" for number in range(50)])) == ADDRESSES_TRIED_MAX


def test_a_name_without_an_address_is_not_resolved() -> None:
    with pytest.raises(UnresolvedHostError, match=r"hooks\.example cannot be resolved: no address"):
        checked("hooks.example", [])


def test_an_endless_name_is_refused() -> None:
    with pytest.raises(RefusedTargetError, match="the host name has 254 characters, expected at most 253"):
        checked("a" * 254, ["8.8.8.8"])


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f.1", "2130706433", "localhost", "::1", "0"])
def test_every_way_to_write_this_host_is_seen_through(host: str) -> None:
    with pytest.raises((RefusedTargetError, UnresolvedHostError)):
        asyncio.run(Guard().addresses(host, 80))


def test_the_system_says_why_a_name_cannot_be_resolved() -> None:
    with pytest.raises(UnresolvedHostError, match="cannot be resolved"):
        asyncio.run(SystemResolver().resolve("no-such-host.invalid", 80))
    with pytest.raises(UnresolvedHostError, match="cannot be encoded"):
        asyncio.run(SystemResolver().resolve("a" * 70 + ".例", 80))
