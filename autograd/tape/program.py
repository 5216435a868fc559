"""Program: a tape with the order in which to run it, in blocks of like instructions."""

from __future__ import annotations

from typing import NamedTuple

from autograd.tape.tape import OWN, TABLE, Tape

# What a block does, if it is not one operation of the table on many rows.
DOT, SEQUENCE, PYTHON = 0x80, 0x81, 0x82

# What an operand of a block is.
CONSTANT, PARAMETER, RESULT, INPUT = range(4)


class Operand(NamedTuple):
    """Where a block finds an operand: place start + row * i + column * j + term * k.

    kind : CONSTANT or PARAMETER, with start counted from the first place; RESULT or INPUT, with
           start counted from the end of the shared places.
    """

    start: int = 0
    row: int = 0
    column: int = 0
    term: int = 0
    kind: int = CONSTANT


class Block(NamedTuple):
    """Instructions of one kind, which fill rows * columns consecutive places from `out` on.

    An operation of the table fills each with its value at a, b and c. A DOT fills each with
    c + a[0] b[0] + a[1] b[1] + ..., added from left to right over its terms. A SEQUENCE runs as
    many instructions of the tape as it has columns, from the one that fills `out` on; so does
    PYTHON, for operations that are not in the table.
    """

    code: int
    rows: int
    columns: int
    terms: int
    out: int
    a: Operand = Operand()
    b: Operand = Operand()
    c: Operand = Operand()

    @property
    def name(self) -> str:
        """What it is called in a listing."""
        own = {DOT: "dot", SEQUENCE: "sequence", PYTHON: "python"}
        return own.get(self.code) or TABLE[self.code].name

    def __str__(self) -> str:
        size = f"{self.rows} x {self.columns}" + (f" x {self.terms}" if self.terms else "")
        return f"{self.name:10} {size}"


class Program(NamedTuple):
    """A tape, its places in the order that the blocks need, and the blocks."""

    tape: Tape
    blocks: list[Block]

    def takes(self, place: int, inputs: bool) -> bool:
        """Whether the gradient of a place is wanted."""
        tape = self.tape
        if place < tape.shared:
            return place < len(tape.closures)
        return inputs or place >= tape.leaves

    def __str__(self) -> str:
        return "\n".join(map(str, self.blocks))


def one_by_one(tape: Tape) -> Program:
    """The program that runs a tape as it stands."""
    return Program(tape, sequence(tape, tape.leaves, tape.stored))


def sequence(tape: Tape, start: int, stop: int) -> list[Block]:
    """Blocks that run the instructions at places start to stop - 1, one by one."""
    if not tape.own_operations:
        return [Block(SEQUENCE, 1, stop - start, 0, start)] if start < stop else []
    blocks: list[Block] = []
    for place in range(start, stop):
        code = PYTHON if tape.codes[place - tape.leaves] >= OWN else SEQUENCE
        append_sequence(blocks, Block(code, 1, 1, 0, place))
    return blocks


def append_sequence(blocks: list[Block], block: Block) -> None:
    """Add a block; a SEQUENCE or PYTHON that continues the last one is merged into it."""
    if blocks and block.code in (SEQUENCE, PYTHON):
        last = blocks[-1]
        if last.code == block.code and last.out + last.columns == block.out:
            blocks[-1] = last._replace(columns=last.columns + block.columns)
            return
    blocks.append(block)
