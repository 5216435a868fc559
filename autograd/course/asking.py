"""How a student's code is asked: for a function, its answer, numbers in it, the nodes of a graph.

A check takes the student's names and a source of random numbers, and raises `Failed`, with what is
wrong in words, or Trouble where no answer comes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from autograd.diagnosis.grader import described
from autograd.diagnosis.mistakes import Finding
from autograd.diagnosis.subject import SECONDS, Calls, Subject, said, same
from autograd.engine import Value, propagate
from autograd.language.parser import parse
from autograd.primitive import is_real

Names = Mapping[str, Any]
Check = Callable[[Names, Random], None]
ROUNDS = 4  # of numbers


class Failed(Exception):  # noqa: N818 - not an error of ours
    """An answer is wrong: what is said of it, and the mistake if the grader has found it."""

    def __init__(self, said: str, finding: Finding | None = None) -> None:
        super().__init__(said)
        self.finding = finding


def named(names: Names, name: str) -> Any:
    """A function or a class of the student's."""
    if not callable(names.get(name)):
        raise Failed(f"There is no {name} in your code. Keep the names of the stub.")
    return names[name]


def answer(names: Names, name: str, *arguments: Any, written: str = "") -> Any:
    """What a function of the student's gives."""
    function = named(names, name)
    written = written or f"{name}({', '.join(map(shown, arguments))})"
    with Calls(SECONDS, written):
        result = function(*arguments)
    if result is None or result is ...:
        raise Failed(
            f"{written} gives {result!r}. Is a `...` of the stub still there, or a return missing?"
        )
    return result


def shown(x: Any) -> str:
    if isinstance(x, (list, tuple)):
        return f"[{', '.join(map(shown, x))}]"
    return said(float(x)) if is_real(x) else f"{x!r:.40}"


def numbers(found: Any, count: int, written: str) -> list[float]:
    """So many numbers in a list or a tuple."""
    if found is ...:
        raise Failed(f"{written}: a `...` of the stub is still there.")
    if not isinstance(found, (list, tuple)) or len(found) != count:
        raise Failed(f"{written} gives {shown(found)}. It should be {count} numbers in a list.")
    for x in found:
        if x is ...:
            raise Failed(f"In what {written} gives, a `...` of the stub is still there.")
        if not is_real(x):
            raise Failed(f"{written} gives {shown(found)}, in which {shown(x)} is no plain number.")
    return [float(x) for x in found]


def close(a: float, b: float) -> bool:
    """Whether two slopes agree that were measured from both sides with h = 1e-5."""
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)


def some(rng: Random) -> float:
    """A number between 1 and 3, or between -3 and -1."""
    return rng.choice((-1, 1)) * round(rng.uniform(1, 3), 2)


def graph(text: str, rng: Random) -> Value:
    """An expression of a, b and c with random numbers."""
    root = parse(text, **{name: some(rng) for name in "abc" if name in text})
    root.label = "f"
    return root


def built(names: Names, root: Value, with_grad: bool = False) -> dict[Value, Any]:
    """The nodes of an expression as the student's class makes them, with the right numbers."""
    made = Subject(named(names, "Value"), with_grad).build(root)
    for node, x in made.items():
        if node.operands and not same(x.data, node.data):
            raise Failed(
                f"{described(node)}: its data should be {said(node.data)}, and yours is "
                f"{said(x.data)}."
            )
    return made


def expect_slope(found: Any, right: float, written: str) -> None:
    if not is_real(found):
        raise Failed(f"{written} gives {shown(found)}, which is no number.")
    if close(found, right):
        return
    why = ""
    if close(found, 2 * right):
        why = " From x - h to x + h the run is 2 * h: divide by all of it."
    elif math.isclose(found, 2e-5 * right, rel_tol=1e-3):
        why = " That is the rise alone. Divide it by the run, 2 * h."
    elif close(found, -right):
        why = " The sign is wrong: the rise is f on the right minus f on the left."
    elif math.isclose(found, right, rel_tol=1e-4):
        why = (
            " That is close. Step to both sides, x - h and x + h: then the bend of the curve "
            "cancels, and the slope is far better."
        )
    raise Failed(f"{written} should be {said(right)}, and yours is {found:.9g}.{why}")


def expect_number(out: Any, right: float, written: str, usual: Mapping[str, float]) -> None:
    """Whether a student's Value has the right number.

    usual : numbers that are often wrong, by what is said of them.
    """
    if is_real(out):
        raise Failed(
            f"{written} gives {shown(out)}, a plain number, which remembers nothing. Compute with "
            "the Values themselves, and not with their data: then the result is a Value, too."
        )
    if not hasattr(out, "data") or not hasattr(out, "backward"):
        raise Failed(f"{written} gives {shown(out)}, and not a Value.")
    if is_real(out.data) and same(out.data, right):
        return
    told = f"{written}: its data should be {said(right)}, and yours is {shown(out.data)}."
    raise Failed(told + why_of(out.data, usual))


def why_of(found: Any, usual: Mapping[str, float]) -> str:
    """What is said of a number that is wrong as many are."""
    given = (why for why, wrong in usual.items() if is_real(found) and same(found, wrong))
    return f" {why}" if (why := next(given, "")) else ""


def compare_gradients(
    out: Any, theirs: list[Any], right: Value, ours: list[Value], written: str
) -> None:
    """The gradients of a student's result beside ours."""
    with Calls(SECONDS, f"backward() of {written}"):
        out.backward()
    adjoints = propagate(right)
    for place, (x, own) in enumerate(zip(theirs, ours, strict=True)):
        if not is_real(x.grad) or not same(x.grad, adjoints[own]):
            lost = (
                "Nothing has arrived there. Was a number made of it on the way, by .data or math?"
            )
            raise Failed(
                f"{written}: the gradient of parameter {place} should be {said(adjoints[own])}, "
                f"and yours is {shown(x.grad)}.{why_of(x.grad, {lost: 0.0})}"
            )


def ran_once(names: Names, name: str, f: Any, x: float, written: str) -> tuple[Any, Any]:
    """What comes of a function of f and x, and what it has run f with, once."""
    given = []

    def watched(argument: Any) -> Any:
        given.append(argument)
        return f(argument)

    found = answer(names, name, watched, x, written=written)
    if len(given) != 1:
        raise Failed(f"{written} runs f {len(given)} times. With a Dual once is enough.")
    return found, given[0]


def expect_plain(found: Any, right: float, written: str, usual: Mapping[str, float]) -> None:
    """Whether a number is right, to more digits than a finite difference has."""
    if not is_real(found):
        raise Failed(f"{written} gives {shown(found)}, which is no number.")
    if not math.isclose(found, right, rel_tol=1e-12, abs_tol=1e-12):
        told = f"{written} should be {said(right)}, and yours is {found:.9g}."
        raise Failed(told + why_of(found, usual))
