"""How every client reaches the broker: addresses, TLS, SASL, and waiting for a broker that is away.

aiokafka reads and writes records; kafka-python administers topics and groups. Both take the same options.
"""

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final, TypeVar

import structlog
from aiokafka.client import AIOKafkaClient
from aiokafka.conn import create_conn
from aiokafka.errors import KafkaConnectionError, KafkaError

from giants.kafka.errors import UnreachableBrokerError, is_retriable, raise_refusal
from giants.retry import Notify, retrying_async
from giants.settings import Settings

CONNECT_SECONDS_MAX: Final = 2.0
LOGIN_SECONDS_MAX: Final = 5.0
LOOK_SECONDS: Final = 1.0

_logger = structlog.get_logger(__name__)
Client = TypeVar("Client")


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for any client of either library. Raises `MissingBrokerError`."""
    options: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.require_broker().split(",")],
        "security_protocol": settings.broker_security,
    }
    if "SSL" in settings.broker_security:
        options["ssl_context"] = tls_context(settings)
    if settings.broker_security.startswith("SASL"):
        password = settings.broker_password
        options["sasl_mechanism"] = settings.broker_sasl_mechanism
        options["sasl_plain_username"] = settings.broker_username
        options["sasl_plain_password"] = password.get_secret_value() if password is not None else None
    return options


def tls_context(settings: Settings) -> ssl.SSLContext:
    """TLS that checks the broker's certificate and name."""
    context = ssl.create_default_context(cafile=settings.broker_ca_file)
    if settings.broker_cert_file is not None:
        context.load_cert_chain(settings.broker_cert_file, settings.broker_key_file)
    return context


def broker_listens(settings: Settings) -> bool:
    """Whether one of the bootstrap servers takes a connection. Raises `MissingBrokerError` without any.

    Asked before a client is made: one of kafka-python that finds no broker takes long to say so, and leaves
    its sockets to the garbage collector.
    """
    for server in settings.require_broker().split(","):
        host, _, port = server.strip().rpartition(":")
        with (
            suppress(OSError),
            socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS_MAX),
        ):
            return True
    return False


def wait_for_broker(settings: Settings, is_over: Callable[[], bool] = lambda: False) -> bool:
    """Return True once a broker takes connections; False where `is_over` comes first."""
    warned = False
    while not is_over():
        if broker_listens(settings):
            return True
        if not warned:
            _logger.warning("waiting for the broker", servers=settings.broker)
            warned = True
        time.sleep(LOOK_SECONDS)
    return False


async def started(
    make: Callable[[], Client], stop: threading.Event | None = None, notify: Notify | None = None
) -> Client:
    """Make and start a client of aiokafka, waiting for a broker that is not there yet.

    Raises `AuthorizationLostError` where the broker refuses the login or the client, and
    `UnreachableBrokerError` where `stop` is set before it answers.
    """
    async for attempt in retrying_async(is_retriable, "the broker", stop=stop, notify=notify):
        with attempt:
            return await connected(make)
    raise UnreachableBrokerError(None, "told to stop")


async def connected(make: Callable[[], Client]) -> Client:
    """Make and start a client of aiokafka, once. Raises its `KafkaError`, or `AuthorizationLostError`."""
    client: Any = make()
    try:
        await client.start()
    except BaseException as error:
        # It may be a member of its group by now, and would keep partitions that nobody reads.
        await client.stop()
        raise_refusal(error, "the connection")
        if isinstance(error, KafkaConnectionError):
            await _raise_refused_login(client)
        raise
    return client  # type: ignore[no-any-return]


async def stop_consumer(consumer: Any) -> None:
    """Stop a consumer of aiokafka, also while its broker is away.

    Where a fetch pauses between two attempts, the consumer cancels it, lets that `CancelledError` out of
    `stop`, and leaves its connections open: it would end the task that stops it.
    """
    try:
        await consumer.stop()
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        await consumer._client.close()


async def _raise_refused_login(client: Any) -> None:
    """Raise `AuthorizationLostError` where a server refuses the login of a client that found none.

    aiokafka logs why it could not log in anywhere, and raises that it could not connect.
    """
    inner = getattr(client, "_client", None) or getattr(client, "client", client)
    if not isinstance(inner, AIOKafkaClient):
        return  # a reader or member of a group, whose own client was asked already
    await _log_in(
        [(host, port) for host, port, _ in inner.hosts],
        ssl_context=inner._ssl_context,
        security_protocol=inner._security_protocol,
        sasl_mechanism=inner._sasl_mechanism,
        sasl_plain_username=inner._sasl_plain_username,
        sasl_plain_password=inner._sasl_plain_password,
    )


def raise_refused_login(settings: Settings) -> None:
    """The same for a client of kafka-python: it is hung up on before it reads why."""
    options = client_options(settings)
    servers = [server.rpartition(":") for server in options.pop("bootstrap_servers")]
    thread = EventLoopThread("login")
    try:
        thread.call(_log_in([(host.strip("[]"), int(port)) for host, _, port in servers], **options))
    finally:
        thread.close()


async def _log_in(servers: Iterable[tuple[str, int]], **options: Any) -> None:
    """Connect to one of the servers. Raises `AuthorizationLostError` where one refuses the login."""
    for host, port in servers:
        try:
            connection = await create_conn(
                host, port, request_timeout_ms=int(LOGIN_SECONDS_MAX * 1000), **options
            )
        except (OSError, KafkaError, TimeoutError) as error:
            raise_refusal(error, "the login")
        else:
            connection.close()
            return


class EventLoopThread:
    """An event loop in a thread of its own, for programs that know none."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop, for calls that need not be waited for."""
        return self._loop

    def call(self, coroutine: Any) -> Any:
        """Run a coroutine there, and return or raise what it does."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        """Cancel what is left, and end the thread."""
        self.call(_cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _cancel_all() -> None:
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await asyncio.get_running_loop().shutdown_asyncgens()
