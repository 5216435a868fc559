"""How gradients and numbers are written for a reader: the sign for a gradient, and the digits."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal, get_args

from autograd.language.expression import name_text, number_text
from autograd.language.formula import bare
from autograd.language.names import end_of_name
from autograd.protocols.settings import check_limits, one_of

NotationName = Literal["leibniz", "grad", "bar"]
NOTATIONS = get_args(NotationName)

MOST_DIGITS = 17  # these tell every float from its neighbours
LONGEST_SIGN = 24  # characters of a name in a sign


@dataclass(frozen=True)
class Notation:
    """Which sign a gradient has, and how many significant digits a number has.

    name      : "leibniz" for ∂f/∂a, "grad" for a.grad, "bar" for ā.
    precision : the digits, from 1 to 17.

    >>> from autograd.language.notation import Notation
    >>> Notation("bar").sign("loss", "weight")
    'w̄eight'
    """

    name: NotationName = "leibniz"
    precision: int = 4

    def __post_init__(self) -> None:
        one_of("notation", self.name, NOTATIONS)
        check_limits(precision=self.precision)
        if self.precision > MOST_DIGITS:
            raise ValueError(f"precision is at most {MOST_DIGITS} digits, not {self.precision}")

    def number(self, x: float) -> str:
        """A number to these digits."""
        return number_text(x, self.precision)[0]

    def sign(self, root: str, node: str, unicode: bool = True) -> str:
        """The sign for the gradient of root by node, which are given by their names."""
        name = bare(name_text(end_of_name(node, LONGEST_SIGN)))
        if self.name == "grad":
            return f"{name}.grad"
        if self.name == "bar":
            barred = unicodedata.normalize("NFC", f"{name[0]}\N{COMBINING MACRON}") + name[1:]
            return barred if unicode else f"bar({name})"
        return f"∂{bare(name_text(end_of_name(root, LONGEST_SIGN)))}/∂{name}"
