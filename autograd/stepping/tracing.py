"""`trace`: a backward or forward pass as a sequence of steps.

The stepper, the pictures and the lessons all read it; nothing else works out gradients for show.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal, overload

from autograd.engine import Value, topological_order
from autograd.errors import GraphError
from autograd.language.formula import SEED, Formula
from autograd.language.names import caller_names, name_nodes, printable
from autograd.primitive import to_float
from autograd.stepping.step import FIELDS, Step, json_number
from autograd.stepping.table import PassTable, tabulate

SCHEMA = "chalkgrad.trace/1"

Direction = Literal["backward", "forward"]


def trace(root: Value, direction: Direction = "backward", gradient: float = 1.0) -> Trace:
    """The backward pass from root as a sequence of `Step`, one for each `+=`, the seed first.

    direction : "backward", or "forward" for the forward pass, one step for each operation.
    gradient  : the seed, as in `backward(gradient)`.

    No `.grad` changes. Raises TypeError if root is not a Value, GraphError for the backward
    pass of a constant, and ValueError for any other direction.

    >>> from autograd import Value, trace
    >>> a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    >>> f = (a * b) * (a + b)
    >>> for step in trace(f):
    ...     print(step.index, step.formula, "|", step.before, "->", step.after)
    0 ∂f/∂f = 1 | 0.0 -> 1.0
    1 ∂f/∂v1 = v2 | 0.0 -> 1.0
    2 ∂f/∂v2 = v1 | 0.0 -> -6.0
    3 ∂v2/∂a = 1 | 0.0 -> -6.0
    4 ∂v2/∂b = 1 | 0.0 -> -6.0
    5 ∂v1/∂a = b | -6.0 -> -3.0
    6 ∂v1/∂b = a | -6.0 -> -8.0
    """
    return Trace(root, direction, gradient)


class Trace(Sequence[Step]):
    """A backward or forward pass, step by step; `trace` makes it.

    A sequence of `Step`, each made when it is asked for, so a long trace is entered as quickly at
    its end as at its beginning. A backward trace also says what a node's gradient is after any
    step, and which steps add to it.

    root, direction : as given to `trace`.
    order : the nodes in topological order; a node's place in it is its `id` in `to_json`.
    """

    def __init__(
        self, root: Value, direction: Direction = "backward", gradient: float = 1.0
    ) -> None:
        if not isinstance(root, Value):
            raise TypeError(
                f"there is no graph to step through: expected a Value, not {root!r:.60}"
            )
        if direction not in ("backward", "forward"):
            raise ValueError(f"direction is 'backward' or 'forward', not {direction!r:.60}")
        if root.is_constant and direction == "backward":
            raise GraphError(
                "there is nothing to differentiate: this Value is a constant, made of plain "
                "numbers, by detach() or inside no_grad()"
            )
        self.root, self.direction = root, direction
        self._gradient = to_float(gradient, "gradient is")
        if direction == "backward":
            self._backward: PassTable | None = tabulate(root, self._gradient)
            self.order = self._backward.order
            self._length = 1 + len(self._backward.gate)
        else:
            self._backward = None
            self.order = topological_order(root)
            self._gates = [(v, v._data) for v in self.order if v.operands]
            self._length = len(self._gates)
        known = caller_names()  # of which only those in this graph are kept
        self._known = {node: known[node] for node in self.order if node in known}

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        if isinstance(index, slice):
            return [self._make(k) for k in range(*index.indices(self._length))]
        if not -self._length <= index < self._length:
            steps = f"steps 0 to {self._length - 1}" if self._length else "no steps"
            raise IndexError(f"the trace has {steps}; there is no {index}")
        return self._make(index % self._length)

    def __iter__(self) -> Iterator[Step]:
        if self._backward is None:
            yield from map(self._make, range(self._length))
            return
        yield self._make(0)
        for index, row in enumerate(zip(*self._backward.columns, strict=True), 1):
            yield self._row(index, *row)

    def __repr__(self) -> str:
        return f"<{self.direction} trace of {self.name(self.root)}: {len(self)} steps>"

    def _make(self, index: int) -> Step:
        if self._backward is None:
            gate, data = self._gates[index]
            return Step.forward(index, gate, data, Formula(gate, None, self.name))
        if index == 0:
            return Step.seed(self.root, self._gradient, Formula(self.root, SEED, self.name))
        return self._row(index, *(column[index - 1] for column in self._backward.columns))

    def _row(
        self,
        index: int,
        gate: int,
        operand: int,
        position: int,
        use: int,
        local: float,
        before: float,
    ) -> Step:
        """The step of a row of the table."""
        node = self.order[gate]
        return Step.backward(
            index,
            node,
            self.order[operand],
            upstream=self._table.adjoint[gate],
            local=local,
            before=before,
            use=use,
            uses=self._table.uses[operand],
            formula=Formula(node, position, self.name),
        )

    # ---- nodes ----------------------------------------------------------------------------------

    @cached_property
    def names(self) -> dict[Value, str]:
        """What each node is called, on one line; looked up when first asked for."""
        names = name_nodes(self.order, self._known)
        return {node: printable(name) for node, name in names.items()}

    @cached_property
    def places(self) -> dict[Value, int]:
        """The place of each node in the order."""
        return {node: place for place, node in enumerate(self.order)}

    def name(self, node: Value) -> str:
        """What a node is called."""
        return self.names[node]

    def find(self, which: Value | str) -> Value:
        """The node itself, or the one with this name, or at this place of the order, as in #7.

        Raises GraphError where there is none, or more than one.
        """
        if isinstance(which, Value):
            if which not in self.places:
                raise GraphError(
                    f"{self.name(self.root)} does not depend on {which!r}: it is not in this graph"
                )
            return which
        if not isinstance(which, str):
            raise TypeError(f"a node is given as a Value or by its name, not as {which!r:.60}")
        found = [node for node, name in self.names.items() if name == printable(which)]
        if len(found) > 1:
            places = ", ".join(f"#{self.places[node]}" for node in found[:8])
            raise GraphError(f"{len(found)} nodes are called {which!r:.60}: say {places}")
        if found:
            return found[0]
        if (
            which[:1] == "#"
            and which[1:].isdecimal()
            and len(which) < 20
            and int(which[1:]) < len(self.order)
        ):
            return self.order[int(which[1:])]
        close = get_close_matches(which, set(self.names.values()), n=3)
        hint = (
            f"is it {' or '.join(name[:60] for name in close)}?"
            if close
            else f"it has {self._some_names()}"
        )
        raise GraphError(f"no node of this graph is called {which!r:.60}: {hint}")

    def _some_names(self) -> str:
        names = [name[:60] for name in self.names.values()]
        return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")

    # ---- gradients, of a backward trace ---------------------------------------------------------

    def adjoint(self, node: Value) -> float:
        """The gradient of a node when the pass is over."""
        return self._table.adjoint[self._place(node)]

    def uses(self, node: Value) -> int:
        """How many steps add to a node's gradient."""
        uses = self._table.uses[self._place(node)]
        return 1 if node is self.root else uses

    def arrived(self, node: Value, index: int) -> int:
        """How many of them are among the steps up to index."""
        return bisect_right(self.arrivals(node), index)

    def gradient_after(self, node: Value, index: int) -> float | None:
        """A node's gradient after the step of this index; None where nothing has arrived yet."""
        arrived = self.arrived(node, index)
        if not arrived:
            return None
        if arrived == self.uses(node):
            return self.adjoint(node)
        return self._table.before[self.arrivals(node)[arrived] - 1]

    def arrivals(self, node: Value) -> Sequence[int]:
        """The indices of the steps that add to a node's gradient."""
        starts, steps = self._arrivals
        place = self._place(node)
        return (0,) if node is self.root else steps[starts[place] : starts[place + 1]]

    def operands_of(self, first: int, last: int) -> set[int]:
        """The places of the nodes whose gradients the steps from first to last add to."""
        places = set(self._table.operand[max(first, 1) - 1 : last])
        return places | {len(self.order) - 1} if first == 0 else places

    def steps_of(self, gate: Value) -> range:
        """The indices of the steps at which a gate is at work."""
        first = self._first_steps.get(self._place(gate))
        if first is None:
            return range(0)
        count = sum(not operand.is_constant for operand in gate.operands)
        return range(first, first + count)

    @property
    def _table(self) -> PassTable:
        """The backward pass in columns, for what is asked of a backward trace alone."""
        if self._backward is None:
            raise GraphError("a forward trace has no gradients; trace(root) has")
        return self._backward

    def _place(self, node: Value) -> int:
        """The place in the order of a node that is asked about."""
        if node not in self.places:
            self.find(node)  # raises
        return self.places[node]

    @cached_property
    def _arrivals(self) -> tuple[list[int], array[int]]:
        """The steps in order of their operands, and where each operand's begin."""
        table = self._table
        starts = list(accumulate(table.uses, initial=0))
        steps = array("q", bytes(8 * len(table.gate)))
        for step, (operand, use) in enumerate(zip(table.operand, table.use, strict=True), 1):
            steps[starts[operand] + use - 1] = step
        return starts, steps

    @cached_property
    def _first_steps(self) -> dict[int, int]:
        """The first step of each gate, by the gate's place."""
        firsts: dict[int, int] = {}
        for step, gate in enumerate(self._table.gate, 1):
            firsts.setdefault(gate, step)
        return firsts

    # ---- for other programs ---------------------------------------------------------------------

    def table(self) -> list[dict[str, Any]]:
        """A row for each step, with names for nodes and text for formulas: for a DataFrame or CSV.

        >>> from autograd import Value, trace
        >>> a = Value(3.0, label="a")
        >>> row = trace(a * a).table()[2]
        >>> row["operand"], row["before"], row["contribution"], row["after"]
        ('a', 3.0, 3.0, 6.0)
        """
        rows = []
        for step in self:
            row = {name: getattr(step, name) for name in FIELDS}
            row["node"] = self.name(step.node)
            row["operand"] = None if step.operand is None else self.name(step.operand)
            row["formula"] = str(step.formula)
            rows.append(row)
        return rows

    def to_json(self, indent: int | None = None) -> str:
        """The trace as JSON, for other programs.

        An object with

        schema    : "chalkgrad.trace/1"; later versions may only add keys.
        direction : "backward" or "forward".
        root      : the id of the root.
        nodes     : in topological order, each with `id` (its place), `name`, `op` ("" for a leaf),
                    `operands` (ids), `constant`, `data`; in a backward trace also `uses` and the
                    complete `gradient`.
        steps     : each with the fields of `Step`: `node` and `operand` as ids, `formula` as text.

        Numbers are exact. Those that JSON lacks are the texts "inf", "-inf" and "nan".
        """
        nodes = []
        for place, node in enumerate(self.order):
            entry: dict[str, Any] = {
                "id": place,
                "name": self.name(node),
                "op": node.op,
                "operands": [self.places[operand] for operand in node.operands],
                "constant": node.is_constant,
                "data": json_number(node._data),
            }
            if self.direction == "backward":
                entry["uses"] = self.uses(node)
                entry["gradient"] = json_number(self.adjoint(node))
            nodes.append(entry)
        steps = []
        for step in self:
            row = {name: json_number(getattr(step, name)) for name in FIELDS}
            row["node"] = self.places[step.node]
            row["operand"] = None if step.operand is None else self.places[step.operand]
            row["formula"] = str(step.formula)
            steps.append(row)
        whole = {
            "schema": SCHEMA,
            "direction": self.direction,
            "root": self.places[self.root],
            "nodes": nodes,
            "steps": steps,
        }
        return json.dumps(whole, indent=indent, ensure_ascii=False, allow_nan=False)
