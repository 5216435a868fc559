"""What the parts 4 to 6 promise, and how it is tried: on graphs nobody has seen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from autograd.course.asking import Check, Failed, Names, answer, built, graph, named, shown
from autograd.diagnosis.engines import forward, slopes, swept, variables
from autograd.diagnosis.expressions import DOUBLINGS, LONG, chain, doubled, grown
from autograd.diagnosis.grader import check_value, described
from autograd.diagnosis.subject import Trouble, said, same
from autograd.engine import Value, propagate, topological_order

# ---- 4 and 6: what the grader tries -------------------------------------------------------------


def graded(operations: str, again: bool = False) -> Check:
    def check(names: Names, rng: Random) -> None:
        report = check_value(named(names, "Value"), operations, again, rng.randrange(10**6))
        if report.finding:
            raise Failed(str(report.finding), report.finding)

    return check


def pushed(names: Names, rng: Random) -> None:
    """As graded, with a backward() that calls the student's push in a right order."""
    student = named(names, "Value")
    if not hasattr(student, "push"):
        raise Failed("There is no push in your Value. Keep the names of the stub.")

    def backward(root: Any) -> None:
        root.grad = 1.0
        for node in reversed(in_order(root)):
            node.push()

    own = vars(student).get("backward")
    student.backward = backward
    try:
        graded("+ *")(names, rng)
    finally:
        if own is None:
            del student.backward
        else:
            student.backward = own


def in_order(root: Any) -> list[Any]:
    """A topological order of a student's nodes, which may be of any kind."""
    order: list[Any] = []
    seen: set[int] = set()
    stack = [(root, False)]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack.extend((operand, False) for operand in node.operands)
    return order


# ---- 5: order -----------------------------------------------------------------------------------


def each_once(names: Names, rng: Random) -> None:
    for root in graphs(rng):
        nodes, found = listed(names, root)
        text = described(root)
        if len(found) > len(nodes):
            raise Failed(
                f"{text}: it has {len(nodes)} nodes, and your list {len(found)}. A node that is "
                "used twice stands in it twice: skip those that you have seen."
            )
        if len(found) < len(nodes):
            raise Failed(f"{text}: it has {len(nodes)} nodes, and your list {len(found)}.")


def operands_first(names: Names, rng: Random) -> None:
    tried = [(root, *listed(names, root)) for root in graphs(rng)]
    wrong = [each for each in tried if not is_in_order(*each[1:])]
    upside_down = [each for each in wrong if not is_in_order(each[1], each[2][::-1])]
    if wrong and not upside_down:
        raise Failed("Your list begins with the result. It should stand at the end.")
    for root, nodes, found in upside_down[:1]:
        ours = {id(x): node for node, x in nodes.items()}
        work = [ours[id(x)] for x in found]
        if work[0] is not root:
            work = work[::-1]
        order = topological_order(root)
        yours, right = swept(root, work, slopes(order, forward(order))), propagate(root)
        told = [
            f" Handed on in this order, {x.label}.grad is {said(yours[x])}, and measured it is "
            f"{said(right[x])}."
            for x in variables(root)
            if not same(yours[x], right[x])
        ]
        raise Failed(
            f"{described(root)}: a result stands before one of its operands.{''.join(told[:1])} "
            "Put a node into the list after all its operands."
        )


def is_in_order(nodes: Mapping[Value, Any], found: Sequence[Any]) -> bool:
    """Whether each of the student's nodes stands after its operands."""
    place = {id(x): k for k, x in enumerate(found)}
    return all(
        place[id(nodes[x])] < place[id(own)] for gate, own in nodes.items() for x in gate.operands
    )


DIAMONDS = (
    *("a + b", "a*a", "d = a + b; f = d*d", "d = a + b; e = d*c; f = d*e"),
    *("d = a + b; e = d*c; f = e*d", "d = a*b; e = d + c; g = e*d; f = g + d"),
)


def graphs(rng: Random) -> list[Value]:
    random = [grown(rng, ("add", "mul"), 3 + size // 4) for size in range(20)]
    return [*(graph(text, rng) for text in DIAMONDS), *map(without_numbers, random)]


def without_numbers(root: Value) -> Value:
    """The same expression with a variable for each constant."""
    made: dict[Value, Value] = {}
    for node in topological_order(root):
        operands = [made[x] for x in node.operands]
        made[node] = node._operation(*operands) if operands else Value(node.data)
    leaves = variables(made[root])
    for leaf, label in zip(leaves, "abcdeghijklmnop", strict=False):
        leaf.label = label
    made[root].label = "f"
    return made[root]


def listed(names: Names, root: Value) -> tuple[dict[Value, Any], list[Any]]:
    """The student's nodes of an expression, and the student's list of them."""
    nodes = built(names, root, with_grad=True)
    text = described(root) if len(nodes) < 20 else "a long chain"
    written = f"topological_order of {text}"
    found = answer(names, "topological_order", nodes[root], written=written)
    if not isinstance(found, (list, tuple)):
        raise Failed(f"{written} gives {shown(found)}, and not a list.")
    own = {id(x) for x in nodes.values()}
    if any(id(x) not in own for x in found):
        raise Failed(f"{written} has something in it that is no node of the graph.")
    return nodes, list(found)


def long_chains(names: Names, rng: Random) -> None:
    cases = {f"x = x + a, {LONG} times": chain("add")}
    cases[f"x = x + x, {DOUBLINGS} times"] = doubled("add")
    for text, root in cases.items():
        try:
            nodes, found = listed(names, root)
        except Trouble as trouble:
            long = {"endless": "every path", "recursion": "recursion limit"}
            mistake = long.get(trouble.mistake, trouble.mistake)
            raise Trouble(mistake, f"{text}: {trouble.said}") from None
        if len(found) != len(nodes):
            raise Failed(f"{text}: it has {len(nodes)} nodes, and your list {len(found)}.")
