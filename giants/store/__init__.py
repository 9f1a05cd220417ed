"""ClickHouse: the schema, the writer that fills it from topics, and the queries that read it."""
