"""The programs that are compared, each run as a process of its own in its own virtual environment."""
