"""The same work through this project and through the stream processors that a Python team would pick."""
