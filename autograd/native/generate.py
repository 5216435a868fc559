"""Write rules.h: the derivatives of the table as C, and what the C code knows of the table; and
sweeps.inc, the loops over a tape for Cython.

    python autograd/native/generate.py

This runs when the package is built. A derivative rule is ordinary arithmetic, so applied to symbols
it gives its own formula, and that is what is written down. The loops of sweeps.py and
patterns.py need no more than to be told what kinds of numbers they are about.
"""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, localcontext
from pathlib import Path
from runpy import run_path
from types import ModuleType
from typing import TYPE_CHECKING, Any

HERE = Path(__file__).parent

if TYPE_CHECKING:
    from autograd.primitive import Operation

followed = threading.local()  # `ways` that each `if` of a rule goes, and the conditions `asked`


class Symbol:
    """A number that is not known yet, as C writes it."""

    def __init__(self, text: str) -> None:
        self.text = text

    @staticmethod
    def _apply(operation: Operation, *operands: Any) -> Symbol:
        return call(operation.name, *operands)

    def __bool__(self) -> bool:
        """Which way to go; a condition that is new is taken to hold."""
        followed.asked.append(self.text)
        if len(followed.asked) > len(followed.ways):
            followed.ways.append(True)
        return bool(followed.ways[len(followed.asked) - 1])

    # fmt: off
    def __add__(self, other: Any) -> Symbol: return infix(self, "+", other)
    def __sub__(self, other: Any) -> Symbol: return infix(self, "-", other)
    def __mul__(self, other: Any) -> Symbol: return infix(self, "*", other)
    def __truediv__(self, other: Any) -> Symbol: return infix(self, "/", other)
    def __mod__(self, other: Any) -> Symbol: return call("mod", self, other)
    def __floordiv__(self, other: Any) -> Symbol: return call("floordiv", self, other)
    def __pow__(self, other: Any) -> Symbol: return call("pow", self, other)
    def __radd__(self, other: Any) -> Symbol: return infix(other, "+", self)
    def __rsub__(self, other: Any) -> Symbol: return infix(other, "-", self)
    def __rmul__(self, other: Any) -> Symbol: return infix(other, "*", self)
    def __rtruediv__(self, other: Any) -> Symbol: return infix(other, "/", self)
    def __rmod__(self, other: Any) -> Symbol: return call("mod", other, self)
    def __rfloordiv__(self, other: Any) -> Symbol: return call("floordiv", other, self)
    def __rpow__(self, other: Any) -> Symbol: return call("pow", other, self)
    def __neg__(self) -> Symbol: return Symbol(f"(-{self.text})")
    # fmt: on


def written(x: Any) -> str:
    """A symbol or a number in C."""
    return x.text if isinstance(x, Symbol) else repr(float(x))


def infix(left: Any, sign: str, right: Any) -> Symbol:
    return Symbol(f"({written(left)} {sign} {written(right)})")


def call(name: str, *operands: Any) -> Symbol:
    return Symbol(f"chalk_{name}({', '.join(map(written, operands))})")


def in_c(rule: Callable[..., Any], out: str, operands: Sequence[str]) -> str:
    """A derivative rule in C, of a result and operands with these names: both ways of each `if` in
    it, joined by a choice."""

    def follow(decided: list[bool]) -> str:
        followed.ways, followed.asked = [*decided], []
        result = written(rule(Symbol(out), *map(Symbol, operands)))
        if len(followed.asked) == len(decided):
            return result
        asked = followed.asked[len(decided)]
        yes, no = (follow([*decided, way]) for way in (True, False))
        return f"({asked} != 0 ? {yes} : {no})"

    return follow([])


def rules(operations: list[Operation], values: str, digest: str) -> Iterator[str]:
    """The lines of rules.h."""
    native = set(re.findall(r"\bchalk_(\w+)\(double", values))
    ours = [entry for entry in operations if entry.name in native]
    yield "/* Written by generate.py from the table in operations.py: edits here are lost. */"
    yield "#ifndef CHALKGRAD_RULES_H\n#define CHALKGRAD_RULES_H\n"
    yield '#include "values.h"\n'
    yield f'#define CHALK_DIGEST "{digest}"'
    yield f"#define CHALK_OPERATIONS {len(operations)}"
    yield from (f"#define CHALK_CODE_{entry.name} {entry.code}" for entry in operations)
    yield "\nstatic const char *const chalk_names[] = {"
    yield from (f'    "{entry.name}",' for entry in operations)
    yield "};\n\n/* How many operands an operation has; 0 if its value is not in values.h. */"
    arities = [len(entry.operands) if entry in ours else 0 for entry in operations]
    yield f"static const unsigned char chalk_arities[] = {{{', '.join(map(str, arities))}}};\n"
    yield "/* The derivative by each operand a, b, c, given these and the result out. */"
    for entry in ours:
        names = "abc"[: len(entry.operands)]
        for position, rule in enumerate(entry.derivatives):
            yield f"#define CHALK_BY_{position}_{entry.name} ({in_c(rule, 'out', names)})"
    yield "\n/* Each operation of so many operands, handed to a macro. */"
    for arity in (1, 2, 3):
        each = [f"do({entry.name})" for entry in ours if len(entry.operands) == arity]
        yield f"#define CHALK_EACH_{arity}(do) {' '.join(each)}"
    yield "\n/* 2**(k / 16) for each k below 16, then what each of these numbers leaves out. */"
    yield f"static const double chalk_powers[] = {{{', '.join(powers(16))}}};"
    yield "\nstatic inline double chalk_value(int code, double a, double b, double c) {"
    yield "    switch (code) {"
    for entry in ours:
        call = f"chalk_{entry.name}({', '.join('abc'[: len(entry.operands)])})"
        yield f"    case CHALK_CODE_{entry.name}: return {call};"
    yield "    }\n    return NAN;\n}\n"
    yield "static inline double chalk_derivative("
    yield "    int code, int position, double out, double a, double b, double c) {"
    yield "    switch (code) {"
    for entry in ours:
        *others, last = (f"CHALK_BY_{k}_{entry.name}" for k in range(len(entry.operands)))
        choice = "".join(f"position == {k} ? {other} : " for k, other in enumerate(others))
        yield f"    case CHALK_CODE_{entry.name}: return {choice}{last};"
    yield "    }\n    return NAN;\n}\n\n#endif"


C_TYPES = {
    "int": "cython.int",
    "bool": "cython.bint",
    "Ints": "cython.int[::1]",
    "Codes": "cython.ushort[::1]",
    "Flags": "cython.uchar[::1]",
}


def sweeps(source: str) -> Iterator[str]:
    """The functions of sweeps.py or patterns.py, with the types of C."""
    types = re.compile(rf"(: |-> )({'|'.join(C_TYPES)})(?=[,):\n])")
    for function in re.split(r"(?m)^(?=def )", source)[1:]:
        head, end, body = function.partition('"""')
        if head.startswith("def _"):
            yield "@cython.cfunc\n@cython.inline\n@cython.exceptval(check=False)"
        yield "@cython.infer_types(True)"
        yield types.sub(lambda found: found[1] + C_TYPES[found[2]], head) + end + body


def powers(count: int) -> Iterator[str]:
    """The powers of 2 from 0 to 1, so many: all rounded, then the rest of each."""
    with localcontext() as context:
        context.prec = 60
        exact = [Decimal(2) ** (Decimal(k) / count) for k in range(count)]
        yield from (float(power).hex() for power in exact)
        yield from (float(power - Decimal(float(power))).hex() for power in exact)


def main() -> None:
    package = ModuleType("autograd")  # so that only the table is loaded, not the whole package
    package.__path__ = [str(HERE.parent)]
    sys.modules["autograd"] = package
    from autograd.operations import OPERATIONS

    values = (HERE / "values.h").read_text(encoding="utf-8")
    digest = run_path(str(HERE / "__init__.py"))["digest"]()
    text = "\n".join(rules(list(OPERATIONS.values()), values, digest)) + "\n"
    (HERE / "rules.h").write_text(text, encoding="utf-8")
    parts = ["# Written by generate.py from sweeps.py and patterns.py: edits here are lost."]
    for name in ("sweeps.py", "patterns.py"):
        parts.extend(sweeps((HERE / name).read_text(encoding="utf-8")))
    (HERE / "sweeps.inc").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
