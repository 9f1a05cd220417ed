"""What the clients of Kafka cost: the one in use against the one written in C."""
