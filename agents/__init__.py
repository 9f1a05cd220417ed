"""One file an agent: which frames it reads, how they change its state, and what it sends; and the worker."""
