"""The backward and the forward pass as data."""

from __future__ import annotations

import csv
import io
import json
import math
from typing import Any

import pytest
from hypothesis import given
from programs import Program, programs, run

import autograd
from autograd import GraphError, Value, no_grad, trace
from autograd.stepping.step import FIELDS


def bits(x: float | None) -> str:
    return repr(x)


def example() -> tuple[Value, Value, Value]:
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    return a, b, (a * b) * (a + b)


def test_every_step_of_an_expression_worked_by_hand() -> None:
    a, b, f = example()
    product, total = f.operands
    steps = [
        (s.kind, s.node, s.operand, s.upstream, s.local, s.contribution, s.before, s.after)
        for s in trace(f)
    ]
    assert steps == [
        ("seed", f, f, 1.0, 1.0, 1.0, 0.0, 1.0),
        ("backward", f, product, 1.0, 1.0, 1.0, 0.0, 1.0),  # by a + b
        ("backward", f, total, 1.0, -6.0, -6.0, 0.0, -6.0),  # by a * b
        ("backward", total, a, -6.0, 1.0, -6.0, 0.0, -6.0),
        ("backward", total, b, -6.0, 1.0, -6.0, 0.0, -6.0),
        ("backward", product, a, 1.0, 3.0, 3.0, -6.0, -3.0),
        ("backward", product, b, 1.0, -2.0, -2.0, -6.0, -8.0),
    ]
    assert [(s.index, s.use, s.uses) for s in trace(f)][3:] == [
        (3, 1, 2),
        (4, 1, 2),
        (5, 2, 2),
        (6, 2, 2),
    ]


def test_the_forward_pass_has_a_step_for_each_operation() -> None:
    _, _, f = example()
    steps = trace(f, direction="forward")
    assert [(s.index, s.kind, str(s.formula), s.after) for s in steps] == [
        (0, "forward", "v1 = a · b", -6.0),
        (1, "forward", "v2 = a + b", 1.0),
        (2, "forward", "f = v1 · v2", -6.0),
    ]
    assert steps[0].operand is steps[0].upstream is steps[0].before is steps[0].use is None


@given(programs())
def test_contributions_add_up_to_the_gradients_of_backward_exactly(program: Program) -> None:
    leaves = [Value(x) for x in program[0]]
    root = run(program, leaves)
    before = {node: bits(node._grad) for node in trace(root).order}
    sums: dict[Value, float] = {}
    for step in trace(root):
        assert step.operand is not None
        assert step.contribution is not None
        sums[step.operand] = sums.get(step.operand, 0.0) + step.contribution
        assert step.after == sums[step.operand]
    assert {node: bits(node._grad) for node in before} == before
    root.backward()
    assert {node: node.grad for node in sums} == sums


@given(programs())
def test_a_gradient_is_complete_before_its_gate_works(program: Program) -> None:
    passed = trace(run(program, [Value(x) for x in program[0]]))
    for step in passed:
        assert passed.arrived(step.node, step.index) == passed.uses(step.node)
        assert step.upstream == passed.adjoint(step.node)


@given(programs())
def test_the_gradient_after_a_step_is_what_the_steps_so_far_have_added(program: Program) -> None:
    passed = trace(run(program, [Value(x) for x in program[0]]))
    known: dict[Value, float] = {}
    for step in passed:
        assert step.operand is not None
        known[step.operand] = step.after
        for node in passed.order:
            if not node.is_constant:
                assert passed.gradient_after(node, step.index) == known.get(node)


def test_steps_are_frozen_and_a_sequence() -> None:
    steps = trace(example()[2])
    assert len(steps) == 7
    assert steps[-1] == steps[6]
    assert [s.index for s in steps[1:3]] == [1, 2]
    with pytest.raises(AttributeError):
        steps[0].index = 3  # type: ignore[misc]
    with pytest.raises(IndexError, match=r"has steps 0 to 6; there is no 7"):
        steps[7]


def test_what_is_changed_later_does_not_change_a_trace() -> None:
    a, _, f = example()
    steps = trace(f)
    a.data = 100.0
    f.backward()
    assert [s.contribution for s in steps] == [1.0, 1.0, -6.0, -6.0, -6.0, 3.0, -2.0]


def test_a_step_is_shown_in_a_line() -> None:
    _, _, f = example()
    steps = trace(f)
    assert repr(steps[0]) == "<step 0: ∂f/∂f = 1, = 1>"
    assert repr(steps[5]) == "<step 5: ∂v1/∂a = b, += 3, use 2 of 2>"
    assert repr(trace(f, direction="forward")[0]) == "<step 0: v1 = a · b = -6>"


def test_constants_have_no_steps() -> None:
    x = Value(2.0, label="x")
    assert [str(s.formula) for s in trace(x * 3 + 1)] == [
        "∂v2/∂v2 = 1",
        "∂v2/∂v1 = 1",
        "∂v1/∂x = 3",
    ]


def test_a_leaf_has_a_seed_alone() -> None:
    x = Value(2.0)
    assert [(s.kind, s.operand) for s in trace(x)] == [("seed", x)]
    assert list(trace(x, direction="forward")) == []


def test_the_seed_can_be_another() -> None:
    _, _, f = example()
    assert trace(f, gradient=-2)[0].after == -2.0
    assert trace(f, gradient=-2)[-1].after == 16.0


def test_wrong_arguments_are_named() -> None:
    _, _, f = example()
    with pytest.raises(TypeError, match=r"expected a Value, not 3"):
        trace(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'backward' or 'forward', not 'sideways'"):
        trace(f, direction="sideways")  # type: ignore[arg-type]
    with no_grad():
        constant = f * 2
    with pytest.raises(GraphError, match="nothing to differentiate"):
        trace(constant)


def test_nodes_are_found_by_value_name_and_place() -> None:
    a, b, f = example()
    steps = trace(f)
    assert steps.find("a") is a
    assert steps.find(b) is b
    assert steps.find("v2") is f.operands[1]
    assert steps.find("#0") is a
    with pytest.raises(GraphError, match=r"called 'aa': is it a\?"):
        steps.find("aa")
    with pytest.raises(GraphError, match=r"f does not depend on Value\(data=1.0"):
        steps.find(Value(1.0))
    with pytest.raises(TypeError, match="as a Value or by its name, not as 3"):
        steps.find(3)  # type: ignore[arg-type]


def test_two_nodes_of_one_name_are_told_apart_by_their_places() -> None:
    one, other = Value(1.0, label="x"), Value(2.0, label="x")
    steps = trace(one * other)
    with pytest.raises(GraphError, match="2 nodes are called 'x': say #0, #1"):
        steps.find("x")
    assert steps.find("#1") is other


def test_a_label_reaches_names_and_json_on_one_line() -> None:
    x = Value(1.0, label="a\nb\x1b\ud800")
    steps = trace(x * x)
    assert steps.name(x) == r"a\nb\x1b\ud800"
    assert steps.find(x.label) is x
    assert steps.to_json().encode()


def test_the_table_can_be_written_as_csv() -> None:
    _, _, f = example()
    rows = trace(f).table()
    file = io.StringIO()
    writer = csv.DictWriter(file, FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    assert file.getvalue().splitlines()[6] == "5,backward,v1,a,1.0,3.0,3.0,-6.0,-3.0,2,2,∂v1/∂a = b"


def test_json_follows_its_schema() -> None:
    _, _, f = example()
    whole: dict[str, Any] = json.loads(trace(f).to_json())
    assert whole["schema"] == "chalkgrad.trace/1"
    assert whole["direction"] == "backward"
    assert whole["root"] == 4
    assert whole["nodes"][0] == {
        "id": 0,
        "name": "a",
        "op": "",
        "operands": [],
        "constant": False,
        "data": -2.0,
        "uses": 2,
        "gradient": -3.0,
    }
    assert whole["nodes"][2]["operands"] == [0, 1]
    assert set(whole["steps"][5]) == set(FIELDS)
    assert whole["steps"][5]["node"] == 2
    assert whole["steps"][5]["operand"] == 0
    forward = json.loads(trace(f, direction="forward").to_json())
    assert [step["after"] for step in forward["steps"]] == [-6.0, 1.0, -6.0]


def test_json_has_words_for_the_numbers_that_it_lacks() -> None:
    x = Value(0.0, label="x")
    steps = json.loads(trace(x.sqrt()).to_json())["steps"]
    assert steps[1]["local"] == "inf"


def test_a_step_of_a_compiled_function_has_its_number_and_no_formula() -> None:
    @autograd.compile
    def square(x: Value) -> Value:
        return x * x

    x = Value(3.0, label="x")
    step = trace(square(x))[1]
    assert step.local == 6.0
    assert str(step.formula).endswith("/∂x = 6")


def test_a_long_trace_is_entered_anywhere() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(100_000):
        y = y + x
    steps = trace(y)
    assert len(steps) == 200_001
    assert steps[150_000].use == 75_000
    assert steps[-1].after == 100_001.0
    assert not math.isnan(steps.adjoint(x))


def test_a_trace_keeps_none_of_the_callers_other_values() -> None:
    other = Value(5.0)
    a = Value(2.0)
    t = trace(a * a)
    assert "a" in t.names.values()
    assert other not in t._known


@pytest.mark.parametrize("ask", ["adjoint", "uses", "arrivals", "steps_of"])
def test_a_question_that_a_trace_cannot_answer_is_refused(ask: str) -> None:
    a = Value(2.0, label="a")
    with pytest.raises(GraphError, match="a forward trace has no gradients"):
        getattr(trace(a * a, "forward"), ask)(a)
    with pytest.raises(GraphError, match="does not depend on"):
        getattr(trace(a * a), ask)(Value(1.0))


def test_a_place_of_thousands_of_digits_is_not_a_node() -> None:
    with pytest.raises(GraphError, match="no node of this graph is called 'v999"):
        trace(Value(2.0) * 3).find("v" + "9" * 5000)
