"""A recorded function as a list of instructions, and what runs it."""
