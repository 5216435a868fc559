"""Where C keeps the numbers of a program, and the order in which it runs single lines.

A place of the tape has its number, and its adjoint, at home: in `v` and `dv`, or in `shared` and
`dshared`. What only single lines deal with may be elsewhere. A number that the backward pass does
not need, and an adjoint, are each in the home of one that is not needed at the same time: so all
that is going on lies close together, and the program takes half the time. A sum begins with its
first share, which nobody has to make room for: no adjoint is set to zero that need not be.

The kernel puts together what is alike, which takes numbers far from where they are used. In a long
program a line follows what it waits for as soon as it can, so that a compiler finds the number
still in a register: that takes a tenth less time. Each sum is made in its order all the same. A
short program stays as it is, as a compiler puts what is alike, side by side, into vectors there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, product
from math import isinf, isnan

from autograd.native.generate import in_c
from autograd.primitive import Operation
from autograd.tape.program import (
    CONSTANT,
    DOT,
    PARAMETER,
    SEQUENCE,
    Block,
    Operand,
    Program,
    append_sequence,
)
from autograd.tape.tape import TABLE, Tape

MANY = 2_000  # statements, from which on a program is long: a compiler would take too long for it
FEW = 16  # results, below which the kernel takes a block apart: CHALK_FEW in native/runs.h


class Places:
    """Where each number is, and which sums have begun; for a program written from its first line to
    its last, and then back.

    forth   : for each SEQUENCE, by the first place that it fills, its places in the order in which
              they are computed.
    back    : the same, from the last SEQUENCE to the first, for their adjoints.
    shown   : for each place whether another is not finite if its number is not.
    pending : for each place whether its adjoint has no share yet, so that a first one is to begin
              it. Those of inputs and results begin with what is there.
    """

    def __init__(self, program: Program) -> None:
        self.program = program = apart(program)
        self.tape = tape = program.tape
        self.pending = bytearray(tape.leaves) + b"\1" * (tape.stored - tape.leaves)
        for place in tape.results:
            self.pending[place] = 0
        self.forth, self.back = orders(program)
        alone = bytearray(self.pending)  # whether only single lines have to do with a place
        for block in program.blocks:
            if block.code != SEQUENCE:
                for place in chain_of(block, tape):
                    alone[place] = 0
        self.shown = tape.shown()
        self._adjoints = self._homes_of_adjoints(list(chain(*self.back.values())), alone)
        self._values = self._homes_of_values(list(chain(*self.forth.values())), alone)

    def value(self, place: int) -> str:
        """The number at a place; a constant as it is written."""
        return at(self.tape, self._values.get(place, place))

    def adjoint(self, place: int) -> str:
        """The adjoint of a place."""
        return in_memory(self.tape, self._adjoints.get(place, place), "d")

    def begins(self, place: int) -> bool:
        """Whether a share is the first of an adjoint, which it then begins."""
        if not self.pending[place]:
            return False
        self.pending[place] = 0
        return True

    def all_begin(self, block: Block, target: Operand) -> bool:
        """Whether shares for all of an operand of a block are the first, which they then begin."""
        places = _region(block, target, self.tape)
        if not (places and all(map(self.pending.__getitem__, places))):
            return False  # some have shares, or they are parameters
        for place in places:
            self.pending[place] = 0
        return True

    def zeros(self, block: Block, *targets: Operand) -> Iterator[str]:
        """Statements that set to zero what has no share yet of these operands of a block."""
        for target in targets:
            region = sorted(_region(block, target, self.tape))
            yield from self.cleared(filter(self.begins, region))

    def cleared(self, places: Iterable[int]) -> Iterator[str]:
        """Statements that set to zero these adjoints, which are at home."""
        for first, count in runs_of(sorted(places)):
            start = first - self.tape.shared
            up = f"for (int k = {start}; k < {start + count}; k++) " if count > 1 else ""
            yield f"{up}dv[{'k' if up else start}] = 0;"

    # ---- away from home -------------------------------------------------------------------------

    def _homes_of_adjoints(self, lines: Sequence[int], alone: Sequence[int]) -> dict[int, int]:
        """For each adjoint that is not at home, in whose it is."""
        homes = Homes(place for place in lines if alone[place])
        for place in lines:
            operands = self.tape.operands(place - self.tape.leaves)
            takes = [k for k in operands if self.program.takes(k, inputs=True)]
            for position, k in enumerate(takes, 1):
                if position == len(takes):  # its share is the last to read this one
                    homes.move_out(place)
                if alone[k]:
                    homes.move_in(k)
        return homes.of

    def _homes_of_values(self, lines: Sequence[int], alone: Sequence[int]) -> dict[int, int]:
        """For each number that is not at home, in whose it is."""
        tape = self.tape
        leaves = tape.leaves
        away = bytearray(map(min, alone, self.shown))
        kept = set().union(*[_read_back(self.program, place) for place in lines])
        last: dict[int, int] = {}
        for place in lines:
            last.update(dict.fromkeys(tape.operands(place - leaves), place))
        homes = Homes(place for place in lines if away[place])
        for place in lines:
            for k in set(tape.operands(place - leaves)):
                if last[k] == place and k not in kept:
                    homes.move_out(k)
            if away[place]:
                homes.move_in(place)
        return homes.of


class Homes:
    """Who is where, among places whose homes are free; whoever moves in is where one was last.

    of : for each place, in whose home it is.
    """

    def __init__(self, homes: Iterable[int]) -> None:
        self.of: dict[int, int] = {}
        self._free = sorted(homes, reverse=True)

    def move_in(self, place: int) -> None:
        if place not in self.of:
            self.of[place] = self._free.pop()

    def move_out(self, place: int) -> None:
        if place in self.of:
            self._free.append(self.of[place])


def apart(program: Program) -> Program:
    """A program with small blocks in single lines, as the kernel runs them too."""
    blocks: list[Block] = []
    for block in program.blocks:
        count = block.rows * block.columns
        is_small = block.code < DOT and count < FEW
        append_sequence(blocks, Block(SEQUENCE, 1, count, 0, block.out) if is_small else block)
    return program._replace(blocks=blocks)


def _read_back(program: Program, place: int) -> set[int]:
    """The places whose numbers the adjoint of an instruction reads."""
    operation, operands = program.tape.instruction(place)
    names = dict(zip("abc", operands, strict=False), out=place)
    found = set()
    for position, k in enumerate(operands):
        if program.takes(k, inputs=True):
            text = slope(operation, position)
            found |= {x for name, x in names.items() if f"{{{name}}}" in text}
    return found


# ---- the order of single lines ------------------------------------------------------------------


def statements(program: Program) -> int:
    """How many statements of C a program is, about."""
    return sum(x.columns if x.code == SEQUENCE else 1 for x in program.blocks)


def orders(program: Program) -> tuple[dict[int, Sequence[int]], dict[int, Sequence[int]]]:
    """`forth` and `back` of Places."""
    sequences = [x for x in program.blocks if x.code == SEQUENCE]
    forth: dict[int, Sequence[int]] = {x.out: range(x.out, x.out + x.columns) for x in sequences}
    back = {out: lines[::-1] for out, lines in reversed(forth.items())}
    if statements(program) > MANY:
        forth = {out: _soonest(lines, _readers(program, lines)) for out, lines in forth.items()}
        back = {out: _soonest(lines, _later(program, lines)) for out, lines in back.items()}
    return forth, back


def _readers(program: Program, lines: Sequence[int]) -> dict[int, list[int]]:
    """For each line those that read its number."""
    tape = program.tape
    found: dict[int, list[int]] = {place: [] for place in lines}
    for place in lines:
        for k in dict.fromkeys(tape.operands(place - tape.leaves)):
            if k in found:
                found[k].append(place)
    return found


def _later(program: Program, lines: Sequence[int]) -> dict[int, list[int]]:
    """For each line those that are next to read or to add to an adjoint to which it adds."""
    tape = program.tape
    found: dict[int, list[int]] = {place: [] for place in lines}
    last: dict[int, int] = {}  # to add to an adjoint
    for place in lines:
        operands = tape.operands(place - tape.leaves)
        takes = [k for k in operands if program.takes(k, inputs=True)]
        for k in dict.fromkeys([place, *takes]):
            if k in last:
                found[last[k]].append(place)
        last.update(dict.fromkeys(takes, place))
    return found


def _soonest(lines: Sequence[int], waiting: dict[int, list[int]]) -> list[int]:
    """Lines in an order in which those that wait for one follow it as soon as they can."""
    waits = dict.fromkeys(lines, 0)
    for places in waiting.values():
        for place in places:
            waits[place] += 1
    found: list[int] = []
    ready = [place for place in reversed(lines) if not waits[place]]
    while ready:
        place = ready.pop()
        found.append(place)
        for k in reversed(waiting[place]):
            waits[k] -= 1
            if not waits[k]:
                ready.append(k)
    return found


# ---- a block ------------------------------------------------------------------------------------


def _region(block: Block, operand: Operand, tape: Tape) -> Collection[int]:
    """The places of an operand of a block; none if they are shared."""
    if operand.kind in (CONSTANT, PARAMETER):
        return ()
    sizes = (block.rows, operand.row), (block.columns, operand.column), (block.terms, operand.term)
    ranges = [range(0, size * step, step) for size, step in sizes if step and size > 1]
    start = tape.shared + operand.start
    if len(ranges) == 1 and ranges[0].step > 0:
        return range(start, start + ranges[0].stop, ranges[0].step)
    return {start + sum(steps) for steps in product(*ranges)}


def chain_of(block: Block, tape: Tape) -> Iterator[int]:
    """The places that a block fills, and those of its operands."""
    yield from range(block.out, block.out + block.rows * block.columns)
    count = 3 if block.code == DOT else len(TABLE[block.code].operands)
    for operand in (block.a, block.b, block.c)[:count]:
        yield from _region(block, operand, tape)


def operands_of(tape: Tape, block: Block) -> list[Operand]:
    """What a block fills, and its operands."""
    return [Operand(block.out - tape.shared, block.columns, 1, 0, -1), block.a, block.b, block.c]


# ---- text ---------------------------------------------------------------------------------------


def at(tape: Tape, place: int) -> str:
    """The number at home in a place; a constant as it is written."""
    if len(tape.closures) <= place < tape.shared:
        return number(tape.constants[place - len(tape.closures)])
    return in_memory(tape, place, "")


def in_memory(tape: Tape, place: int, prefix: str) -> str:
    """The home of a place."""
    if place < tape.shared:
        return f"{prefix}shared[{place}]"
    return f"{prefix}v[{place - tape.shared}]"


def number(x: float) -> str:
    """A number in C, to the last digit."""
    if isnan(x):
        return "NAN"
    text = "INFINITY" if isinf(x) else repr(abs(x))
    return f"(-{text})" if str(x).startswith("-") else text


@lru_cache(None)
def slope(operation: Operation, position: int) -> str:
    """A derivative with room for the names of the result and of the operands."""
    names = ["{a}", "{b}", "{c}"][: len(operation.operands)]
    return in_c(operation.derivatives[position], "{out}", names)


def runs_of(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first of each run of consecutive places, and how many there are."""
    first = 0
    for k in range(1, len(places) + 1):
        if k == len(places) or places[k] != places[k - 1] + 1:
            yield places[first], k - first
            first = k
