"""Webhooks: one signed POST for a piece of news, to an address that was checked. Waits and sizes are bounded.

The body of one alert is its record on the topic; several of one cause are one `GroupedAlert`. For Slack and
Microsoft Teams it is a message with the same news (`chat`).
"""

import asyncio
import ssl
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import IPv6Address

import httpx

from giants.delivery.addresses import Guard, IPAddress
from giants.delivery.batches import DeliveryBatch, Outcome, Result
from giants.delivery.chat import chat_body
from giants.delivery.errors import RefusedTargetError, SecretError, UnresolvedHostError
from giants.delivery.news import NewsContext
from giants.delivery.signing import signature
from giants.domain.watch import grouped_alert
from giants.domain.watch.text import one_line
from giants.kafka.tracing import TRACEPARENT
from schemas.changes import Alert
from schemas.codes import WebhookFormat

# From the DNS query to the end of the answer.
SEND_SECONDS_MAX = 20.0
CONNECT_SECONDS_MAX = 5.0
READ_SECONDS_MAX = 15.0
RESPONSE_BYTES_MAX = 2_000
EXCERPT_CHARACTERS_MAX = 200
PORT_MAX = 65_535
USER_AGENT = "little-giants-stream"

_PORTS = {"http": 80, "https": 443}
_BUSY = frozenset({httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE})


class WebhookSender:
    """Sends alerts to webhooks. Closed by `close`."""

    def __init__(
        self,
        guard: Guard,
        tls: ssl.SSLContext | None = None,
        seconds_max: float = SEND_SECONDS_MAX,
        link_base: str = "",
    ) -> None:
        """`link_base` is the address of the dashboard, where all alerts of a group are shown."""
        self._guard = guard
        self._link_base = link_base
        self._seconds_max = seconds_max
        self._client = httpx.AsyncClient(
            verify=tls or ssl.create_default_context(),
            timeout=httpx.Timeout(READ_SECONDS_MAX, connect=CONNECT_SECONDS_MAX),
            follow_redirects=False,
            # No proxy of the environment: it would resolve the name again, to an unchecked address.
            trust_env=False,
            # No connection is reused: its address was checked for one host name, another could get it.
            limits=httpx.Limits(max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            headers={"user-agent": USER_AGENT, "accept": "*/*", "accept-encoding": "identity"},
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        """Send the one alert of a webhook's batch, and return the outcome.

        2xx is delivered, 410 is gone, everything else is to be tried again; redirects are not followed. A URL
        or a secret that can never work, and an address that is not public, are refused.
        """
        try:
            async with asyncio.timeout(self._seconds_max):
                return await self._send(batch, now)
        except TimeoutError:
            return Outcome(Result.FAILED, f"no whole answer within {self._seconds_max:g} s")
        except httpx.HTTPError as error:
            return Outcome(Result.FAILED, _described(error))
        except UnresolvedHostError as error:
            return Outcome(Result.FAILED, str(error))
        except (RefusedTargetError, SecretError) as error:
            return Outcome(Result.REFUSED, str(error))
        except httpx.InvalidURL:
            return Outcome(Result.REFUSED, "the URL cannot be understood")

    async def _send(self, batch: DeliveryBatch, now: datetime) -> Outcome:
        message_id, body = await asyncio.to_thread(_content, batch, self._link_base)
        trace = next((one.traceparent for one in batch.deliveries if one.traceparent is not None), None)
        url = _checked(batch.address)
        host = url.raw_host.decode("ascii")
        timestamp_seconds = int(now.timestamp())
        headers = {
            "host": url.netloc.decode("ascii"),
            "content-type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp_seconds),
            "webhook-signature": signature(batch.secret or "", message_id, timestamp_seconds, body),
        }
        if trace is not None:
            headers[TRACEPARENT] = trace
        addresses = await self._guard.addresses(host, url.port or _PORTS[url.scheme])
        for address, is_last in _with_last(addresses):
            request = self._client.build_request(
                "POST",
                url.copy_with(host=_as_host(address)),
                content=body,
                headers=headers,
                # The certificate is checked for the host name, though the connection is to the address.
                extensions={"sni_hostname": host},
            )
            try:
                response = await self._client.send(request, stream=True)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if is_last:
                    raise
                continue
            try:
                return await _outcome(response, now)
            finally:
                await response.aclose()
        raise UnresolvedHostError(host, "no address")


def _content(batch: DeliveryBatch, link_base: str) -> tuple[str, bytes]:
    """Id and body of a message: the same whenever the same alerts are sent."""
    is_standard = batch.format is WebhookFormat.STANDARD
    if len(batch.deliveries) == 1 and is_standard:
        return batch.deliveries[0].alert_id, batch.deliveries[0].body
    alerts = [Alert.model_validate_json(delivery.body) for delivery in batch.deliveries]
    message_id = alerts[0].id
    if len(alerts) > 1:
        message_id = sha256("\0".join(alert.id for alert in alerts).encode()).hexdigest()
    if not is_standard:
        return message_id, chat_body(batch.format, alerts, NewsContext(link_base, batch.earlier))
    earlier = batch.earlier.get(batch.deliveries[0].group_id, 0)
    return message_id, grouped_alert(message_id, alerts, link_base, earlier).model_dump_json().encode()


def _checked(address: str) -> httpx.URL:
    url = httpx.URL(address)
    if url.scheme not in _PORTS:
        raise RefusedTargetError(f"got a URL that begins with {url.scheme}:, expected http: or https:")
    if url.userinfo:
        raise RefusedTargetError("got a URL with a user name or password, expected one without")
    if not url.host:
        raise RefusedTargetError("got a URL without a host")
    if url.port is not None and not 1 <= url.port <= PORT_MAX:
        raise RefusedTargetError(f"got a URL with port {url.port}, expected 1 to {PORT_MAX}")
    return url


def _with_last(addresses: list[IPAddress]) -> Iterator[tuple[IPAddress, bool]]:
    for number, address in enumerate(addresses, start=1):
        yield address, number == len(addresses)


def _as_host(address: IPAddress) -> str:
    return f"[{address}]" if isinstance(address, IPv6Address) else str(address)


async def _outcome(response: httpx.Response, now: datetime) -> Outcome:
    if response.is_success:
        return Outcome(Result.DELIVERED)
    if response.status_code == httpx.codes.GONE:
        return Outcome(Result.GONE, "answered 410 Gone")
    if response.is_redirect:
        return Outcome(Result.FAILED, f"answered {response.status_code}; redirects are not followed")
    excerpt = await _excerpt(response)
    reason = f"answered {response.status_code}" + (f": {excerpt}" if excerpt else "")
    asked = _asked_seconds(response, now) if response.status_code in _BUSY else None
    return Outcome(Result.FAILED, reason, asked)


async def _excerpt(response: httpx.Response) -> str:
    """The beginning of the body, without decompression."""
    beginning = b""
    async for chunk in response.aiter_raw():
        beginning += chunk
        if len(beginning) >= RESPONSE_BYTES_MAX:
            break
    return one_line(beginning[:RESPONSE_BYTES_MAX].decode("utf-8", "replace"), EXCERPT_CHARACTERS_MAX)


def _asked_seconds(response: httpx.Response, now: datetime) -> float | None:
    """What Retry-After says, in seconds or as a date; None where it says nothing sensible."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, (parsedate_to_datetime(value) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def _described(error: httpx.HTTPError) -> str:
    text = one_line(str(error), EXCERPT_CHARACTERS_MAX)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
