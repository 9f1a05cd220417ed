"""One file a subject of the dashboard."""
