"""`check_slope`: the gradient of one node of a graph, beside a finite difference."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from autograd.derivatives.gradcheck import agree
from autograd.derivatives.gradients import depending_on
from autograd.engine import Value, topological_order
from autograd.errors import DomainError, GraphError

DIFFERENCE = 6e-6  # the cube root of EPSILON, at which a central difference is most exact
EPSILON = 2.0**-52


@dataclass(frozen=True)
class SlopeCheck:
    """A gradient beside the finite difference that it should equal; true if they agree.

    name, at  : what the node is called, and its number.
    backward  : its gradient.
    numerical : the central difference; None where there is none to be had around this point.
    note      : why there is none, or that the node is at a kink.
    """

    name: str
    at: float
    backward: float
    numerical: float | None
    agrees: bool
    note: str

    def __bool__(self) -> bool:
        return self.agrees

    @property
    def verdict(self) -> str:
        """In a few words: agrees, DIFFERS, or a kink, where there is no one right derivative."""
        if self.numerical is None:
            return "not checked"
        if self.note:
            return f"agrees, at {self.note}" if self.agrees else self.note
        return "agrees" if self.agrees else "DIFFERS"

    def __str__(self) -> str:
        if self.numerical is None:
            return f"the gradient of {self.name} cannot be checked: {self.note}"
        return (
            f"{self.name} = {self.at:.6g}: gradient {self.backward:.6g}, finite difference "
            f"{self.numerical:.6g}: {self.verdict}"
        )

    __repr__ = __str__


def check_slope(
    root: Value, node: Value, backward: float, name: str, seed: float = 1.0
) -> SlopeCheck:
    """Compare a node's gradient with how root changes when this node alone is moved.

    backward : the derivative of root, times seed, with respect to node.
    name     : what to call the node.

    The graph is computed again, in floats, with the node moved by 6e-6 times its size each way,
    and by less where the function is too steep for that. They agree as in `gradcheck`. Raises
    GraphError where the `data` of a node was changed after root was computed.

    >>> from autograd import Value
    >>> from autograd.derivatives.slopes import check_slope
    >>> x = Value(3.0)
    >>> check_slope(x**2, x, 6.0, "x")
    x = 3: gradient 6, finite difference 6: agrees
    """
    order = topological_order(root)
    above = depending_on([node], order)
    path = [v for v in order if v in above and v is not node]
    x = node._data
    if not _same(_moved(root, node, path, x), root._data):
        raise GraphError(
            "the data of a node was changed after the graph was computed, so that its gradients "
            "are those of other numbers. Compute the expression again before checking it."
        )
    result = SlopeCheck(name, x, backward, None, False, "")
    largest = max(abs(v._data) for v in (node, *path))
    large, small = max(1.0, abs(x)), abs(x) or 1.0
    for size in dict.fromkeys((large, small, 1e-3 * large)):
        step = DIFFERENCE * size
        try:
            low, high = (_moved(root, node, path, x + move) for move in (-step, step))
        except DomainError as error:
            if result.numerical is None:
                result = replace(result, note=result.note or str(error))
            continue
        slopes = _Slopes(
            left=seed * (root._data - low) / step,
            right=seed * (high - root._data) / step,
            noise=4 * abs(seed * root._data) * EPSILON / step,
            hidden=4 * abs(seed) * largest * EPSILON / step,
        )
        agrees = slopes.agree_with(backward)
        if not agrees and slopes.may_hide(backward):
            if result.numerical is None:
                result = replace(result, note="rounding hides the difference")
            continue
        result = SlopeCheck(name, x, backward, slopes.central, agrees, slopes.kink(backward))
        if agrees:
            break
    return result


class _Slopes(NamedTuple):
    """The one-sided differences at a point, and how far rounding may have moved them.

    noise  : by rounding in root.
    hidden : by rounding in the largest number on the way to it.
    """

    left: float
    right: float
    noise: float
    hidden: float

    @property
    def central(self) -> float:
        return (self.left + self.right) / 2

    def agree_with(self, slope: float) -> bool:
        margin = min(self.noise, abs(self.central) / 10)
        return agree(slope, self.central, 1e-5 + margin, 1e-3)

    def may_hide(self, slope: float) -> bool:
        """Whether the slope could be right, for all that rounding leaves to be seen."""
        return agree(slope, self.central, 1e-5 + self.hidden, 1e-3)

    def kink(self, slope: float) -> str:
        """Words for a kink: where the sides differ, and the slope is one between them; else ""."""
        low, high = sorted((self.left, self.right))
        between = low - self.noise <= slope <= high + self.noise
        apart = high - low > 0.01 * max(abs(low), abs(high)) + 1e-5 + 2 * self.noise
        if not (between and apart):
            return ""
        return f"a kink: {self.left:.4g} to the left, {self.right:.4g} to the right"


def _moved(root: Value, node: Value, path: list[Value], x: float) -> float:
    """What root would be with x in node, where path is what lies between them, in order."""
    numbers = {node: x}
    for gate in path:
        operands = (numbers.get(operand, operand._data) for operand in gate.operands)
        numbers[gate] = gate._operation.evaluate(*operands)
    return numbers[root]


def _same(a: float, b: float) -> bool:
    return a == b or (a != a and b != b)
