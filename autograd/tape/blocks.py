"""Layout: which place comes where, and the blocks of rows and columns that this makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd.operations import OPERATIONS
from autograd.tape.program import (
    CONSTANT,
    DOT,
    INPUT,
    PARAMETER,
    PYTHON,
    RESULT,
    SEQUENCE,
    Block,
    Operand,
    append_sequence,
)
from autograd.tape.tape import OWN, Tape

ADD, SUB, MUL = (OPERATIONS[name].code for name in ("add", "sub", "mul"))
FEWEST_ROWS = 4  # in a block of one operation; fewer are run one by one
FEWEST_PRODUCTS = 16  # in a block of dot products


class Dot(NamedTuple):
    """first + a[0] b[0] + a[1] b[1] + ..., and the places that it absorbs."""

    first: int
    a: list[int]
    b: list[int]
    absorbed: list[int]


Group = tuple[int, list[int]]
"""The code of instructions of one kind, and their places."""


class Layout:
    """The places of a tape, numbered so that the members of each group are consecutive.

    order  : the instructions, by their places in the tape; from `stored` on, those inside dots.
    leaves : closures and constants, likewise, in the order in which the groups use them.
    """

    def __init__(
        self,
        tape: Tape,
        operands: list[tuple[int, ...]],
        groups: list[Group],
        dots: dict[int, Dot],
    ) -> None:
        self.tape, self.operands_of, self.groups, self.dots = tape, operands, groups, dots
        self.order = [place for _, members in groups for place in members]
        self.stored = tape.leaves + len(self.order)
        self.order += sorted(place for dot in dots.values() for place in dot.absorbed)
        used = dict.fromkeys(
            place
            for code, members in groups
            for column in self.columns(code, members)
            for place in column
            if place < tape.shared
        )
        count = len(tape.closures)
        rest = [k for k in range(tape.shared) if k not in used]
        closures = [k for k in (*used, *rest) if k < count]
        constants = [k for k in (*used, *rest) if k >= count]
        self.leaves = closures + constants
        self.number()

    def columns(self, code: int, members: list[int]) -> Iterator[Iterator[int]]:
        """The operands of a group: all the first ones, then all the second ones, and so on."""
        if code != DOT:
            rows = [self.operands_of[place - self.tape.leaves] for place in members]
            for column in zip(*rows, strict=True):
                yield iter(column)
            return
        found = [self.dots[place] for place in members]
        yield (place for dot in found for place in dot.a)
        yield (dot.first for dot in found)
        yield (place for dot in found for place in dot.b)

    def number(self) -> None:
        """Give every place its new number."""
        self.numbers = list(range(self.tape.nodes))
        for number, place in enumerate(self.leaves):
            self.numbers[place] = number
        for number, place in enumerate(self.order, self.tape.leaves):
            self.numbers[place] = number

    # ---- 3. rows and columns ----------------------------------------------------------------

    def blocks(self, dissolve_small: bool = False) -> tuple[list[Block], list[int]]:
        """The blocks, and the dots that fit into none; if there are any, these are all that counts,
        and there are no blocks."""
        of_dots: dict[int, list[Block]] = {}
        unfit: list[int] = []
        out = self.tape.leaves
        for code, members in self.groups:
            if code == DOT:
                self.add_dots(of_dots.setdefault(out, []), unfit, members, out, dissolve_small)
            out += len(members)
        blocks: list[Block] = []
        out = self.tape.leaves
        for code, members in () if unfit else self.groups:
            if code == DOT:
                blocks += of_dots[out]
            elif code >= OWN:
                append_sequence(blocks, Block(PYTHON, 1, len(members), 0, out))
            else:
                self.add_rows(blocks, code, members, out)
            out += len(members)
        return blocks, unfit

    def add_rows(self, blocks: list[Block], code: int, members: list[int], out: int) -> None:
        """Blocks of one operation of the table."""
        numbers, base = self.numbers, self.tape.leaves
        columns = zip(*[self.operands_of[place - base] for place in members], strict=True)
        rows = [*zip(*[map(numbers.__getitem__, column) for column in columns], strict=True)]
        for start, height, width, down, along in compress(rows):
            if height * width < FEWEST_ROWS:
                append_sequence(blocks, Block(SEQUENCE, 1, height * width, 0, out + start))
                continue
            operands = [
                self.operand(first, height, width, 1, row, column, 0)
                for first, row, column in zip(rows[start], down, along, strict=True)
            ]
            blocks.append(Block(code, height, width, 0, out + start, *operands))

    def add_dots(
        self, blocks: list[Block], unfit: list[int], members: list[int], out: int, strict: bool
    ) -> None:
        """Blocks of dot products of one length."""
        rows = []
        for place in members:
            dot = self.dots[place]
            a = [self.numbers[k] for k in dot.a]
            b = [self.numbers[k] for k in dot.b]
            along_a, along_b = stride(a), stride(b)
            if (
                along_a is None
                or along_b is None
                or not (self.is_uniform(a) and self.is_uniform(b))
            ):
                unfit.append(place)
            else:
                rows.append((self.numbers[dot.first], a[0], b[0], along_a, along_b))
        if unfit:
            return
        terms = len(self.dots[members[0]].a)
        for start, height, width, down, along in compress(rows, fixed=2):
            if strict and height * width * terms < FEWEST_PRODUCTS:
                unfit.extend(members[start : start + height * width])
                continue
            first, a0, b0, along_a, along_b = rows[start]
            blocks.append(
                Block(
                    DOT,
                    height,
                    width,
                    terms,
                    out + start,
                    self.operand(a0, height, width, terms, down[1], along[1], along_a),
                    self.operand(b0, height, width, terms, down[2], along[2], along_b),
                    self.operand(first, height, width, 1, down[0], along[0], 0),
                )
            )

    def is_uniform(self, numbers: list[int]) -> bool:
        """Whether all are shared between rows, or none is."""
        return max(numbers) < self.tape.shared or min(numbers) >= self.tape.shared

    def operand(
        self, start: int, rows: int, columns: int, terms: int, row: int, column: int, term: int
    ) -> Operand:
        """The operand of a block, with its kind."""
        steps = ((rows - 1) * row, (columns - 1) * column, (terms - 1) * term)
        lowest = start + sum(min(0, step) for step in steps)
        highest = start + sum(max(0, step) for step in steps)
        if start < self.tape.shared:
            kind = PARAMETER if lowest < len(self.tape.closures) else CONSTANT
            return Operand(start, row, column, term, kind)
        kind = RESULT if highest >= self.tape.leaves else INPUT
        return Operand(start - self.tape.shared, row, column, term, kind)

    def turn_matrices(self, blocks: list[Block]) -> bool:
        """Renumber parameters stored row by row, each row a dot, so that they lie term by term."""
        moved: set[int] = set()
        numbers: dict[int, int] = {}
        for block in sorted(blocks, key=lambda block: -block.rows * block.columns * block.terms):
            a, width, terms = block.a, block.columns, block.terms
            if block.code != DOT or a.kind != PARAMETER or a.row != 0 or width < 2:
                continue
            region = range(a.start, a.start + width * terms)
            if a.term != 1 or a.column != terms or not moved.isdisjoint(region):
                continue
            if region.stop > len(self.tape.closures):
                continue
            moved.update(region)
            for column in range(width):
                for term in range(terms):
                    old = a.start + column * terms + term
                    numbers[a.start + term * width + column] = self.leaves[old]
        for number, place in numbers.items():
            self.leaves[number] = place
        self.number()
        return bool(moved)


def stride(numbers: list[int]) -> int | None:
    """The step from each number to the next if it is always the same, else None."""
    if len(numbers) == 1:
        return 0
    first = numbers[0]
    step = numbers[1] - first
    regular = range(first, first + len(numbers) * step, step) if step else [first] * len(numbers)
    return step if numbers == list(regular) else None


Run = tuple[int, int, int, tuple[int, ...], tuple[int, ...]]


def compress(rows: Sequence[tuple[int, ...]], fixed: int = 0) -> Iterator[Run]:
    """Rows of numbers as runs of runs that advance by constant steps.

    fixed : how many of the last numbers must stay the same throughout a run.

    Gives for each its first row, the number of runs, the number of rows in each, and the steps from
    run to run and from row to row.
    """
    moving = len(rows[0]) - fixed
    none = (0,) * moving

    def step(first: int, second: int) -> tuple[int, ...] | None:
        one, other = rows[first], rows[second]
        if fixed and one[moving:] != other[moving:]:
            return None
        if moving == 2:  # as nearly all have
            return other[0] - one[0], other[1] - one[1]
        return tuple([y - x for x, y in zip(one[:moving], other[:moving], strict=True)])

    runs: list[tuple[int, int, tuple[int, ...]]] = []  # first row, length, step
    start, count = 0, len(rows)
    while start < count:
        stop = start + 1
        along = step(start, stop) if stop < count else None
        if along is not None:
            stop += 1
            while stop < count and step(stop - 1, stop) == along:
                stop += 1
        runs.append((start, stop - start, along or none))
        start = stop
    position = 0
    while position < len(runs):
        start, width, along = runs[position]
        end = position + 1
        down = None
        while end < len(runs) and runs[end][1:] == (width, along):
            between = step(runs[end - 1][0], runs[end][0])
            if between is None or (down is not None and between != down):
                break
            down = between
            end += 1
        yield start, end - position, width, down or none, along
        position = end
