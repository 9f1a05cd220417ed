"""The HTTP API (design §3.5): typed answers with caveats, problem documents for every error."""
