"""The usual wrong local derivatives, by operation and operand: what some mistakes put in place of
the rule.

As in the table of operations, a rule takes `(out, *operands)`, here as floats.
"""

from __future__ import annotations

from collections.abc import Mapping

from autograd.primitive import Rule

WRONG_RULES: Mapping[tuple[str, int], Mapping[str, Rule]] = {
    ("add", 0): {"product rule": lambda out, a, b: b},
    ("add", 1): {"product rule": lambda out, a, b: a},
    ("sub", 0): {"product rule": lambda out, a, b: b},
    ("sub", 1): {"product rule": lambda out, a, b: a, "sign": lambda out, a, b: 1.0},
    ("mul", 0): {"own operand": lambda out, a, b: a},
    ("mul", 1): {"own operand": lambda out, a, b: b},
    ("div", 0): {"upside down": lambda out, a, b: b},
    ("div", 1): {
        "sign": lambda out, a, b: a / b**2,
        "square": lambda out, a, b: -out,
    },
    ("pow", 0): {
        "exponent kept": lambda out, a, b: b * out,
        "exponent dropped": lambda out, a, b: a ** (b - 1),
    },
}
