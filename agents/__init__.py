"""One file an agent: decode, fold, send, keep."""
