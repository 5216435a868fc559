"""What Python, NumPy and libraries of modules ask of a Value.

Importing this gives Values all of it.
"""

from autograd.engine import Value
from autograd.operations import OPERATIONS
from autograd.primitive import add_method
from autograd.protocols import arrays, copying, module_calls

__all__ = ["arrays", "copying", "module_calls"]

for _operation in OPERATIONS.values():
    if len(_operation.operands) == 1 and not hasattr(Value, _operation.name):
        add_method(Value, _operation)  # for an entry that is new in the table
