"""Webhooks against real receivers: what is sent, what is made of each answer, and what is never done."""

import asyncio
import ssl
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest
import trustme

from giants.delivery.addresses import Guard
from giants.delivery.batches import Delivery, DeliveryBatch, Outcome, Result
from giants.delivery.webhook import EXCERPT_CHARACTERS_MAX, RESPONSE_BYTES_MAX, WebhookSender
from tests.delivery.receivers import Answer, Phonebook, answer, hang_up, receiving
from tests.delivery.samples import BASE, NOON, SECRET

BODY = '{"name": "宁波佳尔灵"}'.encode()
LOOPBACK = {"hooks.example": [["127.0.0.1"]]}


def batch(url: str, secret: str = SECRET) -> DeliveryBatch:
    return DeliveryBatch("webhook", url, secret, (Delivery(1, "alert-1", 1, 0, BODY),))


def send(
    url: str,
    *,
    guard: Guard | None = None,
    tls: ssl.SSLContext | None = None,
    secret: str = SECRET,
    seconds_max: float = 20,
) -> Outcome:
    return attempt(batch(url, secret), guard, tls, seconds_max)


def attempt(
    one: DeliveryBatch, guard: Guard | None = None, tls: ssl.SSLContext | None = None, seconds_max: float = 20
) -> Outcome:
    async def sent() -> Outcome:
        sender = WebhookSender(guard or Guard(allow_private=True), tls, seconds_max, BASE)
        try:
            return await sender.send(one, NOON)
        finally:
            await sender.close()

    return asyncio.run(sent())


def test_an_alert_is_posted_as_it_is_with_id_time_and_signature() -> None:
    with receiving() as receiver:
        assert send(receiver.url + "?a=b") == Outcome(Result.DELIVERED)
    (request,) = receiver.received
    assert request.path == "/hook?a=b"
    assert request.body == BODY
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "alert-1"
    assert request.headers["webhook-timestamp"] == str(int(NOON.timestamp()))
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert request.is_signed
    assert "traceparent" not in request.headers


def test_a_trace_goes_on_to_the_receiver() -> None:
    trace = f"00-{'a1' * 16}-{'b2' * 8}-01"
    with receiving() as receiver:
        traced = DeliveryBatch("webhook", receiver.url, SECRET, (Delivery(1, "alert-1", 1, 0, BODY, trace),))
        assert attempt(traced) == Outcome(Result.DELIVERED)
    (request,) = receiver.received
    assert request.headers["traceparent"] == trace
    assert request.is_signed


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_every_success_is_a_delivery(status: int) -> None:
    with receiving(answer(status)) as receiver:
        assert send(receiver.url).result is Result.DELIVERED


@pytest.mark.parametrize("status", [400, 401, 404, 409, 429, 500, 502, 503])
def test_every_other_answer_is_tried_again(status: int) -> None:
    with receiving(answer(status, "so\nnicht\u202e".encode())) as receiver:
        assert send(receiver.url) == Outcome(Result.FAILED, f"answered {status}: so nicht")


def test_gone_is_for_good() -> None:
    with receiving(answer(410)) as receiver:
        assert send(receiver.url) == Outcome(Result.GONE, "answered 410 Gone")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with receiving() as elsewhere, receiving(answer(status, location=elsewhere.url)) as receiver:
        assert send(receiver.url) == Outcome(Result.FAILED, f"answered {status}; redirects are not followed")
    assert elsewhere.received == []


@pytest.mark.parametrize(
    ("status", "value", "seconds"),
    [
        (503, "120", 120.0),
        (429, "9" * 40, 999_999_999.0),
        (503, format_datetime(datetime(2026, 3, 10, 12, 5, tzinfo=UTC), usegmt=True), 300.0),
        (503, format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True), 0.0),
        (503, "soon", None),
        (503, "-5", None),
        (500, "120", None),
    ],
)
def test_a_busy_receiver_says_when_to_come_back(status: int, value: str, seconds: float | None) -> None:
    with receiving(answer(status, retry_after=value)) as receiver:
        assert send(receiver.url).asked_seconds == seconds


def test_no_answer_at_all_is_tried_again() -> None:
    with receiving(hang_up) as receiver:
        assert send(receiver.url).result is Result.FAILED
    outcome = send(receiver.url)
    assert outcome.result is Result.FAILED
    assert outcome.reason.startswith("ConnectError")


def test_a_receiver_that_never_finishes_its_answer_is_left() -> None:
    released = threading.Event()

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nx-slow: ")
        handler.wfile.flush()
        released.wait(60)

    with receiving(drip) as receiver:
        outcome = send(receiver.url, seconds_max=0.2)
        released.set()
    assert outcome == Outcome(Result.FAILED, "no whole answer within 0.2 s")


def endless(header: str) -> Answer:
    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(f"HTTP/1.1 500 Oh\r\n{header}\r\n\r\n".encode())
        while True:
            handler.wfile.write(b"x" * RESPONSE_BYTES_MAX)

    return give


@pytest.mark.parametrize(
    "header", ["connection: close", "content-encoding: gzip", "content-length: 99999999999"]
)
def test_an_endless_answer_is_read_a_little_and_not_unpacked(header: str) -> None:
    with receiving(endless(header)) as receiver:
        outcome = send(receiver.url)
    assert outcome.reason.startswith("answered 500: xxx")
    assert len(outcome.reason) <= len("answered 500: ") + EXCERPT_CHARACTERS_MAX


def test_endless_headers_are_left() -> None:
    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            handler.wfile.write(b"x-padding: " + b"x" * 8_000 + b"\r\n")

    with receiving(give) as receiver:
        assert send(receiver.url).result is Result.FAILED


def test_cookies_of_one_answer_are_not_sent_with_the_next() -> None:
    async def attempt(url: str) -> None:
        sender = WebhookSender(Guard(allow_private=True))
        for _ in range(2):
            await sender.send(batch(url), NOON)
        await sender.close()

    with receiving(answer(200, set_cookie="a=b; Path=/")) as receiver:
        asyncio.run(attempt(receiver.url))
    assert ["cookie" in request.headers for request in receiver.received] == [False, False]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "fd00:ec2::254", "::1", "::"],
)
def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(address: str) -> None:
    with receiving() as receiver:
        guard = Guard(resolver=Phonebook({"hooks.example": [[address]]}))
        outcome = send(f"http://hooks.example:{receiver.port}/", guard=guard)
    assert outcome.result is Result.REFUSED
    assert outcome.reason.startswith("hooks.example is ")
    assert receiver.received == []


def test_a_private_address_in_the_url_itself_is_refused() -> None:
    with receiving() as receiver:
        for url in (
            receiver.url,
            f"http://[::ffff:127.0.0.1]:{receiver.port}/",
            f"http://0x7f.1:{receiver.port}/",
        ):
            assert send(url, guard=Guard()).result is Result.REFUSED
    assert receiver.received == []


def test_the_name_is_resolved_once_and_the_connection_goes_to_that_address() -> None:
    with receiving() as receiver:
        phonebook = Phonebook({"hooks.example": [["127.0.0.1"], ["10.255.255.1"]]})
        outcome = send(f"http://hooks.example:{receiver.port}/hook", guard=Guard(True, phonebook))
    assert outcome.result is Result.DELIVERED
    assert phonebook.asked == ["hooks.example"]
    assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with receiving() as receiver:
        phonebook = Phonebook({"hooks.example": [["::1", "127.0.0.1"]]})
        assert (
            send(f"http://hooks.example:{receiver.port}/", guard=Guard(True, phonebook)).result
            is Result.DELIVERED
        )


def test_a_name_that_cannot_be_resolved_is_tried_again() -> None:
    outcome = send("http://hooks.example/", guard=Guard(resolver=Phonebook({})))
    assert outcome == Outcome(Result.FAILED, "hooks.example cannot be resolved: no such name")


def certified(name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Contexts of a server with a certificate for the name, and of a client that trusts its authority."""
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(name).configure_cert(server)
    authority.configure_trust(client)
    return server, client


def test_the_certificate_has_to_be_that_of_the_name() -> None:
    server, client = certified("hooks.example")
    phonebook = {"hooks.example": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]}
    with receiving(tls=server) as receiver:
        right = send(
            f"https://hooks.example:{receiver.port}/", guard=Guard(True, Phonebook(phonebook)), tls=client
        )
        wrong = send(
            f"https://other.example:{receiver.port}/", guard=Guard(True, Phonebook(phonebook)), tls=client
        )
    assert right.result is Result.DELIVERED
    assert wrong.result is Result.FAILED
    assert "CERTIFICATE_VERIFY_FAILED" in wrong.reason
    assert len(receiver.received) == 1


def test_a_certificate_of_an_unknown_authority_is_not_trusted() -> None:
    server, _ = certified("hooks.example")
    with receiving(tls=server) as receiver:
        outcome = send(f"https://hooks.example:{receiver.port}/", guard=Guard(True, Phonebook(LOOPBACK)))
    assert outcome.result is Result.FAILED
    assert receiver.received == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (
            "http://user:password@hooks.example/",
            "got a URL with a user name or password, expected one without",
        ),
        ("https://", "got a URL without a host"),
        ("https://hooks.example:99999999/", "got a URL with port 99999999, expected 1 to 65535"),
        ("https://hooks.example:port/", "the URL cannot be understood"),
        ("ftp://hooks.example/", "got a URL that begins with ftp:, expected http: or https:"),
    ],
)
def test_a_url_that_can_never_work_is_refused(url: str, reason: str) -> None:
    assert send(url, guard=Guard(True, Phonebook(LOOPBACK))) == Outcome(Result.REFUSED, reason)


def test_a_secret_that_cannot_be_used_is_refused_without_being_shown() -> None:
    unusable = SECRET + "=A"
    outcome = send("http://hooks.example/", guard=Guard(True, Phonebook(LOOPBACK)), secret=unusable)
    assert outcome == Outcome(Result.REFUSED, "the signing secret is not base64")


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert send(receiver.url).result is Result.DELIVERED
    assert proxy.received == []
    assert len(receiver.received) == 1
