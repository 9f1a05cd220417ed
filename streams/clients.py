"""How plain Kafka clients (kafka-python) are told to reach the broker."""

from typing import Any

from streams.settings import Settings


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
