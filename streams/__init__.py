"""The stream's machinery: Faust app, topics, frames, state and protocol, settings, embedded stack."""
