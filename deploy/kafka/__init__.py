"""What an Apache Kafka cluster of the project needs: brokers, topics, rules of access."""
