"""Logs: one line an event, for people or as JSON, from every library of the process."""

import logging
import sys
from typing import Final

import structlog
from structlog.typing import Processor

from giants.settings import Settings

# Libraries that tell of every rebalance and every connection.
_QUIET: Final = ("aiokafka", "kafka", "faust", "mode", "httpx", "httpcore", "urllib3", "matplotlib")


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
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    logging.getLogger("mode.timers").setLevel(logging.ERROR)  # a commit that is late is no news
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
