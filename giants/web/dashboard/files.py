"""Style sheets, scripts and pictures of the dashboard."""

from typing import Final

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from giants.web.dashboard.rendering import STATIC

# A file that is asked for by the digest of its content never changes.
_FOREVER: Final = "public, max-age=31536000, immutable"


# Swagger UI, which another package ships (docs/dependencies.md).
SWAGGER_PACKAGE: Final = ("fastapi_offline", "static")


class Files(StaticFiles):
    """Our own files; those asked for by digest are kept by browsers, others are asked for again."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        by_digest = scope["query_string"].startswith(b"v=")
        response.headers["Cache-Control"] = _FOREVER if by_digest else "no-cache"
        return response
