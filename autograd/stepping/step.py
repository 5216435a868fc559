"""`Step`: one `+=` of a backward pass, or one operation of a forward pass, as data."""

from __future__ import annotations

from math import isfinite
from typing import Any, NamedTuple

from autograd.engine import Value
from autograd.language.formula import Formula


class Step(NamedTuple):
    """One `+=` of a backward pass, or one operation of a forward pass.

    index        : its place in the trace, from 0.
    kind         : "seed", where a backward pass begins; "backward"; or "forward".
    node         : the gate at work; at the seed, the root.
    operand      : the node whose gradient grows, an operand of the gate; at the seed, the root.
    upstream     : the gate's own gradient, which is complete.
    local        : the local derivative, of the gate by the operand.
    contribution : upstream * local, what is added.
    before, after : the operand's gradient in this pass, leaving out what earlier passes added.
    use, uses    : which use of the operand this is, from 1, and of how many.
    formula      : the local derivative as a `Formula`; of a forward step, what the gate computes.

    A forward step has an index, a kind, a node, a formula, and as `after` the number that the gate
    computed. Its other fields are None.
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

    @classmethod
    def seed(cls, root: Value, gradient: float, formula: Formula) -> Step:
        """The first step of a backward pass, which gives the root its gradient."""
        return cls(
            index=0,
            kind="seed",
            node=root,
            operand=root,
            upstream=gradient,
            local=1.0,
            contribution=gradient,
            before=0.0,
            after=gradient,
            use=1,
            uses=1,
            formula=formula,
        )

    @classmethod
    def backward(
        cls,
        index: int,
        gate: Value,
        operand: Value,
        *,
        upstream: float,
        local: float,
        before: float,
        use: int,
        uses: int,
        formula: Formula,
    ) -> Step:
        """A step at which a gate hands its gradient on to one of its operands."""
        contribution = upstream * local
        after = before + contribution
        return cls(
            index,
            "backward",
            gate,
            operand,
            upstream,
            local,
            contribution,
            before,
            after,
            use,
            uses,
            formula,
        )

    @classmethod
    def forward(cls, index: int, gate: Value, data: float, formula: Formula) -> Step:
        """A step at which a gate computes its number."""
        return cls(
            index=index,
            kind="forward",
            node=gate,
            operand=None,
            upstream=None,
            local=None,
            contribution=None,
            before=None,
            after=data,
            use=None,
            uses=None,
            formula=formula,
        )

    def __repr__(self) -> str:
        if self.kind == "forward":
            return f"<step {self.index}: {self.formula} = {self.after:.6g}>"
        added = f"+= {self.contribution:.6g}" if self.kind == "backward" else f"= {self.after:.6g}"
        use = f", use {self.use} of {self.uses}" if self.kind == "backward" else ""
        return f"<step {self.index}: {self.formula}, {added}{use}>"


FIELDS = Step._fields


def json_number(x: Any) -> Any:
    """A number as JSON has it: inf, -inf and nan, which it lacks, as text."""
    return str(x) if isinstance(x, float) and not isfinite(x) else x
