"""Both passes of a graph worked out in LaTeX."""

from __future__ import annotations

from autograd import Value, to_latex


def test_steps_are_the_forward_values_and_the_chain_rule_worked_out() -> None:
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    d = a * b
    d.label = "d"
    f = d * a
    f.label = "f"
    assert to_latex(f, steps=True).splitlines() == [
        r"\begin{aligned}",
        r"d &= a \cdot b = -2 \cdot 3 = -6 \\[4pt]",
        r"f &= d \cdot a = -6 \cdot (-2) = 12 \\[4pt]",
        r"\frac{\partial f}{\partial f} &= 1 \\[4pt]",
        r"\frac{\partial f}{\partial d} &= a = -2 \\[4pt]",
        r"\frac{\partial f}{\partial a} &= d + \frac{\partial f}{\partial d} \cdot b = "
        r"-6 + (-2 \cdot 3) = -12 \\[4pt]",
        r"\frac{\partial f}{\partial b} &= \frac{\partial f}{\partial d} \cdot a = "
        r"-2 \cdot (-2) = 4",
        r"\end{aligned}",
    ]


def test_steps_have_the_digits_wanted() -> None:
    x = Value(1 / 3, label="x")
    assert r"\exp\left(0.33\right) = 1.4" in to_latex(x.exp(), steps=True, precision=2)
