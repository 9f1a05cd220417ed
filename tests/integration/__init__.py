"""The product against Apache Kafka: one worker in the plain, and TLS, SASL and rules of access."""
