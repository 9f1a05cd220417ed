"""What the API itself refuses, and why it cannot serve, as one tree.

WebError
├── AddressError                 fatal: the API cannot listen where it is told to
├── SharedStateError             fatal: what its replicas share cannot be used as the settings say
└── ApiError                400  a request is refused
    ├── KeyNeededError      401  it comes without a known key
    ├── NotAllowedError     403  the key or the address of the caller does not allow it
    ├── NotFoundError       404  there is no such thing
    ├── ConflictError       409  it does not fit the present state
    ├── TooLargeError       413  its body is too large
    ├── InvalidError        422  it is well formed and makes no sense
    ├── TooManyRequestsError 429 the caller asks too often
    ├── NotReadyError       503  what is asked for is not there yet
    └── ElsewhereError      503  another process, on another machine, has it

`giants.web.problems` answers them as problem documents, `giants.web.dashboard.errors` as pages.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from giants.errors import FatalError, GiantsError

RETRY_SECONDS: Final = 2


class WebError(GiantsError):
    """The API cannot do what was asked."""


class AddressError(WebError, FatalError):
    """The API cannot listen where it is told to."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"the API cannot listen on {host}:{port}: {reason}")


class SharedStateError(WebError, FatalError):
    """What replicas of the API share cannot be used as the settings say."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"GIANTS_API_SHARED_STATE cannot be used: {reason}")


class ApiError(WebError):
    """A request is refused; `status` and `headers` are those of the answer."""

    status = HTTPStatus.BAD_REQUEST
    headers: Mapping[str, str] = {}


class InvalidError(ApiError):
    """A request is well formed and still makes no sense."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class NotFoundError(ApiError):
    """There is no such thing."""

    status = HTTPStatus.NOT_FOUND

    def __init__(self, what: str, got: str) -> None:
        super().__init__(f"there is no {what} {got[:200]!r}")


class NotReadyError(ApiError):
    """What is asked for is not there yet."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    headers: Mapping[str, str] = {"Retry-After": str(RETRY_SECONDS)}


class ElsewhereError(ApiError):
    """Another process, on another machine, has what is asked for; to ask again here does not help."""

    status = HTTPStatus.SERVICE_UNAVAILABLE


class ConflictError(ApiError):
    """What is asked for does not fit how things stand."""

    status = HTTPStatus.CONFLICT


class KeyNeededError(ApiError):
    """No key came with the request, or one that is not known."""

    status = HTTPStatus.UNAUTHORIZED
    headers: Mapping[str, str] = {"WWW-Authenticate": "Bearer"}


class NotAllowedError(ApiError):
    """The key, or the address of the caller, does not allow this."""

    status = HTTPStatus.FORBIDDEN


class TooLargeError(ApiError):
    """The body of the request is too large."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def __init__(self, bytes_max: int) -> None:
        super().__init__(f"the body of the request must not have more than {bytes_max} bytes")


class TooManyRequestsError(ApiError):
    """The caller asks too often."""

    status = HTTPStatus.TOO_MANY_REQUESTS

    def __init__(self, requests_per_minute: int, seconds: int) -> None:
        super().__init__(f"more than {requests_per_minute} requests a minute: try again in {seconds} s")
        self.headers = {"Retry-After": str(seconds)}
