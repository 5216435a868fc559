"""copy, deepcopy, pickle: numbers, gradients, labels and sharing, at any depth, in any thread."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest
from threads import run_in_threads

from autograd import Value, exp, topological_order, where
from autograd.primitive import Operation


def through_pickle(objects: list[Value]) -> list[Value]:
    return pickle.loads(pickle.dumps(objects))  # type: ignore[no-any-return]


def through_python_pickle(objects: list[Value]) -> list[Value]:
    return pickle._loads(pickle._dumps(objects, 2))  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, through_pickle, through_python_pickle])
def test_copies_keep_numbers_gradients_labels_and_sharing(
    duplicate: Callable[[list[Value]], list[Value]],
) -> None:
    x = Value(3.0, label="x")
    shared = x * x
    first, second = shared * 2, shared + x
    first.backward()
    other, one, two = duplicate([x, first, second])
    assert one.operands[0] is two.operands[0]
    assert one.operands[0].operands == (other, other)
    assert (other.label, other.data, other.grad, one.grad) == ("x", 3.0, 12.0, 1.0)
    assert one.operands[1].is_constant
    assert not two.has_grad
    two.backward()
    assert (other.grad, x.grad) == (19.0, 12.0)


def test_deepcopy_then_backward_moves_only_the_copy() -> None:
    x = Value(3.0)
    twin = copy.deepcopy(x * x)
    twin.backward()
    assert twin.operands[0].grad == 6.0
    assert x.grad == 0.0


def test_copy_is_of_the_node_alone() -> None:
    x = Value(3.0)
    y = x * x
    twin = copy.copy(y)
    assert twin is not y
    assert twin.operands == (x, x)


class Tagged(Value):
    """A subclass with an attribute of its own."""

    tag = ""


@pytest.mark.parametrize("duplicate", [copy.deepcopy, through_pickle])
def test_copies_of_subclasses_keep_type_and_attributes(
    duplicate: Callable[[list[Value]], list[Value]],
) -> None:
    v = Tagged(2.0)
    v.tag = "kept"
    (twin,) = duplicate([v])
    assert type(twin) is Tagged
    assert twin.tag == "kept"


def test_an_operation_of_three_operands_is_copied_whole() -> None:
    a = Value(2.0)
    twin = through_pickle([where(1.0, a, a * a)])[0]
    twin.backward()
    assert twin.op == "where"
    assert twin.operands[1].grad == 1.0


class Slotted(Value):
    """A subclass with a slot of its own."""

    __slots__ = ("extra",)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, lambda v: through_pickle([v])[0]])
def test_slots_of_subclasses_are_kept(duplicate: Callable[[Value], Value]) -> None:
    v = Slotted(2.0)
    v.extra = "kept"
    assert duplicate(v).extra == "kept"  # type: ignore[attr-defined]


@pytest.mark.parametrize("duplicate", [copy.deepcopy, through_pickle])
def test_an_attribute_that_is_a_node_of_the_graph_is_that_node_of_the_copy(
    duplicate: Callable[[list[Value]], list[Value]],
) -> None:
    n, m = Tagged(2.0), Value(3.0)
    n.source, n.me = m, n  # type: ignore[attr-defined]
    (product,) = duplicate([n * m])
    left, right = product.operands
    assert left.source is right  # type: ignore[attr-defined]
    assert left.me is left  # type: ignore[attr-defined]
    assert right is not m


def test_threads_may_pickle_one_graph_together() -> None:
    root = Value(1.0)
    for _ in range(300):
        root = root * 1.0001
    sizes: set[int] = set()

    def work() -> None:
        for _ in range(15):
            sizes.add(len(topological_order(pickle.loads(pickle.dumps(root)))))

    run_in_threads(work)
    assert sizes == {601}


def test_a_list_of_all_nodes_keeps_every_identity() -> None:
    x = Value(0.5)
    nodes = topological_order((x * x + exp(x)).tanh() / x)
    twins = through_pickle(nodes)
    assert topological_order(twins[-1]) == twins
    assert topological_order(through_pickle(nodes[::-1])[0])[0].data == 0.5


def test_an_operation_of_ones_own_is_refused_with_a_reason() -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x * x, summary="x³.")
    for thing in (cube, cube(Value(2.0))):
        with pytest.raises(pickle.PicklingError, match=r"'cube' is not of autograd\.OPERATIONS"):
            pickle.dumps(thing)
    assert pickle.loads(pickle.dumps(exp)) is exp
