"""NumPy on either side of an operator: elementwise, giving object arrays of Values.

NumPy itself is imported only when an array has turned up. An array of Values is an array of objects
to it, and there it asks nobody here: it calls each object's methods of its own names, and of the
functions for which it knows no method, `np.logaddexp` and `np.isfinite` raise its TypeError, while
`np.maximum`, `np.minimum` and `np.clip` compare and pick, without a node. The functions of autograd
by those names take arrays too.
"""

from __future__ import annotations

import math
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
    "arccosh": "acosh",
    "arcsin": "asin",
    "arcsinh": "asinh",
    "arctan": "atan",
    "arctan2": "atan2",
    "arctanh": "atanh",
    "divide": "div",
    "fabs": "abs",
    "float_power": "pow",
    "floor_divide": "floordiv",
    "fmax": "maximum",
    "fmin": "minimum",
    "multiply": "mul",
    "negative": "neg",
    "positive": "pos",
    "power": "pow",
    "remainder": "mod",
    "rint": "round",
    "subtract": "sub",
}
PREDICATES: dict[str, Callable[..., bool]] = {
    "equal": operator.eq,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "isfinite": lambda x: math.isfinite(number_of(x)),
    "isinf": lambda x: math.isinf(number_of(x)),
    "isnan": lambda x: math.isnan(number_of(x)),
    "less": operator.lt,
    "less_equal": operator.le,
    "not_equal": operator.ne,
}


def number_of(x: Any) -> float:
    """The number of a Value, or the number itself."""
    return float(x.data if isinstance(x, Value) else x)


def elementwise(operation: Operation | Callable[..., Any], operands: tuple[Any, ...]) -> Any:
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
    if name == "reciprocal":
        return elementwise(OPERATIONS["div"], (1.0, *inputs))
    if name not in OPERATIONS:
        raise TypeError(
            f"numpy.{ufunc.__name__} has no derivative here; write it with the operations of "
            "autograd, which autograd.OPERATIONS lists, or use v.data for the number alone"
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


def _array_function(value: Value, function: Any, types: Any, args: Any, options: Any) -> Any:
    """What NumPy calls for its other functions, such as `np.mean`: they run as they stand."""
    import numpy

    try:
        return numpy.empty(0).__array_function__(function, (), args, options)
    except (TypeError, AttributeError) as error:
        if "a Value" in str(error):  # it says what to do already
            raise
        raise TypeError(
            f"numpy.{function.__name__} cannot do with a Value what it does with a number: give it "
            "an array of objects, as in numpy.array([v]), write it with the operations of "
            f"autograd, or use v.data for the number alone ({error})"
        ) from error


def _clip(value: Value, min: Any = None, max: Any = None, out: None = None) -> Value:  # noqa: A002, PyTorch's names
    """min where the value is below it, max where it is above; None is no bound."""
    if out is not None:
        raise TypeError("clip of a Value takes no out: its result is a new Value")
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    result: Value = OPERATIONS["clip"](value, low, high)
    return result


def _conjugate(value: Value) -> Value:
    """The value itself, as it is real; numpy.var asks for it."""
    return value


Value.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
Value.__array_function__ = _array_function  # type: ignore[attr-defined]
Value.clip = Value.clamp = _clip  # type: ignore[attr-defined]
Value.conjugate = _conjugate  # type: ignore[attr-defined]
primitive.elementwise = elementwise
