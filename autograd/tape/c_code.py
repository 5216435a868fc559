"""A program as C99: one file that computes the function and its gradients, without anything else.

It is written from the blocks that the kernel runs. Values of operations are the kernel's own, from
native/values.h, and derivatives are the table's rules applied to names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from math import isinf, isnan
from pathlib import Path

from autograd import native
from autograd.errors import RecordingError
from autograd.native.generate import in_c
from autograd.primitive import Operation
from autograd.tape.listing import place_names
from autograd.tape.program import (
    CONSTANT,
    DOT,
    PARAMETER,
    SEQUENCE,
    Block,
    Operand,
    Program,
)
from autograd.tape.tape import TABLE, Tape

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
MOST = 200  # statements in one function: a compiler takes much longer for one of twice as many

FRAME = """\
/* {title}, recorded by chalkgrad; C99, with nothing but the standard library.
 *
 * f(inputs, out)             computes the function.
 * f_grad(inputs, out, grads) also its derivatives: for each number of out, in turn, those by the
 *                            inputs and then those by the parameters.
 *
 * inputs:     {inputs}
 * parameters: {parameters}
 *
 * f_parameters() is where the parameters are, which may be changed. All numbers are kept in memory
 * of this file, so only one thread may call it at a time. With -DNO_MAIN there is no main, which
 * prints out and grads at the inputs that the function was recorded with.
 */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF /* a fused multiplication and addition would round otherwise */
#endif

#include <math.h>

enum {{ INPUTS = {n_inputs}, PARAMETERS = {n_parameters}, OUTPUTS = {n_outputs} }};

void f(const double *inputs, double *out);
void f_grad(const double *inputs, double *out, double *grads);
double *f_parameters(void);

/* Parameters, then constants. */
static double shared[{n_shared}] = {{
{shared}
}};

double *f_parameters(void) {{ return shared; }}

/* Inputs, then one number for each operation; and the derivatives by all of these. */
static double v[{n_rows}], dv[{n_rows}], dshared[{n_shared}];
{pieces}
void f(const double *inputs, double *out) {{
    for (int k = 0; k < INPUTS; k++) v[k] = inputs[k];
{forward}
{results}
}}

/* Hand the derivative by each number on to what it was computed from. */
static void back(double *grads) {{
{backward}
    for (int k = 0; k < INPUTS; k++) grads[k] = dv[k];
    for (int k = 0; k < PARAMETERS; k++) grads[INPUTS + k] = dshared[k];
}}

void f_grad(const double *inputs, double *out, double *grads) {{
    static const int results[OUTPUTS] = {{{places}}}; /* below 0, in shared, counted from its end */
    f(inputs, out);
    for (int which = 0; which < OUTPUTS; which++) {{
        for (int k = 0; k < {n_rows}; k++) dv[k] = 0;
        for (int k = 0; k < {n_shared}; k++) dshared[k] = 0;
        if (results[which] < 0) dshared[{n_shared} + results[which]] = 1;
        else dv[results[which]] = 1;
        back(grads + which * (INPUTS + PARAMETERS));
    }}
}}

#ifndef NO_MAIN
#include <stdio.h>

int main(void) {{
    static const double inputs[INPUTS + 1] = {{{sample}}}; /* one more, as there may be none */
    static double out[OUTPUTS], grads[OUTPUTS * (INPUTS + PARAMETERS) + 1];
    f_grad(inputs, out, grads);
    for (int k = 0; k < OUTPUTS; k++) printf("%.17g\\n", out[k]);
    for (int k = 0; k < OUTPUTS * (INPUTS + PARAMETERS); k++) printf("%.17g\\n", grads[k]);
    return 0;
}}
#endif
"""


def c_code(program: Program, parameters: Sequence[float], sample: Sequence[float]) -> str:
    """The C of a program.

    parameters : their numbers.
    sample     : the inputs at which its main shows what it computes.

    Raises RecordingError if there are operations that run in Python.
    """
    tape = program.tape
    used = [tape.operation(code) for code in sorted({*tape.codes})]
    if unknown := [operation.name for operation in used if operation.name not in _values()]:
        raise RecordingError(
            f"{tape.name} uses operations that are Python functions, which cannot be written in "
            f"C: {', '.join(unknown)}. Make it of operations of the table"
        )
    names = [_clean(text) for text, _ in list(place_names(tape).values())[: tape.leaves]]
    pieces: list[str] = []
    forward = _in_pieces("forward", _forward(program), pieces)
    backward = _in_pieces("backward", _backward(program), pieces)
    rows = [place - tape.shared for place in tape.results]
    text = FRAME.format(
        title=f"{_clean(tape.name)}({', '.join(map(_clean, tape.inputs[:8]))}"
        + (", ...)" if len(tape.inputs) > 8 else ")"),
        inputs=_listed(names[tape.shared :]),
        parameters=_listed(names[: len(tape.closures)]),
        n_inputs=len(tape.inputs),
        n_parameters=len(tape.closures),
        n_outputs=len(tape.results),
        n_shared=tape.shared,
        n_rows=max(1, tape.stored - tape.shared),
        shared=_wrapped([*parameters, *tape.constants]),
        pieces="".join(pieces),
        forward=forward,
        backward=backward,
        results="\n".join(f"    out[{k}] = {_at(tape, x)};" for k, x in enumerate(tape.results)),
        places=", ".join(map(str, rows)),
        sample=", ".join([*map(_number, sample), "0"]),
    )
    head, mark, rest = text.partition("\n/* Parameters, then")
    return head + _values_in(text) + mark + rest


# ---- forward and back ---------------------------------------------------------------------------


def _forward(program: Program) -> Iterator[str]:
    """Statements that compute every place."""
    tape = program.tape
    for block in program.blocks:
        if block.code == SEQUENCE:
            for place in range(block.out, block.out + block.columns):
                operation, operands = tape.instruction(place)
                yield f"{_at(tape, place)} = {_value(operation, [_at(tape, k) for k in operands])};"
            continue
        out = _element("v", Operand(block.out - tape.shared, block.columns, 1), block)
        a, b, c = (_element(_memory(x, "v"), x, block) for x in (block.a, block.b, block.c))
        if block.code == DOT:
            yield _loops(
                block,
                f"double t = {c};",
                f"for (int k = 0; k < {block.terms}; k++) t += {a} * {b};",
                f"{out} = t;",
            )
        else:
            operation = TABLE[block.code]
            names = [a, b, c][: len(operation.operands)]
            yield _loops(block, f"{out} = {_value(operation, names)};")


def _backward(program: Program) -> Iterator[str]:
    """Statements that hand the derivatives on, from the last place to the first."""
    tape = program.tape
    for block in reversed(program.blocks):
        if block.code == SEQUENCE:
            for place in reversed(range(block.out, block.out + block.columns)):
                operation, operands = tape.instruction(place)
                names = [_at(tape, k) for k in operands]
                for position, k in enumerate(operands):
                    if program.takes(k, inputs=True):
                        share = _place(tape, k, "d"), _place(tape, place, "d")
                        yield _handed_on(operation, position, *share, _at(tape, place), names)
            continue
        here = Operand(block.out - tape.shared, block.columns, 1)
        out, by = (_element(memory, here, block) for memory in ("v", "dv"))
        all_three = block.a, block.b, block.c
        names = [_element(_memory(x, "v"), x, block) for x in all_three]
        to = [_element(_memory(x, "dv"), x, block) for x in all_three]
        wanted = [x.kind != CONSTANT for x in all_three]
        if block.code == DOT:
            lines = [f"{to[2]} += {by};"] if wanted[2] else []
            shares = [f"{to[k]} += {by} * {names[1 - k]};" for k in (0, 1) if wanted[k]]
            if shares:
                lines += [f"for (int k = 0; k < {block.terms}; k++) {{", *_in(shares), "}"]
        else:
            operation = TABLE[block.code]
            names = names[: len(operation.operands)]
            lines = [
                _handed_on(operation, k, to[k], by, out, names)
                for k in range(len(names))
                if wanted[k]
            ]
        if lines:
            yield _loops(block, *lines)


def _handed_on(
    operation: Operation, position: int, to: str, by: str, out: str, operands: Sequence[str]
) -> str:
    """The chain rule at one operand."""
    slope = in_c(operation.derivatives[position], out, operands)
    if slope in ("1.0", "-1.0"):
        return f"{to} {'-' if slope[0] == '-' else '+'}= {by};"
    return f"{to} += {by} * {slope};"


def _value(operation: Operation, operands: Sequence[str]) -> str:
    if operation.name in INFIX:
        return f" {INFIX[operation.name]} ".join(operands)
    return f"chalk_{operation.name}({', '.join(operands)})"


def _loops(block: Block, *lines: str) -> str:
    """Lines for each row i and column j of a block."""
    rows = f"for (int i = 0; i < {block.rows}; i++) " if block.rows > 1 else ""
    columns = f"for (int j = 0; j < {block.columns}; j++) " if block.columns > 1 else ""
    return "\n".join([f"{rows}{columns}{{", *_in(lines), "}"])


def _in(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def _in_pieces(name: str, statements: Iterator[str], pieces: list[str]) -> str:
    """Put statements into functions, of not too many each, and give the calls of these."""
    calls: list[str] = []
    while some := list(islice(statements, MOST)):
        lines = "\n".join(_in("\n".join(some).split("\n")))
        pieces.append(f"\nstatic void {name}_{len(calls)}(void) {{\n{lines}\n}}\n")
        calls.append(f"    {name}_{len(calls)}();")
    return "\n".join(calls)


# ---- where numbers are --------------------------------------------------------------------------


def _at(tape: Tape, place: int) -> str:
    """The number at a place; a constant as it is written."""
    if len(tape.closures) <= place < tape.shared:
        return _number(tape.constants[place - len(tape.closures)])
    return _place(tape, place, "")


def _place(tape: Tape, place: int, prefix: str) -> str:
    if place < tape.shared:
        return f"{prefix}shared[{place}]"
    return f"{prefix}v[{place - tape.shared}]"


def _memory(operand: Operand, name: str) -> str:
    is_shared = operand.kind in (CONSTANT, PARAMETER)
    return {"v": "shared", "dv": "dshared"}[name] if is_shared else name


def _element(memory: str, operand: Operand, block: Block) -> str:
    """An operand of a block, at row i, column j and term k."""
    text = str(operand.start)
    for index, step, count in (
        ("i", operand.row, block.rows),
        ("j", operand.column, block.columns),
        ("k", operand.term, block.terms),
    ):
        if step and count > 1:
            size = "" if abs(step) == 1 else f"{abs(step)} * "
            text += f" {'-' if step < 0 else '+'} {size}{index}"
    return f"{memory}[{text}]"


# ---- text ---------------------------------------------------------------------------------------


def _number(x: float) -> str:
    """A number in C, to the last digit."""
    if isnan(x):
        return "NAN"
    text = "INFINITY" if isinf(x) else repr(abs(x))
    return f"(-{text})" if str(x).startswith("-") else text


def _wrapped(numbers: Sequence[float], most: int = 6) -> str:
    rows = [numbers[k : k + most] for k in range(0, len(numbers), most)]
    return ",\n".join("    " + ", ".join(map(_number, row)) for row in rows)


def _listed(names: Sequence[str], most: int = 200) -> str:
    """Names in lines of a comment."""
    text = ", ".join(names[:most]) + (f", and {len(names) - most} more" * (len(names) > most))
    lines = re.findall(r".{1,78}(?:\s|$)", text) or ["none"]
    return "\n *             ".join(line.strip() for line in lines)


def _clean(name: str) -> str:
    """A name as it may stand in a comment."""
    return re.sub(r"[^\w\[\].'<>-]", "_", name, flags=re.ASCII)


@lru_cache(1)
def _values() -> dict[str, str]:
    """The value of each operation in C, as values.h has it, but for the first word."""
    header = Path(native.__file__).with_name("values.h").read_text(encoding="utf-8")
    one = r"^CHALK_VALUE (chalk_(\w+)\(.*?\) \{(?:.+\}.*|.*\n(?: .*\n)*\}))$"
    found = re.findall(one, header, re.MULTILINE)
    return {name: body for body, name in found}


def _values_in(text: str) -> str:
    """The values that a text uses, and those that these use."""
    used: set[str] = set()
    waiting = re.findall(r"\bchalk_(\w+)\(", text)
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += re.findall(r"\bchalk_(\w+)\(", _values()[name].partition("{")[2])
    functions = [f"static double {body}\n" for name, body in _values().items() if name in used]
    return "".join(["\n", *functions]) if functions else ""
