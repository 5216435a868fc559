"""NumPy on either side of an operator: elementwise, giving object arrays of Values.

NumPy itself is imported only when an array has turned up. One thing it does on its own:
`np.maximum` of two arrays of objects compares and picks, without making a node; use
`autograd.maximum`, which takes arrays too.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from autograd import primitive
from autograd.engine import Value
from autograd.operations import OPERATIONS
from autograd.primitive import Operation, is_array, is_real

# NumPy's name for a ufunc, where it differs from ours.
ALIASES = {
    "absolute": "abs",
    "arccos": "acos",
    "arcsin": "asin",
    "arctan": "atan",
    "divide": "div",
    "fabs": "abs",
    "float_power": "pow",
    "fmax": "maximum",
    "fmin": "minimum",
    "multiply": "mul",
    "negative": "neg",
    "positive": "pos",
    "power": "pow",
    "subtract": "sub",
}
PREDICATES: dict[str, Callable[[Any, Any], bool]] = {
    "equal": operator.eq,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "less": operator.lt,
    "less_equal": operator.le,
    "not_equal": operator.ne,
}


def elementwise(operation: Operation | Callable[[Any, Any], Any], operands: tuple[Any, ...]) -> Any:
    """Apply an operation to arrays, numbers and Values, broadcast to one shape."""
    import numpy

    # as floats and boxes, since NumPy would hand its own scalars and bare Values back to us
    plain = [
        float(x)
        if isinstance(x, numpy.generic) and is_real(x)
        else x.astype(float)
        if is_array(x) and x.dtype.kind in "biuf"
        else x
        for x in operands
    ]
    if not any(map(is_array, plain)):
        return operation(*plain)
    boxed = [_box(x) if hasattr(x, "_apply") else x for x in plain]
    result = numpy.frompyfunc(operation, len(operands), 1)(*boxed)
    for kind in (float, bool):
        if isinstance(result, numpy.ndarray) and all(type(x) is kind for x in result.flat):
            return result.astype(kind)
    return result


def apply_ufunc(ufunc: Any, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What NumPy calls when a Value meets one of its functions: `np.exp(v)`, `array * v`."""
    name = ALIASES.get(ufunc.__name__, ufunc.__name__)
    target = options.pop("out", (None,))[0]
    if target is not None and target.dtype == object and not options:
        target[...] = apply_ufunc(ufunc, method, inputs, options)
        return target
    if method != "__call__" or options or target is not None:
        raise TypeError(
            f"numpy.{ufunc.__name__} with a Value takes no out, where or reduction, except with "
            "arrays of objects: give numpy.array([v], dtype=object), or let NumPy make a new array"
        )
    if name in PREDICATES:
        return elementwise(PREDICATES[name], inputs)
    if name == "square":
        return elementwise(OPERATIONS["pow"], (*inputs, 2.0))
    if name == "reciprocal":
        return elementwise(OPERATIONS["div"], (1.0, *inputs))
    if name not in OPERATIONS:
        raise TypeError(
            f"numpy.{ufunc.__name__} has no derivative here; write it with the operations of "
            f"autograd ({', '.join(OPERATIONS)}), or use v.data for the number alone"
        )
    return elementwise(OPERATIONS[name], inputs)


def _box(value: Any) -> Any:
    """A zero-dimensional array that holds the Value."""
    import numpy

    box = numpy.empty((), dtype=object)
    box[()] = value
    return box


def _array_ufunc(value: Value, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    return apply_ufunc(ufunc, method, inputs, options)


Value.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
Value.arcsin, Value.arccos, Value.arctan = Value.asin, Value.acos, Value.atan  # type: ignore[attr-defined]
primitive.elementwise = elementwise
