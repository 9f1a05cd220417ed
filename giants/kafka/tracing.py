"""Traces: from the file or producer that a fact came from, through the agents, to the alert.

A fact carries `traceparent` (W3C) as a Kafka header, and so does everything that it leads to: the frame that
it is in, changes, alerts. A frame holds many facts and is told by the first of them
that is traced. The header is passed on as it came, so that what is sent again is sent with the same bytes,
whoever sends it; this costs a look at headers that are mostly empty. Spans are made only where an endpoint is
set and the extra `otel` is installed: each step is one span below that of the fact.
"""

import os
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from time import time_ns
from typing import Any, Final

from msgspec.structs import replace

from giants.errors import GiantsError
from giants.kafka.log import Record
from giants.settings import Settings

TRACEPARENT: Final = "traceparent"
# Spans of one step over one batch; the trace goes on for those beyond, without a span of that step.
SPANS_PER_BATCH_MAX: Final = 16
# Version 00; ids of zeros mean none.
_FORM: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_STANDARD_VARIABLES: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class TracingMissingError(GiantsError):
    """An endpoint for traces is set, but nothing that could send there is installed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"traces cannot be sent ({reason}): install the extra `otel`, or set no endpoint")


def trace_of(headers: Iterable[tuple[str, bytes | None]]) -> bytes | None:
    """The trace that headers name; what is not of the standard's form names none."""
    for name, value in headers:
        if name == TRACEPARENT and value is not None and _FORM.fullmatch(value):
            return value
    return None


def traced(records: Sequence[Record], trace: bytes) -> list[Record]:
    """The records with the trace that led to them."""
    return [replace(record, headers=(*record.headers, (TRACEPARENT, trace))) for record in records]


class Tracing:
    """The spans of one process; off until `start`."""

    def __init__(self) -> None:
        self._tracer: Any = None
        self._provider: Any = None
        self._api: Any = None

    @property
    def on(self) -> bool:
        """Whether spans are made."""
        return self._tracer is not None

    def start(self, settings: Settings, role: str) -> None:
        """Send spans from now on, where an endpoint is set. Raises `TracingMissingError`."""
        if settings.otel_endpoint is None and not any(os.environ.get(name) for name in _STANDARD_VARIABLES):
            return
        try:
            self._api = import_module("opentelemetry.trace")
            sdk = import_module("opentelemetry.sdk.trace")
            export = import_module("opentelemetry.sdk.trace.export")
            resources = import_module("opentelemetry.sdk.resources")
            otlp = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")
        except ImportError as error:
            raise TracingMissingError(str(error)) from error
        endpoint = settings.otel_endpoint
        to = {} if endpoint is None else {"endpoint": f"{endpoint.rstrip('/')}/v1/traces"}
        resource = resources.Resource.create({"service.name": f"giants-{role}"})
        self._provider = sdk.TracerProvider(resource=resource)
        self._provider.add_span_processor(export.BatchSpanProcessor(otlp.OTLPSpanExporter(**to)))
        self._tracer = self._provider.get_tracer("giants")

    def stop(self) -> None:
        """Send what is left, and make no more spans."""
        if self._provider is not None:
            self._provider.shutdown()
        self._tracer = self._provider = None

    def root(self, name: str, **attributes: str | int) -> bytes:
        """Make the span that a trace begins with; returns its `traceparent`."""
        span = self._tracer.start_span(name, kind=self._api.SpanKind.PRODUCER, attributes=attributes)
        context = span.get_span_context()
        span.end()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}".encode()

    def note(self, name: str, traces: Iterable[bytes], began_ns: int, **attributes: str | int) -> None:
        """Make a span from `began_ns` (since 1970) until now below each trace, up to a limit."""
        ended_ns = time_ns()
        for trace, _ in zip(traces, range(SPANS_PER_BATCH_MAX), strict=False):
            span = self._tracer.start_span(
                name, context=self._below(trace), start_time=began_ns, attributes=attributes
            )
            span.end(ended_ns)

    def _below(self, trace: bytes) -> Any:
        _, trace_id, span_id, flags = trace.decode().split("-")
        parent = self._api.SpanContext(
            int(trace_id, 16), int(span_id, 16), True, self._api.TraceFlags(int(flags, 16))
        )
        return self._api.set_span_in_context(self._api.NonRecordingSpan(parent))


TRACING: Final = Tracing()
