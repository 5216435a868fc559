"""Which mistake is in an engine that somebody else has written: found from its numbers alone."""
