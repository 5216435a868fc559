"""compile: arguments of every structure, and how the rows of a table are read."""

from __future__ import annotations

import pickle
from array import array
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd import Value


class Line(NamedTuple):
    slope: Any
    shift: Any


# ---- structures ---------------------------------------------------------------------------------


def test_an_array_is_an_array_in_the_function_and_a_list_a_list() -> None:
    compiled = autograd.compile(lambda x: (x + x)[0] * len(x + x))
    for _ in range(2):
        assert compiled(np.array([2.0, 3.0])).data == 8.0
        assert compiled([2.0, 3.0]).data == 8.0 * 1  # [2, 3, 2, 3]: the first of four
    matrix = autograd.compile(lambda a, b: np.sum(a @ b))
    a, b = np.arange(6.0).reshape(2, 3), np.arange(6.0).reshape(3, 2) - 1
    assert matrix(a, b).data == np.sum(a @ b)
    assert matrix(b, a).data == np.sum(b @ a)
    assert matrix.tape.inputs[:3] == ("a[0][0]", "a[0][1]", "a[1][0]")


def test_dicts_and_named_tuples_are_what_they_are() -> None:
    compiled = autograd.compile(lambda p, x: p["line"].slope * x + p["line"].shift + p["w"][0])
    w = Value(5.0)
    y = compiled({"line": Line(2.0, 1.0), "w": [w]}, 3.0)
    y.backward()
    assert (y.data, w.grad) == (12.0, 1.0)
    assert compiled.tape.inputs == ("p['line'][0]", "p['line'][1]", "p['w'][0]", "x")
    assert compiled({"w": [1.0], "line": Line(2.0, 1.0)}, 3.0).data == 8.0  # in another order


def test_the_order_of_a_dict_is_as_it_is_called() -> None:
    first = autograd.compile(lambda d: next(iter(d.values())))
    assert first({"a": 1.0, "b": 2.0}).data == 1.0
    assert first({"b": 2.0, "a": 1.0}).data == 2.0


def test_arguments_of_no_structure_are_named_with_their_place() -> None:
    compiled = autograd.compile(lambda p: p["w"][0])
    with pytest.raises(TypeError, match=r"argument 1, \['w'\]\[1\]: a compiled .* not str: 'x'"):
        compiled({"w": [1.0, "x"]})
    with pytest.raises(TypeError, match=r"argument 1, \['w'\]: a compiled .* not NoneType"):
        compiled({"w": None})


# ---- the rows of a table ------------------------------------------------------------------------


def total(x: Any, y: Any = 0.0) -> Any:
    """Another number for a list of two than for two numbers."""
    return x[0] * 10 + x[1] if not isinstance(x, Value) else x * 100 + y


TABLE = np.array([[1.0, 2.0], [3.0, 4.0]])
MEAN_OF_LISTS, MEAN_OF_NUMBERS = 23.0, 203.0


def test_a_table_is_read_alike_whatever_was_called_before() -> None:
    assert autograd.compile(total).mean(TABLE).data == MEAN_OF_NUMBERS
    called = autograd.compile(total)
    called([1.0, 2.0])
    both = r"a row of 2 numbers may be total\(x0, x1\) or total\(\[x0, x1\]\): say which with like"
    with pytest.raises(TypeError, match=both):
        called.mean(TABLE)
    for _ in range(2):
        assert called.mean(TABLE, like=(0, 0)).data == MEAN_OF_NUMBERS
        assert called.mean(TABLE, like=([0, 0],)).data == MEAN_OF_LISTS
        with pytest.raises(TypeError, match=both):
            called.mean(TABLE)
    called = autograd.compile(total)
    called(1.0, 2.0)
    assert called.mean(TABLE).data == MEAN_OF_NUMBERS


def test_any_number_of_arguments_or_one_list_of_them() -> None:
    compiled = autograd.compile(lambda *xs: total(*xs))
    assert compiled.mean(TABLE).data == MEAN_OF_NUMBERS
    compiled([1.0, 2.0])
    with pytest.raises(TypeError, match=r"may be <lambda>\(x0, x1\) or <lambda>\(\[x0, x1\]\)"):
        compiled.mean(TABLE)


def test_one_reading_by_earlier_calls_is_enough_and_two_are_too_many() -> None:
    compiled = autograd.compile(lambda x, y: x[0] * y[-1] if len(x) < 3 else x[2] * y[0])
    table = np.array([[1.0, 2.0, 3.0, 4.0]])
    with pytest.raises(TypeError, match="how the 4 numbers in a row are divided"):
        compiled.mean(table)
    compiled([1.0, 1.0], [1.0, 1.0])
    assert compiled.mean(table).data == 4.0
    compiled([1.0, 1.0, 1.0], [1.0])
    with pytest.raises(TypeError, match=r"\(\[x0, x1\], \[x2, x3\]\) or .*\(\[x0, x1, x2\], \[x3"):
        compiled.mean(table)
    assert compiled.mean(table, like=([0, 0, 0], [0])).data == 12.0


def test_lists_and_arrays_are_one_reading() -> None:
    compiled = autograd.compile(lambda x: x[0] * x[1])
    compiled([1.0, 2.0])
    compiled((1.0, 2.0))
    assert compiled.mean(TABLE).data == 7.0
    doubled = autograd.compile(lambda x: (x + x)[1] + len(x + x))
    doubled([1.0, 2.0])
    assert doubled.mean(TABLE).data == 2 * 3.0 + 2  # as sum(f(row) for row in table) / 2
    assert doubled.mean(memoryview(TABLE)).data == 3.0 + 4  # whose rows are lists


def test_a_column_may_be_a_number_or_a_list_of_one() -> None:
    column = np.array([[1.0], [2.0]])
    compiled = autograd.compile(lambda x: x * 2 if isinstance(x, Value) else x[0] * 3)
    assert compiled.mean(column).data == 4.5
    compiled(1.0)
    with pytest.raises(TypeError, match=r"a row of 1 numbers may be .*\(array\(\[x0\]\)\) or .*"):
        compiled.mean(column)
    assert compiled.mean(column, like=0.0).data == 3.0
    assert compiled.mean(column.ravel()).data == 3.0
    assert compiled.mean(array("d", [1.0, 2.0])).data == 3.0


def test_matrices_in_rows() -> None:
    compiled = autograd.compile(lambda x: x[1] if isinstance(x[0], Value) else x[0][1])
    compiled([[1.0, 2.0], [3.0, 4.0]])
    table = np.array([[5.0, 6.0, 7.0, 8.0]])
    with pytest.raises(TypeError, match=r"\(array\(\[x0, x1, x2, x3\]\)\) or .*\(\[\[x0,"):
        compiled.mean(table)
    assert compiled.mean(table.reshape(1, 2, 2)).data == 6.0
    assert compiled.mean(table, like=[[0, 0], [0, 0]]).data == 6.0


def test_arguments_by_name_do_not_order_a_tables_columns() -> None:
    compiled = autograd.compile(lambda *, b, a: 10 * a + b)
    assert compiled(b=1.0, a=2.0).data == 21.0
    with pytest.raises(TypeError, match="how the 2 numbers in a row"):
        compiled.mean(np.array([[1.0, 2.0]]))


def test_like_has_as_many_numbers_as_a_row() -> None:
    compiled = autograd.compile(total)
    with pytest.raises(ValueError, match="like has 3 numbers, and a row of the table has 2"):
        compiled.mean(TABLE, like=([0, 0], 0))


def test_tables_are_read_alike_while_another_function_is_recorded() -> None:
    inner = autograd.compile(total)
    outer = autograd.compile(lambda s: s * inner.mean(TABLE))
    assert outer(2.0).data == 2 * MEAN_OF_NUMBERS
    nested = autograd.compile(lambda s: s * inner.mean(TABLE, like=([0, 0],)))
    assert nested(2.0).data == 2 * MEAN_OF_LISTS
    rows = autograd.compile(lambda s: s * inner.mean([([1.0, 2.0],), ([3.0, 4.0],)]))
    assert rows(2.0).data == 2 * MEAN_OF_LISTS
    method = autograd.compile(lambda x: x.tanh())
    assert autograd.compile(lambda s: s * method(0.0) + method(x=s))(0.0).data == 0.0
    with pytest.raises(TypeError, match="mean takes rows of arguments"):
        autograd.compile(lambda s: inner.mean(5))(1.0)


def test_a_pickle_reads_tables_by_the_tapes_it_has() -> None:
    product(1.0, 2.0)
    twin = pickle.loads(pickle.dumps(product))
    assert twin.mean(TABLE).data == 3 * 7.0


PARAMETER = Value(3.0)


@autograd.compile
def product(x: Any, y: Any) -> Any:
    return PARAMETER * x * y
