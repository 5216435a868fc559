"""The blocks of a program as statements of C: loops with their sizes known, or single lines.

They read and write `shared` and `v`, the numbers that the kernel keeps, and `dshared` and `dv`,
their adjoints; which of these, c_places.py says. Every sum is made in the order in which the kernel
makes it, so the numbers are the same to the last bit: an index that meets a place more than once
goes through it in the kernel's direction, and only the others go as it is fastest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autograd.primitive import Operation
from autograd.tape.c_places import Places, operands_of, slope
from autograd.tape.program import CONSTANT, DOT, INPUT, PARAMETER, SEQUENCE, Block, Operand
from autograd.tape.tape import TABLE

INFIX = {"add": "+", "sub": "-", "mul": "*", "div": "/"}
SIDE_BY_SIDE = 4  # sums, from which on it pays to make them together
TOGETHER = 256  # of them at most, and
ROOM = 2048  # numbers of a matrix, turned, if that has not more columns


def forward(places: Places) -> Iterator[str]:
    """Statements that compute every place."""
    tape = places.tape
    for block in places.program.blocks:
        if block.code == SEQUENCE:
            for place in places.forth[block.out]:
                operation, operands = tape.instruction(place)
                text = _value(operation, [places.value(k) for k in operands])
                yield f"{places.value(place)} = {text};"
            continue
        everything = operands_of(tape, block)
        if block.code == DOT and len({block.a.column, block.b.column} | {0, 1}) == 2:
            for part, moved in _parts(block, everything, "j", TOGETHER):
                out, a, b, c = (_element(_memory(x, "v"), x, part) for x in moved)
                yield _sums(part, out, a, b, c)
            continue
        out, a, b, c = (_element(_memory(x, "v"), x, block) for x in everything)
        if block.code == DOT:
            yield _sums(block, out, a, b, c, together=False)
        else:
            line = f"{out} = {_value(TABLE[block.code], [a, b, c][: _arity(block)])};"
            yield _nest([_up("i", block.rows), _up("j", block.columns)], line)


def _sums(block: Block, out: str, a: str, b: str, c: str, together: bool = True) -> str:
    """Dot products, those of some columns side by side where they are."""
    i, j = _up("i", block.rows), _up("j", block.columns)
    k = _up("k", block.terms)
    if together and block.columns >= SIDE_BY_SIDE:
        lines = [_nest([j], f"t[j] = {c};"), _nest([k, j], f"t[j] += {a} * {b};")]
        return _nest([i], f"double t[{block.columns}];", *lines, _nest([j], f"{out} = t[j];"))
    lines = [f"double t = {c};", _nest([k], f"t += {a} * {b};"), f"{out} = t;"]
    return _nest([i, j], *lines)


def _parts(
    block: Block, operands: Sequence[Operand], index: str, most: int
) -> Iterator[tuple[Block, list[Operand]]]:
    """A block in parts of so many columns or terms, each with its operands."""
    size = block.columns if index == "j" else block.terms
    for first in range(0, size, most):
        count = min(most, size - first)
        part = block._replace(columns=count) if index == "j" else block._replace(terms=count)
        yield part, [x._replace(start=x.start + first * _step(x, index)) for x in operands]


def finite(places: Places) -> Iterator[str]:
    """Statements that count in `wrong` the numbers that are not finite, or what shows them."""
    single: list[int] = []
    stretches = places.tape.unseen()
    for first, count in zip(stretches[::2], stretches[1::2], strict=True):
        start = first - places.tape.shared
        if count < SIDE_BY_SIDE:
            single += range(start, start + count)
        else:
            up = f"for (int k = {start}; k < {start + count}; k++)"
            yield f"{up} wrong |= !(v[k] * 0 == 0);"
    if single:
        yield f"static const int single[] = {{{', '.join(map(str, single))}}};"
        yield f"for (int k = 0; k < {len(single)}; k++) wrong |= !(v[single[k]] * 0 == 0);"


def backward(places: Places) -> Iterator[str]:
    """Statements that hand the adjoints on, from the last place to the first."""
    tape = places.tape
    inputs = set(range(tape.shared, tape.leaves)).difference(tape.results)
    yield from places.cleared(inputs)
    for block in reversed(places.program.blocks):
        if block.code == SEQUENCE:
            for place in places.back[block.out]:
                yield from _line_backward(places, place)
            continue
        here = operands_of(tape, block)[0]
        yield from places.zeros(block, here)
        if block.code == DOT:
            yield from _dot_backward(places, block)
        else:
            yield from _map_backward(places, block)


def _line_backward(places: Places, place: int) -> Iterator[str]:
    """The adjoint of one operation on one row."""
    operation, operands = places.tape.instruction(place)
    out, *names = (places.value(k) for k in (place, *operands))
    for position, k in enumerate(operands):
        if places.program.takes(k, inputs=True):
            share = _share(operation, position, places.adjoint(place), out, names)
            to, begins = places.adjoint(k), places.begins(k)
            if to != share:  # where it begins with the very number
                yield _added(to, share, begins)


def _map_backward(places: Places, block: Block) -> Iterator[str]:
    """The adjoint of one operation on many rows."""
    operation = TABLE[block.code]
    here, *operands = operands_of(places.tape, block)[: len(operation.operands) + 1]
    out, *names = (_element(_memory(x, "v"), x, block) for x in (here, *operands))
    by = _element("dv", here, block)
    shares = [
        (x, _share(operation, k, by, out, names))
        for k, x in enumerate(operands)
        if x.kind != CONSTANT
    ]
    for target, share in shares:
        for text in _handed_on(places, block, [(target, share)], "ij"):
            yield _if_wanted(target, text)


def _handed_on(
    places: Places, block: Block, shares: Sequence[tuple[Operand, str]], indexes: str
) -> Iterator[str]:
    """Loops that add shares to operands of a block."""
    targets = [target for target, _ in shares]
    begins = len(targets) == 1 and _is_once(block, targets[0], indexes)
    begins = begins and places.all_begin(block, targets[0])
    yield from places.zeros(block, *targets)
    lines = [_added(_element(_memory(x, "dv"), x, block), share, begins) for x, share in shares]
    if lines:
        yield _nest(_order(block, targets, indexes), *lines)


def _dot_backward(places: Places, block: Block) -> Iterator[str]:
    """The adjoint of dot products."""
    here, a, b, c = operands_of(places.tape, block)
    by = _element("dv", here, block)
    if c.kind != CONSTANT:
        for text in _handed_on(places, block, [(c, by)], "ij"):
            yield _if_wanted(c, text)
    matrix = _matrix_of(block)
    if matrix is not None:
        yield from _matrix_backward(places, block, here, matrix, b if matrix is a else a)
        return
    values = [_element(_memory(x, "v"), x, block) for x in (a, b)]
    shares = [
        (x, f"{by} * {value}")
        for x, value in ((a, values[1]), (b, values[0]))
        if x.kind != CONSTANT
    ]
    yield from _handed_on(places, block, shares, "ijk")


def _matrix_backward(
    places: Places, block: Block, here: Operand, matrix: Operand, numbers: Operand
) -> Iterator[str]:
    """The adjoint of a matrix times the same numbers for all of its columns: sums over the rows for
    each term and column, and sums over the columns for each row and term."""
    if matrix.kind != CONSTANT:
        begins = places.all_begin(block, matrix)
        yield from places.zeros(block, matrix)
        for part, (g, w, x) in _parts(block, [here, matrix, numbers], "j", TOGETHER):
            by, to = (_element(_memory(y, "dv"), y, part) for y in (g, w))
            j, t = _up("j", part.columns), _local("t", "j", part.columns)
            share = f"{t} += {by} * {_element(_memory(x, 'v'), x, part)};"
            sums = _nest([_down("i", part.rows), j], share)
            first = _nest([j], f"{t} = {'0' if begins else to};")
            lines = [first, sums, _nest([j], f"{to} = {t};")]
            loops = _nest([_up("k", part.terms)], f"double t[{part.columns}];", *lines)
            yield _if_wanted(matrix, loops)
    most = min(TOGETHER, ROOM // block.columns)
    if numbers.kind != CONSTANT and most == 0:
        names = [_element("dv", here, block), _element(_memory(matrix, "v"), matrix, block)]
        for text in _handed_on(places, block, [(numbers, " * ".join(names))], "ijk"):
            yield _if_wanted(numbers, text)
    elif numbers.kind != CONSTANT:
        begins = places.all_begin(block, numbers)
        yield from places.zeros(block, numbers)
        for part, (g, w, x) in _parts(block, [here, matrix, numbers], "k", most):
            by, to = (_element(_memory(y, "dv"), y, part) for y in (g, x))
            k, t = _up("k", part.terms), _local("t", "k", part.terms)
            turned = "turned[j]" + _local("", "k", part.terms)  # what meets one number side by side
            fill = f"{turned} = {_element(_memory(w, 'v'), w, part)};"
            sums = _nest([_down("j", part.columns), k], f"{t} += {by} * {turned};")
            first = _nest([k], f"{t} = {'0' if begins else to};")
            lines = [first, sums, _nest([k], f"{to} = {t};")]
            loops = _nest(
                [],
                f"double turned[{part.columns}][{part.terms}];",
                _nest([_up("j", part.columns), k], fill),
                _nest([_up("i", part.rows)], f"double t[{part.terms}];", *lines),
            )
            yield _if_wanted(numbers, loops)


def _local(name: str, index: str, size: int) -> str:
    return f"{name}[{index if size > 1 else 0}]"


def _matrix_of(block: Block) -> Operand | None:
    """The operand of dot products that the kernel takes for a matrix, the same for all rows: its
    columns lie side by side, and the sums of its adjoint end in places of their own."""
    for one, other in ((block.a, block.b), (block.b, block.a)):
        if one.column == 1 and other.column == 0:
            columns = (block.terms, one.term), (block.columns, one.column)
            rows = (block.rows, other.row), (block.terms, other.term)
            return one if one.row == 0 and _are_apart(columns) and _are_apart(rows) else None
    return None


# ---- the order of sums --------------------------------------------------------------------------


def _order(block: Block, targets: Sequence[Operand], indexes: str) -> list[str]:
    """Loops over rows i, columns j and terms k that add to targets, in turn, as the kernel does:
    down, but for the innermost ones if what they add to is never the same place."""
    sizes = {"i": block.rows, "j": block.columns, "k": block.terms}
    ranges = [(sizes[x], [_step(target, x) for target in targets]) for x in indexes]
    upward = len(indexes)
    if _do_not_mix(targets, ranges):
        while upward and all(
            _are_apart([(size, steps[k]) for size, steps in ranges[upward - 1 :]])
            for k in range(len(targets))
        ):
            upward -= 1
    return [(_up if k >= upward else _down)(name, sizes[name]) for k, name in enumerate(indexes)]


def _is_once(block: Block, target: Operand, indexes: str) -> bool:
    """Whether no place of a target meets two shares."""
    sizes = {"i": block.rows, "j": block.columns, "k": block.terms}
    return _are_apart([(sizes[x], _step(target, x)) for x in indexes])


def _step(operand: Operand, index: str) -> int:
    return {"i": operand.row, "j": operand.column, "k": operand.term}[index]


def _do_not_mix(targets: Sequence[Operand], ranges: list[tuple[int, list[int]]]) -> bool:
    """Whether any two targets are the same place throughout, or never."""
    spans = []
    for k, x in enumerate(targets):
        ends = [(size - 1) * steps[k] for size, steps in ranges]
        low, high = (x.start + sum(pick(0, end) for end in ends) for pick in (min, max))
        spans.append((_memory(x, "dv"), low, high, x.start, [steps[k] for _, steps in ranges]))
    return all(
        one == other or one[0] != other[0] or one[2] < other[1] or other[2] < one[1]
        for k, one in enumerate(spans)
        for other in spans[:k]
    )


def _are_apart(ranges: Iterable[tuple[int, int]]) -> bool:
    """Whether places with such sizes and steps are all different."""
    reach = 0
    for step, size in sorted((abs(step), size) for size, step in ranges if size > 1):
        if step <= reach:
            return False
        reach += step * (size - 1)
    return True


# ---- statements ---------------------------------------------------------------------------------


def _share(operation: Operation, position: int, by: str, out: str, operands: Sequence[str]) -> str:
    """What the chain rule gives one operand."""
    text = slope(operation, position)
    if "{" in text:
        text = text.format(out=out, **dict(zip("abc", operands, strict=False)))
    return {"1.0": by, "-1.0": f"-{by}"}.get(text) or f"{by} * {text}"


def _added(to: str, share: str, begins: bool) -> str:
    """A share, added to a sum or its first."""
    if begins:
        return f"{to} = {share};"
    return f"{to} -= {share[1:]};" if share.startswith("-") else f"{to} += {share};"


def _arity(block: Block) -> int:
    return len(TABLE[block.code].operands)


def _value(operation: Operation, operands: Sequence[str]) -> str:
    if operation.name in INFIX:
        return f" {INFIX[operation.name]} ".join(operands)
    return f"chalk_{operation.name}({', '.join(operands)})"


def _if_wanted(target: Operand, text: str) -> str:
    """Statements for the adjoints of inputs, which may not be asked for."""
    return f"if (by_inputs) {text}" if target.kind == INPUT else text


def _up(index: str, size: int) -> str:
    """A loop from the first to the last; none for one."""
    return f"for (int {index} = 0; {index} < {size}; {index}++) " if size > 1 else ""


def _down(index: str, size: int) -> str:
    return f"for (int {index} = {size - 1}; {index} >= 0; {index}--) " if size > 1 else ""


def _nest(loops: Sequence[str], *lines: str) -> str:
    """Lines inside loops."""
    head = "".join(loops)
    if len(lines) == 1 and "\n" not in lines[0] and not lines[0].startswith("double "):
        return f"{head}{lines[0]}"
    inside = [f"    {line}" for text in lines for line in text.split("\n")]
    return "\n".join([f"{head}{{", *inside, "}"])


# ---- where numbers are --------------------------------------------------------------------------


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
