"""The mistakes that people make when they build an engine, by name, what to say of each, and a
finding: one of them, with the expression that shows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import NamedTuple

from autograd.engine import Value
from autograd.errors import RenderError
from autograd.language.tree import draw_text
from autograd.pictures.dot import draw_dot
from autograd.pictures.themes import ThemeName


class Mistake(NamedTuple):
    """What is wrong, in one line; why it is, and how to mend it."""

    title: str
    why: str


# fmt: off
MISTAKES: Mapping[str, Mistake] = {
    # ---- what a gate hands on
    "assignment": Mistake(
        "A gradient is assigned (=) where it must be added (+=).",
        "A number that is used twice moves the result in two ways, and both count. With = the "
        "second share wipes out the first. Write operand.grad += ..."),
    "subtracted": Mistake(
        "A share is subtracted (-=) where it must be added (+=).",
        "The shares of all uses add up, whatever their signs are."),
    "lost twin": Mistake(
        "An operand that stands on both sides of one gate is counted once.",
        "In a + a both operands are the same node. A set or a dict of operands keeps it once, and "
        "its second share is lost. Keep operands in a tuple or a list."),
    "upstream forgotten": Mistake(
        "The local derivative is handed on without the upstream gradient.",
        "The chain rule multiplies: what an operand gets is the local derivative times the "
        "gradient of the gate itself, out.grad."),
    "local forgotten": Mistake(
        "The upstream gradient is handed on without the local derivative.",
        "The chain rule multiplies: what an operand gets is the gradient of the gate, out.grad, "
        "times the local derivative."),
    "operand forgotten": Mistake(
        "Only one of two operands gets its share.",
        "A gate with two operands has two local derivatives, and hands something to each: to the "
        "very objects that were added or multiplied, and not to copies."),
    "nothing arrives": Mistake(
        "No gradient arrives at the operands.",
        "Either nothing is handed on yet, or it goes to copies: the graph must hold the very "
        "objects that were added or multiplied, and a new Value with the same number is another "
        "node."),
    "mutated operand": Mistake(
        "An operation changes its operand.",
        "a + b makes a new node and leaves a and b as they are: others still need them."),
    "late binding": Mistake(
        "A function made in a loop sees the loop's last values.",
        "A closure looks a variable up when it is called, not when it is made; by then the loop "
        "is over. Hand the values over as defaults, as in def push(x=x, d=d), or keep them in a "
        "tuple rather than in a closure."),
    # ---- rules
    "own operand": Mistake(
        "A product hands each operand its own number rather than the other's.",
        "If a grows by a little, a * b grows by b times as much. So a gets b, and b gets a."),
    "factor ignored": Mistake(
        "A product is differentiated as if it were a sum.",
        "A product hands each operand the other one's number: a gets b, and b gets a."),
    "product rule": Mistake(
        "A sum is differentiated as if it were a product.",
        "If a grows by a little, a + b grows by just as much. Both local derivatives are 1, and "
        "those of a - b are 1 and -1."),
    "sign": Mistake(
        "A sign is wrong.",
        "Where an operand grows and the result falls, the local derivative is negative: "
        "-1 for b in a - b and for a in -a, and -a / b**2 for b in a / b."),
    "square": Mistake(
        "The square in the rule of the quotient is missing.",
        "The derivative of a / b by b is -a / b**2."),
    "upside down": Mistake(
        "A quotient hands its top the bottom rather than 1 over the bottom.",
        "a / b is a times 1/b, so a gets 1/b."),
    "exponent kept": Mistake(
        "The exponent does not go down by one.",
        "The derivative of a**n is n * a**(n - 1)."),
    "exponent dropped": Mistake(
        "The exponent does not come down as a factor.",
        "The derivative of a**n is n * a**(n - 1)."),
    "exponent alone": Mistake(
        "The exponent comes down, and the power itself is lost.",
        "The derivative of a**n is n * a**(n - 1)."),
    "exp of the input": Mistake(
        "exp multiplies by its input rather than by its output.",
        "The derivative of exp(x) is exp(x), which is the result itself: out.data, not self.data."),
    "exp as a power": Mistake(
        "exp is differentiated by the rule for powers.",
        "In exp(x) the exponent varies, and in x**n the base. The derivative of exp(x) is exp(x)."),
    "exp flat": Mistake(
        "exp hands the gradient on unchanged.",
        "The derivative of exp(x) is exp(x), which is the result itself."),
    "tanh of the input": Mistake(
        "tanh uses 1 - x**2, with its input, rather than 1 - t**2, with its output.",
        "With t = tanh(x), the derivative is 1 - t**2."),
    "tanh without a square": Mistake(
        "tanh uses 1 - t: the square is missing.",
        "With t = tanh(x), the derivative is 1 - t**2."),
    "tanh upside down": Mistake(
        "tanh has the wrong sign.",
        "With t = tanh(x), the derivative is 1 - t**2: tanh never falls."),
    "rule of the sigmoid": Mistake(
        "tanh uses t * (1 - t), which is the rule of the sigmoid.",
        "With t = tanh(x), the derivative is 1 - t**2."),
    "relu passes": Mistake(
        "relu hands the gradient on where its input is negative, too.",
        "relu(x) is flat below 0: there nothing that x does changes the result, so x gets 0."),
    "relu of the value": Mistake(
        "relu multiplies by its output rather than by 1 or 0.",
        "Above 0, relu(x) is x, and its slope is 1. Below, its slope is 0."),
    "relu of the other side": Mistake(
        "relu lets the gradient through on the wrong side of 0.",
        "Above 0, relu(x) is x, and its slope is 1. Below, its slope is 0."),
    "number": Mistake(
        "The gradient is wrong where one operand is a plain number.",
        "2 * a is a product like any other: a gets 2. The number itself needs no gradient. The "
        "simplest way is to make a Value of the number, and to go on as ever."),
    # ---- values
    "swapped operands": Mistake(
        "The operands of - or / are the wrong way round.",
        "In 2 - a Python calls a.__rsub__(2): there self is on the right, and other on the left."),
    "wrong value": Mistake(
        "The result itself is wrong, before any gradient.",
        "Mend the data first: a gradient is the slope of what was computed."),
    # ---- the pass
    "order": Mistake(
        "A gate hands its gradient on before all of it has arrived.",
        "A gate may work only after everything that uses it. Sort the nodes first, so that each "
        "stands after its operands (a topological order), and go through them from the end."),
    "not reversed": Mistake(
        "The pass runs from the operands to the result.",
        "The gradient starts at the result and goes back: go through the order from its end."),
    "visited twice": Mistake(
        "A node hands its gradient on more than once.",
        "Each node works once, and hands on to its own operands alone. Remember which ones you "
        "have met, in a set, and skip those."),
    "equal numbers": Mistake(
        "Two nodes with the same number are taken for one.",
        "A node is known by what it is, not by its number. Ask with `is`, or keep the nodes in a "
        "set, and give the class no __eq__."),
    "seed": Mistake(
        "The pass does not start with a gradient of 1.",
        "The result moves by exactly as much as itself: df/df = 1. So backward() begins with "
        "self.grad = 1."),
    "no zeroing": Mistake(
        "What an earlier pass left is counted once more.",
        "Each backward() adds its own gradients to .grad, and no more. So a pass must not hand on "
        "what an earlier one left in the gates; and zero_grad() puts every .grad below it to 0."),
    "cleared": Mistake(
        "A backward() throws away the gradients of earlier ones.",
        "Each backward() adds to .grad, so that two losses can share their weights. Clear only "
        "when zero_grad() asks for it."),
    "recursion limit": Mistake(
        "A function that calls itself gives up on a long chain.",
        "Python allows about a thousand calls inside each other, and a network soon has longer "
        "chains. Use a loop, with a list of what is still to be done."),
    "recursion": Mistake(
        "A function calls itself for ever.",
        "Each call makes one more. Is it self.data + other, where other.data is meant? Then Python "
        "asks other for its __radd__, which adds again."),
    "every path": Mistake(
        "The pass walks every path by itself, and there are too many.",
        "In x = x + x, forty times, there are 2**40 paths from the end to the beginning, and only "
        "41 nodes. Let each node work once, when its gradient is complete."),
    # ---- what is no number at all
    "start": Mistake(
        "A new Value does not start as it should.",
        "Value(3) has data 3 and grad 0: nothing has been differentiated yet."),
    "no return": Mistake(
        "An operation returns nothing.",
        "Is there a `return out` at its end?"),
    "not a Value": Mistake(
        "An operation gives a plain number, so the graph ends there.",
        "Every operation makes a new Value, which remembers its operands."),
    "not a number": Mistake(
        "Where a number should be is something else.",
        "data and grad are plain numbers. If you make a Value of `other`, do so only where it is "
        "none yet."),
    "missing method": Mistake(
        "An operation is not there yet.",
        "Write the method, and see that its name is spelt as Python expects it."),
    "reflected operator": Mistake(
        "A plain number on the left does not work.",
        "In 2 * a, Python asks the number first, which knows no Value, and then calls "
        "a.__rmul__(2). For + it is __radd__, for - __rsub__, for / __rtruediv__."),
    "number operand": Mistake(
        "A plain number as an operand does not work.",
        "Begin with: other = other if isinstance(other, Value) else Value(other)."),
    "endless": Mistake(
        "The code does not come to an end.",
        "Look for a loop whose condition never changes, or for a walk that meets the same nodes "
        "again and again."),
    "syntax": Mistake(
        "Python cannot read the code.",
        "Look at that line, and at the one before it: a bracket, a colon or a quote may be "
        "missing, or a line is not indented as it should be."),
    "error": Mistake(
        "Your code raised an error.",
        "Try the same at a prompt, and follow the error to its line."),
    "unknown": Mistake(
        "A gradient is wrong, and it is none of the usual mistakes.",
        "Work this expression out by hand, step by step, and compare."),
}
# fmt: on


@dataclass(frozen=True)
class Finding:
    """One mistake, and the smallest expression that shows it.

    mistake : its name, such as "assignment"; "unknown" if it is none of the usual ones.
    title   : what is wrong, in one line.
    why     : why it is, and how to mend it.
    said    : what happened, where no numbers came out; else "".
    root    : the expression, as a graph of this engine; None if the mistake needs none.
    rows    : for each number that is wrong its name, theirs, ours, and the finite difference.
    step    : where their numbers and ours part.
    """

    mistake: str
    title: str
    why: str
    said: str = ""
    root: Value | None = None
    text: str = ""
    rows: tuple[tuple[str, str, str, str], ...] = ()
    step: str = ""

    def __str__(self) -> str:
        parts = [self.title, *([self.said] if self.said else [])]
        if self.text:
            parts.append(f"The smallest expression that shows it:\n\n    {self.text}")
        if self.picture:
            parts.append("\n".join(f"    {line}" for line in self.picture.splitlines()))
        if self.rows:
            parts.append(table(self.rows))
        return "\n\n".join([*parts, *([self.step] if self.step else []), self.why])

    @property
    def picture(self) -> str:
        """The graph with the right gradients, as a tree; "" if there is none."""
        return draw_text(self.root) if self.root is not None else ""

    def _repr_html_(self) -> str:
        """What a notebook shows: the same, with the graph drawn."""
        return self.html()

    def html(self, theme: ThemeName = "okabe-ito") -> str:
        """The same, with the graph drawn in a theme of `draw_dot`."""
        svg = ""
        if self.root is not None:
            with suppress(RenderError):
                drawn = str(draw_dot(self.root, theme=theme).pipe(format="svg", encoding="utf-8"))
                svg = drawn[drawn.index("<svg") :]
        parts = [f"<p><b>{escape(self.title)}</b></p>"]
        parts += [f"<p>{escape(self.said)}</p>"] if self.said else []
        parts += [f"<p><code>{escape(self.text)}</code></p>"] if self.text else []
        parts += [svg, f"<pre>{escape(table(self.rows))}</pre>"] if self.rows else [svg]
        parts += [f"<p>{escape(x)}</p>" for x in (self.step, self.why) if x]
        return f"<div>{''.join(parts)}</div>"


@dataclass(frozen=True)
class Report:
    """What came of a check; true if nothing was found.

    tried   : how many expressions were tried.
    finding : the mistake, if there is one.
    """

    tried: int
    finding: Finding | None = None

    def __bool__(self) -> bool:
        return self.finding is None

    def __str__(self) -> str:
        if self.finding is None:
            return f"All gradients are right: {self.tried} expressions, the long ones too."
        return str(self.finding)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return self.finding._repr_html_() if self.finding else f"<p>{escape(str(self))}</p>"


def table(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """Numbers in columns: theirs, ours, and the finite difference where there is one."""
    cells = [("", "yours", "right", "finite difference"), *rows]
    if not any(row[3] for row in rows):
        cells = [(*row[:3], "") for row in cells]
    widths = [max(len(row[k]) for row in cells) for k in range(4)]

    def line(name: str, *numbers: str) -> str:
        columns = [x.rjust(width) for x, width in zip(numbers, widths[1:], strict=True)]
        return "  ".join(["   ", name.ljust(widths[0]), *columns]).rstrip()

    return "\n".join(line(*row) for row in cells)
