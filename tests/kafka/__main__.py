"""Apache Kafka for tests: fetched, or run until interrupted; see `tests.kafka.cluster`."""

import sys

from tests.kafka.cluster import main

if __name__ == "__main__":
    main(sys.argv[1:])
