"""The embedded broker starts, answers, and leaves nothing behind."""

import os
import socket
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from giants.embedded.broker import free_port, start_broker
from giants.embedded.errors import BrokerFailedError


def test_a_record_that_was_sent_can_be_read(broker: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}words"
    admin = KafkaAdminClient(bootstrap_servers=broker)
    admin.create_topics({topic: {"num_partitions": 2, "replication_factor": 1}}, wait_for_metadata=True)
    admin.close()
    producer = KafkaProducer(bootstrap_servers=broker)
    sent = producer.send(topic, "小巨人".encode(), partition=1).get(10)
    producer.close()
    consumer = KafkaConsumer(bootstrap_servers=broker)
    partition = TopicPartition(topic, 1)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    records = consumer.poll(timeout_ms=10_000)[partition]
    consumer.close()
    assert [(record.offset, record.value.decode()) for record in records] == [(sent.offset, "小巨人")]


def test_an_interrupt_from_the_terminal_does_not_reach_the_broker(tmp_path: Path) -> None:
    broker = start_broker(tmp_path / "broker.log")
    try:
        assert os.getsid(broker.process.pid) == broker.process.pid, "it has a session of its own"
    finally:
        broker.stop()
    assert not broker.running


def test_the_port_asked_for_is_taken_and_given_back(tmp_path: Path) -> None:
    port = free_port()
    broker = start_broker(tmp_path / "broker.log", port)
    assert broker.address == f"127.0.0.1:{port}"
    broker.stop()
    assert not broker.running
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


def test_a_port_in_use_is_refused_with_the_log_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(BrokerFailedError, match=r"in use; .*broker\.log"):
            start_broker(tmp_path / "broker.log", taken.getsockname()[1])
