"""A graph as mathematics: LaTeX for slides, MathML for pages.

Each is a `Notation`: how a name, a number and an operation on written pieces are written. Which
nodes get a line of their own is settled in `expression.py`, as for text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from html import escape

from autograd.language.expression import (
    ATOM,
    PREFIX,
    Notation,
    Text,
    bracketed,
    formulas,
    name_text,
    number_text,
    order_of,
    signless,
)
from autograd.language.formula import Formula
from autograd.language.names import name_nodes
from autograd.operation import Operation
from autograd.operations import OPERATIONS
from autograd.stepping.tracing import Step, Trace
from autograd.value import Value

PRODUCT = 2  # the precedence of * and /
POWER = 4
BASE = 5  # what binds tighter than a power, so that it may be the base of one

NAMED_BY_LATEX = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "log")
SYMBOLS = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "maximum": "max", "minimum": "min"}
# fmt: off
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta",
    "η": "eta", "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu",
    "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "varphi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
    "∂": "partial", "∇": "nabla", "ϵ": "epsilon", "ϕ": "phi", "ς": "varsigma",
}
# fmt: on
SPECIAL = {
    "\\": r"\backslash ",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\hat{\ }",
    "~": r"\sim ",
    " ": r"\ ",
    '"': r"\text{''}",
    "'": "'",
    "`": r"\text{`}",
    "-": r"\text{-}",
    "…": r"\dots ",
}
SIGNED = re.compile("(<mrow>)*<mo>[−+]</mo>")  # MathML that begins with a sign


def to_latex(root: Value, steps: bool = False, precision: int = 4) -> str:
    r"""The graph below root as LaTeX, for math mode.

    steps     : whether to work it out: the value of every gate, and from the root down the chain
                rule for every node, in symbols and in numbers.
    precision : significant digits of the numbers in steps.

    One formula stands alone; several, where nodes have names of their own or are used more than
    once, are lines of an `aligned` environment (package amsmath). Raises TypeError for no Value.

    >>> from autograd import Value, to_latex
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> print(to_latex((a / b).sigmoid() ** 2))
    \sigma\left(\frac{a}{b}\right)^{2}
    """
    order = order_of(root, "to_latex")
    if steps:
        return aligned(list(_steps(Trace(root), precision)), gap="[4pt]")
    names = name_nodes(order)
    lines = [
        (latex_name(name)[0] if name else "", text[0])
        for name, text in formulas(order, names, LATEX)
    ]
    if len(lines) == 1:
        return " = ".join(part for part in lines[0] if part)
    return aligned(lines)


def aligned(lines: Sequence[tuple[str, str]], gap: str = "") -> str:
    """Left and right sides, one equation to a line; a right side alone has no equals sign."""
    rows = f" \\\\{gap}\n".join(
        f"{left} &= {right}" if left else f"& {right}" for left, right in lines
    )
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def to_mathml(root: Value) -> str:
    """The graph below root as a MathML element, which browsers draw by themselves.

    Several formulas are the rows of a table. Raises TypeError for what is no Value.

    >>> from autograd import Value, to_mathml
    >>> to_mathml(Value(2.0, label="a") ** 2)
    '<math display="block"><msup><mi>a</mi><mn>2</mn></msup></math>'
    """
    order = order_of(root, "to_mathml")
    names = name_nodes(order)
    lines = [
        (mathml_name(name)[0] + "<mo>=</mo>" if name else "", text[0])
        for name, text in formulas(order, names, MATHML)
    ]
    if len(lines) == 1:
        name, text = lines[0]
        body = f"<mrow>{name}{text}</mrow>" if name else text
    else:
        cell = '<mtd style="text-align: {}">{}</mtd>'
        rows = [
            f"<mtr>{cell.format('right', name)}{cell.format('left', text)}</mtr>"
            for name, text in lines
        ]
        body = f"<mtable>{''.join(rows)}</mtable>"
    return f'<math display="block">{body}</math>'


# ---- LaTeX --------------------------------------------------------------------------------------


def latex_name(name: str) -> Text:
    """A name: one letter in italics, several upright, digits after `_` or at the end lowered."""
    stem, index = split_index(name)
    letters = "".join(latex_character(c) for c in name_text(stem)[0])
    if not (len(stem) == 1 and stem.isalpha()):  # nor may [ or * stand where a row begins
        letters = f"\\mathrm{{{letters}}}"
    binding = name_text(name)[1]
    return (f"{letters}_{{{index}}}" if index else letters).strip(), binding


def latex_character(character: str) -> str:
    """One character that stands for itself."""
    if character in GREEK:
        return f"\\{GREEK[character]} "
    if character in SPECIAL:
        return SPECIAL[character]
    if not character.isprintable():
        return "?"
    return character if character.isascii() else f"\\text{{{character}}}"


def split_index(name: str) -> tuple[str, str]:
    """w_1 and w1 as w with the index 1; any other name has none."""
    match = re.fullmatch(r"([^\W\d_]+)_?([0-9]+)", name)
    return (match[1], match[2]) if match else (name, "")


def latex_number(x: float, digits: int | None = None) -> Text:
    """A number, with its exponent as a power of ten."""
    if not math.isfinite(x):
        text = r"\mathrm{nan}" if math.isnan(x) else r"\infty" if x > 0 else r"-\infty"
        return text, PREFIX if text.startswith("-") else ATOM
    text, binding = number_text(x, digits)
    mantissa, exponent = split_exponent(text)
    if not exponent:
        return text, binding
    return f"{mantissa} \\times 10^{{{exponent}}}", min(binding, PRODUCT)


def split_exponent(text: str) -> tuple[str, str]:
    """1e-05 as 1 and -5; the second is "" for a number without an exponent."""
    mantissa, _, exponent = text.partition("e")
    return mantissa, str(int(exponent)) if exponent else ""


def latex_operation(operation: Operation, parts: Sequence[Text]) -> Text:
    """An operation on pieces in LaTeX."""
    plain = [text for text, _ in parts]
    if operation.name == "div":
        return f"\\frac{{{plain[0]}}}{{{plain[1]}}}", POWER
    if operation.name == "pow":
        base, binding = parts[0]
        if binding < BASE:
            base = f"\\left({base}\\right)"
        return f"{base}^{{{plain[1]}}}", POWER
    if operation.name == "sqrt":
        return f"\\sqrt{{{plain[0]}}}", ATOM
    if operation.name == "abs":
        return f"\\left|{plain[0]}\\right|", ATOM
    if operation.precedence:
        pieces = list(bracketed(operation, parts))
        if len(pieces) == 1:
            return f"{operation.symbol}{signless(pieces[0])}", PREFIX
        symbol = r" \cdot " if operation.name == "mul" else f" {operation.symbol} "
        return f"{pieces[0]}{symbol}{signless(pieces[1])}", operation.precedence
    name = SYMBOLS.get(operation.name, operation.name)
    if name == "sigmoid":
        name = r"\sigma"
    elif name in NAMED_BY_LATEX or operation.name in SYMBOLS:
        name = f"\\{name}"
    else:
        name = f"\\operatorname{{{''.join(latex_character(c) for c in name)}}}"
    return f"{name}\\left({', '.join(plain)}\\right)", ATOM


LATEX = Notation(latex_name, latex_number, latex_operation)


def _steps(trace: Trace, precision: int) -> Iterator[tuple[str, str]]:
    """The forward pass, gate by gate, and the backward pass, node by node."""
    notation = replace(LATEX, number=partial(latex_number, digits=precision))

    def number(x: float) -> Text:
        return latex_number(x, precision)

    for gate in trace.order:
        if gate.operands:
            formula = Formula(gate, None, trace.name)
            put_in = formula.numbers(notation)
            parts = [formula.symbols(notation), *([put_in] if put_in else [])]
            yield latex_name(trace.name(gate))[0], " = ".join([*parts, number(gate.data)[0]])
    nodes = [node for node in trace.order if not node.is_constant]
    for node in sorted(nodes, key=lambda node: trace.arrivals(node)[-1]):
        uses = [trace[index] for index in trace.arrivals(node)]
        left = _partial(trace, trace.root, node)
        if node is trace.root:
            yield left, number(uses[0].after)[0]
            continue
        terms = [_term(trace, step, notation) for step in uses]
        sides = [_sum(side) for side in zip(*terms, strict=True)]
        yield left, " = ".join(dict.fromkeys([*sides, number(trace.adjoint(node))[0]]))


def _partial(trace: Trace, of: Value, by: Value) -> str:
    """The derivative of one node by another, as a fraction."""
    above, below = (latex_name(trace.name(node))[0] for node in (of, by))
    return f"\\frac{{\\partial {above}}}{{\\partial {below}}}"


def _term(trace: Trace, step: Step, notation: Notation) -> tuple[str, str]:
    """What one use adds, in symbols and in numbers; without the 1 of the root by itself."""
    local = step.formula.piece(notation)
    numbers = [notation.number(x or 0.0) for x in (step.upstream, step.local)]
    if step.node is trace.root and trace[0].after == 1:
        return local[0], numbers[1][0]
    upstream = _partial(trace, trace.root, step.node), ATOM
    return _product([upstream, local]), _product(numbers)


def _product(factors: Sequence[Text]) -> str:
    return latex_operation(OPERATIONS["mul"], factors)[0]


def _sum(terms: Sequence[str]) -> str:
    first, *rest = terms
    return " + ".join([first, *map(signless, rest)])


# ---- MathML -------------------------------------------------------------------------------------


def mathml_name(name: str) -> Text:
    """A name, with an index lowered."""
    stem, index = split_index(name)
    letters = f"<mi>{mathml_text(name_text(stem)[0])}</mi>"
    binding = name_text(name)[1]
    return (f"<msub>{letters}<mn>{index}</mn></msub>" if index else letters), binding


def mathml_text(text: str) -> str:
    """Text in which every character stands for itself."""
    return escape("".join(c if c.isprintable() else "\ufffd" for c in text))


def mathml_number(x: float, digits: int | None = None) -> Text:
    """A number, with its exponent as a power of ten."""
    text, binding = number_text(x, digits)
    sign = "<mo>−</mo>" if binding == PREFIX else ""
    mantissa, exponent = split_exponent(text.lstrip("-")) if math.isfinite(x) else (text, "")
    if math.isinf(x):
        mantissa = "∞"
    written = f"{sign}<mn>{mantissa}</mn>"
    if exponent:
        power = mathml_number(float(exponent))[0]
        written += f"<mo>×</mo><msup><mn>10</mn>{row(power)}</msup>"
        return row(written), min(binding, PRODUCT)
    return (row(written) if sign else written), binding


def row(pieces: str) -> str:
    """Several elements as one."""
    return f"<mrow>{pieces}</mrow>"


def fenced(piece: str) -> str:
    """A piece in parentheses."""
    return row(f"<mo>(</mo>{piece}<mo>)</mo>")


def mathml_operation(operation: Operation, parts: Sequence[Text]) -> Text:
    """An operation on pieces in MathML."""
    plain = [text for text, _ in parts]
    if operation.name == "div":
        return f"<mfrac>{plain[0]}{plain[1]}</mfrac>", POWER
    if operation.name == "pow":
        base = plain[0] if parts[0][1] >= BASE else fenced(plain[0])
        return f"<msup>{base}{plain[1]}</msup>", POWER
    if operation.name == "sqrt":
        return f"<msqrt>{plain[0]}</msqrt>", ATOM
    if operation.name == "abs":
        return row(f"<mo>|</mo>{plain[0]}<mo>|</mo>"), ATOM
    if operation.precedence:
        symbol = f"<mo>{escape(sign_of(operation))}</mo>"
        pieces = [
            plain[k] if bare == plain[k] else fenced(plain[k])
            for k, bare in enumerate(bracketed(operation, parts))
        ]
        if SIGNED.match(pieces[-1]):  # a - (-b), -(-b)
            pieces[-1] = fenced(pieces[-1])
        if len(pieces) == 1:
            return row(symbol + pieces[0]), PREFIX
        return row(pieces[0] + symbol + pieces[1]), operation.precedence
    arguments = "<mo>,</mo>".join(plain)
    return row(f"<mi>{escape(sign_of(operation))}</mi>{fenced(arguments)}"), ATOM


def sign_of(operation: Operation) -> str:
    """How an operation is written in MathML: the name of a function, or what stands between."""
    if operation.precedence:
        return {"*": "·", "-": "−"}.get(operation.symbol, operation.symbol)
    return "σ" if operation.name == "sigmoid" else SYMBOLS.get(operation.name, operation.name)


MATHML = Notation(mathml_name, mathml_number, mathml_operation)
