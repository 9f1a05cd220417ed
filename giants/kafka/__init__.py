"""Everything that deals with Kafka: used by workers, store, delivery, API, commands and the Python client.

topics         every topic: name, role, key, partitions
contract       the topics as the generated documents describe them
log            what agents see of a broker: append, read, ends
kafka_log      that log on aiokafka, and the connection of aiokafka clients
outbox         records of many senders for one partition, sent together
poller         polls of aiokafka that step over unreadable records
groups         members of consumer groups beside the agents
clients        the connection of kafka-python clients
reading        polls of kafka-python that step over unreadable records
follow         whole topics, to the end and onwards, without a group
broker         waiting for a broker, and polls of the store and of delivery
broker_probe   whether a broker takes connections
producing      batches of records sent to a broker, confirmed
publisher      facts sent to their input topics
partitioner    the partition of a key
admin          topics: created, checked
lag            how far consumer groups are
rebuild        topics of the inside deleted and made again
tracing        traces in headers
"""
