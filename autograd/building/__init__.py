"""A program in machine code: its C, compiled once in the background and kept on disk."""
