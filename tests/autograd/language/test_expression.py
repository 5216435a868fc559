"""A graph written as text, and read back to the same numbers, bit by bit."""

from __future__ import annotations

import ast
import math
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OPERATIONS, Value, parse, to_text, topological_order
from nn import Neuron

# Each brings any number into the domain of the operation, or next to it.
INTO_DOMAIN: dict[str, Callable[..., Any]] = {
    "log": lambda a: a * a + 0.5,
    "log1p": lambda a: a * a,
    "sqrt": lambda a: a * a + 1e-3,
    "asin": lambda a: a.tanh() / 2,
    "acos": lambda a: a.tanh() / 2,
    "log2": lambda a: a * a + 0.5,
    "log10": lambda a: a * a + 0.5,
    "acosh": lambda a: a * a + 1.5,
    "atanh": lambda a: a.tanh() / 2,
    **dict.fromkeys(("div", "floordiv", "mod"), lambda b: b * b + 1.5),
    "pow": lambda a: a.sigmoid() + 0.25,
    **dict.fromkeys(("exp", "expm1", "exp2", "sinh", "cosh"), lambda a: a.tanh()),
}
LABELS = st.one_of(st.just(""), st.sampled_from(["x", "w[0]", "inf", "log", "α", "x" * 50]))
NUMBERS = st.one_of(st.floats(-2, 2), st.integers(-3, 3).map(float), st.just(1e-320))


@st.composite
def graphs(draw: st.DrawFn) -> Value:
    """A graph of any operations of the table, with sharing, constants and some labels."""
    nodes = [Value(x, label=draw(LABELS)) for x in draw(st.lists(NUMBERS, min_size=1, max_size=3))]
    for _ in range(draw(st.integers(1, 25))):
        name = draw(st.sampled_from(list(OPERATIONS)))
        any_node = st.sampled_from(nodes)
        first, *rest = (draw(any_node) for _ in OPERATIONS[name].operands)
        if rest and draw(st.booleans()):
            rest[-1] = Value(draw(NUMBERS)).detach()
        if name in ("div", "floordiv", "mod"):
            rest = [INTO_DOMAIN[name](rest[0])]
        else:
            first = INTO_DOMAIN.get(name, lambda a: a)(first)
        node = OPERATIONS[name](first, *rest)
        node = node if abs(node.data) < 1e3 else node.tanh()
        node.label = draw(LABELS)
        nodes.append(node)
    return nodes.pop()


# fmt: off
IDENTIFIERS = [
    ("w[0]", "w_0"), ("a.b", "a_b"), ("lambda", "lambda_"), ("True", "True_"), ("__x__", "x"),
    ("2nd", "v_2nd"), ("🙂", "v"), ("_", "v"), ("inf", "inf_"), ("nan", "nan_"), ("exp", "exp"),
    ("match", "match"), ("p + q", "p_q"), ("x\ny", "x_y"), ("a; b = 1", "a_b_1"), ("α", "α"),
    ("ﬁ", "fi"), ("µ", "μ"), ("x²", "x2"), ("a𐄇", "a"), ("é", "é"), ("\u0301", "v_\u0301"),
    ("ab" * 40, "ab" * 40), ("\0", "v"), ("'", "v"), ("x" * 2000, "x" * 1000),
]
# fmt: on


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack("d", x)


def trace(root: Value) -> list[tuple[str, bytes, bytes]]:
    """What a graph computes, forward and back, to the last bit."""
    order = [v for v in topological_order(root) if not v.is_constant]
    root.zero_grad()
    root.backward()
    return [(v.op, bits(v.data), bits(v.grad)) for v in order]


def leaf(name: str, number: float = 2.0) -> Value:
    return Value(number, label=name)


@given(graphs())
def test_what_is_written_is_read_back_to_the_same_bits(root: Value) -> None:
    assert trace(parse(to_text(root, values=True))) == trace(root)


@given(graphs())
def test_the_variables_given_stand_for_those_not_written(root: Value) -> None:
    complete, formulas = to_text(root, values=True), to_text(root)
    lines = [line for line in re.split("; |\n", complete) if line not in formulas]
    given = {name: float(number) for name, number in (line.split(" = ") for line in lines)}
    assert trace(parse(formulas, **given)) == trace(root)


def without_a_pair(text: str) -> Iterator[str]:
    """The text without one pair of parentheses, for each that is not a call's."""
    opened = []
    for place, character in enumerate(text):
        if character == "(":
            opened.append(place)
        elif character == ")":
            start = opened.pop()
            if not re.match(r"\w", text[start - 1 : start]):
                yield text[:start] + text[start + 1 : place] + text[place + 1 :]


def tree(text: str) -> str:
    """What Python itself makes of it."""
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return "unreadable"


@given(graphs())
def test_no_pair_of_parentheses_can_be_spared(root: Value) -> None:
    text = to_text(root)
    for shorter in without_a_pair(text):
        assert tree(shorter) != tree(text), shorter


def test_parentheses_around_signs() -> None:
    a, b, c = leaf("a"), leaf("b"), leaf("c")
    for make, text in [
        (lambda: a**-b, "a ** -b"),
        (lambda: a**-2, "a ** -2"),
        (lambda: (-a) ** b, "(-a) ** b"),
        (lambda: a ** ((-b) ** c), "a ** (-b) ** c"),
        (lambda: (a**-b) ** c, "(a ** -b) ** c"),
        (lambda: a ** (-b * c), "a ** (-b * c)"),
        (lambda: a ** -(b * c), "a ** -(b * c)"),
        (lambda: -a * b, "-a * b"),
        (lambda: -(a * b), "-(a * b)"),
        (lambda: (-a).neg(), "--a"),
    ]:
        assert to_text(make()) == text


@pytest.mark.parametrize("number", [-0.0, math.inf, -math.inf, math.nan, 1e-320, 1e22, 0.1, -3.0])
def test_every_float_is_read_back_as_a_constant_and_as_a_variable(number: float) -> None:
    a, x = leaf("a"), leaf("x", number)
    for root in [a + number, x + a]:
        back = parse(to_text(root, values=True))
        assert [bits(v.data) for v in back.operands] == [bits(v.data) for v in root.operands]
    assert bits(parse(to_text(Value(number).detach())).data) == bits(number)


def test_nodes_that_are_named_or_shared_have_lines_of_their_own() -> None:
    a, b = leaf("a"), leaf("b", 3.0)
    mine = a * b
    assert to_text((mine + 1).tanh()) == "mine = a * b; tanh(mine + 1)"
    shared = [a * b]
    assert to_text(shared[0].exp() + 1) == "shared_0 = a * b; exp(shared_0) + 1"
    assert to_text((lambda d: d - d.tanh())(a * b)) == "v1 = a * b; v1 - tanh(v1)"
    labelled = a * b
    labelled.label = "d"
    assert to_text(labelled) == "d = a * b"


def test_the_numbers_stand_first_where_they_are_asked_for() -> None:
    assert to_text(leaf("a") * leaf("b", -0.5), values=True) == "a = 2; b = -0.5; a * b"
    assert to_text(leaf("a"), values=True) == "a = 2; a"
    assert to_text(leaf("a").detach() * leaf("b"), values=True) == "a = 2; b = 2; a * b"


def test_parameters_become_identifiers_by_their_path() -> None:
    neuron = Neuron(2, activation="tanh")
    assert to_text(neuron([1.0, 2.0])).startswith("tanh(")
    assert {"neuron_w_0", "neuron_w_1", "neuron_b"} < set(
        re.findall(r"\w+", to_text(neuron([1, 2])))
    )


@pytest.mark.parametrize(("label", "name"), IDENTIFIERS)
def test_labels_become_identifiers(label: str, name: str) -> None:
    assert to_text(leaf(label).exp()) == f"exp({name})"
    assert parse(to_text(leaf(label).exp(), values=True)).data == math.exp(2)


@given(st.lists(st.text(), min_size=2, max_size=4))
def test_any_labels_are_told_apart(labels: list[str]) -> None:
    leaves = [leaf(label, number) for number, label in enumerate(labels)]
    product = leaves[0] - leaves[1] * sum(leaves, math.inf)
    assert trace(parse(to_text(product, values=True))) == trace(product)


def test_equal_labels_are_counted() -> None:
    total = sum(leaf("x") for _ in range(3)) * leaf("x_2")
    assert to_text(total) == "total = (x + x_2 + x_3) * x_2_2"


def test_a_constant_inf_is_not_a_variable_of_that_name() -> None:
    assert to_text(leaf("inf") + math.inf, values=True) == "inf_ = 2; inf_ + inf"


def test_short_texts_stand_on_one_line_and_long_ones_on_several() -> None:
    a = leaf("a")
    assert to_text((a * a).exp(), values=True) == "a = 2; exp(a * a)"
    text = to_text(sum((a + k) ** k for k in range(8)), values=True)
    assert text.split("\n")[0] == "a = 2"
    assert "; " not in text


def test_a_chain_of_100_000_nodes_is_broken_into_lines() -> None:
    x = leaf("x", 0.5)
    chain = [x]
    for _ in range(50_000):
        chain.append((chain.pop() + 1).tanh())
    text = to_text(chain[0], values=True)
    assert max(map(len, text.split("\n"))) < 300
    assert len(text) < 1_000_000
    assert bits(parse(text).data) == bits(chain[0].data)


def test_a_balanced_tree_of_equal_labels_is_broken_into_lines() -> None:
    row = [leaf("x", k / 4096) for k in range(4096)]
    while len(row) > 1:
        row = [(a * b + 1).tanh() for a, b in zip(row[::2], row[1::2], strict=True)]
    text = to_text(row[0], values=True)
    assert max(map(len, text.split("\n"))) < 1000
    assert trace(parse(text)) == trace(row[0])


def test_writing_changes_nothing() -> None:
    a, b = leaf("a"), Value(3.0)
    root = a * b
    root.backward()
    to_text(root, values=True)
    assert (a.label, b.label, root.label, a.grad) == ("a", "", "", 3.0)


def test_only_the_graph_of_a_value_is_written() -> None:
    with pytest.raises(TypeError, match=r"^to_text writes the graph of a Value, not 'a \* b'"):
        to_text("a * b")  # type: ignore[arg-type]
