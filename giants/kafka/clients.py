"""How plain Kafka clients (kafka-python) are told to reach the broker."""

import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

from kafka import KafkaConsumer

from giants.settings import Settings

_LOOK_SECONDS: Final = 0.5


def client_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments for every kafka-python client: addresses, TLS and SASL.

    Raises `MissingBrokerError` where no broker is set.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": [server.strip() for server in settings.require_broker().split(",")],
        "security_protocol": settings.broker_security,
    }
    if "SSL" in settings.broker_security:
        files = {
            "ssl_cafile": settings.broker_ca_file,
            "ssl_certfile": settings.broker_cert_file,
            "ssl_keyfile": settings.broker_key_file,
        }
        options |= {name: str(path) for name, path in files.items() if path is not None}
    if settings.broker_security.startswith("SASL"):
        options["sasl_mechanism"] = settings.broker_sasl_mechanism
        options["sasl_plain_username"] = settings.broker_username
        if settings.broker_password is not None:
            options["sasl_plain_password"] = settings.broker_password.get_secret_value()
    return options


def wait_for_topics(
    consumer: KafkaConsumer,
    names: Iterable[str],
    stop: threading.Event,
    on_missing: Callable[[list[str]], None] = lambda _: None,
) -> bool:
    """Return once the consumer knows of all topics; False where `stop` is set first. Raises KafkaError.

    To be called before a consumer of a group subscribes: one that comes to lead its group before it knows of
    any partitions hands out none, and may never look again (kafka-python 3.0.12).
    """
    wanted = frozenset(names)
    while missing := sorted(wanted - consumer.topics()):
        on_missing(missing)
        if stop.wait(_LOOK_SECONDS):
            return False
    return True
