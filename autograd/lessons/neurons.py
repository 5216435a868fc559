"""The neurons of a graph, which a lesson shows as one box each until one is opened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from autograd.engine import Value
from autograd.language.expression import number_text, operation_text
from autograd.pictures.rollup import ModulePath

LOOSE = 0  # how tightly a sum binds, at most
LEAST = 2  # neurons: a single one is small enough to be shown open


@dataclass(frozen=True)
class Neuron:
    """A module that computes activation(w · x + b), by its nodes.

    path   : the modules that it is in, itself last.
    gates  : its operations, in topological order, its output last.
    leaves : its parameters, and constants such as a slope.
    total  : the weighted sum; the output itself where there is no activation.
    terms  : what is added up, in order: (product, weight, input), or (bias,).
    """

    path: ModulePath
    gates: tuple[Value, ...]
    leaves: tuple[Value, ...]
    total: Value
    terms: tuple[tuple[Value, ...], ...]

    @property
    def output(self) -> Value:
        """The gate that computes its value."""
        return self.gates[-1]

    def formula(self) -> str:
        """What it computes: `tanh(Σ wᵢxᵢ + b)`."""
        biased = any(len(term) == 1 for term in self.terms)
        written = "Σ wᵢxᵢ + b" if biased else "Σ wᵢxᵢ"
        if self.output is self.total:
            return written
        parts = [
            (written, LOOSE) if v is self.total else number_text(v.data)
            for v in self.output.operands
        ]
        return operation_text(self.output._operation, parts)[0]


def neurons_of(order: Sequence[Value], paths: Mapping[Value, ModulePath]) -> list[Neuron]:
    """The neurons of a graph, none if they are fewer than two; whatever class their modules have.

    order : its nodes in topological order, the root last.
    """
    inside: dict[tuple[int, ...], list[Value]] = {}
    for node in order:
        if paths[node]:
            inside.setdefault(tuple(map(id, paths[node])), []).append(node)
    users: dict[Value, list[Value]] = {node: [] for node in order}
    for node in order:
        for operand in node.operands:
            users[operand].append(node)
    found = []
    for nodes in inside.values():
        neuron = _neuron(paths[nodes[0]], nodes, users)
        if neuron is not None:
            found.append(neuron)
    places = {node: place for place, node in enumerate(order)}
    found.sort(key=lambda neuron: places[neuron.output])
    return found if len(found) >= LEAST else []


def _neuron(
    path: ModulePath, nodes: Sequence[Value], users: Mapping[Value, list[Value]]
) -> Neuron | None:
    """These nodes of one module as a neuron, if they are one."""
    own = set(nodes)
    gates = tuple(v for v in nodes if v.operands)
    leaves = tuple(v for v in nodes if not v.operands)
    if not gates or any(not own.issuperset(users[v]) for v in nodes if v is not gates[-1]):
        return None
    output = total = gates[-1]
    if output.op not in "+*":
        bent = [v for v in output.operands if not v.is_constant]
        if len(bent) != 1 or bent[0] not in gates:
            return None
        total = bent[0]
    terms = _terms(total, own)
    if sum(len(term) > 1 for term in terms) == 0 or sum(len(term) == 1 for term in terms) > 1:
        return None
    sums = len(gates) - (output is not total) - sum(len(term) > 1 for term in terms)
    return Neuron(path, gates, leaves, total, terms) if sums == len(terms) - 1 else None


def _terms(total: Value, own: set[Value]) -> tuple[tuple[Value, ...], ...]:
    """What a weighted sum adds up, in order; () for anything else."""
    terms: list[tuple[Value, ...]] = []
    waiting = [total]
    while waiting:
        node = waiting.pop()
        weights = [v for v in node.operands if v in own and not v.operands and not v.is_constant]
        if node.op == "+" and own.issuperset(node.operands) and len(node.operands) == 2:
            waiting.extend(reversed(node.operands))
        elif node.op == "*" and len(weights) == 1:
            first, second = node.operands
            terms.append((node, *((first, second) if first in weights else (second, first))))
        elif not node.operands:
            terms.append((node,))
        else:
            return ()
    return tuple(terms)
