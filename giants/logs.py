"""Logs: one line an event, for people or as JSON, from every library of the process."""

import logging
import sys
from typing import Final

import structlog
from structlog.typing import Processor

from giants.errors import GiantsError
from giants.settings import Settings

# Libraries that tell of every rebalance, every connection and every attempt.
_QUIET: Final = (
    "aiokafka",
    "clickhouse_connect",
    "kafka",
    "faust",
    "mode",
    "httpx",
    "httpcore",
    "urllib3",
    "matplotlib",
)


# The same line of such a library is written again after so long.
REMINDER_SECONDS: Final = 60.0


class Expected(logging.Filter):
    """Drops what Faust writes of a failure that the program expects: who ends the worker says it in one line.

    Each service of Faust that a failure passes through logs it again, with its traceback.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written."""
        error = record.exc_info[1] if record.exc_info else None
        # Its services log under the names of other modules, but text where structlog has a mapping.
        return not (isinstance(error, GiantsError) and isinstance(record.msg, str))


class Repeated(logging.Filter):
    """Passes a line of the libraries above once a minute, whatever its arguments are.

    Their clients try again ten times a second where a broker refuses a login or is away.
    """

    def __init__(self) -> None:
        super().__init__()
        self._passed_at: dict[tuple[str, str], float] = {}
        self._held: dict[tuple[str, str], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the line is written; one that is says how many like it were not."""
        if record.name.partition(".")[0] not in _QUIET or not isinstance(record.msg, str):
            return True
        key = record.name, record.msg
        if record.created - self._passed_at.get(key, -REMINDER_SECONDS) < REMINDER_SECONDS:
            self._held[key] = self._held.get(key, 0) + 1
            return False
        self._passed_at[key] = record.created
        held = self._held.pop(key, 0)
        if held:
            record.msg = f"{record.msg} (and {held} more like it)"
        return True


def configure_logs(settings: Settings) -> None:
    """Let structlog and the standard library write the same lines to standard error."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(Expected())
    handler.addFilter(Repeated())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    logging.getLogger("mode.timers").setLevel(logging.ERROR)  # a commit that is late is no news
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
