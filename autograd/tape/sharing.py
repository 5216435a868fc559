"""Sharing: what a function computes twice, its tape computes once, if that is quicker."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

from autograd.engine import accelerated
from autograd.operations import OPERATIONS
from autograd.tape.program import DOT, PYTHON, SEQUENCE, Program
from autograd.tape.structure import find_structure
from autograd.tape.tape import OWN, Tape, zeros

if TYPE_CHECKING or not accelerated:
    from autograd.native import sweeps
else:
    from autograd.native import engine as sweeps

FEWEST_COPIES = 100  # one in so many: fewer are not worth a second look for structure

ADD, MUL = (OPERATIONS[name].code for name in ("add", "mul"))
QUICK = {
    OPERATIONS[name].code
    for name in (
        "step", "sign", "compare", "where", "add", "sub", "mul", "neg", "pos", "abs", "maximum",
        "minimum", "clip", "floor", "ceil", "square", "relu", "leaky_relu",
    )
}  # fmt: skip


def find_program(tape: Tape) -> Program:
    """The program of a tape, or of the same tape without copies, whichever is quicker.

    Without copies there is less to compute; but where rows are alike, such as those of a layer,
    they may be alike no longer, and run one by one what ran side by side.
    """
    shared = without_copies(tape)
    program = find_structure(tape)
    if shared is tape:
        return program
    other = find_structure(shared)
    return other if cost(other) < cost(program) else program


def without_copies(tape: Tape) -> Tape:
    """The tape without the instructions that compute once more what one before them does; the tape
    itself, if there are hardly any.

    Values are the same to the last bit. An adjoint is added up before it is handed on, and not
    after: (a + b) c for a c + b c.
    """
    first, order = zeros(tape.nodes), zeros(len(tape))
    table = zeros(1 << (2 * len(tape)).bit_length())
    operands = tape.all_operands()
    del order[
        sweeps.find_copies(
            tape.codes, tape.limits, *operands, tape.leaves, ADD, MUL, OWN, table, first, order
        ) :
    ]
    del table, operands
    if FEWEST_COPIES * (len(tape) - len(order)) < max(len(tape), 1):
        return tape
    leaves = array("i", range(tape.shared))
    numbers = tape.numbers(order, leaves)
    sweeps.renamed(first, numbers, first)
    return tape.reordered(order, leaves, tape.leaves + len(order), first)


def cost(program: Program) -> int:
    """About how long a program runs, by what was measured: the time of a product in a dot is 1.

    An instruction that runs by itself counts for what it does to those around it, too.
    """
    total = 0
    for block in program.blocks:
        places = block.rows * block.columns
        if block.code in (SEQUENCE, PYTHON):
            total += 20 * places
        elif block.code == DOT:
            total += 40 + places * block.terms
        else:
            total += 40 + places * (2 if block.code in QUICK else 10)
    return total
