"""What Python, NumPy and libraries of modules ask of a Value.

To import this is to give Values all of it.
"""

from autograd.protocols import arrays, copying, module_calls

__all__ = ["arrays", "copying", "module_calls"]
