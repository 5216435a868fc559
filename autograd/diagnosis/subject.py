"""A student's class at work: an expression computed with it, differentiated, and read out.

The expression is a graph of this engine. The class is used through a narrow door: made of a number,
operators, `exp()`, `tanh()`, `relu()`, `backward()`, and the numbers `data` and `grad`.
"""

from __future__ import annotations

import io
import operator
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from dis import get_instructions
from functools import cache
from math import isclose, nan
from pathlib import Path
from time import process_time
from traceback import extract_tb
from types import CodeType, FrameType
from typing import Any, NamedTuple

from autograd.engine import Value, topological_order
from autograd.language.expression import number_text
from autograd.primitive import is_real

PACKAGE = Path(__file__).parents[1]
MISSING = object()
BUDGET = 20.0  # seconds for all expressions together
EVERY = 200  # lines between two looks at the clock
SECONDS = 3.0  # of work for one expression, which takes a right engine milliseconds
OPERATORS: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
    "neg": operator.neg,
    "exp": lambda x: x.exp(),
    "tanh": lambda x: x.tanh(),
    "relu": lambda x: x.relu(),
}
REFLECTED = {"add": "radd", "sub": "rsub", "mul": "rmul", "div": "rtruediv", "pow": "rpow"}
SPECIAL = {"div": "truediv"}  # what Python calls the method


class Outcome(NamedTuple):
    """What a class made of an expression, by the nodes of ours.

    data  : the numbers that it computed.
    grads : its gradients; nan for a gate of which it keeps none.
    """

    data: Mapping[Value, float]
    grads: Mapping[Value, float]


class Trouble(Exception):  # noqa: N818 - it is what a student met, and reported as such
    """Numbers did not come out: the name of the mistake, what happened, and at which gate."""

    def __init__(self, mistake: str, said: str, gate: Value | None = None) -> None:
        super().__init__(said)
        self.mistake, self.said, self.gate = mistake, said, gate


class Made(dict[Value, Any]):
    """A student's nodes, operands first, which are let go from the result on.

    A long chain that goes from its first node on is freed by calls as deep as it is long, for which
    the stack of a browser is too small.
    """

    def __del__(self) -> None:
        while self:
            self.popitem()


class Subject:
    """A student's class, asked for one thing at a time; raises Trouble where it does not answer."""

    def __init__(self, student: Callable[[float], Any], with_grad: bool = True) -> None:
        self.student = student
        self.with_grad = with_grad
        self.end = process_time() + BUDGET

    def calls(self, written: str, gate: Value | None = None) -> Calls:
        """What guards one call, for as long as there is time left."""
        return Calls(min(SECONDS, max(0.0, self.end - process_time())), written, gate)

    def outcome(self, root: Value) -> Outcome:
        """Data and gradients of an expression, computed anew and differentiated once."""
        made = self.build(root)
        self.backward(made[root], root)
        return self.read(made)

    def leaf(self, number: float) -> Any:
        """A node of a number, whose data and gradient are as they should be at first."""
        with self.calls(f"Value({said(number)})"):
            node = self.student(number)
        data = number_of(node, "data", f"Value({said(number)})")
        if data != number:
            message = f"Value({said(number)}).data is {said(data)}"
            raise Trouble("start", message)
        grad = number_of(node, "grad", f"a new Value({said(number)})") if self.with_grad else 0.0
        if grad:
            message = f"a new Value has grad {said(grad)}, before any backward(): it starts at 0"
            raise Trouble("start", message)
        return node

    def build(self, root: Value) -> dict[Value, Any]:
        """Each node of the expression, as an object of the class."""
        made = Made()
        for node in topological_order(root):
            if not node.operands:
                made[node] = as_number(node.data) if node.is_constant else self.leaf(node.data)
            else:
                made[node] = self.gate(node, [made[x] for x in node.operands])
        return made

    def gate(self, gate: Value, operands: list[Any]) -> Any:
        """One operation of the class, whose operands stay as they were."""
        name = gate._operation.name
        written = written_as(gate)
        before = [data_of(x) for x in operands]
        with self.calls(written, gate):
            try:
                result = OPERATORS[name](*operands)
            except (TypeError, AttributeError) as error:
                raise lacking(error, gate, operands) from error
        for operand, old in zip(operands, before, strict=True):
            if old != data_of(operand):
                message = (
                    f"{written} changes its operand: its data was {said(old)}, "
                    f"and afterwards it is {said(data_of(operand))}"
                )
                raise Trouble("mutated operand", message, gate)
        if result is None:
            raise Trouble("no return", f"{written} gives None", gate)
        wanted = ("data", "grad") if self.with_grad else ("data",)
        if any(attribute(result, name) is MISSING for name in wanted):
            raise Trouble("not a Value", f"{written} gives {described_as(result)}", gate)
        number_of(result, "data", written, gate)
        return result

    def backward(self, made: Any, root: Value) -> None:
        """The backward pass of the class."""
        method = attribute(made, "backward")
        if not callable(method):
            raise Trouble("missing method", "Value has no method backward()")
        self.call(method, "backward()", root)

    def call(self, method: Callable[[], object], written: str, root: Value | None) -> None:
        """A method of the class."""
        with self.calls(written, root):
            method()

    def read(self, made: Mapping[Value, Any]) -> Outcome:
        """The numbers of nodes that were made."""
        data, grads = {}, {}
        for node, own in made.items():
            if node.is_constant:
                continue
            written = node.label if not node.operands and node.label else "a node"
            data[node] = number_of(own, "data", written)
            if node.operands and not is_real(attribute(own, "grad")):
                grads[node] = nan
            else:
                grads[node] = number_of(own, "grad", f"{written}, after backward()")
        return Outcome(data, grads)


class TooSlow(BaseException):
    """The time for a student's code is over."""


@contextmanager
def guarded(seconds: float) -> Iterator[None]:
    """Raise TooSlow in the code inside once it has run for so long; nothing it prints is shown.

    The time is watched from inside, line by line of Python, so it works in a notebook and in a
    browser as well. One call of C that takes long is not interrupted, nor is a loop that catches
    TooSlow itself, with a bare `except`.
    """
    end = process_time() + seconds
    lines = 0

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal lines
        lines += 1
        if event == "call" and has_empty_loop(frame.f_code):
            frame.f_trace_opcodes = True
        if not lines % EVERY and process_time() > end:
            raise TooSlow
        return look

    before = sys.gettrace()
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        sys.settrace(look)
        try:
            yield
        finally:
            sys.settrace(before)


@cache
def has_empty_loop(code: CodeType) -> bool:
    """Whether there is a `while True: pass` on one line, which Python does not trace by lines."""
    jumps = (x for x in get_instructions(code) if "JUMP" in x.opname)
    return any(jump.argval == jump.offset for jump in jumps)


class Calls:
    """A call of student code, whose exceptions become Troubles that say what was called."""

    def __init__(self, seconds: float, written: str, gate: Value | None = None) -> None:
        self.guard = guarded(seconds)
        self.written, self.gate = written, gate

    def __enter__(self) -> None:
        self.guard.__enter__()

    def __exit__(self, kind: type[BaseException] | None, error: Any, traceback: Any) -> None:
        self.guard.__exit__(None, None, None)
        if error is None or isinstance(error, (Trouble, KeyboardInterrupt, GeneratorExit)):
            return
        if isinstance(error, TooSlow):
            message = f"{self.written} does not come to an end"
            raise Trouble("endless", message, self.gate) from None
        if isinstance(error, RecursionError):
            message = f"{self.written} calls itself until Python gives up (RecursionError)"
            raise Trouble("recursion", message, self.gate) from None
        raise Trouble("error", f"{self.written} raises {complaint(error)}", self.gate) from None


def complaint(error: BaseException) -> str:
    """An exception, and the line of the student's code that it comes from, on one line."""
    frames = [x for x in extract_tb(error.__traceback__) if not is_ours(x.filename)]
    own = [x for x in frames if x.filename == frames[0].filename]  # and not the library it calls
    where = f", in line {own[-1].lineno}: {own[-1].line}" if own and own[-1].line else ""
    message = " ".join(str(error).split())
    return f"{type(error).__name__}: {message:.200}{where}" if message else type(error).__name__


def is_ours(file: str) -> bool:
    """Whether a file is one of this package, which asks, and not the student's."""
    return Path(file).is_relative_to(PACKAGE)


def lacking(error: Exception, gate: Value, operands: list[Any]) -> Exception:
    """An error as a Trouble, where it says that the class lacks the operation; else itself."""
    name, written = gate._operation.name, written_as(gate)
    reflected = gate.operands[0].is_constant
    if any(not is_ours(frame.filename) for frame in extract_tb(error.__traceback__)):
        if not any(x.is_constant for x in gate.operands) or name == "pow":
            return error  # from inside the student's code
        return Trouble("number operand", f"{written} raises {complaint(error)}", gate)
    method = f"__{REFLECTED[name] if reflected else SPECIAL.get(name, name)}__"
    if name in ("exp", "tanh", "relu"):
        method = f"{name}()"
    message = f"{written} does not work: Value has no {method}"
    if hasattr(operands[1] if reflected else operands[0], method):
        message = f"{written} does not work: {complaint(error)}"
    return Trouble("reflected operator" if reflected else "missing method", message, gate)


def number_of(node: Any, name: str, written: str, gate: Value | None = None) -> float:
    """The data or the grad of a student's node, which is a number."""
    number = attribute(node, name)
    if number is MISSING:
        raise Trouble("not a number", f"{written} has no .{name}", gate)
    if not is_real(number):
        message = f".{name} of {written} is {described_as(number)}, and no number"
        raise Trouble("not a number", message, gate)
    return float(number)


def attribute(node: Any, name: str) -> Any:
    """An attribute of a student's node, or MISSING; guarded where reading it runs their code."""
    kind = type(node)
    if not hasattr(kind, name) and not hasattr(kind, "__getattr__"):
        return vars(node).get(name, MISSING) if hasattr(node, "__dict__") else MISSING
    with Calls(SECONDS, f"reading .{name}"):
        try:
            return getattr(node, name)
        except AttributeError:
            return MISSING


def described_as(x: Any) -> str:
    """What something is, in a few words, even if its own repr fails."""
    with suppress(Exception):
        return f"{x!r:.40}, of type {type(x).__name__}"
    return f"something of type {type(x).__name__}"


def data_of(operand: Any) -> float:
    """The number of an operand, be it a student's node or a plain number."""
    return float(operand) if is_real(operand) else number_of(operand, "data", "an operand")


def written_as(gate: Value) -> str:
    """A gate as Python, with its operands' numbers: `2 - Value(3)`."""
    parts = [said(x.data) if x.is_constant else f"Value({said(x.data)})" for x in gate.operands]
    symbol = gate.op
    if len(parts) == 2:
        return f"{parts[0]} {symbol} {parts[1]}"
    return f"-{parts[0]}" if gate._operation.name == "neg" else f"{parts[0]}.{symbol}()"


def as_number(x: float) -> float:
    """A number as it is typed: 2 rather than 2.0."""
    return int(x) if x.is_integer() else x


def said(x: float) -> str:
    """A number in a sentence, to six digits."""
    return number_text(x, 6)[0]


def same(a: float, b: float) -> bool:
    """Whether two ways to compute a number agree, but for rounding."""
    return isclose(a, b, rel_tol=1e-6, abs_tol=1e-9)
