"""The parts of the course: what they hold, that solutions pass, and what is said of mistakes."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest

from autograd.course import PARTS, Part
from autograd.diagnosis.mistakes import MISTAKES

IDS = [f"part {part.number}" for part in PARTS]


def test_there_are_eight_parts_in_order() -> None:
    assert [part.number for part in PARTS] == list(range(1, 9))


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_a_part_has_all_that_it_needs(part: Part) -> None:
    assert len(part.hints) >= 3
    assert "..." in part.stub
    assert "..." not in part.solution.replace("+ ...", "")
    assert part.stub.startswith(f'"""Part {part.number}: ')
    assert part.solution.startswith(part.stub.splitlines()[0])
    assert "```graph" in part.story or "```text" in part.story
    assert part.next
    assert "<svg" in part.html or "```graph" not in part.story
    assert "<script" not in part.html
    assert "├" in part.text or "```graph" not in part.story


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_the_stub_names_what_the_solution_defines(part: Part) -> None:
    defined = r"^ *(?:def|class) (\w+)(.*?):(?:  #.*)?$"
    assert re.findall(defined, part.stub, re.M) == re.findall(defined, part.solution, re.M)


@pytest.mark.parametrize("part", PARTS, ids=IDS)
def test_a_solution_passes_and_a_stub_does_not(part: Part) -> None:
    result = part.check(part.solution)
    assert result, str(result)
    assert str(result).count("  right  ") == len(result.tried)
    assert part.next in str(result)
    empty = part.check(part.stub)
    assert not empty
    assert empty.tried[0].passed is False
    assert all(each.passed is None for each in empty.tried[1:])
    assert "wrong" in empty._repr_html_()


class Slip(NamedTuple):
    """A change to a solution that a student might make, and what must be said."""

    part: int
    old: str
    new: str
    said: str


PASS = "                pass\n"
SLIPS = (
    Slip(1, "(f(x + h) - f(x - h)) / (2 * h)", "(f(x + h) - f(x)) / h", "Step to both sides"),
    Slip(1, "(f(x + h) - f(x - h)) / (2 * h)", "(f(x + h) - f(x - h)) / h", "the run is 2 * h"),
    Slip(1, "(f(x + h) - f(x - h)) / (2 * h)", "f(x + h) - f(x - h)", "That is the rise alone"),
    Slip(1, "f(x + h) - f(x - h)", "f(x - h) - f(x + h)", "The sign is wrong"),
    Slip(1, "list(inputs), list(inputs)", "inputs, list(inputs)", "changes the list"),
    Slip(
        1,
        "        left[i] -= h\n        right[i] += h\n",
        "        left = [x - h for x in inputs]\n        right = [x + h for x in inputs]\n",
        "nudged all inputs at once",
    ),
    Slip(1, "return left, right", "return right, left", "the wrong way round"),
    Slip(1, "return left, right", "return left", "2 numbers in a list"),
    Slip(1, "def sides", "def both", "There is no sides"),
    Slip(2, '(self, other), "*"', '{self, other}, "*"', "its operands should be a tuple"),
    Slip(2, '(self, other), "+"', '(other, self), "+"', "not in their order"),
    Slip(2, '(self, other), "*"', '(Value(self.data), other), "*"', "A copy is another node"),
    Slip(2, "self.data * other.data", "self.data + other.data", "its data should be"),
    Slip(2, '(self, other), "*"', '(self, other), "x"', "its op should be '*'"),
    Slip(2, "{formula(left)} {node.op}", "{left.label} {node.op}", "The formula should be"),
    Slip(3, "(other.data, self.data)", "(self.data, other.data)", MISTAKES["own operand"].title),
    Slip(3, "(1.0, 1.0)", "(other.data, self.data)", MISTAKES["product rule"].title),
    Slip(3, "(other.data, self.data)", "(other, self)", "no plain number"),
    Slip(3, "by_a = 1.0 * c", "by_a = 1.0", "Is a step of the path forgotten?"),
    Slip(4, "operand.grad += ", "operand.grad = ", MISTAKES["assignment"].title),
    Slip(4, "self.grad * local", "local", MISTAKES["upstream forgotten"].title),
    Slip(4, "self.grad * local", "self.grad", MISTAKES["local forgotten"].title),
    Slip(4, "def push", "def pull", "There is no push"),
    Slip(
        4,
        "operand.grad += self.grad * local\n",
        "operand.grad += self.grad * local\n            operand.push()\n",
        MISTAKES["visited twice"].title,
    ),
    Slip(2, "self.data + other.data", "self.data + other", MISTAKES["recursion"].title),
    Slip(5, "elif node not in seen:", "else:", "stands in it twice"),
    Slip(5, "    return order\n", "    return order[::-1]\n", "Your list begins with the result"),
    Slip(
        5,
        "            stack.append((node, True))\n",
        "            order.append(node)\n",
        "Put a node into the list after all its operands",
    ),
    Slip(
        5,
        """    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            for operand in node.operands:
                stack.append((operand, False))
""",
        """
    def visit(node):
        if node not in seen:
            seen.add(node)
            for operand in node.operands:
                visit(operand)
            order.append(node)

    visit(root)
""",
        MISTAKES["recursion limit"].title,
    ),
    Slip(6, "        self.grad = 1.0\n", "", MISTAKES["seed"].title),
    Slip(6, "in reversed(order)", "in order", MISTAKES["not reversed"].title),
    Slip(6, "            node.grad = 0.0\n        self", "            pass\n        self", "no"),
    Slip(6, "            node.grad += old\n", "            pass\n", MISTAKES["cleared"].title),
    Slip(6, "(1.0, -1.0)", "(1.0, 1.0)", MISTAKES["sign"].title),
    Slip(6, "-self.data / other.data**2", "self.data / other.data**2", MISTAKES["sign"].title),
    Slip(6, "n * self.data ** (n - 1)", "n * self.data**n", MISTAKES["exponent kept"].title),
    Slip(6, '"exp", (e,)', '"exp", (self.data,)', MISTAKES["exp of the input"].title),
    Slip(6, "(1 - t**2,)", "(1 - self.data**2,)", MISTAKES["tanh of the input"].title),
    Slip(6, "self.data > 0 else 0.0", "self.data > 0 else 1.0", "relu"),
    Slip(7, "total + w * x", "total + w", "its data should be"),
    Slip(7, "return total.tanh()", "return total", "its data should be"),
    Slip(7, "sum(errors) / len(errors)", "sum(errors)", "the sum of the squares"),
    Slip(7, "p.data -= rate", "p.data += rate", "That is a step up"),
    Slip(7, "p.data -= rate * p.grad", "p = p.data - rate * p.grad", "It has not moved"),
    Slip(7, "        error.zero_grad()\n", "", MISTAKES["no zeroing"].title),
    Slip(7, "        step_down(parameters, rate)\n", "", "It never changes"),
    Slip(
        8,
        "self.slope * other.value + self.value * other.slope",
        "self.slope * other.slope",
        "the slope should be",
    ),
    Slip(8, "return as_dual(f(Dual(x, 1.0))).slope", "return f(Dual(x, 0.0)).slope", "should be"),
    Slip(8, "derivative(lambda y: derivative(f, y), x)", "derivative(f, x)", "first derivative"),
    Slip(
        8, '"forward" if inputs < outputs', '"forward" if inputs > outputs', "a pass for each input"
    ),
    Slip(8, "grads[used] += ", "grads[used] = ", MISTAKES["assignment"].title),
    Slip(8, "in reversed(range(len(tape)))", "in range(len(tape))", "backward_on_tape"),
    # what a class writes in the parts 7 and 8, and what it is told
    Slip(7, "return total.tanh()", "return math.tanh(total)", "take plain numbers alone"),
    Slip(7, "return total.tanh()", "return math.tanh(total)", ": return math.tanh(total)"),
    Slip(7, "return total.tanh()", "return total", "not bent yet"),
    Slip(7, "return total.tanh()", "return Value(math.tanh(total.data))", "Nothing has arrived"),
    Slip(7, "return total.tanh()", "return math.tanh(total.data)", "which remembers nothing"),
    Slip(7, "total = bias", "total = 0", "The bias is missing."),
    Slip(
        7,
        "total = bias\n    for w, x in zip(weights, inputs):\n        total = total + w * x",
        "total = 0\n    for w, x in zip(weights, inputs):\n        total = total + w * x + bias",
        "more than once",
    ),
    Slip(7, "return total.tanh()", "    return total.tanh()", "Only the first input"),
    Slip(
        7,
        "        total = total + w * x",
        "        for x in inputs:\n            total = total + w * x",
        "one loop over zip",
    ),
    Slip(7, "total = total + w * x", "total = (total + w * x).tanh()", "its data should be"),
    Slip(7, "(p - t) ** 2", "(p - t)", "The errors are not squared"),
    Slip(7, "(p - t) ** 2", "(p.data - t) ** 2", "which remembers nothing"),
    Slip(7, "sum(errors) / len(errors)", "sum(errors) / 2", "which is 1 here"),
    Slip(7, "sum(errors) / len(errors)", "errors[0]", "Only the first prediction"),
    Slip(7, "sum(errors) / len(errors)", "errors", "and not a Value"),
    Slip(7, "p.data -= rate * p.grad", "p.data -= rate * p.data", "and not times the data"),
    Slip(7, "p.data -= rate * p.grad", "p.data -= p.grad / rate", "Multiply by the rate"),
    Slip(7, "p.data -= rate * p.grad", "p.data = p - rate * p.grad", "no plain number"),
    Slip(7, "rate * p.grad\n", "rate * p.grad\n        return\n", "The one before has moved"),
    Slip(7, "losses.append(error.data)", "losses.append(error)", "the number alone, error.data"),
    Slip(7, "losses.append(error.data)", "pass", "losses.append(error.data) notes the loss"),
    Slip(7, "    return losses", "        return losses", "Is the return in the loop?"),
    Slip(7, "        error.backward()\n", "", "in this order"),
    Slip(
        7,
        "        error.zero_grad()\n        error.backward()\n        step_down(parameters, rate)",
        "        step_down(parameters, rate)\n        error.zero_grad()\n        error.backward()",
        "The first step does nothing",
    ),
    Slip(
        7,
        "        losses.append(error.data)\n        error.zero_grad()\n        error.backward()\n"
        "        step_down(parameters, rate)",
        "        error.zero_grad()\n        error.backward()\n        step_down(parameters, rate)\n"
        "        again = [network(parameters, inputs) for inputs in examples]\n"
        "        losses.append(loss(again, targets).data)",
        "the loss after a step",
    ),
    Slip(
        8,
        "self.slope * other.value + self.value * other.slope",
        "self.slope * other.slope",
        "The two slopes are multiplied.",
    ),
    Slip(
        8,
        "self.slope * other.value + self.value * other.slope",
        "self.slope * self.value + other.value * other.slope",
        "not by its own",
    ),
    Slip(8, " + self.value * other.slope", "", "Both shares count"),
    Slip(8, "= self.slope * other.value + ", "= ", "Both shares count"),
    Slip(8, "other.value + self.value", "other.value - self.value", "The shares add up"),
    Slip(
        8,
        "return Dual(self.value * other.value, slope)",
        "self.value, self.slope = self.value * other.value, slope\n        return self",
        "leaves its operands as they are",
    ),
    Slip(8, "return as_dual(f(Dual(x, 1.0))).slope", "return f(Dual(x, 1.0))", "gives a Dual"),
    Slip(8, "as_dual(f(Dual(x, 1.0))).slope", "f(Dual(x, 1.0)).value", "Take the slope."),
    Slip(8, "as_dual(f(Dual(x, 1.0))).slope", "f(Dual(x)).slope", "x starts with the slope 1"),
    Slip(
        8,
        "as_dual(f(Dual(x, 1.0))).slope",
        "(f(x + 1e-5) - f(x - 1e-5)) / 2e-5",
        "With a Dual once is enough.",
    ),
    Slip(8, "as_dual(f(Dual(x, 1.0))).slope", "as_dual(f(x)).slope", "and not with a Dual"),
    Slip(
        8,
        "derivative(lambda y: derivative(f, y), x)",
        "(derivative(f, x + 1e-5) - derivative(f, x - 1e-5)) / 2e-5",
        "With a Dual once is enough.",
    ),
    Slip(8, "derivative(lambda y: derivative(f, y), x)", "derivative(f, x) ** 2", "the square"),
    Slip(
        8,
        "derivative(lambda y: derivative(f, y), x)",
        "f(Dual(Dual(x, 1.0), 1.0)).slope",
        "Take the slope of the slope",
    ),
    Slip(8, "    grads[-1] = 1.0\n", "", "Nothing begins"),
    Slip(8, "grads[-1] = 1.0", "grads[0] = 1.0", "The last line is the result"),
    Slip(8, "in reversed(range(len(tape)))", "in range(len(tape))", "from the last to the first"),
)


@pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: f"{slip.part}: {slip.new[:40].strip()}")
def test_a_slip_is_found_and_named(slip: Slip) -> None:
    part = PARTS[slip.part - 1]
    assert part.solution.count(slip.old) >= 1
    result = part.check(part.solution.replace(slip.old, slip.new))
    assert not result
    assert slip.said in str(result)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def slope(f, x)\n    return 1", "Python cannot read your code in line 1"),
        ("while True:\n    pass", "does not come to an end"),
        ("1 / 0", "ZeroDivisionError"),
        ("import not_there", "No module named 'not_there'"),
        ("raise SystemExit(3)", "SystemExit"),
        ("slope = 3", "There is no slope"),
        ("def slope(f, x):\n    return 'steep'", "no number"),
        ("def slope(f, x):\n    return slope(f, x)", "calls itself"),
        ("def slope(f, x, h=1e-5):\n    while f(x) is not None:\n        pass", "come to an end"),
        ("def slope():\n    return 0", "TypeError"),
        ("\0", "Python cannot read your code"),
    ],
)
def test_whatever_the_code_does_the_check_says_so(code: str, said: str) -> None:
    result = PARTS[0].check(code)
    assert not result
    assert said in str(result)
    assert "Traceback" not in str(result)


def test_an_error_is_shown_in_the_line_that_the_student_wrote() -> None:
    code = "def slope(f, x, h=1e-5):\n    rise = f(x)\n    return rise / nothing\n"
    assert "in line 3: return rise / nothing." in str(PARTS[0].check(code))


def test_an_error_in_what_the_student_calls_is_shown_where_it_is_called() -> None:
    code = "import json\n\n\ndef slope(f, x, h=1e-5):\n    return json.loads('no')\n"
    assert "in line 5: return json.loads('no')." in str(PARTS[0].check(code))


def test_another_way_to_the_second_derivative_passes() -> None:
    old = "derivative(lambda y: derivative(f, y), x)"
    new = "as_dual(as_dual(f(Dual(Dual(x, 1.0), Dual(1.0, 0.0)))).slope).slope"
    assert PARTS[7].solution.count(old) == 1
    assert PARTS[7].check(PARTS[7].solution.replace(old, new))


@pytest.mark.parametrize("number", [4, 7, 8])
def test_a_part_can_be_run_at_once_and_in_the_end_shows_that_it_works(
    number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(PARTS[number - 1].stub, {"__name__": "__main__"})
    capsys.readouterr()
    exec(PARTS[number - 1].solution, {"__name__": "__main__"})
    shown = capsys.readouterr().out
    if number == 7:
        losses = [float(line.split()[1]) for line in shown.splitlines()]
        assert losses == sorted(losses, reverse=True)
        assert losses[-1] < 0.02
    elif number == 8:
        assert shown == "Dual(9.0, 6.0)\n[4.0, 2.0, 1.0, 1.0]\n"
    else:
        assert shown == "Value(2.0, grad=4.0) Value(3.0, grad=2.0)\n"


def test_names_of_a_notebook_are_checked_like_a_file() -> None:
    names: dict[str, object] = {}
    exec(PARTS[3].solution, names)
    assert PARTS[3].check(names)
    assert not hasattr(names["Value"], "backward")  # as it was


def test_numbers_learned_by_heart_do_not_pass() -> None:
    shown = "def slope(f, x, h=1e-5):\n    return {-2.14: -2.14}.get(f(1) - f(0), 3.0)\n"
    assert not PARTS[0].check(shown)
