"""Engines with a mistake in them, simulated: the numbers that each would give for an expression.

A mistake is recognised by its numbers alone, so it does not matter how the student's class is
built. An `Engine` gives every result that its mistake can lead to, for the order in which a class
visits its nodes is its own; a result is the value of the expression and the gradient of each leaf.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from autograd.diagnosis.orders import MOST, WRONG_ORDERS, postorder, without_equals
from autograd.diagnosis.subject import REFLECTED
from autograd.engine import Value, topological_order
from autograd.operations import OPERATIONS, local_grad
from autograd.primitive import Rule
from autograd.quizzes.rules import WRONG_RULES

Numbers = Mapping[Value, float]
Locals = Mapping[Value, Sequence[float]]


class Result(NamedTuple):
    """What an engine gives: the value, the gradient of each leaf in order, and of the root."""

    value: float
    leaves: tuple[float, ...]
    root: float


class Engine(NamedTuple):
    """A mistake by name, where it is made, and the results that it can lead to."""

    mistake: str
    where: str
    results: Callable[[Value], Iterator[Result]]


Share = Callable[[dict[Value, float], Value, int, float], None]
"""Gives one operand its share: the gradients, the gate, the operand's place, its local slope."""

OWN_RULES: Mapping[tuple[str, int], Mapping[str, Rule]] = {
    ("mul", 0): {"factor ignored": lambda out, a, b: 1.0},
    ("mul", 1): {"factor ignored": lambda out, a, b: 1.0},
    ("neg", 0): {"sign": lambda out, x: 1.0},
    ("pow", 0): {"exponent alone": lambda out, a, b: b},
    ("exp", 0): {
        "exp of the input": lambda out, x: x,
        "exp as a power": lambda out, x: x * math.exp(x - 1),
        "exp flat": lambda out, x: 1.0,
    },
    ("tanh", 0): {
        "tanh of the input": lambda out, x: 1 - x**2,
        "tanh without a square": lambda out, x: 1 - out,
        "rule of the sigmoid": lambda out, x: out * (1 - out),
        "tanh upside down": lambda out, x: out**2 - 1,
    },
    ("relu", 0): {
        "relu passes": lambda out, x: 1.0,
        "relu of the value": lambda out, x: out,
        "relu of the other side": lambda out, x: float(x <= 0),
    },
}
OPERATION_NAMES = ("add", "sub", "mul", "div", "pow", "neg", "exp", "tanh", "relu")
UNARY = ("exp", "tanh", "relu")


# ---- what every engine does ---------------------------------------------------------------------


def forward(order: Sequence[Value], wrong: Mapping[str, Rule] | None = None) -> dict[Value, float]:
    """The value of each node; wrong : other functions for some operations, of the operands."""
    data: dict[Value, float] = {}
    for node in order:
        operands = [data[x] for x in node.operands]
        if not operands:
            data[node] = node.data
        else:
            known = wrong or {}
            value = known.get(method_of(node)) or known.get(node._operation.name)
            data[node] = (value or node._operation.forward)(*operands)
    return data


def slopes(
    order: Sequence[Value], data: Numbers, wrong: Mapping[tuple[str, int], Rule] | None = None
) -> dict[Value, list[float]]:
    """The local derivatives of each gate; wrong : rules in place of the table's."""
    found: dict[Value, list[float]] = {}
    known = wrong or {}
    for gate in order:
        operation, numbers = gate._operation, [data[x] for x in gate.operands]
        found[gate] = []
        for place in range(len(numbers)):
            own = known.get((method_of(gate), place)) or known.get((operation.name, place))
            found[gate].append(
                float(own(data[gate], *numbers))
                if own
                else local_grad(operation, place, data[gate], numbers)
            )
    return found


def method_of(gate: Value) -> str:
    """The name of a gate's operation; of the reflected one where a number is on the left."""
    name = gate._operation.name
    return REFLECTED[name] if gate.operands and gate.operands[0].is_constant else name


def add(grads: dict[Value, float], gate: Value, place: int, local: float) -> None:
    """What is right: the share is added."""
    grads[gate.operands[place]] += grads[gate] * local


def swept(
    root: Value,
    work: Sequence[Value],
    local: Locals,
    share: Share = add,
    seed: float = 1.0,
    right_first: bool = False,
) -> dict[Value, float]:
    """A backward pass that lets the gates work in the order given."""
    grads = dict.fromkeys(topological_order(root), 0.0)
    grads[root] = seed
    for gate in work:
        places = [p for p, x in enumerate(gate.operands) if not x.is_constant]
        for place in reversed(places) if right_first else places:
            share(grads, gate, place, local[gate][place])
    return grads


def result(root: Value, data: Numbers, grads: Numbers) -> Result:
    leaves = tuple(grads[x] for x in variables(root))
    return Result(data[root], leaves, grads[root])


def variables(root: Value) -> list[Value]:
    """The leaves that take a gradient, in topological order."""
    return [x for x in topological_order(root) if not x.operands and not x.is_constant]


# ---- engines, by the kind of mistake ------------------------------------------------------------


def with_rules(root: Value, wrong: Mapping[tuple[str, int], Rule]) -> Iterator[Result]:
    """Other local derivatives."""
    order = topological_order(root)
    data = forward(order)
    yield result(root, data, swept(root, order[::-1], slopes(order, data, wrong)))


def with_share(root: Value, share: Share) -> Iterator[Result]:
    """Another way to give an operand its share; it depends on the order of the work."""
    order = topological_order(root)
    data = forward(order)
    local = slopes(order, data)
    for work in (order[::-1], postorder(root, right_first=True)[::-1]):
        for right_first in (False, True):
            grads = swept(root, work, local, share, right_first=right_first)
            yield result(root, data, grads)


def with_order(root: Value, work_of: Callable[[Value], Sequence[Value]]) -> Iterator[Result]:
    """Gates at work in another order, or more than once, or never."""
    order = topological_order(root)
    data = forward(order)
    yield result(root, data, swept(root, work_of(root), slopes(order, data)))


def with_recursion(root: Value, right_first: bool, again: bool = False) -> Iterator[Result]:
    """Each operand gets its share and hands on at once all that it has; again : in turn, too."""
    order = topological_order(root)
    data = forward(order)
    local = slopes(order, data)
    grads = dict.fromkeys(order, 0.0)
    grads[root] = 1.0
    calls = 0

    def work(gate: Value) -> None:
        nonlocal calls
        calls += 1
        places = range(len(gate.operands))
        for place in reversed(places) if right_first else places:
            add(grads, gate, place, local[gate][place])
            if calls < MOST:
                work(gate.operands[place])

    for gate in order[::-1] if again else [root]:
        work(gate)
    yield result(root, data, grads)


def with_seed(root: Value, seed: Callable[[float], float]) -> Iterator[Result]:
    order = topological_order(root)
    data = forward(order)
    grads = swept(root, order[::-1], slopes(order, data), seed=seed(data[root]))
    yield result(root, data, grads)


def with_locals(
    root: Value, change: Callable[[Value, Sequence[float]], Sequence[float]]
) -> Iterator[Result]:
    """The local derivatives of each gate, changed: what a gate does with its own."""
    order = topological_order(root)
    data = forward(order)
    local = slopes(order, data)
    changed = {gate: list(change(gate, local[gate])) for gate in order}
    yield result(root, data, swept(root, order[::-1], changed))


def with_operands(
    root: Value, change: Callable[[Value, Sequence[float]], Sequence[tuple[Value, float]]]
) -> Iterator[Result]:
    """What a gate hands on, to whom: pairs of an operand and a local derivative."""
    order = topological_order(root)
    data = forward(order)
    local = slopes(order, data)
    grads = dict.fromkeys(order, 0.0)
    grads[root] = 1.0
    for gate in reversed(order):
        for operand, slope in change(gate, local[gate]):
            grads[operand] += grads[gate] * slope
    yield result(root, data, grads)


def with_values(
    root: Value, values: Mapping[str, Rule], wrong: Mapping[tuple[str, int], Rule]
) -> Iterator[Result]:
    """Other functions, and the derivatives that go with them."""
    order = topological_order(root)
    data = forward(order, values)
    yield result(root, data, swept(root, order[::-1], slopes(order, data, wrong)))


# ---- all of them --------------------------------------------------------------------------------


def all_engines() -> Iterator[Engine]:
    """Every engine, likely ones first among those that no expression can tell apart."""
    shares = list(wrong_shares())
    yield from (engine for engine in shares if not engine.where)
    yield from wrong_rules()
    yield from wrong_orders()
    yield from wrong_operands()
    yield from wrong_seeds()
    yield from wrong_values()
    yield from (engine for engine in shares if engine.where)


def wrong_rules() -> Iterator[Engine]:
    for table in (WRONG_RULES, OWN_RULES):
        named: dict[tuple[str, str], dict[tuple[str, int], Rule]] = {}
        for (operation, place), rules in table.items():
            for mistake, rule in rules.items():
                named.setdefault((operation, mistake), {})[operation, place] = rule
        for (operation, mistake), rules_of_it in named.items():
            yield Engine(mistake, operation, partial(with_rules, wrong=rules_of_it))
            if len(rules_of_it) > 1:
                for key, rule in rules_of_it.items():
                    yield Engine(mistake, operation, partial(with_rules, wrong={key: rule}))
            if operation in ("sub", "div") and (operation, 1) in rules_of_it:
                key = REFLECTED[operation], 1
                rule = rules_of_it[operation, 1]
                yield Engine(mistake, operation, partial(with_rules, wrong={key: rule}))


def wrong_shares() -> Iterator[Engine]:
    def assign(grads: dict[Value, float], gate: Value, place: int, local: float) -> None:
        grads[gate.operands[place]] = grads[gate] * local

    def subtract(grads: dict[Value, float], gate: Value, place: int, local: float) -> None:
        grads[gate.operands[place]] -= grads[gate] * local

    def local_alone(grads: dict[Value, float], gate: Value, place: int, local: float) -> None:
        grads[gate.operands[place]] += local

    def upstream_alone(grads: dict[Value, float], gate: Value, place: int, local: float) -> None:
        grads[gate.operands[place]] += grads[gate]

    def nothing(grads: dict[Value, float], gate: Value, place: int, local: float) -> None:
        pass

    shares: dict[str, Share] = {
        "assignment": assign,
        "upstream forgotten": local_alone,
        "local forgotten": upstream_alone,
        "subtracted": subtract,
    }
    for mistake, share in shares.items():
        yield Engine(mistake, "", partial(with_share, share=share))
        for name in OPERATION_NAMES:
            yield Engine(mistake, name, partial(with_share, share=only(name, None, share)))
    for place in (0, 1):
        for name in ("", *OPERATION_NAMES[:4]):
            share = only(name, place, nothing)
            yield Engine("operand forgotten", name, partial(with_share, share=share))


def only(name: str, place: int | None, share: Share) -> Share:
    """A share that is wrong at one operation, or at one place of its operands, alone."""

    def chosen(grads: dict[Value, float], gate: Value, at: int, local: float) -> None:
        is_here = name in ("", gate._operation.name) and place in (None, at)
        is_here = is_here and (place is None or len(gate.operands) > 1)
        (share if is_here else add)(grads, gate, at, local)

    return chosen


def wrong_orders() -> Iterator[Engine]:
    for mistake, work_of in WRONG_ORDERS:
        yield Engine(mistake, "", partial(with_order, work_of=work_of))
    for right_first in (False, True):
        recursive = partial(with_recursion, right_first=right_first)
        yield Engine("order", "", recursive)
        yield Engine("visited twice", "", partial(recursive, again=True))
        by_number = partial(without_equals, right_first=right_first)
        yield Engine("equal numbers", "", partial(with_order, work_of=by_number))


def wrong_operands() -> Iterator[Engine]:
    def once(gate: Value, local: Sequence[float], last: bool) -> Sequence[tuple[Value, float]]:
        pairs = list(zip(gate.operands, local, strict=True))
        return list(dict(pairs if last else pairs[::-1]).items())

    def last_of_all(
        gate: Value, local: Sequence[float], with_numbers: bool, node: bool, slope: bool
    ) -> Sequence[tuple[Value, float]]:
        pairs = [
            (x, d)
            for x, d in zip(gate.operands, local, strict=True)
            if with_numbers or not x.is_constant
        ]
        return [(pairs[-1][0] if node else x, pairs[-1][1] if slope else d) for x, d in pairs]

    for last in (True, False):
        yield Engine("lost twin", "", partial(with_operands, change=partial(once, last=last)))
    for with_numbers in (True, False):
        for node, slope in ((True, True), (True, False), (False, True)):
            change = partial(last_of_all, with_numbers=with_numbers, node=node, slope=slope)
            yield Engine("late binding", "", partial(with_operands, change=change))

    def beside_number(kind: str, gate: Value, local: Sequence[float]) -> Sequence[float]:
        constants = [x.is_constant for x in gate.operands]
        if not any(constants) or gate._operation.name == "pow":
            return local
        own = constants.index(False)
        number, x = gate.operands[1 - own].data, gate.operands[own].data
        slope = {
            "one": 1.0,
            "none": 0.0,
            "itself": x,
            "both": sum(local) if gate._operation.name != "mul" else number + x,
        }[kind]
        return [0.0 if constant else slope for constant in constants]

    for kind in ("one", "none", "itself", "both"):
        yield Engine("number", "", partial(with_locals, change=partial(beside_number, kind)))


def wrong_seeds() -> Iterator[Engine]:
    yield Engine("seed", "", partial(with_seed, seed=lambda value: 0.0))
    yield Engine("seed", "", partial(with_seed, seed=lambda value: value))
    yield Engine("seed", "", partial(with_seed, seed=lambda value: 2.0))

    def none(gate: Value, local: Sequence[float]) -> Sequence[float]:
        return [0.0] * len(local)

    yield Engine("nothing arrives", "", partial(with_locals, change=none))


def wrong_values() -> Iterator[Engine]:
    swapped: dict[str, tuple[Rule, Rule, Rule]] = {
        "sub": (lambda a, b: b - a, lambda out, a, b: -1.0, lambda out, a, b: 1.0),
        "div": (
            lambda a, b: b / a,
            lambda out, a, b: -b / a**2,
            lambda out, a, b: 1 / a,
        ),
    }
    for name, (value, first, second) in swapped.items():
        for method in (REFLECTED[name], name):
            wrong = {(method, 0): first, (method, 1): second}
            yield Engine(
                "swapped operands", name, partial(with_values, values={method: value}, wrong=wrong)
            )
    for last in UNARY:
        operation = OPERATIONS[last]
        values: dict[str, Rule] = dict.fromkeys(UNARY, operation.forward)
        wrong = {(name, 0): operation.derivatives[0] for name in UNARY}
        yield Engine("late binding", last, partial(with_values, values=values, wrong=wrong))
