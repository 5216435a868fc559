"""Record a function once, as a tape, and replay it natively."""
