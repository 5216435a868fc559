"""`to_latex`: a graph as LaTeX, and both of its passes worked out as one would on paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from autograd.engine import Value
from autograd.language.expression import ATOM, Syntax, Text, order_of, signless
from autograd.language.formula import Formula
from autograd.language.typeset import (
    LATEX,
    aligned,
    latex_lines,
    latex_name,
    latex_number,
    latex_operation,
)
from autograd.operations import OPERATIONS
from autograd.stepping.step import Step
from autograd.stepping.tracing import Trace


class Latex(str):
    """LaTeX for math mode, which a notebook typesets; `to_latex` makes it."""

    __slots__ = ()

    def _repr_latex_(self) -> str:
        several_lines = self.startswith("\\begin")
        return f"$${self}$$" if several_lines else f"$\\displaystyle {self}$"


def to_latex(root: Value, steps: bool = False, precision: int = 4) -> Latex:
    r"""The graph below root as LaTeX, for math mode: text, which a notebook typesets.

    steps     : whether to work it out: the value of every gate, then the chain rule for every
                node, from the root down, in symbols and in numbers.
    precision : significant digits of the numbers in steps.

    One formula stands alone. Several, where nodes have names of their own or are used more than
    once, are the lines of an `aligned` environment (package amsmath). Raises TypeError if root is
    not a Value.

    >>> from autograd import Value, to_latex
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> print(to_latex((a / b).sigmoid() ** 2))
    \sigma\left(\frac{a}{b}\right)^{2}
    """
    order = order_of(root, "to_latex")
    if steps:
        trace = Trace(root)
        syntax = replace(LATEX, number=partial(latex_number, digits=precision))
        lines = [*_forward(trace, syntax), *_backward(trace, syntax)]
        return Latex(aligned(lines, gap="[4pt]"))
    lines = latex_lines(order)
    if len(lines) == 1:
        return Latex(" = ".join(side for side in lines[0] if side))
    return Latex(aligned(lines))


def _forward(trace: Trace, syntax: Syntax) -> Iterator[tuple[str, str]]:
    """Each gate's formula, with numbers put in, and its value."""
    for gate in trace.order:
        if gate.operands:
            formula = Formula(gate, None, trace.name)
            numbers = formula.numbers(syntax)
            sides = [formula.symbols(syntax), *([numbers] if numbers else [])]
            sides.append(syntax.number(gate.data)[0])
            yield latex_name(trace.name(gate))[0], " = ".join(sides)


def _backward(trace: Trace, syntax: Syntax) -> Iterator[tuple[str, str]]:
    """Each node's gradient by the chain rule, the root's first."""
    nodes = [node for node in trace.order if not node.is_constant]
    for node in sorted(nodes, key=lambda node: trace.arrivals(node)[-1]):
        gradient = syntax.number(trace.adjoint(node))[0]
        sides: list[str] = []
        if node is not trace.root:
            terms = [_term(trace, trace[index], syntax) for index in trace.arrivals(node)]
            sides = [_sum(side) for side in zip(*terms, strict=True)]
        yield _partial(trace, trace.root, node), " = ".join(dict.fromkeys([*sides, gradient]))


def _partial(trace: Trace, of: Value, by: Value) -> str:
    """The derivative of one node by another, as a fraction."""
    above, below = (latex_name(trace.name(node))[0] for node in (of, by))
    return f"\\frac{{\\partial {above}}}{{\\partial {below}}}"


def _term(trace: Trace, step: Step, syntax: Syntax) -> tuple[str, str]:
    """What one use adds, in symbols and in numbers; the root's own gradient of 1 is left out."""
    local = step.formula.piece(syntax)
    numbers = [syntax.number(x or 0.0) for x in (step.upstream, step.local)]
    if step.node is trace.root and trace[0].after == 1:
        return local[0], numbers[1][0]
    upstream = _partial(trace, trace.root, step.node), ATOM
    return _product([upstream, local]), _product(numbers)


def _product(factors: Sequence[Text]) -> str:
    return latex_operation(OPERATIONS["mul"], factors)[0]


def _sum(terms: Sequence[str]) -> str:
    first, *rest = terms
    return " + ".join([first, *map(signless, rest)])
