"""What a lesson has to say at each moment, worked out by Python."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property, partial
from html import unescape
from math import prod

from autograd import Value, trace
from autograd.derivatives.slopes import check_slope
from autograd.language.expression import name_text
from autograd.language.formula import Formula
from autograd.language.names import end_of_name
from autograd.language.typeset import MATHML, mathml_name, mathml_number
from autograd.lessons.neurons import neurons_of
from autograd.lessons.picture import data_names
from autograd.pictures.rollup import module_paths
from autograd.stepping.card import paths_to
from autograd.stepping.step import Step


def digits(x: float) -> str:
    return f"{x + 0.0:.4g}"


def plain(markup: str) -> str:
    """What a reader sees of a piece of markup, without spaces."""
    return re.sub(r"\s+", "", unescape(re.sub("<[^>]*>", "", markup)))


def numeral(x: float) -> str:
    return plain(mathml_number(x, 4)[0])


def signless(number: str) -> str:
    return f"({number})" if number.startswith("−") else number


MATHML4 = replace(MATHML, number=partial(mathml_number, digits=4))


BACK = plain(
    "Going back: each gate multiplies its gradient by its local derivative, and adds the product "
    "to its operand's."
)


class Expected:
    """What a page says of a root at each moment, worked out by Python."""

    def __init__(self, root: Value) -> None:
        for node, name in data_names(trace(root).order).items():
            node.label = name  # as the page has it
        self.trace = trace(root)
        places, order = self.trace.places, self.trace.order
        neurons = neurons_of(order, module_paths(order))
        ends = {v: places[neuron.output] for neuron in neurons for v in neuron.gates}
        self.steps = list(self.trace)
        self.gates = [v for v in order if v.operands]  # those of one neuron after each other
        self.gates.sort(key=lambda v: (ends.get(v, places[v]), places[v]))
        of = {v: [s for s in self.steps[1:] if s.node is v] for v in self.gates}
        self.played = [self.steps[0], *(s for v in reversed(self.gates) for s in of[v])]
        self.last = len(self.gates) + len(self.trace)

    def name(self, node: Value) -> str:
        name = self.trace.name(node)
        if not node.operands and not node.is_constant:  # a parameter: as in its frame
            name = re.sub(r"^\w+(\[\d+\])?(\.\w+(\[\d+\])?)*\.(?=\w+(\[\d+\])?$)", "", name)
        return name_text(end_of_name(name, 24))[0]

    def maths(self, node: Value) -> str:
        return plain(mathml_name(self.name(node))[0])

    def sign(self, node: Value) -> str:
        return f"∂{self.bare(self.trace.root)}∂{self.bare(node)}"

    def bare(self, node: Value) -> str:
        return f"({self.maths(node)})" if mathml_name(self.name(node))[1] < 9 else self.maths(node)

    def step(self, moment: int) -> Step | None:
        index = moment - len(self.gates) - 1
        return self.played[index] if index >= 0 else None

    def data(self, node: Value, moment: int) -> str:
        known = not node.operands or self.gates.index(node) < moment
        return digits(node.data) if known else "?"

    def grad(self, node: Value, moment: int) -> str:
        made = self.played[: max(0, moment - len(self.gates))]
        into = [s.after for s in made if (s.node if s.operand is None else s.operand) is node]
        return digits(into[-1]) if into else "?"

    def picture(self, moment: int) -> list[list[str]]:
        """The numbers in each node's box, in order: its data, and its gradient."""
        return [
            [digits(v.data)] if v.is_constant else [self.data(v, moment), self.grad(v, moment)]
            for v in self.trace.order
        ]

    def card(self, moment: int) -> list[list[str]]:
        """The rows of the card: what each is, and what it says."""
        step = self.step(moment)
        if not moment:
            return []
        if step is None:
            gate = self.gates[moment - 1]
            value = f"{self.maths(gate)}={numeral(gate.data)}"
            return [["gate", self.computed(gate)], ["value", value]]
        if step.kind == "seed":
            name = self.maths(step.node)
            return [
                ["result", f"{name}={numeral(step.node.data)}"],
                ["rule", f"when{name}changesby1,{name}changesby1"],
                ["gradient", f"{self.sign(step.node)}=1"],
                ["next", BACK],
            ]
        return [*self.gate(step), *self.accumulation(step)]

    def computed(self, gate: Value) -> str:
        formula = Formula(gate, None, self.name)
        symbols, numbers = plain(formula.symbols(MATHML4)), plain(formula.numbers(MATHML4) or "")
        return f"{self.maths(gate)}={symbols}={numbers}={numeral(gate.data)}"

    def gate(self, step: Step) -> Iterator[list[str]]:
        gate, operand, uses = step.node, step.operand, self.trace.uses(step.node)
        assert operand is not None
        side = f"∂{self.bare(gate)}∂{self.bare(operand)}"
        slope = numeral(step.local)
        yield ["gate", self.computed(gate)]
        yield ["rule", plain(gate._operation.sentence(step.formula.position or 0))]
        complete = f"complete:{uses}of{uses}use{'s' * (uses > 1)}"
        yield ["upstream", f"{self.sign(gate)}={numeral(step.upstream)}{complete}"]
        formula = Formula(gate, step.formula.position, self.name)
        local = [side, *local_sides(formula, slope)]
        reason = plain(formula.reason(MATHML4).replace(" < ", " &lt; "))
        since = f",since{reason}" if reason else ""
        twice = gate.operands.count(operand) > 1
        place = f"asoperand{(step.formula.position or 0) + 1}of{len(gate.operands)}" * twice
        yield ["local", "=".join(local) + since + place]
        product = f"{numeral(step.upstream)}·{signless(slope)}={numeral(step.contribution)}"
        yield ["downstream", f"{self.sign(gate)}·{side}={product}"]

    def accumulation(self, step: Step) -> Iterator[list[str]]:
        operand = step.operand
        assert operand is not None
        change = f"{digits(step.before)}→{digits(step.after)}use{step.use}of{step.uses}"
        sign = self.sign(operand)
        yield ["gradient", f"{sign}+={numeral(step.contribution)}{change}"]
        if step.use < step.uses:
            return
        paths = paths_to(self.trace, operand)
        products = [prod(each.local for each in path) for path in paths]
        if paths and len(paths[0]) + len(paths) > 2:
            lines = []
            for path, product in zip(paths, products, strict=True):
                nodes = "→".join(map(self.maths, [path[0].node, *(s.operand for s in path)]))
                factors = [numeral(each.local) for each in path]
                factors[1:] = map(signless, factors[1:])
                shown = "·".join(factors) + "=" if len(factors) > 1 else ""
                lines.append(f"{nodes}{shown}{numeral(product)}")
            yield ["paths" if len(paths) > 1 else "path", "".join(lines)]
        arrivals = [self.trace[k].contribution for k in self.trace.arrivals(operand)]
        terms = products or arrivals[:6]
        if len(terms) > 1:
            first, *rest = terms
            more = "".join(f"{'−' if x < 0 else '+'}{numeral(abs(x))}" for x in rest)
            more += "+…" if not products and len(arrivals) > 6 else ""
            yield ["sum", f"{sign}={numeral(first)}{more}={numeral(self.trace.adjoint(operand))}"]
        root, gradient = self.trace.root, self.trace.adjoint(operand)
        check = check_slope(root, operand, gradient, self.name(operand))
        if check.numerical is None:
            why = "there is no value close enough" if "does not exist" in check.note else check.note
            yield ["check", plain(f"not possible: {why}")]
        else:
            yield ["check", plain(f"finite difference {numeral(check.numerical)}{check.verdict}")]

    @cached_property
    def forward(self) -> list[list[str]]:
        """The rows of the table of the forward pass."""
        return [
            [
                str(1 + self.gates.index(gate)),
                self.maths(gate),
                plain(Formula(gate, None, self.name).symbols(MATHML4)),
                digits(gate.data),
            ]
            for gate in self.trace.order
            if gate.operands
        ]

    @cached_property
    def backward(self) -> list[list[str]]:
        """The rows of the table of the backward pass."""
        first = len(self.gates) + 1
        rows = [[str(first), self.maths(self.trace.root), "theseed", "", "", "1", "0→1", ""]]
        for step in self.steps[1:]:
            formula = Formula(step.node, step.formula.position, self.name)
            symbols = plain(formula.symbols(MATHML4))
            slope = numeral(step.local)
            local = digits(step.local) if symbols == slope else f"{symbols}={slope}"
            change = f"{digits(step.before)}→{digits(step.after)}"
            names = [self.maths(step.node), self.maths(step.operand)]
            upstream, added = digits(step.upstream), digits(step.contribution)
            use = f"{step.use}of{step.uses}"
            number = str(first + self.played.index(step))
            rows.append([number, *names, upstream, local, added, change, use])
        return rows


def local_sides(formula: Formula, slope: str) -> list[str]:
    symbols = plain(formula.symbols(MATHML4))
    numbers = plain(formula.numbers(MATHML4) or "")
    sides = [symbols]
    sides += [numbers] if numbers and numbers != slope else []
    return sides + ([] if symbols == slope else [slope])
