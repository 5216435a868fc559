"""Tape: what a function computes, one operation after the other (a Wengert list).

A tape is a graph without the objects: every number of the computation has a place, and an
instruction says which operation to apply, and to which places. Printing it shows the forward
pass and the adjoint, the backward pass, as formulas.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from autograd.engine import Value, accelerated, runs_as_native_code
from autograd.operations import OPERATIONS
from autograd.primitive import Operation
from autograd.protocols.structures import Structure

if TYPE_CHECKING or not accelerated:
    from autograd.native import sweeps
else:
    from autograd.native import engine as sweeps

TABLE = tuple(OPERATIONS.values())
ARITIES = [len(operation.operands) for operation in TABLE]
KNOWN = {operation.code for operation in TABLE if runs_as_native_code(operation)}
ONE, MINUS_ONE, MINUS_ZERO = 1.0, -1.0, -0.0  # among the constants of every tape
BITS = 30  # in a number of a column
SHOWS = {  # 1 where the result is not finite if the first operand is not; 3 if the second neither
    **dict.fromkeys(("add", "sub", "mul"), 3),
    **dict.fromkeys(("div", "neg", "pos", "square"), 1),
}
OWN = 0x100  # codes from here on are of operations that are not in the table


def zeros(count: int) -> array[int]:
    """A column of so many."""
    return array("i", [0]) * count


class Tape:
    """A recorded function: places in a row, and instructions that fill them.

    The places are, in this order, `closures` (the parameters), `constants`, `inputs` (one for each
    number among the arguments), and one for each instruction. The last instructions may have no
    place of their own in memory: from `stored` on they are only ever parts of others.

    name      : of the function.
    closures  : the Values that the function reads besides its arguments, afresh at each call.
    constants : the plain numbers in it.
    inputs    : what the numbers among its arguments are called.
    codes     : for each instruction its operation, as an index into the table.
    limits    : for each instruction whether it is of a derivative, which may be inf at a pole.
    left, right : the places of its operands; with three or more, right is an index into `extra`.
    results   : the places of the results, in order; one may come twice.
    returns   : the structure in which the function gives them; None for one Value.
    shared    : how many places hold the same in every row: parameters and constants.
    leaves    : how many places are filled from outside, before the first instruction.
    """

    def __init__(
        self,
        name: str,
        closures: Sequence[Value],
        constants: Iterable[float],
        inputs: Sequence[str],
    ) -> None:
        self.name = name
        self.closures = tuple(closures)
        self.constants = array("d", constants)
        self.inputs = tuple(inputs)
        self.shared = len(self.closures) + len(self.constants)
        self.leaves = self.shared + len(self.inputs)
        self.own_operations: list[Operation] = []
        self.codes = array("H")
        self.limits = bytearray()
        self.left = array("i")
        self.right = array("i")
        self.extra = array("i")
        self.results = [0]
        self.returns: Structure = None
        self.stored = 0

    @property
    def nodes(self) -> int:
        """How many nodes there are in the graph that this replays."""
        return self.leaves + len(self.codes)

    def operation(self, code: int) -> Operation:
        """The operation with a code."""
        return TABLE[code] if code < OWN else self.own_operations[code - OWN]

    def operands(self, index: int) -> tuple[int, ...]:
        """The places of an instruction's operands, in order."""
        code = self.codes[index]
        count = ARITIES[code] if code < OWN else len(self.operation(code).operands)
        if count == 2:
            return self.left[index], self.right[index]
        if count == 1:
            return (self.left[index],)
        start = self.right[index]
        return self.left[index], *self.extra[start : start + count - 1]

    def all_operands(self) -> tuple[array[int], array[int], array[int]]:
        """Those of every instruction, one after the other: where they begin, where they end, and
        all of them."""
        count = len(self)
        begins, ends, pool = zeros(count), zeros(count), zeros(2 * count + len(self.extra))
        del pool[
            sweeps.list_operands(
                self.codes, self.left, self.right, self.extra, self.arities(), begins, ends, pool
            ) :
        ]
        return begins, ends, pool

    def arities(self) -> array[int]:
        """How many operands there are, by the code of the operation."""
        own = [len(operation.operands) for operation in self.own_operations]
        return array("i", ARITIES + [0] * (OWN - len(ARITIES)) + own)

    def shown(self) -> bytearray:
        """For each place whether there is another that is not finite if this is not."""
        found = bytearray(self.nodes)
        shows = [SHOWS.get(operation.name, 0) for operation in TABLE]
        by_code = array("i", shows + [0] * (OWN - len(shows) + len(self.own_operations)))
        sweeps.find_shown(self.codes, self.left, self.right, by_code, found)
        return found

    def unseen(self, gap: int = 0) -> array[int]:
        """The places to look at to know whether all numbers that are computed are finite: the first
        of each stretch, and how many there are. With no more than a gap between, two are one."""
        found = zeros(len(self) + 1)
        del found[sweeps.find_stretches(self.shown(), self.leaves, self.stored, gap, found) :]
        return found

    def uses(self, operands: array[int] | None = None) -> array[int]:
        """How many operands each place is, and how many results; from all operands, if known."""
        found = zeros(self.nodes)
        sweeps.tally(self.all_operands()[2] if operands is None else operands, found)
        sweeps.tally(array("i", self.results), found)
        return found

    def instruction(self, place: int) -> tuple[Operation, tuple[int, ...]]:
        """The operation that fills a place, and the places of its operands."""
        index = place - self.leaves
        return self.operation(self.codes[index]), self.operands(index)

    def append(self, code: int, operands: Sequence[int], limit: bool = False) -> None:
        """Add an instruction."""
        self.codes.append(code)
        self.limits.append(limit)
        self.left.append(operands[0])
        if len(operands) == 2:
            self.right.append(operands[1])
        else:
            self.right.append(len(self.extra))
            self.extra.extend(operands[1:])

    def add(self, operation: Operation, operands: Sequence[int], limit: bool = False) -> int:
        """Add an operation; the place of its result."""
        self.append(self.code_of(operation), operands, limit)
        return self.leaves + len(self.codes) - 1

    def constant_place(self, number: float) -> int:
        """The place of a constant, which must be there."""
        digits = number.hex()
        found = next(k for k, x in enumerate(self.constants) if x.hex() == digits)
        return len(self.closures) + found

    def code_of(self, operation: Operation) -> int:
        """The code of an operation; one that is not in the table is given one."""
        if operation.code in KNOWN:
            return operation.code
        if operation not in self.own_operations:
            self.own_operations.append(operation)
        return OWN + self.own_operations.index(operation)

    def reordered(
        self,
        order: array[int],
        leaves: array[int],
        stored: int,
        numbers: array[int] | None = None,
    ) -> Tape:
        """The same tape with its places in another order.

        order   : the instructions in their new order, by their places in this tape.
        leaves  : the closures and then the constants, likewise.
        stored  : how many places there are in memory.
        numbers : the new number of each place, if not all instructions are in this order.
        """
        count = len(self.closures)
        closures = [self.closures[k] for k in leaves[:count]]
        constants = [self.constants[k - count] for k in leaves[count:]]
        tape = Tape(self.name, closures, constants, self.inputs)
        tape.own_operations = self.own_operations
        tape.stored = stored
        if numbers is None:
            numbers = self.numbers(order, leaves)
        tape.codes = array("H", [0]) * len(order)
        tape.limits = bytearray(len(order))
        tape.left, tape.right, tape.extra = map(zeros, (len(order), len(order), len(self.extra)))
        sweeps.move(
            order, numbers, self.leaves, self.arities(), self.codes, self.limits, self.left,
            self.right, tape.codes, tape.limits, tape.left, tape.right,
        )  # fmt: skip
        sweeps.renamed(self.extra, numbers, tape.extra)
        tape.results = [numbers[k] for k in self.results]
        tape.returns = self.returns
        return tape

    def numbers(self, order: array[int], leaves: array[int]) -> array[int]:
        """The new number of each place, with places in another order, as `reordered` takes it."""
        numbers = zeros(self.nodes)
        numbers[self.shared : self.leaves] = array("i", range(self.shared, self.leaves))
        sweeps.renumber(leaves, 0, numbers)
        sweeps.renumber(order, self.leaves, numbers)
        return numbers

    def in_order(self, needed: Iterable[int] | None = None) -> array[int]:
        """The places of all instructions, each after its operands; or of those that fill the places
        that are needed, and what they depend on."""
        begins, ends, pool = self.all_operands()
        wanted = array("i", range(self.leaves, self.stored) if needed is None else needed)
        done = bytearray(self.nodes)
        done[: self.leaves] = b"\1" * self.leaves
        path, order = zeros(len(self)), zeros(len(self))
        del order[
            sweeps.walk(begins, ends, pool, self.leaves, wanted, done, path, begins[:], order) :
        ]
        return order

    def dependents(self) -> Sequence[int]:
        """For each leaf, which results depend on it: a number with a bit for each of them."""
        if len({*self.results}) == 1:  # there is nothing here but what this depends on, and inputs
            every = (1 << len(self.results)) - 1
            return [every if uses else 0 for uses in self.uses()[: self.leaves]]
        order, operands = self.in_order(), self.all_operands()
        found = [0] * self.leaves
        for first in range(0, len(self.results), BITS):
            bits = zeros(self.nodes)
            for which, place in enumerate(self.results[first : first + BITS]):
                bits[place] |= 1 << which
            sweeps.hand_down(order, *operands, self.leaves, bits)
            found = [x | y << first for x, y in zip(found, bits, strict=False)]
        return found

    def __len__(self) -> int:
        return len(self.codes)

    def __repr__(self) -> str:
        names = ", ".join(operation.name for operation in self.own_operations)
        slow = f", of which {names} run in Python" if names else ""
        return (
            f"<Tape of {self.name}: {len(self.inputs):,} inputs, "
            f"{len(self.closures):,} parameters, {len(self.codes):,} instructions{slow}>"
        )
