"""`parse`: an expression as text becomes a graph. The text is read, never evaluated."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from math import isfinite, nan
from typing import Any, NoReturn

from autograd.engine import Value, constant
from autograd.errors import DomainError, ExpressionError, mark
from autograd.language.expression import NUMBERS, name_text
from autograd.operations import OPERATIONS
from autograd.primitive import Operation, to_float
from autograd.sums import FOLDS, Fold, fold_of

LONGEST_TEXT = 10_000_000  # characters

BINARY = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div",
    ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow",
}  # fmt: skip
UNARY = {ast.USub: "neg", ast.UAdd: "pos"}
FUNCTIONS = OPERATIONS | {op.symbol: op for op in OPERATIONS.values() if op.symbol.isidentifier()}
UNREADABLE = re.compile("[\0\ud800-\udfff]")  # to Python, which does not say where it is
INSTEAD = {"^": "**", "×": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "²": "**2", "³": "**3"}
ADVICE = re.compile(r"\. (?:Perhaps|Maybe|Did)|; (?:use|maybe)| here\. ")  # of Python, cut off
BEFORE_A_SIGN = re.compile(rf"[\d._]+(?=[{re.escape(''.join(INSTEAD))}])")

KINDS = {
    "ListComp": "a comprehension",
    "SetComp": "a comprehension",
    "DictComp": "a comprehension",
    "GeneratorExp": "a comprehension",
    "JoinedStr": "text in quotes",
    "Compare": "a comparison",
    "IfExp": "a choice with if",
    "Subscript": "an index in brackets",
    "NamedExpr": "an assignment with :=",
    "AugAssign": "an assignment with += or its kin",
    "AnnAssign": "an assignment with a type",
    "FunctionDef": "a definition with def",
    "AsyncFunctionDef": "a definition with def",
    "ClassDef": "a definition with class",
    "Delete": "del",
    "ImportFrom": "import",
    "Starred": "* before a name",
    "YieldFrom": "yield",
    "BoolOp": "and, or",
    "MatMult": "@",
    "LShift": "<<",
    "RShift": ">>",
    "BitOr": "|",
    "BitAnd": "&",
    "Invert": "~",
}
ALLOWED = "it may hold numbers, names, + - * / // % **, parentheses and calls such as exp(a)"
TOO_DEEP = "it is nested too deeply: give parts of it names, as in d = a*b; d + 1"
LARGEST = sys.float_info.max
USUAL = {"pi": "3.14159265", "e": "2.71828183"}  # numbers that go by these names
OTHERWISE_CALLED = {
    "ln": "log", "lb": "log2", "lg": "log10", "arcsin": "asin", "arccos": "acos", "arctan": "atan",
    "arcsinh": "asinh", "arsinh": "asinh", "arccosh": "acosh", "arcosh": "acosh",
    "arctanh": "atanh", "artanh": "atanh", "arctan2": "atan2", "clamp": "clip", "rint": "round",
}  # fmt: skip

Number = Value | float
Statement = tuple[ast.Name | None, ast.expr]


def parse(text: str, /, **variables: Any) -> Value:
    """The graph of an expression, such as `parse("d = a*b; f = d*(a + b)", a=-2, b=3)`.

    text      : formulas separated by semicolons or line breaks; all but the last have a name, as
                in `d = a*b`. It may hold numbers, names, parentheses, + - * / // % **, and calls
                of all operations by name (max, min and sum([a, b]) too). At most ten million
                characters.
    variables : a real number, or a Value, for each name that the text does not give itself.

    Returns the last formula's Value. Each name becomes its node's label. A name for a number
    alone, as in `a = -2`, is a variable; a number inside a formula is a constant.

    Raises ExpressionError, with the column marked, for anything else in the text, for a name that
    has no number, and for a number that is not used; DomainError where an operation has no value.

    >>> from autograd import parse
    >>> f = parse("d = a*b; e = a + b; f = d*e", a=-2, b=3)
    >>> f.backward()
    >>> {x.label: x.grad for x in f.operands}
    {'d': 1.0, 'e': -6.0}
    """
    if not isinstance(text, str):
        raise TypeError(f"parse reads text, not {type(text).__name__}: {text!r:.60}")
    if len(text) > LONGEST_TEXT:
        raise ExpressionError(
            f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read"
        )
    lines = "\n".join(line.strip() for line in text.splitlines())
    return _Reader(lines, variables).read()


class _Reader:
    """What is known while one text is read: its lines, and the number of each name."""

    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.given = variables
        self.names: dict[str, Number] = dict(NUMBERS)

    def read(self) -> Value:
        """The Value of the last formula."""
        for line in self.lines:
            if unreadable := UNREADABLE.search(line):
                reason = f"the character {unreadable[0]!a} is not read"
                raise ExpressionError(reason, line, unreadable.start())
        formulas = [self.formula(statement) for statement in self.tree().body]
        if not formulas:
            raise ExpressionError("there is no expression", self.lines[0])
        self.check_names(formulas)
        for name, number in self.given.items():
            is_node = isinstance(number, Value)
            leaf = number if is_node else Value(to_float(number, f"{name} is"), label=name)
            self.names[name] = leaf
        for target, body in formulas:
            last = self.evaluate(body)
            if target is not None:
                last = self.names[target.id] = self.labelled(last, target.id)
        return last if isinstance(last, Value) else constant(last)

    def tree(self) -> ast.Module:
        """Python's own syntax tree of the text, which nothing will run."""
        try:
            with warnings.catch_warnings(action="ignore"):  # they are about running such code
                return ast.parse(self.text)
        except SyntaxError as error:
            line = self.lines[min(error.lineno or 1, len(self.lines)) - 1]
            column = min(max((error.offset or 1) - 1, 0), len(line))
            if number := BEFORE_A_SIGN.match(line, column):  # as Python 3.11.2 points there
                column = number.end()
            raise ExpressionError(_reason(error, line, column), line, column) from None
        except (RecursionError, MemoryError):
            raise ExpressionError(TOO_DEEP, self.lines[0], 0) from None

    def formula(self, statement: ast.stmt) -> Statement:
        """The name and the body of a statement, if both are of the kinds that are read."""
        target: ast.Name | None
        if isinstance(statement, ast.Expr):
            target, body = None, statement.value
        elif isinstance(statement, ast.Assign):
            last, body = statement.targets[-1], statement.value
            if len(statement.targets) > 1 or not isinstance(last, ast.Name):
                self.refuse(last, "one name can stand before =, as in d = a*b")
            target = last
        else:
            self.refuse(statement, f"{_kind(statement)} is not a formula; {ALLOWED}")
        for node in self.parts(body):
            if isinstance(node, ast.Constant):
                self.check_number(node)
            elif isinstance(node, ast.Call):
                self.check_call(node)
            elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
                self.refuse(node, "^ is not a power here: write **, as in a**2")
            elif not (
                isinstance(node, ast.Name)
                or (isinstance(node, ast.BinOp) and type(node.op) in BINARY)
                or (isinstance(node, ast.UnaryOp) and type(node.op) in UNARY)
            ):
                self.refuse(node, f"{_kind(node)} is not part of a formula; {ALLOWED}")
        return target, body

    def parts(self, body: ast.expr) -> Iterator[ast.expr]:
        """The expressions in a formula, outermost first, from left to right."""
        waiting: list[ast.expr] = [body]
        while waiting:
            node = waiting.pop()
            yield node
            if isinstance(node, ast.BinOp):
                waiting += [node.right, node.left]
            elif isinstance(node, ast.UnaryOp):
                waiting.append(node.operand)
            elif isinstance(node, ast.Call):
                waiting += [keyword.value for keyword in reversed(node.keywords)]
                waiting += reversed(_arguments(node))

    def check_number(self, node: ast.Constant) -> None:
        """A literal must be a real number that a float can hold."""
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            self.refuse(node, f"{_kind(node)} is not part of a formula; {ALLOWED}")
        if abs(node.value) > LARGEST:
            self.refuse(node, "this number exceeds the largest float, 1.8e308")

    def check_call(self, node: ast.Call) -> None:
        """Only operations of the table are called."""
        if not isinstance(node.func, ast.Name):
            self.refuse(node.func, f"{_kind(node.func)} is not part of a formula; {ALLOWED}")
        if node.func.id in FOLDS:
            self.check_rows(node, node.func.id)
            return
        for argument in node.args:
            if isinstance(argument, ast.List):
                self.refuse(argument, f"a list is only for {', '.join(FOLDS)}, as in sum([a, b])")
        if node.func.id not in FUNCTIONS:
            name = OTHERWISE_CALLED.get(node.func.id, _short(node.func.id))
            close = get_close_matches(name, [*FUNCTIONS, *FOLDS], n=1, cutoff=0.7)
            calls = [name for name, entry in OPERATIONS.items() if not entry.precedence]
            there = ", ".join([*calls, *FOLDS])
            hint = f"did you mean {close[0]}?" if close else f"there are {there}"
            self.refuse(node.func, f"there is no operation {_short(node.func.id)}: {hint}")
        named: set[str] = set()
        for keyword in node.keywords:
            if keyword.arg is None:
                self.refuse(keyword.value, "** cannot be used in a call here")
            if keyword.arg in named:
                self.refuse(keyword.value, f"{keyword.arg} is given twice")
            named.add(keyword.arg)

    def check_rows(self, node: ast.Call, name: str) -> None:
        """A sum or mean is of one list, a dot product of two of one length."""
        lengths = [len(row.elts) if isinstance(row, ast.List) else 0 for row in node.args]
        dot = name == "dot"
        if len(lengths) != 1 + dot or lengths[0] != lengths[-1] or not lengths[0] or node.keywords:
            usage = "two lists of one length" if dot else "a list"
            example = "dot([a, b], [c, d])" if dot else f"{name}([a, b])"
            self.refuse(node, f"{name} takes {usage}, as in {example}")

    def check_names(self, formulas: list[Statement]) -> None:
        """Refuse names without a number, all at once, and numbers that are not used."""
        assigned: set[str] = set()
        used: set[str] = set()
        missing: dict[str, ast.Name] = {}
        for target, body in formulas:
            for node in self.parts(body):
                if isinstance(node, ast.Name):
                    self.check_name(node)
                    used.add(node.id)
                    if not any(node.id in known for known in (assigned, self.given, NUMBERS)):
                        missing.setdefault(node.id, node)
            if target is None and body is not formulas[-1][1]:
                self.refuse(body, "only the last formula can be without a name, as in d = a*b")
            if target is not None:
                self.check_name(target)
                if target.id in assigned:
                    self.refuse(target, f"{target.id} is given twice: use another name")
                if target.id in self.given:
                    self.refuse(
                        target, f"{target.id} is given a value as well: leave out one of them"
                    )
                assigned.add(target.id)
                if isinstance(body, ast.Name) and body.id not in NUMBERS:
                    reason = f"{target.id} would be a second name for {body.id}: leave it out"
                    self.refuse(target, reason)
        for name, node in missing.items():
            if name in assigned:
                self.refuse(node, f"{name} is used before it is given")
        for node in missing.values():
            names = [_short(name) for name in missing]
            examples = " ".join(f"{name}={USUAL.get(name, 2)}" for name in names)
            self.refuse(node, f"no value for {', '.join(names)}: add {examples}")
        for target, _ in formulas[:-1]:
            if target is not None and target.id not in used:
                self.refuse(target, f"{target.id} is given but not used")
        unused = [name for name in self.given if name not in used]
        if unused:
            reason = f"a value for {', '.join(unused)}, which the expression does not use"
            raise ExpressionError(reason, self.lines[0])

    def check_name(self, node: ast.Name) -> None:
        """Names that begin with two underscores mean something to Python, and are not read."""
        if node.id.startswith("__"):
            self.refuse(node, f"{node.id} is not a name here: it begins with two underscores")

    def labelled(self, result: Number, name: str) -> Value:
        """The result of a formula as the node of this name."""
        if not isinstance(result, Value):
            return Value(result, label=name)
        result.label = name
        return result

    def evaluate(self, body: ast.expr) -> Number:
        """A number for what is made of numbers alone, a Value for anything else.

        Without recursion, so that the depth of a text is limited by Python's parser alone.
        """
        results: list[Number] = []  # of the parts to the right, the leftmost last
        for node in reversed(list(self.parts(body))):
            if isinstance(node, ast.Constant):
                results.append(to_float(node.value))
            elif isinstance(node, ast.Name):
                results.append(self.names[node.id])
            else:
                operation, count, keywords = _operation_of(node)
                operands = [results.pop() for _ in range(count)]
                named = {keyword: results.pop() for keyword in keywords}
                results.append(self.apply(node, operation, operands, named))
        return results.pop()

    def apply(
        self,
        node: ast.expr,
        operation: Operation,
        operands: list[Number],
        named: Mapping[str, Number],
    ) -> Number:
        """An operation on numbers; an error says where in the text it is."""
        try:
            if isinstance(operation, Fold) and not any(isinstance(x, Value) for x in operands):
                return operation.evaluate(*operands)  # type: ignore[arg-type]
            result: Number = operation(*operands, **named)
        except DomainError as error:
            raise type(error)(f"{error}{mark(*self.place(node))}") from None
        except TypeError as error:
            self.refuse(node, str(error))
        return result

    def refuse(self, node: ast.stmt | ast.expr, reason: str) -> NoReturn:
        """Raise ExpressionError for a part of the text."""
        raise ExpressionError(reason, *self.place(node))

    def place(self, node: ast.stmt | ast.expr) -> tuple[str, int, int]:
        """The line that a part of the text is on, and the columns where it begins and ends."""
        line = self.lines[node.lineno - 1]
        encoded = line.encode()  # Python counts its columns in bytes
        start = len(encoded[: node.col_offset].decode())
        if node.end_lineno != node.lineno:
            return line, start, len(line)
        return line, start, len(encoded[: node.end_col_offset].decode())


def _short(name: str) -> str:
    """A name in a message, cut if it is long."""
    return name_text(name)[0]


def _arguments(node: ast.Call) -> list[ast.expr]:
    """What stands between the commas of a call; a list is as good as its entries."""
    return [x for arg in node.args for x in (arg.elts if isinstance(arg, ast.List) else [arg])]


def _operation_of(node: ast.expr) -> tuple[Operation, int, list[str]]:
    """The operation of a part of a formula, its number of operands, and its keywords."""
    if isinstance(node, ast.BinOp):
        return OPERATIONS[BINARY[type(node.op)]], 2, []
    if isinstance(node, ast.UnaryOp):
        return OPERATIONS[UNARY[type(node.op)]], 1, []
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)  # noqa: PT018
    if node.func.id in FOLDS:
        count = len(_arguments(node))
        return fold_of(node.func.id, count), count, []
    return FUNCTIONS[node.func.id], len(node.args), [str(each.arg) for each in node.keywords]


def _reason(error: SyntaxError, line: str, column: int) -> str:
    """Python's own words for what it could not read, or what to write instead."""
    if (character := line[column : column + 1]) in INSTEAD:
        return f"{character} is not read: write {INSTEAD[character]}"
    missing = "is an operator missing?" if line[column:].strip() else "it ends too soon"
    words = ADVICE.split(error.msg or "invalid syntax")[0]
    hints = {
        "invalid decimal literal": "a product needs its sign, as in 2*a",
        "invalid syntax": missing,
        "cannot assign": "a formula is like d = a*b; the next one follows after ;",
    }
    hint = next((hint for start, hint in hints.items() if words.startswith(start)), "")
    return f"this cannot be read: {words}{'; ' * bool(hint)}{hint}"


def _kind(node: ast.AST) -> str:
    """What a piece of Python that is not read is called."""
    if isinstance(node, ast.Constant):
        return "text in quotes" if isinstance(node.value, (str, bytes)) else f"{node.value}"
    if isinstance(node, ast.Attribute):
        return f"the attribute .{_short(node.attr)}"
    if isinstance(node, (ast.BinOp, ast.UnaryOp)):
        node = node.op
    return KINDS.get(type(node).__name__, type(node).__name__.lower())


def parse_number(text: str) -> float:
    """One finite number, as it is typed: -6, 0.75, 1e-3, or a fraction such as 3/4.

    Raises ExpressionError for anything else.

    >>> from autograd.language.parser import parse_number
    >>> parse_number("-3/4")
    -0.75
    """
    try:
        above, *below = (float(part) for part in text.replace("−", "-").split("/"))
        number = above / below[0] if below else above
    except (ValueError, ZeroDivisionError):
        number = nan
    if len(text.split("/")) > 2 or not isfinite(number):
        raise ExpressionError(f"{text.strip()!r:.60} is not a number: write -6, 0.75 or 3/4")
    return number
