"""The package `giants.kafka` against the embedded broker and Apache Kafka (`tests.kafka.cluster`)."""
