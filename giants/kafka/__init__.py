"""Everything that deals with Kafka: used by workers, store, delivery, API, commands and the Python client.

One of each: aiokafka reads and writes records, kafka-python administers topics and groups.

topics           every topic: name, role, key, partitions
contract         the topics as the generated documents describe them
errors           the tree of failures, and which of them waiting can mend
connection       options of every client, the probe, waiting for a broker, an event loop in a thread
embedded_quirks  what the embedded broker does otherwise; runs with that broker alone
poller           polls that step over unreadable records
consumer         a member of a consumer group: rebalances, commits, lag
topic_reader     whole topics without a group: to the end, then onwards
producer         batches that are tried until the broker has them, idempotent where it allows that
publisher        facts sent to their input topics, for programs without an event loop
log              what agents see of a broker: append, read, ends
kafka_log        that log on Kafka
outbox           records of many senders for one partition, sent together
partitioner      the partition of a key
admin            topics: created, checked
lag              how far consumer groups are, and where partitions end
rebuild          internal topics deleted and created again
forwarding       input records that go on to topics of another prefix
tracing          traces in headers
"""
