"""Vector: a row of Values whose numbers and gradients are read and written all at once."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from math import fabs, isfinite, sqrt
from operator import is_
from typing import TYPE_CHECKING

from autograd.engine import Value, accelerated
from autograd.modes import refuse, refuse_change


class Vector:
    """A row of Values, such as a model's parameters, whose numbers move all at once.

    values : Values, each as often as it is to count.

    `data` and `grad` give copies as arrays of doubles, and setting one sets all of its numbers, as
    setting `p.data` of each would, in a fraction of the time. Raises TypeError for anything but
    Values, and ValueError for more or fewer numbers than Values.

    >>> from autograd import Value, Vector
    >>> row = Vector([Value(1.0), Value(2.0)])
    >>> row.data = [x - 0.5 for x in row.data]
    >>> [v.data for v in row.values]
    [0.5, 1.5]
    """

    def __init__(self, values: Iterable[Value]) -> None:
        self.values = tuple(values)
        for place, value in enumerate(self.values):
            if not isinstance(value, Value):
                raise TypeError(f"a Vector is of Values; values[{place}] is {value!r:.60}")

    def __len__(self) -> int:
        return len(self.values)

    def holds(self, values: Sequence[Value]) -> bool:
        """Whether these are its Values, in this order."""
        return len(values) == len(self.values) and all(map(is_, values, self.values))

    @property
    def data(self) -> array[float]:
        """All numbers."""
        refuse_all(refuse, "the numbers", self.values)
        return array("d", [value._data for value in self.values])

    @data.setter
    def data(self, numbers: Iterable[float]) -> None:
        refuse_all(refuse_change, "the numbers", self.values)
        for value, number in zip(self.values, self._column(numbers), strict=True):
            value._data = number

    @property
    def grad(self) -> array[float]:
        """All gradients, 0 where none has arrived."""
        refuse_all(refuse, "the gradients", self.values)
        return array("d", [value._grad or 0.0 for value in self.values])

    @grad.setter
    def grad(self, numbers: Iterable[float]) -> None:
        for value, number in zip(self.values, self._column(numbers), strict=True):
            value._grad = number

    def moving(self) -> tuple[array[float], array[float], array[int] | None]:
        """All numbers, all gradients, and the places of those that have one and require it.

        The places are None if these are all.
        """
        places = [k for k, v in enumerate(self.values) if v._grad is not None and not v.is_constant]
        return self.data, self.grad, None if len(places) == len(self.values) else array("q", places)

    def zero_grad(self) -> None:
        """Clear every gradient."""
        for value in self.values:
            if value._operands:
                value.zero_grad()
            else:
                value._grad = None

    def norm(self) -> float:
        """The root of the sum of the gradients' squares, added from left to right."""
        numbers = self.grad
        largest, total = 0.0, 0.0
        for number in numbers:
            if fabs(number) > largest or number != number:  # nan is the largest
                largest = fabs(number)
        if largest == 0 or not isfinite(largest):
            return largest
        if 1e-140 < largest < 1e140:  # whose squares neither vanish nor overflow
            for number in numbers:
                total += number * number
            return sqrt(total)
        for number in numbers:
            total += (number / largest) * (number / largest)
        return largest * sqrt(total)

    def _column(self, numbers: Iterable[float]) -> array[float]:
        column = array("d", numbers)
        if len(column) != len(self.values):
            raise ValueError(f"there are {len(self.values)} Values and {len(column)} numbers")
        return column


def refuse_all(refusing: Callable[[str, Value], None], what: str, values: Sequence[Value]) -> None:
    """Refuse what a tape would freeze of a row."""
    if values:
        refusing(what, values[0])


if not TYPE_CHECKING and accelerated:
    from autograd.native import engine as _native

    Vector = _native.Vector
