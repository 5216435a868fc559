"""Recover the structure that a scalar graph has lost: dot products, matrices, whole rows.

Three steps, each on places and nothing else:

1. In a chain of additions, consecutive terms of one kind become one dot product: of their factors,
   where they are products used once. The order of addition stays, and with it every last bit.
2. Instructions are sorted by depth, and those of one kind and depth get consecutive numbers: all
   outputs of a layer, for all positions and examples. Leaves are numbered as they are used.
3. Neighbours whose operands advance by constant strides become one block of rows and columns.
   A matrix that then lies row by row is turned, so that a block walks along it in memory.

What fits nowhere is run one by one.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd.tape.blocks import ADD, MUL, SUB, Dot, Group, Layout
from autograd.tape.program import DOT, Program, one_by_one
from autograd.tape.tape import MINUS_ONE, MINUS_ZERO, ONE, Tape

FEWEST_TERMS = 3  # in a sum that becomes a dot product with ones


def find_structure(tape: Tape) -> Program:
    """The program with the fewest blocks that these steps find."""
    operands = tape.all_operands()
    dots = find_dots(tape)
    levels = find_levels(tape, operands, dots)
    align_layers(tape, dots, levels)
    for attempt in range(6):
        groups = group(tape, operands, dots, levels)
        layout = Layout(tape, operands, groups, dots)
        blocks, unfit = layout.blocks(dissolve_small=attempt == 0)
        if not unfit and layout.turn_matrices(blocks):
            blocks, unfit = layout.blocks()
        if not unfit:
            return Program(tape.reordered(layout.order, layout.leaves, layout.stored), blocks)
        for place in unfit:
            dissolve(place, dots, levels)
    return one_by_one(tape)


# ---- 1. chains of additions ---------------------------------------------------------------------


def find_dots(tape: Tape) -> dict[int, Dot]:
    """The dot products, by the places that they fill."""
    uses = tape.uses()
    codes, left, right, base, shared = tape.codes, tape.left, tape.right, tape.leaves, tape.shared
    one, minus_one, minus_zero = (
        tape.constant_place(number) for number in (ONE, MINUS_ONE, MINUS_ZERO)
    )
    dots: dict[int, Dot] = {}
    inside = bytearray(tape.nodes)  # links of chains found before

    def is_link(place: int) -> bool:
        return place >= base and codes[place - base] in (ADD, SUB) and uses[place] == 1

    def factors(term: int, sign: int) -> tuple[int, int]:
        is_product = term >= base and codes[term - base] == MUL and uses[term] == 1
        if is_product and sign == one:
            return left[term - base], right[term - base]
        return term, sign

    def kind(a: int, b: int) -> tuple[int, bool, bool]:  # of a term, from its factors
        return b if b in (one, minus_one) else -1, a < shared, b < shared

    for end in range(tape.nodes - 1, base - 1, -1):
        if inside[end] or codes[end - base] not in (ADD, SUB):
            continue
        chain = []  # each link, the term that it adds, and its sign; the last first
        link = end
        while True:
            first, term = left[link - base], right[link - base]
            subtracts = codes[link - base] == SUB
            if not is_link(first) and is_link(term) and not subtracts:
                first, term = term, first
            chain.append((link, term, minus_one if subtracts else one))
            if not is_link(first):
                break
            inside[first] = 1
            link = first
        chain.append((first, first, one))
        chain.reverse()
        pairs = [factors(term, sign) for _, term, sign in chain]
        start = 0
        while start < len(chain):  # terms of one kind become one dot, added to the one before
            like = kind(*pairs[start])
            stop = start + 1
            while stop < len(chain) and kind(*pairs[stop]) == like:
                stop += 1
            if stop - start >= (FEWEST_TERMS if like[0] >= 0 else 2):
                part = chain[start:stop]
                absorbed = [link for link, _, _ in part[start == 0 : -1]]
                absorbed += [
                    term
                    for (_, term, _), pair in zip(part, pairs[start:stop], strict=True)
                    if pair[0] != term
                ]
                before = minus_zero if start == 0 else chain[start - 1][0]
                a, b = (list(side) for side in zip(*pairs[start:stop], strict=True))
                dots[chain[stop - 1][0]] = Dot(before, a, b, absorbed)
            start = stop
    return dots


# ---- 2. like instructions, in a row -------------------------------------------------------------


Level = tuple[int, int]
"""How far an instruction is from the results, and its turn among those of a dissolved dot."""


def find_levels(
    tape: Tape, all_operands: list[tuple[int, ...]], dots: dict[int, Dot]
) -> dict[int, Level]:
    """The level of every instruction that is not inside a dot; that of the results is the last.

    Counted from the results, so that examples, or positions in a text, stay in step even if what
    came before was longer for some than for others.
    """
    base = tape.leaves
    distances = [0] * tape.nodes
    absorbed = set()
    levels = {}
    for place in range(tape.nodes - 1, base - 1, -1):
        if place in absorbed:
            continue
        dot = dots.get(place)
        further = distances[place] + 1
        levels[place] = -further, 0
        if dot is None:
            operands: Sequence[int] = all_operands[place - base]
        else:
            absorbed.update(dot.absorbed)
            operands = [dot.first, *dot.a, *dot.b]
        for k in operands:
            if distances[k] < further:
                distances[k] = further
    return levels


def align_layers(tape: Tape, dots: dict[int, Dot], levels: dict[int, Level]) -> None:
    """Dot products of one vector with parameters get the level of the first of them.

    They are a layer, though a chain such as a maximum may ask for one output after the other.
    """
    layers: dict[tuple[int, ...], list[int]] = {}
    for place, dot in dots.items():
        for one, other in ((dot.a, dot.b), (dot.b, dot.a)):
            if max(one) < tape.shared <= min(other) and dot.first < tape.shared:
                layers.setdefault(tuple(other), []).append(place)
    for members in layers.values():
        first = min(levels[place] for place in members)
        levels.update(dict.fromkeys(members, first))


def dissolve(place: int, dots: dict[int, Dot], levels: dict[int, Level]) -> None:
    """Take a dot apart: what was inside it comes just before it, one after the other."""
    level, _ = levels[place]
    inside = sorted(dots.pop(place).absorbed)
    for step, part in enumerate(inside, -len(inside)):
        levels[part] = level, step


def group(
    tape: Tape,
    all_operands: list[tuple[int, ...]],
    dots: dict[int, Dot],
    levels: dict[int, Level],
) -> list[Group]:
    """Instructions of one kind and level, by level: each group depends on those before it."""
    base, shared, count, codes = tape.leaves, tape.shared, len(tape.closures), tape.codes
    groups: dict[tuple[Level, object], Group] = {}

    def rank(place: int) -> int:  # parameters first, constants last
        return 0 if place < count else 2 if place < shared else 1

    for place in sorted(levels):
        dot = dots.get(place)
        if dot is None:
            code = codes[place - base]
            operands = all_operands[place - base]
            if len(operands) == 2:
                kind: object = (code, operands[0] < shared, operands[1] < shared)
            else:
                kind = (code, *[k < shared for k in operands])
        else:
            for k, (a, b) in enumerate(zip(dot.a, dot.b, strict=True)):
                if rank(b) < rank(a):
                    dot.a[k], dot.b[k] = b, a
            code = DOT
            spaces = (dot.first < shared, dot.a[0] < shared, dot.b[0] < shared)
            kind = (DOT, len(dot.a), *spaces)
        key = levels[place], kind
        found = groups.get(key)
        if found is None:
            groups[key] = code, [place]
        else:
            found[1].append(place)
    return [
        (
            code,
            by_matrix(members, dots) if code == DOT and dots[members[0]].a[0] < count else members,
        )
        for code, members in (groups[key] for key in sorted(groups, key=lambda key: key[0]))
    ]


def by_matrix(members: list[int], dots: dict[int, Dot]) -> list[int]:
    """Dot products with rows of parameters, sorted: matrix by matrix, vector by vector.

    Rows that meet the same vectors in the same order belong to one matrix.
    """
    meetings: dict[int, list[int]] = {}
    for place in members:
        meetings.setdefault(dots[place].a[0], []).append(place)
    matrices: dict[tuple[int, ...], list[list[int]]] = {}
    for places in meetings.values():
        vectors = tuple([dots[place].b[0] for place in places])
        matrices.setdefault(vectors, []).append(places)
    return [
        place
        for rows in matrices.values()
        for outputs in zip(*rows, strict=True)
        for place in outputs
    ]
