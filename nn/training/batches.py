"""The rows to train on, and the loss of a batch: computed on Values, or by a compiled function; and
what penalties add to it."""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from typing import Any

import autograd
from autograd import RecordingError, Rows, Value, no_grad
from nn.losses.penalties import l1, l2
from nn.module import Module
from nn.predictions import plain_rows
from nn.settings import is_number, shown

Loss = Callable[[list[Any], list[Any]], Value]
"""Takes the predictions and the targets of a batch, as two lists."""


class Data:
    """Rows of inputs, each with its target.

    X, y   : lists or arrays of numbers, or of rows of them. NumPy arrays and other buffers are read
             where they lie.
    names  : what errors call these two.
    caller : the function that they were given to, with which errors begin.

    Raises TypeError or ValueError, naming the place, for anything that is not a finite number.
    """

    def __init__(
        self,
        X: Any,  # noqa: N803
        y: Any,
        names: tuple[str, str] = ("X", "y"),
        caller: str = "fit",
    ) -> None:
        self.names, self.caller = names, caller
        self.inputs, self.targets = (
            listed(f"{caller}: {name}", x) for name, x in zip(names, (X, y), strict=True)
        )
        if len(self.inputs) != len(self.targets):
            raise ValueError(
                f"{caller}: there are {len(self.inputs)} rows in {names[0]} and "
                f"{len(self.targets)} targets in {names[1]}"
            )

    def __len__(self) -> int:
        return len(self.inputs)

    def probe(self, most: int) -> list[int]:
        """The places of up to this many rows, those whose targets differ first."""
        firsts: dict[str, int] = {}
        for place, target in enumerate(self.targets):
            firsts.setdefault(repr(plain_rows(target)), place)
            if len(firsts) == most:
                break
        places = [*firsts.values(), *range(min(most, len(self)))]
        return list(dict.fromkeys(places))[:most]

    def rows(self, places: Sequence[int]) -> tuple[list[Any], list[Any]]:
        """The inputs and the targets of the rows at these places."""
        return picked(self.inputs, places), picked(self.targets, places)


def picked(rows: Any, places: Sequence[int]) -> list[Any]:
    """The rows at these places, as lists or numbers."""
    if hasattr(rows, "tolist"):
        return plain_rows(rows[list(places)])  # type: ignore[no-any-return]
    return [rows[k] for k in places]


def listed(name: str, given: Any) -> Any:
    """Data as an array, or as a list of rows, numbers or lists; name is what errors call it."""
    if hasattr(given, "to_numpy"):  # a DataFrame
        given = given.to_numpy()
    if isinstance(given, (array, memoryview)):
        given = where_it_lies(given)
    if is_numbers(given):
        return checked_array(name, given)
    rows = plain_rows(given)
    if isinstance(rows, (str, bytes, dict)) or not isinstance(rows, Sequence):
        raise TypeError(f"{name} is a list of rows, not {given!r:.60}")
    if not rows:
        raise ValueError(f"{name} has no rows")
    return [checked(row, f"{name}[{place}]") for place, row in enumerate(rows)]


def where_it_lies(buffer: Any) -> Any:
    """A buffer as an array of NumPy, which shares its memory; as lists where there is no NumPy."""
    try:
        import numpy
    except ImportError:
        return buffer.tolist()
    return numpy.asarray(buffer)


def is_numbers(given: Any) -> bool:
    """Whether this is an array of NumPy, of numbers and not empty."""
    numpy = sys.modules.get("numpy")
    if numpy is None or type(given) not in (numpy.ndarray, numpy.memmap):
        return False
    return given.dtype.kind in "biuf" and given.ndim > 0 and given.size > 0


def checked_array(name: str, given: Any) -> Any:
    """An array of numbers, all of them checked at once."""
    if given.dtype.kind == "b":
        return given.astype(int)
    if given.dtype.kind == "f":
        import numpy

        given = given.astype(float, copy=False) if given.itemsize > 8 else given
        finite = numpy.isfinite(given)
        if not finite.all():
            place = tuple(numpy.argwhere(~finite)[0].tolist())
            checked(given[place].item(), name + "".join(f"[{k}]" for k in place))
    return given


def checked(x: Any, place: str) -> Any:
    """A number or a list of numbers, each of them checked."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    if isinstance(x, (list, tuple)):
        return [checked(entry, f"{place}[{k}]") for k, entry in enumerate(x)]
    if isinstance(x, bool):
        return int(x)
    if not isinstance(x, Real):
        raise TypeError(f"{place} is {x!r:.60}, which is not a number")
    if not is_number(x):
        raise ValueError(
            f"{place} is {shown(x)}. Leave such rows out, or fill them, as "
            "sklearn.impute.SimpleImputer does"
        )
    return x


class EagerLoss:
    """The loss of a batch, with a new graph for each."""

    def __init__(self, model: Module, loss: Loss) -> None:
        self.model, self.loss = model, loss

    def __call__(self, data: Data, places: Sequence[int]) -> Value:
        inputs, targets = data.rows(places)
        predictions = [self.model(row) for row in inputs]
        if isinstance(predictions[0], Value) and isinstance(targets[0], list):
            raise TypeError(
                f"fit: the model gives one number for a row, but a target is a row, "
                f"{targets[0]!r:.40}; if y is a column, such as y[:, None], give y.ravel()"
            )
        result = self.loss(predictions, targets)
        if not isinstance(result, Value):
            raise TypeError(
                f"fit: the loss gave {result!r:.60}; it must give one Value, such as a mean"
            )
        return result


class CompiledLoss:
    """The same for a loss that is a mean over rows: the loss of one row, recorded and replayed."""

    def __init__(self, model: Module, loss: Loss) -> None:
        def loss_of_row(row: Any, target: Any) -> Value:
            return loss([model(row)], [target])

        self.function = autograd.compile(loss_of_row)
        self.tables: dict[int, tuple[Data, Rows, Any]] = {}

    def __call__(self, data: Data, places: Sequence[int]) -> Value:
        if id(data) not in self.tables:
            self.tables[id(data)] = (data, *self.table(data))
        _, rows, pair = self.tables[id(data)]
        result: Value = self.function.mean(rows[places], like=pair)
        return result

    def table(self, data: Data) -> tuple[Rows, Any]:
        """The inputs beside the targets, and the first of these pairs."""
        rows = Rows(*[table_of(x) for x in (data.inputs, data.targets)])
        return rows, (plain_rows(data.inputs[0]), plain_rows(data.targets[0]))


def table_of(rows: Any) -> Any:
    """Rows as a table of floats, as an array is. Raises RecordingError if lengths differ."""
    if hasattr(rows, "tolist"):
        return rows
    shape = shape_of(rows[0])
    if any(shape_of(row) != shape for row in rows):
        raise RecordingError("the rows differ in length, and are computed one by one")
    numbers = array("d", numbers_in(rows))
    if not numbers:
        raise RecordingError("the rows are empty, and are computed one by one")
    return memoryview(numbers).cast("B").cast("d", (len(rows), len(numbers) // len(rows)))


def shape_of(x: Any) -> Any:
    """How lists are nested, without the numbers in them."""
    return [shape_of(entry) for entry in x] if isinstance(x, (list, tuple)) else None


def numbers_in(x: Any) -> Iterator[float]:
    """The numbers in nested lists, in order."""
    if isinstance(x, (list, tuple)):
        for entry in x:
            yield from numbers_in(entry)
    else:
        yield x


class Penalty:
    """l1 * sum|w| + l2 * sum w² over the weights that learn; a frozen one would not change it."""

    def __init__(
        self, parameters: Sequence[Value], l1: float, l2: float, is_compiled: bool
    ) -> None:
        self.parameters = parameters if l1 or l2 else ()
        self.l1, self.l2, self.is_compiled = l1, l2, is_compiled
        self.learning: list[Value] = []
        self.of_weights: Callable[[], Value]

    def look(self) -> None:
        """See which weights learn, as they do from now on."""
        learning = [w for w in self.parameters if w.requires_grad]
        if learning != self.learning:
            self.learning = learning
            compiled = self.is_compiled
            self.of_weights = autograd.compile(self.eager) if compiled else self.eager

    def eager(self) -> Value:
        """Computed on Values."""
        terms = [
            weight * penalty(self.learning)
            for weight, penalty in ((self.l1, l1), (self.l2, l2))
            if weight
        ]
        return sum(terms[1:], terms[0])

    def backward(self) -> None:
        """Add its gradient to those of the weights."""
        if self.learning:
            self.of_weights().backward()


def choose_loss(
    eager: EagerLoss, data: Data, probed: Sequence[int], compiled: bool | str
) -> tuple[EagerLoss | CompiledLoss, str]:
    """The compiled loss if it agrees on the probed rows; else the eager one, and why.

    The model is recorded in its current mode, training or evaluation. Raises RecordingError where
    compiled is True and cannot be had, and whatever the loss of these rows raises.
    """
    if not compiled:
        return eager, ""
    with no_grad():
        expected = eager(data, probed).data
    fast = CompiledLoss(eager.model, eager.loss)
    try:
        found = fast(data, probed).data
    except Exception as error:  # one row may have no loss: a correlation, say
        why = str(error)
    else:
        if math.isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12):
            return fast, ""
        why = "the loss of a batch is not the mean over its rows"
    if compiled is True:
        raise RecordingError(f"fit: compiled=True, but {why}")
    return eager, why
