"""Parts of graphs to draw."""

from __future__ import annotations

import pytest

from autograd import GraphError, Value, around, between
from autograd.pictures.parts import as_part


def chain(length: int) -> list[Value]:
    """A leaf and so many operations on it."""
    nodes = [Value(0.5)]
    for _ in range(length):
        nodes.append(nodes[-1].sin())
    return nodes


def test_around_goes_both_ways_where_a_root_is_given() -> None:
    nodes = chain(6)
    assert around(nodes[3], 2, nodes[-1]).nodes == tuple(nodes[1:6])
    assert around(nodes[3], 2).nodes == tuple(nodes[1:4])
    assert around(nodes[3], 2, nodes[-1]).roots == (nodes[5],)


def test_between_has_the_paths_and_the_other_operands_on_them() -> None:
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    d = a * b
    e = c.exp()
    f = d + e
    assert set(between(a, f).nodes) == {a, b, d, e, f}
    assert between(a, f).roots == (f,)
    assert set(between(d, f).nodes) == {d, e, f}


def test_several_roots_come_in_order_and_shared_nodes_once() -> None:
    a = Value(1.0)
    one, other = a * 2, a.exp()
    part = as_part([one, other], "draw_dot")
    assert part.roots == (one, other)
    assert len(part.nodes) == 4


def test_a_cut_that_cannot_be_made_is_refused() -> None:
    nodes = chain(3)
    stranger = Value(1.0)
    with pytest.raises(GraphError, match=r"root does not depend on the node Value\(data=1.0"):
        around(stranger, 2, nodes[-1])
    with pytest.raises(GraphError, match="root does not depend on the node"):
        between(stranger, nodes[-1])
    with pytest.raises(ValueError, match="radius is 1 or more, not 0"):
        around(nodes[1], 0)
    with pytest.raises(TypeError, match="around cuts a graph at a Value, not 3"):
        around(3)  # type: ignore[arg-type]
