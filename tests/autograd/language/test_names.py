"""What a node is called, and how an expression is written in a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograd import DomainError, Value, draw_dot, show, to_text, topological_order, trace
from autograd.language.expression import short_text
from autograd.language.names import name_nodes
from nn import MLP, Neuron

module_level = Value(7.0)


def test_a_label_comes_first_then_the_variable_then_the_place() -> None:
    a = Value(1.0, label="α")
    b = Value(2.0)
    product = a * b * 3
    assert list(name_nodes(topological_order(product)).values()) == [
        "α",
        "b",
        "v1",
        "v2",
        "product",
    ]


def test_names_come_from_locals_before_globals_and_from_lists_and_dicts() -> None:
    xs = [Value(1.0), Value(2.0)]
    table = {"rate": Value(3.0)}
    _hidden = Value(4.0)
    root = sum([*xs, table["rate"], _hidden, module_level])
    assert isinstance(root, Value)
    names = name_nodes(topological_order(root))
    assert [names[v] for v in (*xs, table["rate"], module_level)] == [
        "xs[0]",
        "xs[1]",
        "table['rate']",
        "module_level",
    ]
    assert names[_hidden].startswith("v")


def test_a_local_name_hides_a_global_one() -> None:
    a_local_name_for_it = module_level
    assert name_nodes([module_level]) == {module_level: "a_local_name_for_it"}
    assert a_local_name_for_it is module_level


def test_parameters_are_named_by_their_path() -> None:
    mlp = MLP(2, [3, 1])
    first = mlp.layers[0].neurons[2].w[1]
    assert name_nodes([first]) == {first: "mlp.layers[0].neurons[2].w[1]"}


def test_the_shortest_path_wins() -> None:
    mlp = MLP(2, [3, 1])
    neuron: Neuron = mlp.layers[0].neurons[2]
    assert name_nodes([neuron.b]) == {neuron.b: "neuron.b"}


def test_text_has_no_parentheses_to_spare() -> None:
    a, b, c = (Value(x, label=name) for x, name in ((2.0, "a"), (3.0, "b"), (5.0, "c")))
    for make, text in [
        (lambda: a + b * c, "a + b * c"),
        (lambda: (a + b) * c, "(a + b) * c"),
        (lambda: a - (b - c), "a - (b - c)"),
        (lambda: a - b - c, "a - b - c"),
        (lambda: a / (b * c), "a / (b * c)"),
        (lambda: a / b * c, "a / b * c"),
        (lambda: (a**b) ** c, "(a ** b) ** c"),
        (lambda: a ** (b**c), "a ** b ** c"),
        (lambda: (-a) ** b, "(-a) ** b"),
        (lambda: -(a**b), "-a ** b"),
        (lambda: -(a + b), "-(a + b)"),
        (lambda: a - -b, "a - -b"),
        (lambda: (a * 2 - 0.5).tanh(), "tanh(a * 2 - 0.5)"),
        (lambda: a.leaky_relu(0.1), "leaky_relu(a, 0.1)"),
        (lambda: a + Value(-1.0), "a + -1"),
        (lambda: Value(-2.0) ** a, "(-2) ** a"),
        (lambda: Value(1.0, label="p + q") * a, "(p + q) * a"),
        (lambda: Value(1.0, label="p + q").exp(), "exp(p + q)"),
    ]:
        assert short_text(make()) == text


def test_long_text_is_cut() -> None:
    x = Value(1.0, label="x")
    deep = x
    for _ in range(100):
        deep = (deep + 1).tanh()
    root = [deep]
    del deep
    assert short_text(root.pop()) == "tanh(tanh(… + 1) + 1)"
    assert short_text(Value(1.0, label="n" * 10_000)) == "n" * 39 + "…"


def test_errors_in_deep_graphs_stay_short() -> None:
    total = Value(0.0, label="x")
    for _ in range(10_000):
        total = total * 1.0
    with pytest.raises(DomainError) as caught:
        (total - 1).log()
    assert len(str(caught.value)) < 300


def test_a_place_never_has_the_name_of_a_variable() -> None:
    v1 = Value(2.0)
    root = Value(1.0) * 2.0 * v1
    names = name_nodes(topological_order(root))
    assert len(set(names.values())) == len(names)
    assert names[v1] == "v1"


def test_helper_names_count_what_is_shown_without_gaps() -> None:
    a, b = Value(2.0), Value(3.0)
    root = (a * 2 + b.exp()) * (1 + b.tanh()) - 5
    names = name_nodes(topological_order(root))
    shown = [names[v] for v in topological_order(root) if not v.is_constant]
    assert [name for name in shown if name[0] == "v"] == ["v1", "v2", "v3", "v4", "v5", "v6"]
    assert len(set(names.values())) == len(names)


def test_the_variable_has_its_name_and_the_node_that_it_was_before_another() -> None:
    x = Value(2.0, label="x")
    x += 1
    assert list(name_nodes(topological_order(x)).values()) == ["x0", "v1", "x"]
    x *= x
    assert [v for v in name_nodes(topological_order(x)).values() if v != "v2"] == ["x0", "v1", "x"]
    x.label = "x"
    assert list(name_nodes(topological_order(x)).values())[-1] == "x"


def test_a_node_that_has_another_variable_now_is_called_by_that() -> None:
    x1 = Value(2.0, label="x1")
    before = x1
    x1 = before * before
    names = name_nodes(topological_order(x1))
    assert (names[before], names[x1]) == ("before", "x1")
    del before
    assert list(name_nodes(topological_order(x1)).values()) == ["x1_0", "x1"]


def test_labels_that_the_user_gave_twice_stay_as_they_are() -> None:
    root = Value(1.0, label="w") * Value(2.0, label="w")
    assert list(name_nodes(topological_order(root)).values()) == ["w", "w", "root"]


def test_all_that_shows_a_graph_calls_an_old_node_the_same(
    capsys: pytest.CaptureFixture[str],
) -> None:
    x = Value(2.0, label="x")
    x += 1
    show(x)
    assert "x = x0 + 1 " in capsys.readouterr().out
    assert "x = x0 + 1" in draw_dot(x).source
    assert str(trace(x)[1].formula) == "∂x/∂x0 = 1"
    assert to_text(x) == "x = x0 + 1"


def test_objects_of_others_are_left_alone() -> None:
    class Hostile(dict):  # type: ignore[type-arg]
        def items(self) -> None:  # type: ignore[override]
            raise RuntimeError("do not ask me")

        def named_parameters(self) -> None:
            raise RuntimeError("nor this")

    hostile = Hostile(a=Value(1.0))
    long = [Value(0.0)] * 100_000
    x = Value(-1.0)
    with pytest.raises(DomainError, match=r"^log\(x\) does not exist"):
        x.log()
    assert len(hostile) < len(long)


def test_the_caller_is_found_even_where_the_import_path_is_not_normal(tmp_path: Path) -> None:
    root = Path(__file__).parents[3]
    crooked = tmp_path / "a"
    crooked.mkdir()
    relative = os.path.join(str(crooked), os.path.relpath(root, crooked))
    program = (
        f"import sys; sys.path.insert(0, {relative!r})\n"
        "from autograd import Value, draw_dot\n"
        "mine = Value(1.0)\n"
        "print('mine' in draw_dot(mine * 2).source)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stdout.strip() == "True", run.stderr


def test_formulas_number_the_lines_that_they_have() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    x = [(a * b).exp() + a.tanh()]
    x.append((x[0] * x[0]).log() + b.sin())
    root = [x[1] * x[1]]
    del x
    assert to_text(root[0]) == (
        "v1 = exp(a * b) + tanh(a); v2 = log(v1 * v1) + sin(b); root_0 = v2 * v2"
    )
