"""One file a subject of the API."""
