"""What Python, NumPy and libraries of modules ask of a Value.

Importing this gives Values all of it.
"""

from autograd.engine import Value
from autograd.operations import OPERATIONS
from autograd.primitive import add_method
from autograd.protocols import arrays, copying, freeing, module_calls

__all__ = ["arrays", "copying", "freeing", "module_calls"]

METHODS_OF_TWO = ("atan2", "hypot", "logaddexp")

for _operation in OPERATIONS.values():
    is_method = len(_operation.operands) == 1 or _operation.name in METHODS_OF_TWO
    if is_method and not hasattr(Value, _operation.name):  # of an entry that is new in the table
        add_method(Value, _operation)

for _numpys, _ours in arrays.ALIASES.items():  # which arrays of objects ask for
    if OPERATIONS[_ours].precedence == 0 and hasattr(Value, _ours):
        setattr(Value, _numpys, getattr(Value, _ours))

freeing.protect(Value)
