"""What Python, NumPy and libraries of modules ask of a Value."""
