"""Records and what they hold: input records to facts, facts to events, frames of the internal logs."""
