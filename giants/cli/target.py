"""The broker and the API that a command uses: those of the settings, else those of the running stack."""

from collections.abc import Iterator
from typing import Any

import httpx
from httpx import codes
from pydantic import SecretStr

from giants.embedded.runfile import of_running, read_run_file
from giants.settings import Settings
from giants.terminal.output import CommandError, read_settings

_NO_KEY = "it asks for a key, and GIANTS_API_KEY is not set"
ANSWER_SECONDS_MAX = 60.0
_NO_STACK = "no stack runs on {data_dir}: start one with `giants up`, or set {variable}"


def broker_settings() -> Settings:
    """The settings with a broker; ends the command where none is known."""
    settings = read_settings()
    running = read_run_file(settings.data_dir)
    if running is None and settings.broker is None:
        raise CommandError(_NO_STACK.format(data_dir=settings.data_dir, variable="GIANTS_BROKER"))
    return settings if running is None else of_running(settings, running)


def api_url(settings: Settings) -> str | None:
    """Address of the API without a slash at its end; None where none is known."""
    running = read_run_file(settings.data_dir)
    url = settings.api_url or (running.api if running is not None else None)
    return url.rstrip("/") if url is not None else None


class Api:
    """The HTTP API, as the commands use it. A context manager; answers other than success end the command."""

    def __init__(self, url: str, key: SecretStr | None = None) -> None:
        headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key is not None else {}
        self._client = httpx.Client(base_url=f"{url}/api/v1", timeout=ANSWER_SECONDS_MAX, headers=headers)

    @classmethod
    def of_stack(cls) -> "Api":
        """The API of the settings or of the running stack; ends the command where none is known."""
        settings = read_settings()
        url = api_url(settings)
        if url is None:
            raise CommandError(_NO_STACK.format(data_dir=settings.data_dir, variable="GIANTS_API_URL"))
        return cls(url, settings.api_key)

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """The JSON at a path below `/api/v1`; ends the command with the API's own reason where it refuses."""
        answer = self._client.get(path, params=_given(parameters))
        if not answer.is_success:
            raise CommandError(refusal(answer))
        return answer.json()

    def post(self, path: str, body: Any, **parameters: Any) -> Any:
        """The JSON that a path answers to a document; ends the command where the API refuses."""
        answer = self._client.post(path, json=body, params=_given(parameters))
        if not answer.is_success:
            raise CommandError(refusal(answer))
        return answer.json()

    def put(self, path: str, body: Any) -> Any:
        """The JSON that a path answers to a document that replaces what is there."""
        answer = self._client.put(path, json=body)
        if not answer.is_success:
            raise CommandError(refusal(answer))
        return answer.json()

    def delete(self, path: str) -> None:
        """Delete what is at a path; ends the command where the API refuses."""
        answer = self._client.delete(path)
        if not answer.is_success:
            raise CommandError(refusal(answer))

    def find(self, path: str, **parameters: Any) -> Any | None:
        """As `get`, but None for what is not there."""
        answer = self._client.get(path, params=_given(parameters))
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        if not answer.is_success:
            raise CommandError(refusal(answer))
        return answer.json()

    def download(self, path: str, **parameters: Any) -> Iterator[bytes]:
        """The bytes at a path, piece by piece; ends the command where the API refuses."""
        with self._client.stream("GET", path, params=_given(parameters)) as answer:
            if not answer.is_success:
                answer.read()
                raise CommandError(refusal(answer))
            yield from answer.iter_bytes()


def refusal(answer: httpx.Response) -> str:
    """Why the API refused, from its problem document (RFC 9457) where it sent one."""
    try:
        problem = answer.json()
    except ValueError:
        problem = {}
    reason = problem.get("detail") or problem.get("title") or answer.reason_phrase
    refused = f"the API at {answer.url.host}:{answer.url.port} answers {answer.status_code}: "
    return refused + (_key_refused(answer.request) if answer.status_code == codes.UNAUTHORIZED else reason)


def _key_refused(request: httpx.Request) -> str:
    """What to set where the API asks for a key: its own text is for programs."""
    fault = "it does not know the key in GIANTS_API_KEY" if "authorization" in request.headers else _NO_KEY
    return f"{fault}; `export GIANTS_API_KEY=$(giants keys create NAME)` on the machine of the API makes one"


def _given(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}
