"""What a Value is: its fields, what it accepts, its operators and its place in Python."""

from __future__ import annotations

import json
import math
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest

from autograd import OPERATIONS, DomainError, GraphError, Value, exp, no_grad


def test_fields_of_a_leaf() -> None:
    a = Value(2, label="a")
    assert (a.data, a.grad, a.label, a.op, a.operands, a.local_grads) == (2.0, 0.0, "a", "", (), ())
    assert type(a.data) is float
    assert isinstance(a.grad, float)
    assert not a.has_grad
    assert not a.is_constant


def test_fields_of_a_result_keep_the_operands_in_order() -> None:
    a, b = Value(2.0), Value(3.0)
    c = a - b
    assert (c.op, c.operands, c.local_grads) == ("-", (a, b), (1.0, -1.0))
    assert (a * a).operands == (a, a)


def test_micrograds_names_for_drawing_code() -> None:
    c = Value(2.0) * Value(3.0)
    assert c._prev == c.operands
    assert c._op == "*"


@pytest.mark.parametrize("field", ["op", "operands", "local_grads", "is_constant", "has_grad"])
def test_structure_is_read_only(field: str) -> None:
    with pytest.raises(AttributeError, match=f"'{field}'"):
        setattr(Value(1.0), field, None)


@pytest.mark.parametrize("number", [3, 3.0, True + 2, Fraction(3), Decimal(3)])
def test_any_real_number_is_accepted(number: object) -> None:
    assert Value(number).data == 3.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("3", r"a real number, not str: '3' is text; convert it first"),
        (None, "not NoneType: None holds no number"),
        (1j, "not complex: gradients here are of real functions"),
        ([1.0], "not list: a Value holds one number; make a list"),
        (Value(1.0), r"not Value: its number is v\.data; to move a parameter, p\.data -= "),
    ],
)
def test_anything_else_is_a_type_error_that_says_what_to_do(wrong: object, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Value(wrong)
    for field in ("data", "grad"):
        with pytest.raises(TypeError, match=f"^{field} is .*{message}"):
            setattr(Value(0.0), field, wrong)


def test_a_number_too_large_for_a_float_is_a_domain_error() -> None:
    with pytest.raises(DomainError, match=r"Decimal\('sNaN'\) is a signalling nan, .* give nan"):
        Value(Decimal("sNaN"))
    with pytest.raises(DomainError, match="int exceeds the largest float"):
        Value(10**400)


def test_a_label_is_text() -> None:
    with pytest.raises(TypeError, match="a label is text, not int: 3"):
        Value(1.0, label=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="a label is text, not NoneType"):
        Value(1.0).label = None  # type: ignore[assignment]


def test_operators_take_numbers_on_either_side() -> None:
    v = Value(4.0)
    results = [v + 1, 1 + v, v - 1, 1 - v, v * 3, 3 * v, v / 8, 8 / v, v**2, 2**v, -v, +v, abs(-v)]
    numbers = [5.0, 5.0, 3.0, -3.0, 12.0, 12.0, 0.5, 2.0, 16.0, 16.0, -4.0, 4.0, 4.0]
    assert [r.data for r in results] == numbers
    assert (v * Fraction(1, 2)).data == (Decimal("0.5") * v).data == 2.0


def test_a_power_of_values_has_both_derivatives() -> None:
    v, w = Value(2.0), Value(3.0)
    (v**w).backward()
    assert (v.grad, w.grad) == (12.0, pytest.approx(8 * math.log(2), rel=1e-15))


def test_a_number_operand_is_a_constant_that_takes_no_gradient() -> None:
    v = Value(4.0)
    product = v * 3
    constant = product.operands[1]
    product.backward()
    assert constant.is_constant
    assert (constant.grad, constant.has_grad) == (0.0, False)
    assert product.local_grads == (3.0, 0.0)


def test_an_operation_on_constants_is_a_constant() -> None:
    v = Value(4.0)
    assert (v.detach() * 2).is_constant
    assert (v.detach() * 2).operands == ()


def test_sum_adds_no_phantom_node() -> None:
    a, b = Value(1.0), Value(2.0)
    assert 0 + a is a
    assert 0.0 + a is a
    assert sum([a, b]).operands == (a, b)


@pytest.mark.parametrize("other", ["3", None, 1j, [1.0]])
def test_operators_refuse_what_is_no_number(other: object) -> None:
    v = Value(2.0)
    with pytest.raises(TypeError):
        v + other
    with pytest.raises(TypeError):
        other * v
    with pytest.raises(TypeError):
        v < other  # noqa: B015


def test_comparisons_are_of_the_numbers_and_equality_of_identity() -> None:
    a, b = Value(2.0), Value(3.0)
    assert [a < b, a <= 2, a > 1.5, 4 > a, a > b] == [True, True, True, True, False]  # noqa: SIM300
    assert a == a
    assert a != Value(2.0)
    assert len({a, b, Value(2.0)}) == 3
    assert {a: "first"}[a] == "first"
    assert [bool(a), bool(Value(0.0))] == [True, False]


@pytest.mark.parametrize("convert", [float, int, complex, round, math.exp])
def test_no_silent_detach(convert: object) -> None:
    with pytest.raises(TypeError, match=r"use v\.data .*, as autograd\.exp\(v\) for math"):
        convert(Value(2.0))  # type: ignore[operator]


def test_a_floor_is_a_node_as_a_flat_function_is() -> None:
    v = Value(-2.5)
    below, above = math.floor(v), math.ceil(v)
    assert [(node.data, node.op, node.operands) for node in (below, above)] == [
        (-3.0, "floor", (v,)),
        (-2.0, "ceil", (v,)),
    ]


def test_remainders_have_the_sign_of_the_divisor_from_either_side() -> None:
    a, b = Value(-7.5), Value(2.0)
    assert [(a % b).data, (a % -2).data, (7.5 % -b).data] == [0.5, -1.5, -0.5]
    assert [(a // b).data, (a // -2).data, (7.5 // b).data] == [-4.0, 3.0, 3.0]
    assert ((a // b) * b + a % b).data == a.data
    (a % b).backward()
    assert (a.grad, b.grad) == (1.0, 4.0)
    with pytest.raises(TypeError, match="unsupported operand type"):
        a % []
    with pytest.raises(DomainError, match=r"a % 0 does not exist at a = -7\.5: .*finite number"):
        a % 0


def test_repr_and_format() -> None:
    assert repr(Value(2.0)) == "Value(data=2.0, grad=0.0)"
    assert repr(Value(2.0, label="a")) == "Value(data=2.0, grad=0.0, label='a')"
    assert f"{Value(2 / 3):.3f}" == "0.667"


def test_detach_keeps_number_and_label_and_stops_gradients() -> None:
    a = Value(3.0, label="a")
    stopped = a.detach()
    (stopped * a).backward()
    assert (stopped.data, stopped.label, stopped.grad) == (3.0, "a", 0.0)
    assert a.grad == 3.0


def test_setting_data_does_not_touch_results_computed_before() -> None:
    a = Value(3.0)
    square = a * a
    a.data = 100
    square.backward()
    assert (square.data, a.data, a.grad) == (9.0, 100.0, 6.0)


def test_a_constant_root_has_nothing_to_differentiate() -> None:
    a = Value(3.0)
    with no_grad():
        loss = a * a
    for constant in (loss, a.detach()):
        with pytest.raises(GraphError, match="this Value is a constant"):
            constant.backward()


def test_subclasses_work() -> None:
    class Weight(Value):
        """With a __dict__, as Python subclasses have."""

    w = Weight(3.0)
    w.note = "mine"  # type: ignore[attr-defined]
    (w * w + 1).backward()
    assert w.grad == 6.0


def test_domain_errors_name_the_operand_and_the_usual_fix() -> None:
    p = Value(0.0, label="p")
    q = Value(2.0, label="q")
    for expression, message in [
        (lambda: p.log(), r"^log\(p\) does not exist at p = 0: log needs .* log\(maximum\(x"),
        (lambda: (p - q).sqrt(), r"^sqrt\(p - q\) does not exist at p - q = -2: "),
        (lambda: q / p, r"^q / p does not exist at q = 2, p = 0: the divisor must not be 0\. "),
        (lambda: q / (p * q), r"^q / \(p \* q\) does not exist at q = 2, p \* q = 0"),
        (lambda: 1 / p, r"^1 / p does not exist at p = 0"),
        (lambda: (p - 8) ** (1 / 3), r"^\(p - 8\) \*\* 0\.333.* a negative base needs"),
        (lambda: (q * 500).exp(), r"^exp\(q \* 500\) exceeds the largest float, .*q \* 500 = 1000"),
    ]:
        with pytest.raises(DomainError, match=message):
            expression()


def test_a_domain_error_names_the_callers_variable_where_there_is_no_label() -> None:
    probability = Value(-0.5)
    with pytest.raises(DomainError, match=r"log\(probability\) .* at probability = -0\.5"):
        probability.log()


def test_a_forgotten_return_or_call_is_recognised() -> None:
    v = Value(1.0)
    with pytest.raises(TypeError, match=r"None holds no number; is a return missing\?"):
        v + None
    with pytest.raises(TypeError, match="exp is a function; call it first"):
        Value(exp)
    with pytest.raises(TypeError, match="exp is a function; call it first"):
        exp(exp)


def test_every_method_has_help() -> None:
    for name in OPERATIONS:
        if hasattr(Value, name):
            assert getattr(Value, name).__doc__.splitlines()[0].endswith("."), name


def test_a_gradient_that_is_called_says_what_to_do() -> None:
    f = Value(2.0) * 3
    with pytest.raises(TypeError, match=r"grad is a number: call f\.backward\(\)"):
        f.grad()  # type: ignore[operator]
    assert repr(f.grad) == "0.0"
    assert f.grad == 0.0
    assert type(f.grad + 1.0) is float
    assert type(pickle.loads(pickle.dumps(f.grad))) is float
    assert json.dumps({"grad": f.grad}) == '{"grad": 0.0}'
