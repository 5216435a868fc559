"""A graph as mathematics: LaTeX for slides, MathML for pages.

Each is a `Syntax`, which says how names, numbers and operations are written. Which nodes get a
line of their own is settled in `expression.py`, as for text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from html import escape

from autograd.engine import Value
from autograd.language.expression import (
    ATOM,
    LOOSE,
    PREFIX,
    Syntax,
    Text,
    bracketed,
    formulas,
    name_text,
    number_text,
    order_of,
    signless,
    written_names,
)
from autograd.operations import OPERATIONS
from autograd.primitive import Operation
from autograd.sums import Fold, shown

PRODUCT = 2  # the precedence of * and /
POWER = 4
BASE = 5  # what binds tighter than a power, so that it may be the base of one

NAMED_BY_LATEX = (
    "sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "exp", "log",
    "max", "min",
)  # fmt: skip
SYMBOLS = {
    "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arsinh", "acosh": "arcosh",
    "atanh": "artanh", "maximum": "max", "minimum": "min", "mod": "mod",
}  # fmt: skip
TWO = ("2", ATOM)
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


def to_mathml(root: Value) -> str:
    """The graph below root as a MathML element, which browsers draw by themselves.

    Several formulas are the rows of a table. Raises TypeError if root is not a Value.

    >>> from autograd import Value, to_mathml
    >>> to_mathml(Value(2.0, label="a") ** 2)
    '<math display="block"><msup><mi>a</mi><mn>2</mn></msup></math>'
    """
    order = order_of(root, "to_mathml")
    names = written_names(order)
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


def latex_lines(order: list[Value]) -> list[tuple[str, str]]:
    """The formulas of a graph, given in topological order, as the two sides of equations.

    The left side is "" for a result without a name.
    """
    names = written_names(order)
    return [
        (latex_name(name)[0] if name else "", text[0])
        for name, text in formulas(order, names, LATEX)
    ]


def aligned(lines: Sequence[tuple[str, str]], gap: str = "") -> str:
    """Left and right sides, one equation to a line; a right side alone has no equals sign."""
    rows = f" \\\\{gap}\n".join(
        f"{left} &= {right}" if left else f"& {right}" for left, right in lines
    )
    return f"\\begin{{aligned}}\n{rows}\n\\end{{aligned}}"


def latex_name(name: str) -> Text:
    """A name: one letter in italics, several upright, digits at its end as an index."""
    stem, index = split_index(name)
    letters = "".join(latex_character(c) for c in name_text(stem)[0])
    if not (len(stem) == 1 and stem.isalpha()):  # and [ or * may not begin a row
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
    """The parts of 1e-05, 1 and -5; the second is "" for a number without an exponent."""
    mantissa, _, exponent = text.partition("e")
    return mantissa, str(int(exponent)) if exponent else ""


def latex_operation(operation: Operation, parts: Sequence[Text]) -> Text:
    """An operation on pieces in LaTeX."""
    plain = [text for text, _ in parts]
    if isinstance(operation, Fold):
        rows = [", ".join(shown(row, r"\dots")) for row in operation.rows(plain)]
        if operation.name == "dot":
            return r" \cdot ".join(f"\\left[{row}\\right]" for row in rows), PRODUCT
        name = r"\sum" if operation.name == "sum" else r"\operatorname{mean}"
        return f"{name}\\left({rows[0]}\\right)", ATOM
    if operation.name == "div":
        return f"\\frac{{{plain[0]}}}{{{plain[1]}}}", POWER
    if operation.name == "pow":
        base, binding = parts[0]
        if binding < BASE:
            base = f"\\left({base}\\right)"
        return f"{base}^{{{plain[1]}}}", POWER
    if operation.name == "sqrt":
        return f"\\sqrt{{{plain[0]}}}", ATOM
    if operation.name == "cbrt":
        return f"\\sqrt[3]{{{plain[0]}}}", ATOM
    if operation.name == "abs":
        return f"\\left|{plain[0]}\\right|", ATOM
    if operation.name in ROUNDED:
        side = operation.name
        return f"\\left\\l{side} {plain[0]} \\right\\r{side}", ATOM
    if operation.name in SPELLED:
        return SPELLED[operation.name](latex_operation, parts, TWO)
    if operation.precedence:
        pieces = list(bracketed(operation, parts))
        if len(pieces) == 1:
            return f"{operation.symbol}{signless(pieces[0])}", PREFIX
        symbol = {"mul": r"\cdot", "mod": r"\bmod"}.get(operation.name, operation.symbol)
        return f"{pieces[0]} {symbol} {signless(pieces[1])}", binding_of(operation)
    name = SYMBOLS.get(operation.name, operation.name)
    if name == "sigmoid":
        name = r"\sigma"
    elif name in BASES:
        name = f"\\log_{{{BASES[name]}}}"
    elif name in NAMED_BY_LATEX:
        name = f"\\{name}"
    else:
        name = f"\\operatorname{{{''.join(latex_character(c) for c in name)}}}"
    return f"{name}\\left({', '.join(plain)}\\right)", ATOM


LATEX = Syntax(latex_name, latex_number, latex_operation)

ROUNDED = ("floor", "ceil")  # as LaTeX calls the brackets around them
BASES = {"log2": "2", "log10": "10"}

Write = Callable[[Operation, Sequence[Text]], Text]


def floor_of_quotient(write: Write, parts: Sequence[Text], two: Text) -> Text:
    return write(OPERATIONS["floor"], [write(OPERATIONS["div"], parts)])


def power_of_two(write: Write, parts: Sequence[Text], two: Text) -> Text:
    return write(OPERATIONS["pow"], [two, *parts])


def squared(write: Write, parts: Sequence[Text], two: Text) -> Text:
    return write(OPERATIONS["pow"], [*parts, two])


def length(write: Write, parts: Sequence[Text], two: Text) -> Text:
    squares = [squared(write, [part], two) for part in parts]
    return write(OPERATIONS["sqrt"], [write(OPERATIONS["add"], squares)])


SPELLED: dict[str, Callable[[Write, Sequence[Text], Text], Text]] = {
    "floordiv": floor_of_quotient, "exp2": power_of_two, "square": squared, "hypot": length,
}  # fmt: skip
"""What mathematics writes with other operations: given how to write these, and a 2."""


def binding_of(operation: Operation) -> int:
    """How tightly an infix binds; a remainder is always apart, for a + b mod c is read two ways."""
    return LOOSE if operation.name == "mod" else operation.precedence


# ---- MathML -------------------------------------------------------------------------------------


def mathml_name(name: str) -> Text:
    """A name, with its digits as an index."""
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
    if isinstance(operation, Fold):
        dots, comma = "<mo>…</mo>", "<mo>,</mo>"
        rows = [comma.join(shown(each, dots)) for each in operation.rows(plain)]
        if operation.name == "dot":
            return row("<mo>·</mo>".join(row(f"<mo>[</mo>{r}<mo>]</mo>") for r in rows)), PRODUCT
        name = "<mo>∑</mo>" if operation.name == "sum" else "<mi>mean</mi>"
        return row(name + fenced(rows[0])), ATOM
    if operation.name == "div":
        return f"<mfrac>{plain[0]}{plain[1]}</mfrac>", POWER
    if operation.name == "pow":
        base = plain[0] if parts[0][1] >= BASE else fenced(plain[0])
        return f"<msup>{base}{plain[1]}</msup>", POWER
    if operation.name == "sqrt":
        return f"<msqrt>{plain[0]}</msqrt>", ATOM
    if operation.name == "cbrt":
        return f"<mroot>{plain[0]}<mn>3</mn></mroot>", ATOM
    if operation.name == "abs":
        return row(f"<mo>|</mo>{plain[0]}<mo>|</mo>"), ATOM
    if operation.name in ROUNDED:
        left, right = "⌊⌋" if operation.name == "floor" else "⌈⌉"
        return row(f"<mo>{left}</mo>{plain[0]}<mo>{right}</mo>"), ATOM
    if operation.name in SPELLED:
        return SPELLED[operation.name](mathml_operation, parts, ("<mn>2</mn>", ATOM))
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
        return row(pieces[0] + symbol + pieces[1]), binding_of(operation)
    arguments = fenced("<mo>,</mo>".join(plain))
    if operation.name in BASES:
        return row(f"<msub><mi>log</mi><mn>{BASES[operation.name]}</mn></msub>{arguments}"), ATOM
    return row(f"<mi>{escape(sign_of(operation))}</mi>{arguments}"), ATOM


def sign_of(operation: Operation) -> str:
    """How an operation is called in MathML: a function's name, or the sign of an operator."""
    if operation.precedence and operation.name not in SYMBOLS:
        return {"*": "·", "-": "−"}.get(operation.symbol, operation.symbol)
    return "σ" if operation.name == "sigmoid" else SYMBOLS.get(operation.name, operation.name)


MATHML = Syntax(mathml_name, mathml_number, mathml_operation)
