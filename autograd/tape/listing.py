"""A tape as text: the forward pass and its adjoint, a formula to a line."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import islice

from autograd.engine import Value, constant
from autograd.language.expression import (
    ATOM,
    Text,
    name_text,
    node_text,
    number_text,
    operation_text,
)
from autograd.language.formula import tidy
from autograd.language.names import caller_names
from autograd.modes import not_recording, taking_limits, writing_tape
from autograd.operations import OPERATIONS
from autograd.primitive import Operation
from autograd.protocols.structures import written
from autograd.tape.tape import Tape

MOST_LINES = 200  # in a notebook


def place_names(tape: Tape) -> dict[int, Text]:
    """What each place is called: its label or variable, its number, or `v1`, its turn."""
    known = caller_names()
    names = {}
    for place, closure in enumerate(tape.closures):
        names[place] = name_text(closure.label or known.get(closure) or f"p{place}")
    for place, number in enumerate(tape.constants, len(tape.closures)):
        names[place] = number_text(number)
    for place, name in enumerate(tape.inputs, tape.shared):
        names[place] = name, ATOM
    for turn, place in enumerate(tape.in_order(), 1):
        names[place] = f"v{turn}", ATOM
    return names


def list_tape(tape: Tape) -> str:
    """The whole of a tape, as `print` shows it."""
    return "\n".join(_lines(tape))


def _lines(tape: Tape) -> Iterator[str]:
    names = place_names(tape)
    order = list(tape.in_order())
    yield f"{tape.name}({', '.join(tape.inputs)})"
    yield "forward"
    for place in order:
        operation, operands = tape.instruction(place)
        formula = operation_text(operation, [names[k] for k in operands])[0]
        yield f"    {names[place][0]} = {formula}"
    results = [names[place][0] for place in tape.results]
    yield f"    return {written(tape.returns, iter(results), most=len(results))}"
    if tape.returns is None:
        yield "adjoint"
        yield f"    {grad(names[tape.results[0]])} = 1"
    else:
        yield "adjoint of each result"
        yield "    result.grad = 1"
    for place in reversed(order):
        operation, operands = tape.instruction(place)
        for position, operand in enumerate(operands):
            if len(tape.closures) <= operand < tape.shared:
                continue
            constants = tuple(
                tape.constants[k - len(tape.closures)]
                if len(tape.closures) <= k < tape.shared
                else None
                for k in operands
            )
            text = derivative_text(operation, position, constants)
            contribution = grad(names[place])
            sign = "+="
            if text[0] in ("1", "-1"):
                sign = "+=" if text[0] == "1" else "-="
            elif text[0] == "0":
                continue
            else:
                filled = text[0]
                for mark, k in zip(marks(operation), (place, *operands), strict=True):
                    filled = filled.replace(mark, bracketed(names[k]))
                product = operation_text(
                    OPERATIONS["mul"], [(contribution, ATOM), (filled, text[1])]
                )
                contribution = product[0]
            yield f"    {grad(names[operand])} {sign} {contribution}"


def grad(name: Text) -> str:
    """How the adjoint of something with this name is written."""
    return f"{bracketed(name)}.grad"


def bracketed(name: Text) -> str:
    """A name that may stand inside any formula."""
    return name[0] if name[1] == ATOM else f"({name[0]})"


def marks(operation: Operation) -> list[str]:
    """What stands for the result and the operands in `derivative_text`."""
    return [f"\0{k}\0" for k in range(len(operation.operands) + 1)]


@lru_cache(maxsize=1000)
def derivative_text(
    operation: Operation, position: int, constants: tuple[float | None, ...]
) -> Text:
    """A local derivative as a formula, with `marks` for the result and what is not constant."""
    out, *operands = [Value(0.5, label=mark) for mark in marks(operation)]
    given = [
        operand if number is None else constant(number)
        for operand, number in zip(operands, constants, strict=True)
    ]
    with taking_limits.switched(True), not_recording.switched(None), writing_tape.switched(None):
        slope = operation.derivatives[position](out, *given)
        if isinstance(slope, Value):
            return node_text(tidy(slope, None), {}, depth=100)
    return number_text(float(slope))


def tape_page(tape: Tape) -> str:
    """What a notebook shows: the listing, and of a long one the beginning."""
    lines = list(islice(_lines(tape), MOST_LINES + 1))
    if len(lines) > MOST_LINES:
        lines[-1] = f"… print() shows all of its {len(tape):,} instructions"
    listing = escape("\n".join(lines))
    return f'<p>{escape(repr(tape)[1:-1])}</p>\n<pre style="line-height: 1.25">{listing}</pre>'


Tape.__str__ = list_tape  # type: ignore[assignment, method-assign]
Tape._repr_html_ = tape_page  # type: ignore[attr-defined]
