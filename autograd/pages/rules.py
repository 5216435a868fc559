"""Functions of Values written as JavaScript: what they give, and their derivative, by the table.

A page that trains computes each rule millions of times, so it has them as functions rather than as
the trees that a lesson reads. A page may not build functions out of text, so the text is written
here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from json import dumps
from math import isfinite

from autograd.derivatives.gradients import gradients
from autograd.engine import Value
from autograd.errors import RenderError
from autograd.language.expression import ATOM, Syntax, Text, bracketed, signless, write_node
from autograd.language.formula import writing_rules
from autograd.operations import OPERATIONS
from autograd.primitive import Operation

INFIX = ("add", "sub", "mul", "div", "neg")  # that JavaScript writes, and computes, as Python does
ARGUMENTS = ("x", "t")
SOMEWHERE = 0.5  # where a function is written down; its pieces are written for all places

Rule = Callable[..., Value]


def javascript_rules(rules: Mapping[str, Rule]) -> str:
    """`const RULES = {...}`: for each function its value, and its slope by the first argument.

    rules : functions of one Value, or of two, by name, made of operations of the table.

    `RULES.tanh.value(x)` gives the function, and `RULES.tanh.slope(out, x)` its derivative, where
    out is the value; a second argument is called t. Raises RenderError for another operation.

    >>> from autograd import tanh
    >>> from autograd.pages.rules import javascript_rules
    >>> print(javascript_rules({"tanh": tanh}))
    const RULES = {
      "tanh": { value: (x) => OPERATIONS.tanh(x), slope: (out, x) => 1 - out * out },
    };
    """
    lines = [f"  {dumps(name)}: {javascript(rule)},\n" for name, rule in rules.items()]
    return f"const RULES = {{\n{''.join(lines)}}};"


def javascript(rule: Rule) -> str:
    """One rule: an object of two functions."""
    arguments = [Value(SOMEWHERE) for _ in range(arity(rule))]
    names = dict(zip(arguments, ARGUMENTS, strict=False))
    with writing_rules():
        out = rule(*arguments)
        (slope,) = gradients(out, arguments[:1])
    given = ", ".join(names.values())
    value = write_node(out, names.get, JAVASCRIPT)[0]
    derivative = write_node(slope, ({out: "out"} | names).get, JAVASCRIPT)[0]
    return f"{{ value: ({given}) => {value}, slope: (out, {given}) => {derivative} }}"


def arity(rule: Rule) -> int:
    """How many arguments a rule takes: an operation its first alone, the others having defaults."""
    if isinstance(rule, Operation):
        return 1
    return rule.__code__.co_argcount


def javascript_operation(operation: Operation, parts: Sequence[Text]) -> Text:
    """An operation on pieces: an operator, or a function of the page's table."""
    if operation.name not in INFIX:
        if OPERATIONS.get(operation.name) is not operation:
            raise RenderError(f"a page knows the operations of the table, and not {operation.name}")
        return f"OPERATIONS.{operation.name}({', '.join(text for text, _ in parts)})", ATOM
    pieces = [signless(piece) for piece in bracketed(operation, parts)]
    return operation.write(*pieces), operation.precedence


def javascript_number(x: float) -> Text:
    """A number, exactly."""
    if not isfinite(x):
        return ("NaN" if x != x else "Infinity" if x > 0 else "(-Infinity)"), ATOM
    text = repr(int(x)) if x.is_integer() and abs(x) < 1e16 and str(x) != "-0.0" else repr(x)
    return (f"({text})" if text.startswith("-") else text), ATOM


JAVASCRIPT = Syntax(lambda name: (name, ATOM), javascript_number, javascript_operation)
