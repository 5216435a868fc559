"""Recover the structure that a scalar graph has lost: dot products, matrices, whole rows.

Three steps, each on places and nothing else:

1. In a chain of additions, consecutive terms of one kind become one dot product: of their factors,
   where they are products used once. The order of addition stays, and with it every last bit.
2. Instructions are sorted by depth, and those of one kind and depth get consecutive numbers: all
   outputs of a layer, for all positions and examples. Leaves are numbered as they are used.
3. Neighbours whose operands advance by constant strides become one block of rows and columns.
   A matrix that then lies row by row is turned, so that a block walks along it in memory.

What fits nowhere is run one by one. The loops over all places are in native/patterns.py.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from autograd.engine import accelerated
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
    Program,
    append_sequence,
    one_by_one,
)
from autograd.tape.tape import MINUS_ONE, MINUS_ZERO, ONE, OWN, Tape, zeros

if TYPE_CHECKING or not accelerated:
    from autograd.native import patterns, sweeps
else:
    from autograd.native import engine as patterns
    from autograd.native import engine as sweeps

ADD, SUB, MUL = (OPERATIONS[name].code for name in ("add", "sub", "mul"))
FEWEST_TERMS = 3  # in a sum that becomes a dot product with ones
FEWEST_ROWS = 4  # in a block of one operation; fewer are run one by one
FEWEST_PRODUCTS = 16  # in a block of dot products
STRETCH = 1 << 16  # rows that are looked at together, if they are not of one group


def find_structure(tape: Tape) -> Program:
    """The program with the fewest blocks that these steps find."""
    draft = Draft(tape)
    draft.find_dots()
    draft.find_levels()
    draft.align_layers()
    draft.order_factors()
    for attempt in range(6):
        layout = Layout(draft)
        blocks, unfit = layout.blocks(dissolve_small=attempt == 0)
        if not unfit and layout.turn_matrices(blocks):
            blocks, unfit = layout.blocks()
        if not unfit:
            order = layout.order, layout.leaves, layout.stored
            del draft, layout  # as a tape takes as much memory again
            return Program(tape.reordered(*order), blocks)
        draft.dissolve(unfit)
        del layout
    return one_by_one(tape)


class Draft:
    """The instructions of a tape, some of them dot products that have others inside.

    codes              : of each instruction; DOT of one that fills its place with a dot product.
    begins, ends, pool : where its operands are, as in native/patterns.py.
    owners             : for each place, that of the dot product it is inside; or 0.
    levels             : for each place, how far it is from the results, whose level is the last.
    turns              : of those with one level, which come first: what was inside dot products
                         that were dissolved; nothing before there are any.
    """

    def __init__(self, tape: Tape) -> None:
        self.tape, self.codes = tape, tape.codes[:]
        self.begins, self.ends, self.pool = tape.all_operands()
        self.owners, self.levels, self.turns = zeros(tape.nodes), zeros(0), zeros(0)

    def places_of(self, code: int) -> array[int]:
        """The places that instructions of one kind fill."""
        found = zeros(len(self.codes))
        del found[sweeps.find_code(self.codes, code, self.tape.leaves, found) :]
        return found

    # ---- 1. chains of additions -----------------------------------------------------------------

    def find_dots(self) -> None:
        """Make dot products of the terms of chains."""
        tape, pool = self.tape, self.pool
        instructions = self.codes, self.begins, pool, tape.leaves
        uses = tape.uses(pool)
        one, minus_one, minus_zero = map(tape.constant_place, (ONE, MINUS_ONE, MINUS_ZERO))
        most = 2 * (len(self.places_of(ADD)) + len(self.places_of(SUB)))
        links, terms, inside = zeros(most), zeros(most), bytearray(tape.nodes)
        first = patterns.find_chains(*instructions, uses, ADD, SUB, inside, links, terms)
        del links[:first], terms[:first]
        a, b = zeros(len(links)), zeros(len(links))
        patterns.find_factors(*instructions, uses, MUL, SUB, one, minus_one, links, terms, a, b)
        del uses, inside
        used, like = len(pool), (tape.shared, one, minus_one)
        pool.extend(zeros(patterns.room_for_dots(links, terms, a, b, *like, FEWEST_TERMS)))
        patterns.make_dots(
            links, terms, a, b, tape.leaves, *like, minus_zero, FEWEST_TERMS, DOT, used,
            self.codes, self.begins, self.ends, pool, self.owners,
        )  # fmt: skip

    def order_factors(self) -> None:
        """Have parameters on the left of each product, and constants on the right."""
        tape = self.tape
        patterns.order_factors(
            self.places_of(DOT), self.begins, self.ends, self.pool, tape.leaves,
            len(tape.closures), tape.shared,
        )  # fmt: skip

    def dot(self, place: int) -> tuple[int, int]:
        """Where in the pool the factors of a dot product begin, and how many terms it has."""
        begin, end = (column[place - self.tape.leaves] for column in (self.begins, self.ends))
        return begin, (end - begin) // 2

    def dissolve(self, places: Iterable[int]) -> None:
        """Take dot products apart: what was inside comes just before them, one after the other."""
        tape = self.tape
        self.turns = self.turns or zeros(tape.nodes)
        for place in places:
            k = place - tape.leaves
            self.codes[k] = tape.codes[k]
            self.begins[k] = len(self.pool)
            self.pool.extend((tape.left[k], tape.right[k]))
            self.ends[k] = len(self.pool)
        patterns.dissolve(self.codes, DOT, tape.leaves, self.owners, self.levels, self.turns)

    # ---- 2. like instructions, in a row ---------------------------------------------------------

    def find_levels(self) -> None:
        """Find the level of every instruction that is not inside a dot product.

        Counted from the results, so that examples, or positions in a text, stay in step even if
        what came before was longer for some than for others.
        """
        self.levels = zeros(self.tape.nodes)
        patterns.find_levels(
            self.begins, self.ends, self.pool, self.tape.leaves, self.owners, self.levels
        )

    def align_layers(self) -> None:
        """Give dot products of one vector with parameters the level of the first of them.

        They are a layer, though a chain such as a maximum may ask for one output after the other.
        """
        shared, pool = self.tape.shared, self.pool
        layers: dict[bytes, list[int]] = {}
        for place in self.places_of(DOT):
            begin, terms = self.dot(place)
            is_shared = pool[begin] < shared
            if pool[begin + terms] < shared and is_shared != (pool[begin + terms + 1] < shared):
                if is_shared:
                    begin += terms + 1
                layers.setdefault(pool[begin : begin + terms].tobytes(), []).append(place)
        for members in layers.values():
            first = min(self.levels[place] for place in members)
            for place in members:
                self.levels[place] = first

    def kinds(self, places: array[int]) -> tuple[array[int], int]:
        """The kinds of instructions, by the places that they fill, as numbers; and how many numbers
        there may be."""
        tape, kinds = self.tape, zeros(self.tape.nodes)
        highest = patterns.find_kinds(
            places, self.codes, self.begins, self.ends, self.pool, DOT, tape.leaves, tape.shared,
            kinds,
        )  # fmt: skip
        own: dict[tuple[int, ...], int] = {}
        for code in range(OWN, OWN + len(tape.own_operations)):
            for place in self.places_of(code):
                at = slice(self.begins[place - tape.leaves], self.ends[place - tape.leaves])
                kind = (code, *[k < tape.shared for k in self.pool[at]])
                kinds[place] = own.setdefault(kind, highest + 1 + len(own))
        return kinds, highest + 1 + len(own)

    def groups(self) -> tuple[array[int], array[int], array[int]]:
        """Instructions of one kind and level, by level: each group depends on those before it.

        Gives the places in this order, where each group begins among them and the last one ends,
        and the places inside dot products.
        """
        inside = zeros(len(self.codes))
        count = sweeps.list_units(self.owners, self.tape.leaves, inside)
        order = inside[:count]
        del inside[:count]
        turns = self.turns or self.levels
        if self.turns:
            order = sorted_by(turns, order, sweeps.lowest(turns), 1)
        order = sorted_by(self.levels, order, sweeps.lowest(self.levels), 1)
        kinds, highest = self.kinds(order)
        groups, latest = zeros(self.tape.nodes), array("i", [-1]) * highest
        many = sweeps.number_groups(order, self.levels, turns, kinds, latest, groups)
        order = sorted_by(groups, order, 0, many)
        bounds = zeros(many + 1)
        bounds[many] = count
        sweeps.find_bounds(order, groups, bounds)
        return order, bounds, inside


def sorted_by(keys: array[int], places: array[int], lowest: int, stop: int) -> array[int]:
    """Places sorted by their keys, which are from lowest to stop - 1."""
    result = zeros(len(places))
    sweeps.sort_by(keys, places, result, lowest, zeros(stop - lowest + 1))
    return result


class Layout:
    """The places of a tape, numbered so that the members of each group are consecutive.

    order  : the instructions, by their places in the tape; from `stored` on, those inside dots.
    bounds : where each group begins among them, and where the last one ends.
    dots   : which groups are of dot products.
    leaves : parameters and constants, likewise, in the order in which the groups use them.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft, self.tape = draft, draft.tape
        self.order, self.bounds, inside = draft.groups()
        self.stored = self.tape.leaves + len(self.order)
        first = [draft.codes[self.order[k] - self.tape.leaves] for k in self.bounds[:-1]]
        self.dots = [k for k, code in enumerate(first) if code == DOT]
        self.own = [k for k, code in enumerate(first) if code >= OWN]
        for k in self.dots:
            at = slice(self.bounds[k], self.bounds[k + 1])
            self.order[at] = array("i", self.by_matrix(self.order[at]))
        self.leaves = zeros(self.tape.shared)
        patterns.order_leaves(
            self.order, self.bounds, draft.codes, draft.begins, draft.ends, draft.pool, DOT,
            self.tape.leaves, len(self.tape.closures), bytearray(self.tape.shared), self.leaves,
        )  # fmt: skip
        self.order.extend(inside)

    def by_matrix(self, members: array[int]) -> Iterable[int]:
        """Dot products, those with rows of parameters sorted: matrix by matrix, vector by vector.

        Rows that meet the same vectors in the same order belong to one matrix.
        """
        draft, pool = self.draft, self.draft.pool
        if pool[draft.dot(members[0])[0]] >= len(self.tape.closures):
            return members
        meetings: dict[int, list[int]] = {}
        for place in members:
            meetings.setdefault(pool[draft.dot(place)[0]], []).append(place)
        matrices: dict[tuple[int, ...], list[list[int]]] = {}
        for places in meetings.values():
            found = [draft.dot(place) for place in places]
            vectors = tuple([pool[begin + terms + 1] for begin, terms in found])
            matrices.setdefault(vectors, []).append(places)
        return [
            place
            for rows in matrices.values()
            for outputs in zip(*rows, strict=True)
            for place in outputs
        ]

    # ---- 3. rows and columns --------------------------------------------------------------------

    def blocks(self, dissolve_small: bool = False) -> tuple[list[Block], list[int]]:
        """The blocks, and the dots that fit into none; if there are any, these are all that counts,
        and there are no blocks."""
        unfit: list[int] = []
        found: list[Block] = []
        numbers = self.tape.numbers(self.order, self.leaves)
        first = 0
        while first < len(self.bounds) - 1:  # a stretch of groups at a time, as rows are wide
            stop = bisect_right(self.bounds, self.bounds[first] + STRETCH, first + 2) - 1
            self.add_blocks(found, unfit, first, stop, numbers, dissolve_small)
            first = stop
        return ([], unfit) if unfit else (self.with_sequences(found), unfit)

    def add_blocks(
        self, blocks: list[Block], unfit: list[int], first: int, stop: int, numbers: array[int],
        strict: bool,
    ) -> None:  # fmt: skip
        """Add the blocks of groups, or the dots that do not fit; once there are any, only these."""
        draft, order, bounds, leaves = self.draft, self.order, self.bounds, self.tape.leaves
        self.first, end = bounds[first], bounds[stop]
        self.rows, misfits = zeros(5 * (end - self.first)), bytearray(end - self.first)
        some = patterns.fill_rows(
            order, self.first, end, draft.codes, draft.begins, draft.ends, draft.pool, DOT,
            leaves, self.tape.shared, numbers, self.rows, misfits,
        )  # fmt: skip
        for k in self.dots[bisect_left(self.dots, first) : bisect_left(self.dots, stop)]:
            members = range(bounds[k], bounds[k + 1])
            if some:
                unfit += [order[m] for m in members if misfits[m - self.first]]
            if unfit:
                continue
            terms = draft.dot(order[members[0]])[1]
            for start, height, width in self.runs(bounds[k : k + 2], 1):
                if strict and height * width * terms < FEWEST_PRODUCTS:
                    unfit += order[start : start + height * width]
                else:
                    blocks.append(self.dot_block(start, height, width, terms))
        if unfit:
            return
        for k in self.own[bisect_left(self.own, first) : bisect_left(self.own, stop)]:
            blocks.append(Block(PYTHON, 1, bounds[k + 1] - bounds[k], 0, leaves + bounds[k]))
        for start, height, width in self.runs(bounds[first : stop + 1], FEWEST_ROWS):
            if (code := draft.codes[order[start] - leaves]) < DOT:
                blocks.append(self.block(code, start, height, width))

    def with_sequences(self, found: list[Block]) -> list[Block]:
        """The blocks in order, with what is between them, one by one."""
        blocks: list[Block] = []
        out = self.tape.leaves
        for block in sorted(found, key=lambda block: block.out):
            if block.out > out:
                blocks.append(Block(SEQUENCE, 1, block.out - out, 0, out))
            append_sequence(blocks, block)
            out = block.out + block.rows * block.columns
        if self.stored > out:
            blocks.append(Block(SEQUENCE, 1, self.stored - out, 0, out))
        return blocks

    def runs(self, bounds: array[int], fewest: int) -> Iterator[tuple[int, int, int]]:
        """Runs of runs of rows that advance by constant steps, in groups with these bounds; with as
        many rows or more: the first row, the number of runs, and the number of rows in each."""
        found = zeros(3 * ((bounds[-1] - bounds[0]) // fewest))
        del found[patterns.find_runs(self.rows, self.first, bounds, fewest, found) :]
        return zip(found[::3], found[1::3], found[2::3], strict=True)

    def block(self, code: int, first: int, height: int, width: int) -> Block:
        """A block of one operation of the table."""
        place = self.order[first] - self.tape.leaves
        operands = [
            self.operand(k, first, height, width)
            for k in range(self.draft.ends[place] - self.draft.begins[place])
        ]
        return Block(code, height, width, 0, self.tape.leaves + first, *operands)

    def dot_block(self, first: int, height: int, width: int, terms: int) -> Block:
        """A block of dot products."""
        at = 5 * (first - self.first)
        along_a, along_b = self.rows[at + 3 : at + 5]
        a = self.operand(1, first, height, width, terms, along_a)
        b = self.operand(2, first, height, width, terms, along_b)
        c = self.operand(0, first, height, width)
        return Block(DOT, height, width, terms, self.tape.leaves + first, a, b, c)

    def operand(
        self, k: int, first: int, rows: int, columns: int, terms: int = 1, term: int = 0
    ) -> Operand:
        """The operand of a block that stands at k in its rows, with its kind."""
        at, tape = 5 * (first - self.first) + k, self.tape
        start = self.rows[at]
        row = self.rows[at + 5 * columns] - start if rows > 1 else 0
        column = self.rows[at + 5] - start if columns > 1 else 0
        steps = ((rows - 1) * row, (columns - 1) * column, (terms - 1) * term)
        lowest = start + sum(min(0, step) for step in steps)
        highest = start + sum(max(0, step) for step in steps)
        if start < tape.shared:
            kind = PARAMETER if lowest < len(tape.closures) else CONSTANT
            return Operand(start, row, column, term, kind)
        kind = RESULT if highest >= tape.leaves else INPUT
        return Operand(start - tape.shared, row, column, term, kind)

    def turn_matrices(self, blocks: list[Block]) -> bool:
        """Renumber parameters stored row by row, each row a dot, so that they lie term by term."""
        moved = bytearray(len(self.tape.closures))
        before = self.leaves[:]
        for block in sorted(blocks, key=lambda block: -block.rows * block.columns * block.terms):
            a, width, terms = block.a, block.columns, block.terms
            if block.code != DOT or a.kind != PARAMETER or a.row != 0 or width < 2:
                continue
            start, stop = a.start, a.start + width * terms
            if a.term != 1 or a.column != terms or moved.find(1, start, stop) >= 0:
                continue
            if stop > len(self.tape.closures):
                continue
            moved[start:stop] = b"\1" * (stop - start)
            for column in range(width):
                row = start + column * terms
                self.leaves[start + column : stop : width] = before[row : row + terms]
        return 1 in moved
