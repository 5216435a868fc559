"""A pass as data, and the debugger that walks over it."""
