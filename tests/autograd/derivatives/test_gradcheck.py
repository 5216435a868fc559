"""gradcheck: it passes what is right and finds what is wrong."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from hypothesis import assume, given
from programs import Program, programs, run

from autograd import GradcheckError, Value, exp, gradcheck, topological_order
from autograd.primitive import Operation


@given(programs(most=8))
def test_random_graphs_pass(program: Program) -> None:
    point = [x + 0.1234567 for x in program[0]]
    nodes = topological_order(run(program, [Value(x) for x in point]))
    # at a kink a central difference is neither slope
    kinks = {"relu": (0.0,), "abs": (0.0,), "clip": (-1.25, 0.875)}
    for node in nodes:
        for kink in kinks.get(node.op, ()):
            assume(abs(node.operands[0].data - kink) > 1e-3)
    assert gradcheck(lambda *v: run(program, v), tuple(point), eps=1e-5, atol=1e-4)


def test_a_wrong_rule_is_found_and_both_slopes_are_shown() -> None:
    wrong = Operation("wrong", lambda x: x * x, lambda out, x: 3 * x, summary="a broken square.")
    message = (
        r"^the derivative of the output with respect to b at 2\.0 is 6\.0 by backward\(\), "
        r"but (4\.0|3\.99)\d* by finite differences: they differ by 2, more than"
    )
    with pytest.raises(GradcheckError, match=message):
        gradcheck(lambda a, b: a + wrong(b), (1.0, Value(2.0, label="b")))


def test_the_failing_input_and_output_are_named_by_position() -> None:
    wrong = Operation("wrong", lambda x: x * x, lambda out, x: 3 * x, summary="a broken square.")
    with pytest.raises(
        GradcheckError, match=r"of output 1 with respect to inputs\[1\]\[0\] at 2\.0"
    ):
        gradcheck(lambda a, v: [a, wrong(v[0])], (1.0, [2.0]))


def test_inputs_may_be_one_number_lists_or_values_moved_in_place() -> None:
    w = Value(3.0)
    assert gradcheck(exp, 0.5)
    assert gradcheck(lambda v: v[0] * v[1], ([2.0, 3.0],))
    assert gradcheck(lambda _: w * w, (w,))
    assert (w.data, w.grad) == (3.0, 0.0)


def test_an_error_in_the_function_puts_the_input_back() -> None:
    w = Value(3.0)

    def fails_off_centre(x: Value) -> Value:
        if x.data != 3.0:
            raise RuntimeError("off centre")
        return x * x

    with pytest.raises(RuntimeError, match="off centre"):
        gradcheck(fails_off_centre, w)
    assert w.data == 3.0


def test_a_kink_is_reported() -> None:
    with pytest.raises(GradcheckError, match=r"is 0\.0 by backward\(\), but 0\.5"):
        gradcheck(lambda x: x.relu(), 0.0)


@pytest.mark.parametrize(
    ("f", "inputs", "message"),
    [
        (exp, ("x",), r"inputs\[0\] must be a number, .* not str: 'x'"),
        (lambda x: 3.0, (1.0,), "the function must give Values, not 3.0"),
        (lambda x: [], (1.0,), "gives at least one number"),
        (lambda: Value(1.0), (), "needs at least one number among the inputs"),
        (lambda v: Value(1.0), ([],), "needs at least one number among the inputs"),
        (exp, Value(1.0).detach(), r"inputs\[0\] is a constant"),
    ],
)
def test_wrong_arguments_are_named(f: Any, inputs: Any, message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        gradcheck(f, inputs)


def test_the_step_is_above_zero() -> None:
    with pytest.raises(ValueError, match="eps is a step above 0, not 0"):
        gradcheck(exp, 1.0, eps=0.0)


@pytest.mark.parametrize(
    ("error", "passes"), [(0.9, True), (1.1, False), (-0.9, True), (-1.1, False)]
)
def test_the_bound_is_atol_plus_rtol_times_the_numerical_slope(error: float, passes: bool) -> None:
    atol, rtol, slope = 0.01, 0.1, 5.0
    off = slope + error * (atol + rtol * slope)
    line = Operation("line", lambda x: slope * x, lambda out, x: off, summary="a line.")
    if passes:
        assert gradcheck(line, 1.0, atol=atol, rtol=rtol)
    else:
        with pytest.raises(GradcheckError, match=r"they differ by 0\.56"):
            gradcheck(line, 1.0, atol=atol, rtol=rtol)


def test_inputs_and_outputs_of_any_structure() -> None:
    def f(p: Any, x: Any) -> Any:
        return {"y": [w * x[0, 0] for w in p["w"]], "z": x[0, 1] ** 2}

    assert gradcheck(f, ({"w": [2.0, 3.0]}, numpy.array([[0.5, -1.0]])))
    broken = Operation("broken", lambda x: x * x, lambda out, x: x, summary="a wrong slope.")
    with pytest.raises(GradcheckError, match=r"with respect to inputs\[0\]\['w'\]\[1\] at 3.0"):
        gradcheck(lambda p: p["w"][0] + broken(p["w"][1]), [{"w": [2.0, 3.0]}])
