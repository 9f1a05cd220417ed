"""Settings: one immutable object, read once from the environment (`GIANTS_*`), twelve-factor style."""

from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from giants.errors import FatalError

# Of the API where nobody chose another: an address that can be kept.
API_PORT: Final = 8470
_LOCAL_NAMES: Final = frozenset({"localhost"})


class Settings(BaseSettings):
    """Everything that an operator can set; `giants doctor` lists it with secrets masked."""

    model_config = SettingsConfigDict(env_prefix="GIANTS_", frozen=True, extra="ignore")

    broker: str | None = Field(
        default=None,
        description="Kafka bootstrap servers, host:port by commas; without it `giants up` starts one",
    )
    broker_port: int = Field(
        default=0, ge=0, le=65535, description="Port of the embedded broker; 0 = a free one"
    )
    broker_security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="Security protocol of the broker"
    )
    broker_ca_file: Path | None = Field(default=None, description="Certificate authority of the broker (PEM)")
    broker_cert_file: Path | None = Field(default=None, description="Client certificate (PEM)")
    broker_key_file: Path | None = Field(default=None, description="Key of the client certificate (PEM)")
    broker_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism"
    )
    broker_username: str | None = Field(default=None, description="SASL user")
    broker_password: SecretStr | None = Field(default=None, description="SASL password")
    broker_quirks: Literal["none", "embedded"] = Field(
        default="none",
        description="Set by `giants up` for its own processes where its broker is the embedded one",
        json_schema_extra={"internal": True},
    )
    topic_prefix: str = Field(
        default="giants.", pattern=r"^[A-Za-z0-9._-]{0,100}$", description="Prefix of topic names"
    )
    partitions: int = Field(
        default=8, ge=1, le=1024, description="Partitions of every topic that is spread by key"
    )
    replication_factor: int = Field(default=1, ge=1, le=9, description="Copies of every topic")
    clickhouse: SecretStr | None = Field(
        default=None,
        description="chdb:///path, clickhouse://user:password@host:8123/db or, with TLS, "
        "clickhouses://user:password@host:8443/db?ca=FILE; tables on replicas with "
        "engine=replicated&cluster=NAME, or engine=cloud; default: chDB in data_dir",
    )
    data_dir: Path = Field(default=Path(".giants"), description="Where the embedded stack keeps its data")
    api_host: str = Field(default="127.0.0.1", description="Address that the API listens on")
    api_port: int | None = Field(
        default=None, ge=0, le=65535, description=f"Port of the API; 0 = a free one; default: {API_PORT}"
    )
    api_url: str | None = Field(
        default=None, description="API that the commands ask; default: the stack of the data folder"
    )
    api_key: SecretStr | None = Field(default=None, description="Key that the commands send to the API")
    api_keys_file: Path | None = Field(
        default=None, description="Keys of the API, hashed; default: api-keys.json in data_dir"
    )
    api_without_keys: Literal["read", "write"] = Field(
        default="read",
        description="What this machine may do at the API while there are no keys: read, or write too (also "
        "back up and see raw facts); `giants up` sets `write` for itself where it listens on loopback",
    )
    api_origins: tuple[str, ...] = Field(
        default=(), description="Web origins that browsers may call the API from (CORS); none by default"
    )
    api_requests_per_minute: int = Field(
        default=6_000, ge=1, le=1_000_000, description="Requests a minute that one caller of the API may make"
    )
    api_shared_state: SecretStr | None = Field(
        default=None,
        description="redis://user:password@host:6379/0 or, with TLS, rediss://…?ssl_ca_certs=FILE: where all "
        "replicas of the API count requests and know who signed out (needs the extra `redis`); default: each "
        "by itself",
    )
    match_min: float = Field(
        default=0.90, gt=0, le=1, description="Score from which on screening calls one company a match"
    )
    review_min: float = Field(
        default=0.70, gt=0, le=1, description="Score from which on screening shows a company to a person"
    )
    ocr_confidence_min: float = Field(
        default=0.90,
        gt=0,
        le=1,
        description="Confidence of text recognition from which on a row of a picture is taken",
    )
    store_flush_seconds: float = Field(
        default=0.5,
        gt=0,
        le=60,
        description="Longest time that the store holds rows before it inserts them; longer those of a load, "
        "and where inserts take long",
    )
    public_url: str = Field(
        default="", description="Address of the dashboard in links of alerts; default: relative"
    )
    worker_host: str = Field(
        default="127.0.0.1", description="Address of the health and metrics of worker, store and delivery"
    )
    worker_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port of a worker's health and metrics; unset = none"
    )
    store_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port of the store's health and metrics; unset = none"
    )
    delivery_port: int | None = Field(
        default=None, ge=0, le=65535, description="Port of delivery's health and metrics; unset = none"
    )
    workers: int = Field(default=1, ge=1, le=64, description="Workers that `giants up` starts")
    worker_id: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Name that a worker keeps when it starts again: it gets its partitions back without a "
        "rebalance and finds its copies of the state; unset = a new name each time",
    )
    state_store: Literal["memory", "rocksdb"] = Field(
        default="memory",
        description="Where workers keep their state beside the changelogs: in memory, or most of it on the "
        "local disk, for quick starts and little memory (needs the extra `rocksdb`)",
    )
    state_dir: Path | None = Field(
        default=None, description="Folder of the copies on the local disk; default: state in data_dir"
    )
    epoch: int = Field(
        default=1, ge=1, description="Epoch: number of the reading of the journal; a rebuild begins the next"
    )
    taxonomy: str = Field(default="ctt74", description="Taxonomy that ratings follow")
    methodology: Literal["exposure-1", "exposure-2"] = Field(
        default="exposure-2",
        description="Version of the method of ratings: confidence counts all families (exposure-1) or those "
        "with a CPC symbol (exposure-2); state has to be computed again where it changes (`giants rebuild`)",
    )
    signals: bool = Field(
        default=True,
        description="Derive trajectory signals; off saves their state, which is computed once it is on again",
    )
    clock: bool = Field(
        default=True, description="Publish each day as it begins; off where days are given as facts"
    )
    otel_endpoint: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="OpenTelemetry collector (OTLP over HTTP) that traces are sent to; unset = none",
    )
    log_format: Literal["console", "json"] = Field(default="console", description="Format of logs")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Lowest level that is logged"
    )

    @field_validator("broker")
    @classmethod
    def _broker_is_host_and_port(cls, value: str | None) -> str | None:
        for server in (value or "").split(",") if value else ():
            host, _, port = server.strip().rpartition(":")
            if not host or not port.isdigit():
                raise ValueError(f"expected host:port separated by commas, got {server!r}")
        return value

    def require_broker(self) -> str:
        """Bootstrap servers, or a clear error where none is set."""
        if self.broker is None:
            raise MissingBrokerError
        return self.broker

    def state_directory_path(self) -> Path:
        """Where this worker's copies of the state lie."""
        return (self.state_dir or self.data_dir / "state") / (self.worker_id or "worker")

    def clickhouse_dsn(self) -> str:
        """The data source name; chDB in the data folder by default."""
        if self.clickhouse is None:
            return f"chdb://{(self.data_dir / 'clickhouse').absolute()}"
        return self.clickhouse.get_secret_value()


class MissingBrokerError(FatalError):
    """No broker is known."""

    def __str__(self) -> str:
        return "GIANTS_BROKER is not set: give host:port of a Kafka broker, or run `giants up` to start one"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine."""
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
