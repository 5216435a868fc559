"""Formulas to show: what a gate computes, and its local derivatives, by the one rule of the table.

A rule is applied to stand-ins for the gate's operands, which gives a graph; tidied, and written in
some `Syntax`, it is the formula. The choices in it (`step`, `sign`, `compare`, `where`) are
settled by the operands' numbers, with a reason: relu has the derivative 1, since x > 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import isclose, isnan, nan

from autograd.engine import Value, constant
from autograd.language.expression import (
    ATOM,
    Syntax,
    Text,
    bracketed,
    name_text,
    number_text,
    operation_text,
    signless,
    write_node,
)
from autograd.modes import not_recording, taking_limits, writing_tape
from autograd.operations import OPERATIONS
from autograd.primitive import Operation
from autograd.sums import Fold, shown

SUPERSCRIPTS = {"2": "²", "3": "³"}  # which every console can show

PRODUCT = OPERATIONS["mul"].precedence
SEED = -1

Reason = tuple[Value, str, Value]
"""What settled a choice: two sides, and how they compare."""


def chalk(precision: int = 4) -> Syntax:
    """The syntax of a blackboard: `2 · x²`, with numbers to `precision` significant digits."""
    return Syntax(name_text, partial(number_text, digits=precision), chalk_operation)


def chalk_operation(operation: Operation, parts: Sequence[Text]) -> Text:
    """An operation on pieces, with a dot for a product and raised digits for a power."""
    if isinstance(operation, Fold):
        return fold_text(operation, parts)
    if operation.name == "pow" and parts[1][0] in SUPERSCRIPTS:
        return next(bracketed(operation, parts)) + SUPERSCRIPTS[parts[1][0]], operation.precedence
    if not operation.precedence and operation.symbol.isidentifier():  # max, rather than maximum
        return f"{operation.symbol}({', '.join(text for text, _ in parts)})", ATOM
    if not operation.precedence or operation.name == "pow":
        return operation_text(operation, parts)
    pieces = list(bracketed(operation, parts))
    symbol = "·" if operation.name == "mul" else operation.symbol
    if len(pieces) == 1:
        return symbol + signless(pieces[0]), operation.precedence
    return f"{pieces[0]} {symbol} {signless(pieces[1])}", operation.precedence


def fold_text(operation: Fold, parts: Sequence[Text]) -> Text:
    """A sum as Σ(a, b, c), a dot product as [a, b] · [c, d]."""
    rows = [", ".join(shown(row)) for row in operation.rows([text for text, _ in parts])]
    if operation.name == "dot":
        return " · ".join(f"[{row}]" for row in rows), PRODUCT
    return f"{operation.symbol}({rows[0]})", ATOM


class Formula:
    """What a gate computes, or its local derivative by one operand: in symbols, and in numbers.

    gate     : the node.
    position : of the operand, from 0; None for what the gate computes; SEED for the derivative of
               the gate by itself, where a backward pass begins.
    name_of  : what each node is called.

    >>> from autograd import Value, trace
    >>> x = Value(0.5, label="x")
    >>> y = x.tanh()
    >>> y.label = "y"
    >>> print(trace(y)[1].formula)
    ∂y/∂x = 1 - y²
    """

    __slots__ = ("_name_of", "gate", "position")

    def __init__(self, gate: Value, position: int | None, name_of: Callable[[Value], str]) -> None:
        self.gate, self.position, self._name_of = gate, position, name_of

    def side(self, syntax: Syntax | None = None) -> str:
        """What stands before the equals sign: `∂d/∂a`, or `d`."""
        name = (syntax or chalk()).name
        gate = bare(name(self._name_of(self.gate)))
        if self.position is None:
            return gate
        by = self.gate if self.position == SEED else self.gate.operands[self.position]
        return f"∂{gate}/∂{bare(name(self._name_of(by)))}"

    def symbols(self, syntax: Syntax | None = None) -> str:
        """The formula: `1 - y²`."""
        return self.piece(syntax)[0]

    def piece(self, syntax: Syntax | None = None) -> Text:
        """The formula, and how tightly it binds as a part of another."""
        formula, names, _ = self._work_out()
        return write_node(formula, names.get, syntax or chalk())

    def numbers(self, syntax: Syntax | None = None) -> str | None:
        """The formula with numbers put in: `1 - 0.4621²`.

        None where it is a number already, or where an operand's number was changed after the gate
        computed.
        """
        formula, _, _ = self._work_out()
        if not formula.operands:
            return None
        if not self._still_holds(formula):
            return None
        return self._write(formula, lambda node: None, syntax)

    def reason(self, syntax: Syntax | None = None) -> str:
        """What settled the choices in it, such as `x > 0`; "" for a formula without any."""
        _, names, reasons = self._work_out()
        written = [
            f"{self._write(left, names.get, syntax)} {relation} "
            f"{self._write(right, names.get, syntax)}"
            for left, relation, right in reasons
        ]
        return " and ".join(dict.fromkeys(written))

    def __str__(self) -> str:
        reason = self.reason()
        return f"{self.side()} = {self.symbols()}" + (f", since {reason}" if reason else "")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Formula):
            return NotImplemented
        return self.gate is other.gate and self.position == other.position

    def __hash__(self) -> int:
        return hash((self.gate, self.position))

    def __repr__(self) -> str:
        return f"<formula {self}>"

    def _write(
        self, node: Value, name_of: Callable[[Value], str | None], syntax: Syntax | None
    ) -> str:
        return write_node(node, name_of, syntax or chalk())[0]

    def _stored(self) -> float:
        """The number that the gate stored when it computed."""
        at = self.position
        return self.gate._data if at is None else self.gate.local_grads[at]

    def _still_holds(self, formula: Value) -> bool:
        """Whether a formula still has the value that the gate stored when it computed."""
        stored = self._stored()
        return isclose(formula._data, stored, rel_tol=1e-9, abs_tol=1e-300) or isnan(stored)

    def rule(self, open_gate: bool = True) -> tuple[Value, dict[Value, Value]]:
        """The rule of the table as a graph of stand-ins, and the node that each stands for.

        open_gate : whether an operator's rule is written in its operands alone: as -a / b² rather
                    than -out / b.

        A constant without a name stands for itself.
        """
        gate, operation = self.gate, self.gate._operation
        if self.position == SEED:
            return constant(1.0), {}
        if not hasattr(operation, "derivatives"):  # of a compiled function: a tape has no formula
            return constant(self._stored()), {}
        stand_ins = {v: _stand_in(v) for v in dict.fromkeys(gate.operands)}
        originals = {s: v for v, s in stand_ins.items() if not (v.is_constant and not v._label)}
        operands = tuple(stand_ins[v] for v in gate.operands)
        if self.position is None or (open_gate and operation.precedence):
            out = make_result_of(operation, operands, gate)
        else:
            out = Value(gate._data)
            originals[out] = gate
        if self.position is None:
            return out, originals
        slope = operation.derivative(self.position, out, operands)
        return slope if isinstance(slope, Value) else constant(float(slope)), originals

    def _work_out(self) -> tuple[Value, dict[Value, str], list[Reason]]:
        """The formula as a graph of stand-ins, their names, and what settled its choices."""
        reasons: list[Reason] = []
        with writing_rules():
            rule, originals = self.rule()
            names = {stand_in: self._name_of(node) for stand_in, node in originals.items()}
            if self.position is None:
                return rule, names, []
            formula = tidy(rule, reasons)
        if reasons and not self._still_holds(formula):  # another choice was right then
            return constant(self._stored()), {}, []
        return formula, names, reasons


@contextmanager
def writing_rules() -> Iterator[None]:
    """A `with` block in which rules are applied only to be read: at poles too, and unrecorded."""
    with (
        taking_limits.switched(True),
        not_recording.switched(None),
        writing_tape.switched(None),
    ):
        yield


def _stand_in(node: Value) -> Value:
    """A leaf with the number of a node; a constant for a constant, whose name it keeps."""
    return constant(node._data) if node.is_constant else Value(node._data)


def make_result_of(operation: Operation, operands: tuple[Value, ...], gate: Value) -> Value:
    """The gate again, on stand-ins; a constant where all of these are."""
    if all(v.is_constant for v in operands):
        return constant(gate._data)
    result: Value = operation(*operands)
    return result


def bare(text: Text) -> str:
    """A piece that may stand inside any formula."""
    return text[0] if text[1] == ATOM else f"({text[0]})"


# ---- tidying ------------------------------------------------------------------------------------


def tidy(node: Value, reasons: list[Reason] | None) -> Value:
    """The formula without what nobody writes by hand: 1 * x, x ** 1, p/q/q.

    reasons : where to list what settled its choices; None leaves them open.
    """
    if not node.operands:
        return node
    name = node._operation.name
    if name in CHOICES and reasons is not None:
        return CHOICES[name](node, reasons)
    parts = [tidy(operand, reasons) for operand in node.operands]
    result: Value = SHORTER[name](*parts) if name in SHORTER else node._operation(*parts)
    return result


def _compared(left: Value, right: Value, flat: str) -> Reason:
    """How two sides compare; flat is the relation where the left is not the larger."""
    for side in (left, right):
        if isnan(side._data):
            return side, "is", constant(nan)
    return left, ">" if left._data > right._data else flat, right


def _settle_step(node: Value, reasons: list[Reason]) -> Value:
    operand = node.operands[0]
    sides = operand.operands if _is_a(operand, "compare") else (operand, constant(0.0))
    left, right = [tidy(side, reasons) for side in sides]
    reasons.append(_compared(left, right, "≤"))
    return constant(node._data)


def _settle_order(node: Value, reasons: list[Reason]) -> Value:
    sides = [tidy(operand, reasons) for operand in node.operands]
    left, right = sides if len(sides) == 2 else (sides[0], constant(0.0))
    reasons.append(_compared(left, right, "<" if left._data < right._data else "="))
    return constant(node._data)


def _settle_where(node: Value, reasons: list[Reason]) -> Value:
    condition, if_true, if_false = node.operands
    if condition.operands:
        condition = tidy(condition, reasons)
    elif not condition._data:  # the usual case needs no reason
        reasons.append((condition, "=", constant(0.0)))
    return tidy(if_true if condition._data else if_false, reasons)


CHOICES = {
    "step": _settle_step,
    "sign": _settle_order,
    "compare": _settle_order,
    "where": _settle_where,
}


def _is(node: Value, number: float) -> bool:
    return node.is_constant and node._data == number


def _is_a(node: Value, name: str) -> bool:
    return node._operation.name == name


def _negated(x: Value) -> Value:
    if _is_a(x, "neg"):
        return x.operands[0]
    if _is_a(x, "div"):  # -a / b, rather than -(a / b)
        return _quotient(_negated(x.operands[0]), x.operands[1])
    return -x


def _product(a: Value, b: Value) -> Value:
    if _is(a, 1):
        return b
    if _is(b, 1) or _is(a, 0):
        return a
    if _is(b, 0):
        return b
    if _is_a(a, "mul") and a.operands[1] is b:  # 3 · x², rather than 3 · x · x
        return _product(a.operands[0], b**2)
    return a**2 if a is b else a * b


def _quotient(a: Value, b: Value) -> Value:
    if _is(b, 1):
        return a
    if _is_a(a, "div"):  # a / b / c is a / (b * c)
        return _quotient(a.operands[0], _product(a.operands[1], b))
    return a / b


def _sum(a: Value, b: Value) -> Value:
    if _is(a, 0):
        return b
    return a if _is(b, 0) else a + b


def _power(a: Value, b: Value) -> Value:
    return a if _is(b, 1) else a**b


SHORTER: dict[str, Callable[..., Value]] = {
    "pos": lambda x: x,
    "neg": _negated,
    "mul": _product,
    "div": _quotient,
    "add": _sum,
    "pow": _power,
}
