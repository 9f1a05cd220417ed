"""The tracker: rules, sources, store, web, commands."""
