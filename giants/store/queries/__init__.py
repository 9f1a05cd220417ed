"""Questions to the store. Every value is bound by the server, every page is bounded."""
