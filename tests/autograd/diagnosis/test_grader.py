"""The grader: right engines of any design pass, and each planted mistake is called by its name."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest

from autograd import Value, topological_order
from autograd.course import check_value
from autograd.diagnosis.mistakes import MISTAKES
from tests.autograd.diagnosis.planted import WRONG, Planted, engine

AGAIN = ("no zeroing", "cleared")


@pytest.mark.parametrize("design", ["closures", "pairs", "tape"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_right_engines_of_any_design_pass(design: str, seed: int) -> None:
    report = check_value(engine(design), seed=seed)
    assert report, str(report)
    assert report.tried > 100


@pytest.mark.parametrize("wrong", WRONG.values(), ids=list(WRONG))
@pytest.mark.parametrize("seed", [0, 1])
def test_a_planted_mistake_is_called_by_its_name(wrong: Planted, seed: int) -> None:
    student = engine(wrong.design, *wrong.changes)
    report = check_value(student, again=wrong.mistake in AGAIN, seed=seed)
    assert not report
    assert report.finding
    assert report.finding.mistake == wrong.mistake, str(report)


# ---- what is said -------------------------------------------------------------------------------


def test_a_finding_shows_the_smallest_expression_the_numbers_and_the_step() -> None:
    wrong = WRONG["all shares assigned"]
    finding = check_value(engine(wrong.design, *wrong.changes)).finding
    assert finding
    assert finding.root
    assert finding.text == f"f = a + a, with a = {finding.root.operands[0].data:g}"
    assert finding.rows == (("a.grad", "1", "2", "2"),)
    assert finding.step == (
        "The numbers part at step 2 of 2: a.grad += f.grad * ∂f/∂a = 1 * 1, use 2 of 2."
    )
    assert "f = a + a" in finding.picture
    assert "<svg" in finding._repr_html_()
    assert finding.why in str(finding)


def test_the_step_is_that_of_the_gate_at_fault() -> None:
    wrong = WRONG["exp of the input"]
    finding = check_value(engine(wrong.design, *wrong.changes), "+ * exp").finding
    assert finding
    assert finding.text.startswith("f = exp(a), with a = ")
    assert "step 1 of 1" in finding.step


def test_a_failure_that_only_a_large_expression_shows_is_made_small() -> None:
    """relu is right but for a relu of a tanh, which no expression of the ladder has."""
    student = engine(
        "pairs",
        ("t = math.tanh(self.data)", "t = Bent(math.tanh(self.data))"),
        ("self.data = float(data)", "self.data = data"),
        ("if self.data > 0 else 0.0", "if self.data > 0 and type(self.data) is not Bent else 0.0"),
        ("import math", "import math\nclass Bent(float): pass"),
    )
    finding = check_value(student).finding
    assert finding
    assert finding.root
    assert [x.op for x in topological_order(finding.root) if x.operands] == ["tanh", "relu"]


def test_another_seed_gives_other_numbers() -> None:
    wrong = WRONG["own operand"]
    student = engine(wrong.design, *wrong.changes)
    texts = {str(check_value(student, seed=seed)) for seed in range(5)}
    assert len(texts) > 1


def test_every_mistake_has_words_and_those_planted_are_most_of_them() -> None:
    assert all(each.title.endswith(".") and each.why for each in MISTAKES.values())
    planted = {each.mistake for each in WRONG.values()}
    assert len(planted) > 30
    assert planted <= set(MISTAKES)


def test_what_is_no_class_is_refused() -> None:
    with pytest.raises(TypeError, match=r"^check_value takes a class, .*, not None$"):
        check_value(None)  # type: ignore[arg-type]


@pytest.mark.parametrize("operations", ["", "+ %", "sin"])
def test_operations_that_are_none_are_refused(operations: str) -> None:
    with pytest.raises(ValueError, match=re.escape("operations are some of '+ * - /")):
        check_value(Value, operations)


@pytest.mark.parametrize("symbol", ["+", "*", "-", "/", "**", "exp", "tanh", "relu"])
def test_each_operation_can_be_tried_alone(symbol: str) -> None:
    assert check_value(Value, symbol)


# ---- classes that are none ----------------------------------------------------------------------


class NoArguments:
    pass


class GradRaises:
    def __init__(self, data: float) -> None:
        self.data = data

    @property
    def grad(self) -> float:
        raise RuntimeError("not yet")


class NoneForGrad:
    def __init__(self, data: float) -> None:
        self.data, self.grad = data, None


class Complex:
    def __init__(self, data: float) -> None:
        self.data, self.grad = complex(data), 0.0


class Leaves:
    def __init__(self, data: float) -> None:
        raise SystemExit(2)


class Prints:
    def __init__(self, data: float) -> None:
        print("noise")
        self.data, self.grad = data, 0.0


class ReprRaises:
    def __init__(self, data: float) -> None:
        self.data, self.grad = self, 0.0

    def __repr__(self) -> str:
        raise RuntimeError


class NeverReady:
    def __init__(self, data: float) -> None:
        self.data, self.grad = data, 0.0

    def __add__(self, other: object) -> object:
        return NotImplemented


class LoopsOnOneLine:
    def __init__(self, data: float) -> None:
        self.data, self.grad = data, 0.0

    def __add__(self, other: object) -> object:
        while True: pass  # fmt: skip  # noqa: E701


class BackwardTakesMore:
    def __init__(self, data: float) -> None:
        self.data, self.grad = data, 0.0

    def __add__(self, other: BackwardTakesMore) -> BackwardTakesMore:
        return BackwardTakesMore(self.data + other.data)

    def backward(self, grad: float) -> None:
        pass


@pytest.mark.parametrize(
    ("student", "mistake", "told"),
    [
        (NoArguments, "error", "takes no arguments"),
        (GradRaises, "error", "reading .grad raises RuntimeError: not yet"),
        (NoneForGrad, "not a number", "is None, of type NoneType, and no number"),
        (Complex, "not a number", "of type complex"),
        (Leaves, "error", "raises SystemExit"),
        (Prints, "missing method", "Value has no __add__"),
        (ReprRaises, "not a number", "something of type ReprRaises"),
        (NeverReady, "missing method", "unsupported operand"),
        (LoopsOnOneLine, "endless", "does not come to an end"),
        (BackwardTakesMore, "error", "missing 1 required positional argument"),
        (float, "not a number", "has no .data"),
    ],
    ids=lambda x: getattr(x, "__name__", str(x)),
)
def test_what_is_no_engine_gets_an_answer_too(
    student: Any, mistake: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = check_value(student)
    assert report.finding
    assert report.finding.mistake == mistake
    assert told in report.finding.said
    assert "Traceback" not in str(report)
    assert capsys.readouterr() == ("", "")


def test_tracing_is_as_it_was() -> None:
    before = sys.gettrace()
    check_value(LoopsOnOneLine)
    assert sys.gettrace() is before
