"""The whole stream as it runs: the real broker, real worker processes, and the oracle beside them."""
