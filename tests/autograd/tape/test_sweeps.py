"""The loops over all places: Python and the compiler make the same of them, and what is meant."""

from __future__ import annotations

import inspect
from array import array
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import in_c
import pytest
import structured
from in_c import tape_of

from autograd import Value, accelerated
from autograd.native import patterns, sweeps
from autograd.tape import sharing, structure, tape
from autograd.tape.kernel import Kernel as PlainKernel
from autograd.tape.sharing import find_program
from autograd.tape.tape import Tape, zeros

LOOPS = {
    name: function
    for module in (sweeps, patterns)
    for name, function in vars(module).items()
    if inspect.isfunction(function) and function.__module__ == module.__name__ and name[0] != "_"
}
ENGINES: list[Any] = [type("plain", (), {k: staticmethod(f) for k, f in LOOPS.items()})]
if accelerated:
    from autograd.native import engine as native

    ENGINES.append(native)

engines = pytest.mark.parametrize("engine", ENGINES, ids=["plain", "native"][: len(ENGINES)])


def ints(numbers: Sequence[int]) -> array[int]:
    return array("i", numbers)


@pytest.mark.skipif(not accelerated, reason="there is no native engine here")
def test_every_loop_is_in_the_native_engine() -> None:
    assert len(LOOPS) > 20
    for name, function in LOOPS.items():
        ours, theirs = (
            list(inspect.signature(f).parameters) for f in (function, getattr(native, name))
        )
        assert ours == theirs, name


# ---- columns ------------------------------------------------------------------------------------


@engines
@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_columns_are_counted_sorted_and_searched(engine: Any, count: int) -> None:
    rng = Random(count)
    keys = ints([rng.randint(-5, 5) for _ in range(60)])
    places = ints([rng.randrange(60) for _ in range(count)])
    assert engine.lowest(keys) == -5
    assert engine.lowest(ints([3, 4])) == 0
    result = zeros(count)
    engine.sort_by(keys, places, result, -5, zeros(12))
    assert list(result) == sorted(places, key=keys.__getitem__)
    counts = zeros(60)
    engine.tally(places, counts)
    assert list(counts) == [list(places).count(k) for k in range(60)]
    codes, found = array("H", [rng.randrange(4) for _ in range(count)]), zeros(count)
    many = engine.find_code(codes, 2, 7, found)
    assert list(found[:many]) == [7 + k for k, code in enumerate(codes) if code == 2]


@engines
def test_what_is_renumbered_keeps_its_new_number(engine: Any) -> None:
    order = ints([4, 6, 3, 5])
    numbers = ints([0, 1, 2, 0, 0, 0, 0])
    engine.renumber(order, 3, numbers)
    assert list(numbers) == [0, 1, 2, 5, 3, 6, 4]
    result = zeros(3)
    engine.renamed(ints([3, 0, 6]), numbers, result)
    assert list(result) == [5, 0, 4]


# ---- tapes --------------------------------------------------------------------------------------


def random_tape(seed: int, count: int = 40) -> Tape:
    """Instructions on places that come earlier, at random, of one, two and three operands."""
    rng = Random(seed)
    made = Tape("f", [], [1.0, -1.0, -0.0], ["x", "y"])
    for _ in range(count):
        name, arity = rng.choice([("add", 2), ("mul", 2), ("sub", 2), ("exp", 1), ("where", 3)])
        operands = [rng.randrange(made.nodes) for _ in range(arity)]
        made.append(tape.OPERATIONS[name].code, operands, rng.random() < 0.2)
    made.results, made.stored = [made.nodes - 1, made.nodes - 2], made.nodes
    return made


@engines
@pytest.mark.parametrize("seed", range(5))
def test_operands_lie_in_a_row(engine: Any, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape, "sweeps", engine)
    made = random_tape(seed)
    begins, ends, pool = made.all_operands()
    for k in range(len(made)):
        assert tuple(pool[begins[k] : ends[k]]) == made.operands(k)
    assert len(pool) == ends[-1]
    flat = [*pool, *made.results]
    assert list(made.uses()) == [flat.count(place) for place in range(made.nodes)]


@engines
@pytest.mark.parametrize("seed", range(5))
def test_a_walk_visits_the_first_operand_first(
    engine: Any, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tape, "sweeps", engine)
    made = random_tape(seed)

    def visit(place: int, found: list[int]) -> list[int]:
        if place >= made.leaves and place not in found:
            for operand in made.instruction(place)[1]:
                visit(operand, found)
            found.append(place)
        return found

    assert list(made.in_order([made.nodes - 1])) == visit(made.nodes - 1, [])
    assert list(made.in_order()) == list(range(made.leaves, made.nodes))


@engines
@pytest.mark.parametrize("results", [2, 31, 70])
def test_every_leaf_knows_which_results_need_it(
    engine: Any, results: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tape, "sweeps", engine)
    made = random_tape(results, 90)
    made.results = [made.nodes - 1 - k for k in range(results)]

    @cache
    def leaves_below(place: int) -> frozenset[int]:
        if place < made.leaves:
            return frozenset([place])
        return frozenset().union(*map(leaves_below, made.instruction(place)[1]))

    for leaf, bits in enumerate(made.dependents()):
        wanted = [leaf in leaves_below(place) for place in made.results]
        assert [bool(bits >> k & 1) for k in range(results)] == wanted


# ---- structure ----------------------------------------------------------------------------------


def runs_of(rows: list[list[int]], start: int, stop: int) -> list[tuple[int, int, int]]:
    """Runs of runs of rows, with lists: first row, number of runs, rows in each."""

    def step(one: int, other: int) -> Any:
        if rows[one][3:] != rows[other][3:]:
            return None
        return [y - x for x, y in zip(rows[one][:3], rows[other][:3], strict=True)]

    runs: list[tuple[int, int, Any]] = []
    while start < stop:
        end = start + 1
        along = step(start, end) if end < stop else None
        while along is not None and end < stop and step(end - 1, end) == along:
            end += 1
        runs.append((start, end - start, along))
        start = end
    found = []
    while runs:
        first, width, along = runs[0]
        alike = [runs.pop(0)]
        down = None
        while runs and runs[0][1] == width and (width == 1 or runs[0][2] == along):
            between = step(alike[-1][0], runs[0][0])
            if between is None or (down is not None and between != down):
                break
            down = between
            alike.append(runs.pop(0))
        found.append((first, len(alike), width))
    return found


@engines
@pytest.mark.parametrize("seed", range(60))
def test_runs_are_those_that_lists_give(engine: Any, seed: int) -> None:
    rng = Random(seed)
    rows: list[list[int]] = []
    while len(rows) < 60:  # grids, and rows anywhere
        first, down, along = ([rng.randint(0, 2) for _ in range(3)] for _ in range(3))
        fixed = [rng.randint(0, 1), 0]
        for i in range(rng.choice([1, 2, 3])):
            for j in range(rng.choice([1, 1, 2, 5]) if seed % 2 else 4):
                numbers = zip(first, down, along, strict=True)
                rows.append([x + i * y + j * z for x, y, z in numbers] + fixed)
    bounds = sorted({0, len(rows), *(rng.randrange(len(rows)) for _ in range(3))})
    wanted = [run for start, stop in pairwise(bounds) for run in runs_of(rows, start, stop)]
    for fewest in (1, 4):
        found = zeros(3 * len(rows))
        flat = ints([x for row in rows for x in row])
        count = engine.find_runs(flat, 7, ints([7 + k for k in bounds]), fewest, found)
        large = [run for run in wanted if run[1] * run[2] >= fewest]
        assert list(found[:count]) == [x for start, *size in large for x in (7 + start, *size)]


@engines
def test_groups_are_numbered_by_level_turn_and_first_place(engine: Any) -> None:
    rng = Random(0)
    columns = [[rng.randint(-2, 0) for _ in range(80)] for _ in range(2)]
    kinds = [rng.randrange(4) for _ in range(80)]
    keys = [*zip(*columns, kinds, strict=True)]
    places = sorted(range(10, 80), key=lambda place: keys[place][:2])
    groups = zeros(80)
    many = engine.number_groups(
        ints(places), *map(ints, columns), ints(kinds), ints([-1] * 4), groups
    )
    wanted = {key: turn for turn, key in enumerate(dict.fromkeys(keys[k] for k in places))}
    assert many == len(wanted)
    assert [groups[place] for place in places] == [wanted[keys[place]] for place in places]


def with_loops(engine: Any, patch: pytest.MonkeyPatch, given: Tape) -> Any:
    for module in (tape, structure, sharing):
        patch.setattr(module, "sweeps", engine)
    patch.setattr(structure, "patterns", engine)
    return find_program(given)


def listed(found: Any) -> list[Any]:
    """All that a program says."""
    at = found.tape
    columns = (at.codes, at.limits, at.left, at.right, at.extra, at.results, at.constants)
    return [found.blocks, at.stored, at.closures, *map(list, columns)]


@pytest.mark.skipif(not accelerated, reason="there is no native engine here")
@pytest.mark.parametrize("seed", range(60))
def test_both_find_the_same_structure(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    function, numbers = structured.random_function(Random(seed))
    twice = tape_of(lambda *xs: [function(*xs), function(*xs)], numbers)
    given = tape_of(function, numbers) if seed % 3 else twice
    ours, theirs = (listed(with_loops(engine, monkeypatch, given)) for engine in ENGINES)
    assert ours == theirs


@engines
def test_nothing_is_found_where_nothing_is(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given = tape_of(lambda x: x, [1.0])
    assert with_loops(engine, monkeypatch, given).blocks == []
    given = tape_of(lambda x: Value(3.0), [1.0])
    assert with_loops(engine, monkeypatch, given).blocks == []


# ---- what shows whether all is finite -----------------------------------------------------------


@engines
@pytest.mark.parametrize("gap", [0, 1, 3, 100])
def test_stretches_are_what_lies_between_flags(engine: Any, gap: int) -> None:
    for seed in range(20):
        rng = Random(seed)
        flags = bytearray(rng.random() < 0.1 * (seed % 11) for _ in range(60))
        start, stop = rng.randint(0, 10), rng.randint(40, 60)
        found = ints([0] * 61)
        del found[engine.find_stretches(flags, start, stop, gap, found) :]
        wanted: list[list[int]] = []
        for place in (k for k in range(start, stop) if not flags[k]):
            if wanted and place - sum(wanted[-1]) <= gap:
                wanted[-1][1] = place + 1 - wanted[-1][0]
            else:
                wanted.append([place, 1])
        assert [*found] == [x for pair in wanted for x in pair]


@pytest.mark.skipif(not accelerated, reason="there is no native engine here")
@pytest.mark.parametrize("part", range(4))
def test_a_number_that_is_not_finite_is_seen_wherever_it_is(part: int) -> None:
    """By the native kernel, which does not look at all of them, as by the plain one, which does."""
    found = []
    for seed in range(part * 100, part * 100 + 100):
        _, program, numbers = in_c.program_of(seed)
        rng = Random(seed)
        awkward = [rng.choice(in_c.AWKWARD) for _ in numbers]
        lanes = awkward + 7 * numbers
        for given in (numbers, awkward):
            one, plain = native.Kernel(program), PlainKernel(program)
            parameters = in_c.numbers_of_values(program.tape.closures)
            for kernel in (one, plain):
                kernel.load_parameters(parameters)
            found.append(plain.forward(array("d", given), 0))
            assert one.forward(array("d", given), 0) == found[-1], (seed, given)
        eight = native.Kernel(program, 8)
        eight.load_parameters(parameters)
        assert eight.forward(array("d", lanes), 0) == (found[-1] and found[-2]), seed
    assert 40 < found.count(False) < 160


def test_a_tape_of_sums_and_products_is_seen_by_its_result() -> None:
    made = tape_of(
        lambda *xs: (xs[0] * xs[1] + xs[2]) * (xs[0] - xs[3] / xs[1]), [1.0, 2.0, 3.0, 4.0]
    )
    assert [*made.unseen()] == [made.results[0], 1]
    below = tape_of(lambda *xs: 1 / (xs[0] * xs[1]), [1.0, 2.0])  # which hides what is infinite
    assert [*below.unseen()] == [below.leaves, 2]
    bounded = tape_of(lambda *xs: (xs[0] * xs[1]).tanh() + 1, [1.0, 2.0])
    assert [*bounded.unseen()] == [bounded.leaves, 1, bounded.results[0], 1]
    assert [*bounded.unseen(gap=1)] == [bounded.leaves, 3]
