"""What is compared."""

from enum import StrEnum


class Program(StrEnum):
    """One program of the comparison, by the name that `--only` takes."""

    TRACKER = "giants"
    TRACKER_TWO = "giants-2"
    FAUST = "faust"
    QUIX = "quix"
    BYTEWAX = "bytewax"
    PATHWAY = "pathway"
    PATHWAY_SHORT = "pathway-100"
    STREAMS = "kafka-streams"
    STREAMS_EXACTLY_ONCE = "kafka-streams-exactly-once"
    CONFLUENT = "confluent"
    AGENT = "agent"
    AIOKAFKA = "aiokafka"
    CLICKHOUSE = "clickhouse"
