"""A pass as data, and the debugger that moves over it."""
