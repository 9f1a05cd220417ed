"""Bytes that no browser sends never reach the application."""

import socket
from urllib.parse import urlsplit

import httpx
import pytest


def answer_to(api: httpx.Client, target: bytes) -> bytes:
    """The head and beginning of the answer to a request as it is."""
    place = urlsplit(str(api.base_url))
    with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize("target", [b"/api/v1/companies?q=\x8f\xff", b"/api/v1/companies/\x8f\xff"])
def test_an_address_with_bytes_above_ascii_is_refused_by_the_server(api: httpx.Client, target: bytes) -> None:
    """The application relies on it: what reads addresses would fail at them (Starlette)."""
    assert answer_to(api, target).startswith(b"HTTP/1.1 400 ")


def test_the_server_answers_on_after_it(api: httpx.Client) -> None:
    assert api.get("companies", params={"q": "\ufffd"}).status_code == 200
