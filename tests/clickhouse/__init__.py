"""A stand-in for a ClickHouse server: HTTP in front of chDB; and what the store does when it fails."""
