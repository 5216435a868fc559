"""A program as C99: one file that computes the function and its gradients, without anything else.

It is written from the blocks that the kernel runs. Values of operations are the kernel's own, from
native/values.h, and derivatives are the table's rules applied to names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

from autograd import native
from autograd.errors import RecordingError
from autograd.tape.c_loops import backward, finite, forward
from autograd.tape.c_places import Places, at, number
from autograd.tape.listing import place_names
from autograd.tape.program import Program
from autograd.tape.tape import OWN

MOST = 200  # statements in one function: a compiler takes much longer for one of twice as many
NUMBERS = {  # that the functions are given, if they use them
    "shared": "const double *restrict shared",
    "v": "double *restrict v",
    "dshared": "double *restrict dshared",
    "dv": "double *restrict dv",
    "by_inputs": "int by_inputs",
}

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
{values}
enum {{ INPUTS = {n_inputs}, PARAMETERS = {n_parameters}, OUTPUTS = {n_outputs} }};

void f(const double *inputs, double *out);
void f_grad(const double *inputs, double *out, double *grads);
double *f_parameters(void);

/* Parameters, then constants. */
static double shared[{n_shared}] = {{
{shared}
}};

double *f_parameters(void) {{ return shared; }}

/* Inputs, then room for one number for each operation; and for the derivatives by all of these. */
static double v[{n_rows}], dv[{n_rows}], dshared[{n_shared}];
{pieces}
void f(const double *inputs, double *out) {{
    for (int k = 0; k < INPUTS; k++) v[k] = inputs[k];
{forward}
{results}
}}

/* Hand the derivative by each number on to what it was computed from, beginning with results. */
static void back(double *grads) {{
{backward}
    for (int k = 0; k < INPUTS; k++) grads[k] = dv[k];
    for (int k = 0; k < PARAMETERS; k++) grads[INPUTS + k] = dshared[k];
}}

void f_grad(const double *inputs, double *out, double *grads) {{
    static const int results[OUTPUTS] = {{{places}}}; /* below 0, in shared, counted from its end */
    f(inputs, out);
    for (int which = 0; which < OUTPUTS; which++) {{
        for (int k = 0; k < OUTPUTS; k++) if (results[k] >= 0) dv[results[k]] = 0;
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


LIBRARY = """\
/* {title}, recorded by chalkgrad: what the kernel calls, on the numbers that it keeps.
 *
 * `forward` says whether all of them are finite. `backward` finds the adjoints of the results, and
 * in dshared the sums up to now; any other adjoint may hold anything.
 */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#include <math.h>
{values}{pieces}
int forward(const double *restrict shared, double *restrict v) {{
    int wrong = 0;
    (void)shared, (void)v;
{forward}
{finite}
    return !wrong;
}}

void backward(const double *restrict shared, double *restrict v, double *restrict dshared,
              double *restrict dv, int by_inputs) {{
    (void)shared, (void)v, (void)dshared, (void)dv, (void)by_inputs;
{backward}
}}
"""


def c_code(program: Program, parameters: Sequence[float], sample: Sequence[float]) -> str:
    """The C of a program.

    parameters : their numbers.
    sample     : the inputs at which its main shows what it computes.

    Raises RecordingError if there are operations that run in Python.
    """
    tape = program.tape
    forth, back, pieces, _ = _functions(program)
    names = [_clean(text) for text, _ in list(place_names(tape).values())[: tape.leaves]]
    rows = [place - tape.shared for place in tape.results]
    if "by_inputs" in back:
        back = f"    const int by_inputs = 1; /* their derivatives are wanted */\n{back}"
    return FRAME.format(
        title=_title(program),
        inputs=_listed(names[tape.shared :]),
        parameters=_listed(names[: len(tape.closures)]),
        n_inputs=len(tape.inputs),
        n_parameters=len(tape.closures),
        n_outputs=len(tape.results),
        n_shared=tape.shared,
        n_rows=max(1, tape.stored - tape.shared),
        shared=_wrapped([*parameters, *tape.constants]),
        values=_values_in(pieces),
        pieces=pieces,
        forward=forth,
        backward=back,
        results="\n".join(f"    out[{k}] = {at(tape, x)};" for k, x in enumerate(tape.results)),
        places=", ".join(map(str, rows)),
        sample=", ".join([*map(number, sample), "0"]),
    )


def c_library(program: Program) -> str:
    """The C of a program for the kernel: `forward` computes all places, and `backward` hands all
    adjoints on. Raises RecordingError if there are operations that run in Python."""
    forth, back, pieces, looks = _functions(program)
    return LIBRARY.format(
        title=_title(program),
        values=_values_in(pieces),
        pieces=pieces,
        forward=forth,
        finite=looks,
        backward=back,
    )


def _functions(program: Program) -> tuple[str, str, str, str]:
    """Calls that compute everything, calls that hand all adjoints on, what these call, and a look
    at what is not finite."""
    tape = program.tape
    used = [(code, tape.operation(code).name) for code in sorted({*tape.codes})]
    if unknown := [name for code, name in used if code >= OWN or name not in _values()]:
        raise RecordingError(
            f"{tape.name} uses operations that are Python functions, which cannot be written in "
            f"C: {', '.join(unknown)}. Make it of operations of the table"
        )
    places = Places(program)
    pieces: list[str] = []
    forth = _in_pieces("forward", forward(places), pieces)
    back = _in_pieces("backward", backward(places), pieces)
    looks = "\n".join(f"    {line}" for line in finite(places))
    return forth, back, "".join(pieces), looks


def _in_pieces(name: str, statements: Iterator[str], pieces: list[str]) -> str:
    """Put statements into functions, of not too many each, and give the calls of these."""
    calls: list[str] = []
    while some := list(islice(statements, MOST)):
        lines = "\n".join(f"    {line}" for line in "\n".join(some).split("\n"))
        words = set(re.findall(r"\b[a-z_]+\b", lines))
        used = [x for x in NUMBERS if x in words]
        takes = ", ".join([NUMBERS[x] for x in used])
        pieces.append(f"\nstatic void {name}_{len(calls)}({takes}) {{\n{lines}\n}}\n")
        calls.append(f"    {name}_{len(calls)}({', '.join(used)});")
    return "\n".join(calls)


# ---- text ---------------------------------------------------------------------------------------


def _title(program: Program) -> str:
    inputs = program.tape.inputs
    shown = ", ".join([*map(_clean, inputs[:8]), *["..."] * (len(inputs) > 8)])
    return f"{_clean(program.tape.name)}({shown})"


def _wrapped(numbers: Sequence[float], most: int = 6) -> str:
    rows = [numbers[k : k + most] for k in range(0, len(numbers), most)]
    return ",\n".join("    " + ", ".join(map(number, row)) for row in rows)


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
