"""The stepper: a cursor over the backward pass, with breakpoints, forward and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from programs import Program, programs, run

from autograd import GraphError, Operation, Step, Stepper, Value, step_through


def bits(node: Value) -> str:
    return repr(node._grad)


def example() -> tuple[Value, Value, Value]:
    a, b = Value(-2.0, label="a"), Value(3.0, label="b")
    f = (a * b) * (a + b)
    f.label = "f"
    return a, b, f


def stepper(live: bool = True) -> Stepper:
    return step_through(example()[2], live=live)


def test_gradients_fill_one_addition_at_a_time() -> None:
    a, b, f = example()
    s = step_through(f)
    seen = []
    for _ in range(7):
        s.step()
        seen.append((f.grad, a.grad, b.grad))
    assert seen == [
        (1.0, 0.0, 0.0),
        (1.0, 0.0, 0.0),
        (1.0, 0.0, 0.0),
        (1.0, -6.0, 0.0),
        (1.0, -6.0, -6.0),
        (1.0, -3.0, -6.0),
        (1.0, -3.0, -8.0),
    ]


def test_without_live_no_grad_changes() -> None:
    a, b, f = example()
    f.backward()
    before = [bits(v) for v in (a, b, f)]
    step_through(f, live=False).run()
    assert [bits(v) for v in (a, b, f)] == before


@given(programs(), st.lists(st.integers(-1, 60), max_size=12), st.booleans())
def test_wherever_it_goes_gradients_are_those_before_and_the_steps_so_far(
    program: Program, places: list[int], again: bool
) -> None:
    leaves = [Value(x) for x in program[0]]
    root = run(program, leaves)
    if again:
        root.backward()
    s = step_through(root)
    nodes = [v for v in s.trace.order if not v.is_constant]
    before = {node: node._grad for node in nodes}
    at_start = [bits(node) for node in nodes]
    for place in places:
        if 0 <= place <= s.last:
            s.goto(place)
        else:
            s.restart()
        for node in nodes:
            so_far = s.trace.gradient_after(node, s.index)
            expected = before[node] if so_far is None else so_far + (before[node] or 0.0)
            assert repr(expected) == bits(node)
    s.goto(s.last)
    at_end = [bits(node) for node in nodes]
    s.back(len(s.trace))
    assert [bits(node) for node in nodes] == at_start
    root.backward()
    assert [bits(node) for node in nodes] == at_end


def test_next_goes_gate_by_gate_and_back_gate_returns() -> None:
    s = stepper()
    assert [s.next().index for _ in range(4)] == [0, 2, 4, 6]
    assert [s.back_gate().index for _ in range(4)] == [4, 2, 0, -1]
    assert s.next(3).index == 4
    assert s.back_gate(2).index == 0
    assert s.step(2).next().index == 4
    assert s.step().back_gate().index == 4


def test_next_shows_what_else_the_gate_has_added() -> None:
    text = str(stepper().next(4))
    assert "gradient    ∂f/∂b += -2" in text
    assert "before that ∂f/∂a += 3     -6 → -3" in text
    assert "sum         ∂f/∂a = -6 + 3 = -3" in text


def test_until_goes_to_where_a_gradient_is_complete() -> None:
    a, _, f = example()
    s = step_through(f)
    assert s.until(a).index == 5
    assert s.until("b").index == 6
    assert "the gradient of a is complete already" in str(s.until(a))
    assert s.index == 6


def test_there_is_an_end_and_a_start() -> None:
    s = stepper()
    assert "at the start" in str(s.back())
    assert s.step(100).index == 6
    assert "at the end" in str(s.run())
    assert s.back(100).index == -1


def test_a_breakpoint_stops_at_its_gate_in_both_directions() -> None:
    s = stepper().break_at("v2")
    assert s.run().index == 3
    assert "breakpoint 1: v2" in str(s)
    assert s.run().index == 6
    assert s.back(6).index == 3
    assert s.back(6).index == -1
    assert s.next(4).index == 3


def test_a_breakpoint_at_a_leaf_stops_where_something_arrives() -> None:
    a, _, f = example()
    s = step_through(f).break_at(a)
    assert [s.run().index for _ in range(3)] == [3, 5, 6]


def test_a_condition_is_asked_at_each_step_of_the_gate() -> None:
    s = stepper().break_at("v1", when=lambda step: step.contribution < 0)
    assert s.run().index == 6
    assert s.back(3).index == 3


def test_a_watch_stops_where_the_gradient_changes() -> None:
    s = stepper().watch("a")
    assert s.run().index == 3
    assert "watch 1: the gradient of a changes, 0 → -6" in str(s)
    assert s.run().index == 5
    assert s.back(4).index == 3


def test_a_watch_passes_over_what_changes_nothing() -> None:
    x = Value(2.0, label="x")
    s = step_through((x * 3) + x.step()).watch(x)
    s.run()
    assert s.trace[s.index].contribution == 3.0


def test_goto_and_restart_pass_all_breakpoints() -> None:
    s = stepper().watch("a")
    assert s.goto(6).index == 6
    assert s.restart().index == -1


@given(programs(), st.data())
def test_breakpoints_stop_at_the_same_steps_both_ways(
    program: Program, data: st.DataObject
) -> None:
    s = step_through(run(program, [Value(x) for x in program[0]]), live=False)
    nodes = [v for v in s.trace.order if not v.is_constant]
    for node in data.draw(st.lists(st.sampled_from(nodes), max_size=3)):
        s.break_at(node) if data.draw(st.booleans()) else s.watch(node)
    forward = []
    while s.index < s.last:
        forward.append(s.run().index)
    backward = []
    while s.index >= 0:
        backward.append(s.back(len(s.trace)).index)
    stops = [index for index in forward if index != s.last or index in _stops(s)]
    assert sorted(index for index in backward if index >= 0) == [k for k in stops if k != s.last]


def _stops(s: Stepper) -> set[int]:
    return {k for stop in s._stops for k in stop.steps if stop.accepts(s.trace[k])}


def test_breakpoints_are_listed_and_cleared() -> None:
    s = stepper().break_at("v2").watch("a").watch("b")
    assert s.breakpoints() == "1  break  v2\n2  watch  a\n3  watch  b"
    assert s.clear(2) == "1 removed, 2 left"
    assert s.clear("b") == "1 removed, 1 left"
    assert s.clear() == "1 removed, 0 left"
    assert s.run().index == 6
    with pytest.raises(ValueError, match=r"there is no breakpoint 9"):
        s.clear(9)


def test_a_condition_that_fails_leaves_the_stepper_where_it_was() -> None:
    def broken(step: Step) -> bool:
        raise ZeroDivisionError

    a, _, f = example()
    s = step_through(f).break_at("v1", when=broken).step(2)
    with pytest.raises(ZeroDivisionError):
        s.run()
    assert s.index == 1
    assert a.grad == 0.0


def test_a_backward_pass_in_between_is_not_overwritten() -> None:
    a, b, f = example()
    s = step_through(f).step(4)
    f.backward()
    assert "the .grad of b was changed from outside" in str(s.step())
    s.run()
    assert (f.grad, a.grad, b.grad) == (2.0, -6.0, -16.0)
    s.restart()
    assert (f.grad, a.grad, b.grad) == (1.0, -3.0, -8.0)


def test_gradients_cleared_in_between_are_added_to_from_there() -> None:
    a, _, f = example()
    s = step_through(f).step(5)
    f.zero_grad()
    s.run()
    assert a.grad == 3.0


def test_the_numbers_of_a_leaf_may_change_while_one_steps() -> None:
    a, _, f = example()
    s = step_through(f).goto(5)
    a.data = 7.0
    assert "check       not possible: the data of a node has changed since" in str(s)
    assert s.run().index == 6


def test_an_interrupt_while_gradients_fill_leaves_them_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    a, b, f = example()
    s = step_through(f).step(4)
    before = [bits(v) for v in (a, b, f)]
    asked = s.trace.gradient_after
    calls = iter(range(100))

    def interrupted(node: Value, index: int) -> float | None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        return asked(node, index)

    monkeypatch.setattr(s.trace, "gradient_after", interrupted)
    with pytest.raises(KeyboardInterrupt):
        s.run()
    assert s.index == 3
    assert [bits(v) for v in (a, b, f)] == before


def test_where_is_the_path_of_gates_to_the_current_step() -> None:
    lines = stepper().goto(5).where().splitlines()
    assert [line.split("  ")[0] for line in lines[:2]] == ["", "→ v1 = a · b"]
    assert lines[2].endswith("∂f/∂a = -3  ◄")


def test_a_display_is_shown_with_every_step() -> None:
    s = stepper()
    assert "∂f/∂b = ?" in s.display("b")
    assert "∂f/∂b = -8" in str(s.run())
    assert s.undisplay("b") == "displayed: none"
    assert "display" not in str(s)


def test_check_compares_the_current_node_or_any_other() -> None:
    s = stepper().goto(5)
    assert s.check()
    assert s.check().name == "a"
    assert s.check().numerical == pytest.approx(-3.0)
    assert str(s.check("b")) == "b = 3: gradient -8, finite difference -8: agrees"


def test_a_check_sees_a_gradient_that_is_wrong() -> None:
    twice = Operation("twice", lambda x: 2 * x, lambda out, x: 5.0, summary="a broken 2 * x.")
    x = Value(3.0)
    check = step_through(twice(x)).check(x)
    assert not check
    assert check.backward == 5.0
    assert check.numerical == pytest.approx(2.0)


def test_a_check_names_a_kink_and_a_point_with_nothing_on_one_side() -> None:
    x = Value(0.0, label="x")
    kink = step_through(x.relu()).check(x)
    assert (kink.agrees, kink.numerical) == (False, pytest.approx(0.5))
    assert kink.note == "a kink: 0 to the left, 1 to the right"
    edge = step_through(x.sqrt()).check(x)
    assert edge.numerical is None
    assert "cannot be checked: sqrt(-6e-06) does not exist" in str(edge)


def test_a_check_refuses_a_graph_whose_numbers_were_changed() -> None:
    a, _, f = example()
    s = step_through(f)
    a.data = 5.0
    with pytest.raises(GraphError, match="was changed after the graph was computed"):
        s.check(a)


def test_wrong_arguments_are_named() -> None:
    s = stepper()
    with pytest.raises(ValueError, match="n is 1 or more, not 0"):
        s.step(0)
    with pytest.raises(TypeError, match=r"n is a whole number, not 1\.5"):
        s.next(1.5)  # type: ignore[arg-type]
    with pytest.raises(IndexError, match="there are steps 0 to 6, and no 7"):
        s.goto(7)
    with pytest.raises(GraphError, match="no node of this graph is called 'q'"):
        s.until("q")
    with pytest.raises(TypeError, match="when is a function of a step, not 3"):
        s.break_at("a", when=3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="notation is one of leibniz, grad, bar, not 'x'"):
        step_through(example()[2], notation="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="precision is 1 or more"):
        s.set(notation="bar", precision=0)
    assert s.notation.name == "leibniz"
    with pytest.raises(ValueError, match="precision is at most 17 digits, not 18"):
        s.set(precision=18)


def test_a_long_trace_is_stepped_at_its_end() -> None:
    x = Value(1.0, label="x")
    y = x
    for _ in range(100_000):
        y = y + x
    s = step_through(y)
    assert s.goto(s.last).index == 200_000
    assert x.grad == 100_001.0
    assert s.back().index == 199_999
    assert s.break_at(x).back(10).index == 199_998
    assert len(s.where().splitlines()) == 17
    assert "tree shows more" in str(s)


def test_a_condition_is_not_asked_beyond_a_nearer_stop() -> None:
    asked: list[int] = []
    s = stepper().break_at("v1", lambda step: asked.append(step.index)).break_at("v2")
    assert s.run().index == 3
    assert asked == []
    assert s.run().index == 6
    assert asked == [5, 6]
