"""The rows of "Failure modes" in docs/operations.md, on Apache Kafka and a stand-in for ClickHouse."""
