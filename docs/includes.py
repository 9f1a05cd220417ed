"""A hook of MkDocs: a page with an include that was not expanded is no page, and the build fails.

The extension itself refuses a file that is missing, and passes over a marker that is spelled in another way.
"""

import re
from typing import Any, Final

from mkdocs.exceptions import PluginError

_MARKER: Final = re.compile(r"-+\s*8\s*&lt;\s*-+")
_MARKUP: Final = re.compile(r"<[^>]+>")


def on_page_content(html: str, page: Any, **_: Any) -> str:
    """Refuse a page that still shows the marker of an include."""
    if _MARKER.search(_MARKUP.sub("", html)):
        raise PluginError(f'{page.file.src_uri}: an include was not expanded; write --8<-- "file"')
    return html
