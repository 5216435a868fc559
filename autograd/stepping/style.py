"""How steps are written: the sign that a gradient has, and the digits of a number."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from autograd.language.expression import name_text, number_text
from autograd.language.formula import bare
from autograd.language.tree import check_limits, end_of
from autograd.stepping.tracing import Trace
from autograd.value import Value

NotationName = Literal["leibniz", "grad", "bar"]
NOTATIONS = get_args(NotationName)

MOST_DIGITS = 17  # tell every float from its neighbours
LONGEST_SIGN = 24  # characters of a name in it


@dataclass
class Style:
    """How steps are written: which sign a gradient has, and how many significant digits.

    notation : "leibniz" for ∂f/∂a, "grad" for a.grad, "bar" for ā.
    """

    notation: NotationName = "leibniz"
    precision: int = 4

    def __post_init__(self) -> None:
        if self.notation not in NOTATIONS:
            names = ", ".join(map(repr, NOTATIONS))
            raise ValueError(f"notation is one of {names}, not {self.notation!r:.60}")
        check_limits(precision=self.precision)
        if self.precision > MOST_DIGITS:
            raise ValueError(f"precision is at most {MOST_DIGITS} digits, not {self.precision}")

    def number(self, x: float) -> str:
        """A number to the digits wanted."""
        return number_text(x, self.precision)[0]

    def gradient(self, trace: Trace, node: Value, unicode: bool = True) -> str:
        """The sign for the gradient of a node."""
        return self.sign(trace.name(trace.root), trace.name(node), unicode)

    def sign(self, root: str, node: str, unicode: bool = True) -> str:
        """The sign for a gradient, of what by what."""
        name = bare(name_text(end_of(node, LONGEST_SIGN)))
        if self.notation == "grad":
            return f"{name}.grad"
        if self.notation == "bar":
            barred = unicodedata.normalize("NFC", f"{name[0]}\N{COMBINING MACRON}") + name[1:]
            return barred if unicode else f"bar({name})"
        return f"∂{bare(name_text(end_of(root, LONGEST_SIGN)))}/∂{name}"
