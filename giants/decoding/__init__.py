"""From the bytes of an input record to a fact, and from a fact to an event of the domain."""
