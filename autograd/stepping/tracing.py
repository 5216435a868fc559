"""`trace`: a backward or forward pass as data, one `Step` for each `+=` or each operation.

The stepper, the pictures and the lessons read this list; nothing else works gradients out to show.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property
from itertools import accumulate
from math import isfinite
from typing import Any, Literal, NamedTuple, overload

from autograd.errors import GraphError
from autograd.graph import tabulate, topological_order
from autograd.language.formula import SEED, Formula
from autograd.language.names import caller_names, name_nodes, printable
from autograd.operation import to_float
from autograd.value import Value

SCHEMA = "chalkgrad.trace/1"

Direction = Literal["backward", "forward"]


class Step(NamedTuple):
    """One `+=` of a backward pass, or one operation of a forward pass.

    index        : its place in the trace, from 0.
    kind         : "seed", where a backward pass begins; "backward"; or "forward".
    node         : the gate at work; at the seed, the root.
    operand      : the node whose gradient grows, an operand of the gate; at the seed, the root.
    upstream     : the gate's own gradient, which is complete.
    local        : the local derivative, of the gate by the operand.
    contribution : upstream * local, what is added.
    before, after : the operand's gradient in this pass, without what earlier passes left there.
    use, uses    : which use of the operand this is, from 1, of how many.
    formula      : the local derivative as a `Formula`; of a forward step, what the gate computes.

    A forward step has only index, kind, node, formula, and in after the node's number; its other
    fields are None.
    """

    index: int  # type: ignore[assignment]  # a tuple's method, of no use here
    kind: str
    node: Value
    operand: Value | None
    upstream: float | None
    local: float | None
    contribution: float | None
    before: float | None
    after: float
    use: int | None
    uses: int | None
    formula: Formula

    def __repr__(self) -> str:
        if self.kind == "forward":
            return f"<step {self.index}: {self.formula} = {self.after:.6g}>"
        added = f"+= {self.contribution:.6g}" if self.kind == "backward" else f"= {self.after:.6g}"
        use = f", use {self.use} of {self.uses}" if self.kind == "backward" else ""
        return f"<step {self.index}: {self.formula}, {added}{use}>"


def trace(root: Value, direction: Direction = "backward", gradient: float = 1.0) -> Trace:
    """The backward pass from root as a sequence of `Step`, one for each `+=`, the seed first.

    direction : "backward", or "forward" for the forward pass, one step for each operation.
    gradient  : the seed, as in `backward(gradient)`.

    No `.grad` changes. Raises TypeError if root is no Value, GraphError for a constant, ValueError
    for another direction.

    >>> from autograd import Value, trace
    >>> a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    >>> f = (a * b) * (a + b)
    >>> for step in trace(f):
    ...     print(step.index, step.formula, "|", step.before, "->", step.after)
    0 ∂f/∂f = 1 | 0.0 -> 1.0
    1 ∂f/∂v2 = v3 | 0.0 -> 1.0
    2 ∂f/∂v3 = v2 | 0.0 -> -6.0
    3 ∂v3/∂a = 1 | 0.0 -> -6.0
    4 ∂v3/∂b = 1 | 0.0 -> -6.0
    5 ∂v2/∂a = b | -6.0 -> -3.0
    6 ∂v2/∂b = a | -6.0 -> -8.0
    """
    return Trace(root, direction, gradient)


class Trace(Sequence[Step]):
    """A backward or forward pass, step by step; `trace` makes it.

    A sequence of `Step`, made as they are asked for, so a long trace is as quick to enter at its
    end as at its beginning. Of a backward trace one can also ask what a node's gradient is after
    any step, and which steps added to it.

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
        if direction == "backward":
            self._gradient = to_float(gradient, "gradient is")
            table = tabulate(root, self._gradient)
            self.order, self._adjoint, self._uses = table.order, table.adjoint, table.uses
            self._gate, self._operand, self._before = table.gate, table.operand, table.before
            self._use = table.use
            self._columns = table.columns
            self._length = 1 + len(table.gate)
        else:
            self.order = topological_order(root)
            self._gates = [(v, v._data) for v in self.order if v._left is not None]
            self._length = len(self._gates)
        known = caller_names()  # of which no more is kept than this graph has
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
        if self.direction == "forward":
            yield from map(self._make, range(self._length))
            return
        yield self._make(0)
        for index, row in enumerate(zip(*self._columns, strict=True), 1):
            yield self._row(index, *row)

    def __repr__(self) -> str:
        return f"<{self.direction} trace of {self.name(self.root)}: {len(self)} steps>"

    def _make(self, index: int) -> Step:
        if self.direction == "forward":
            gate, data = self._gates[index]
            formula = Formula(gate, None, self.name)
            return Step(
                index, "forward", gate, None, None, None, None, None, data, None, None, formula
            )
        if index == 0:
            seed, root = self._gradient, self.root
            formula = Formula(root, SEED, self.name)
            return Step(0, "seed", root, root, seed, 1.0, seed, 0.0, seed, 1, 1, formula)
        return self._row(index, *(column[index - 1] for column in self._columns))

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
        node, upstream = self.order[gate], self._adjoint[gate]
        contribution = upstream * local
        return Step(
            index,
            "backward",
            node,
            self.order[operand],
            upstream,
            local,
            contribution,
            before,
            before + contribution,
            use,
            self._uses[operand],
            Formula(node, position, self.name),
        )

    # ---- nodes ----------------------------------------------------------------------------------

    @cached_property
    def names(self) -> dict[Value, str]:
        """What each node is called, on one line; looked up once, when first asked for."""
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
        """The node itself, or the one that has this name, or this place, as in v7.

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
            places = ", ".join(f"v{self.places[node]}" for node in found[:8])
            raise GraphError(f"{len(found)} nodes are called {which!r:.60}: say {places}")
        if found:
            return found[0]
        if (
            which[:1] == "v"
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
        place = self._place(node)
        return self._adjoint[place]

    def uses(self, node: Value) -> int:
        """How many steps add to a node's gradient."""
        place = self._place(node)
        return 1 if node is self.root else self._uses[place]

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
        return self._before[self.arrivals(node)[arrived] - 1]

    def arrivals(self, node: Value) -> Sequence[int]:
        """The indices of the steps that add to a node's gradient."""
        place = self._place(node)
        if node is self.root:
            return (0,)
        starts, steps = self._arrivals
        return steps[starts[place] : starts[place + 1]]

    def operands_of(self, first: int, last: int) -> set[int]:
        """The places of the nodes whose gradients the steps from first to last add to."""
        places = set(self._operand[max(first, 1) - 1 : last])
        return places | {len(self.order) - 1} if first == 0 else places

    def steps_of(self, gate: Value) -> range:
        """The indices of the steps at which a gate is at work."""
        place = self._place(gate)
        first = self._first_steps.get(place)
        if first is None:
            return range(0)
        count = sum(not operand.is_constant for operand in gate.operands)
        return range(first, first + count)

    def _place(self, node: Value) -> int:
        """The place of a node that is asked about."""
        if self.direction == "forward":
            raise GraphError("a forward trace has no gradients; trace(root) has")
        if node not in self.places:
            self.find(node)  # raises
        return self.places[node]

    @cached_property
    def _arrivals(self) -> tuple[list[int], array[int]]:
        """Where each node's steps begin in a list of all, by operand."""
        starts = list(accumulate(self._uses, initial=0))
        steps = array("q", bytes(8 * len(self._gate)))
        for step, (operand, use) in enumerate(zip(self._operand, self._use, strict=True), 1):
            steps[starts[operand] + use - 1] = step
        return starts, steps

    @cached_property
    def _first_steps(self) -> dict[int, int]:
        """The first step of each gate, by its place."""
        firsts: dict[int, int] = {}
        for step, gate in enumerate(self._gate, 1):
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

        schema    : "chalkgrad.trace/1". What is added later is new keys.
        direction : "backward" or "forward".
        root      : the id of the root.
        nodes     : in topological order, each with `id` (its place), `name`, `op` ("" for a leaf),
                    `operands` (ids), `constant`, `data`; in a backward trace `uses` and `gradient`
                    too, the complete one.
        steps     : each with the fields of `Step`: `node` and `operand` as ids, `formula` as text.

        Numbers are exact; those that JSON lacks are the texts "inf", "-inf" and "nan".
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


FIELDS = Step._fields


def json_number(x: Any) -> Any:
    """A number as JSON has it."""
    return str(x) if isinstance(x, float) and not isfinite(x) else x
