"""An expression as text becomes a graph, and nothing in it is ever run."""

from __future__ import annotations

import pickle
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OPERATIONS, DomainError, ExpressionError, Value, no_grad, parse

SAMPLES = {
    name: [1.5 if name == "acosh" else 0.5, 0.25, 0.125][: len(operation.operands)]
    for name, operation in OPERATIONS.items()
}

# texts that are refused, with the place between « and », or after « where its end is unknown
REFUSED = [
    ("«a.b»", "the attribute .b is not part of a formula; it may hold numbers, names"),
    ("1 + «a.__class__.__bases__»", "the attribute .__bases__"),
    ("«a.exp»()", "the attribute .exp"),
    ("2 * «a[0]»", "an index in brackets"),
    ("«a[1:2]»", "an index in brackets"),
    ("(«lambda: 1»)()", "lambda"),
    ("(«a := 1»)", "an assignment with :="),
    ("«a += 1»", "an assignment with += or its kin"),
    ("«a: float = 1»", "an assignment with a type"),
    ("a = «b» = 1", "one name can stand before ="),
    ("«a, b» = 1, 2", "one name can stand before ="),
    ("«a.b» = 1", "one name can stand before ="),
    ("«f'{a}'»", "text in quotes"),
    ("«'a'» + 1", "text in quotes"),
    ("«b'a'»", "text in quotes"),
    ("exp(«*a»)", "* before a name"),
    ("exp(**«a»)", "** cannot be used in a call"),
    ("«[a for a in b]»", "a comprehension"),
    ("«{a: 1 for a in b}»", "a comprehension"),
    ("max«(a for a in b)»", "a comprehension"),
    ("«(1, 2)»", "tuple"),
    ("«1 < 2»", "a comparison"),
    ("«1 if a else 2»", "a choice with if"),
    ("«a and b»", "and, or"),
    ("«not a»", "not is not part"),
    ("«~a»", "~ is not part"),
    ("«1 << 2»", "<< is not part"),
    ("«2^3»", "^ is not a power here: write **, as in a**2"),
    ("2 «× 3", "× is not read: write *"),
    ("2 «− 1", "− is not read: write -"),
    ("3«²", "² is not read: write **2"),
    ("«1j»", "1j is not part"),
    ("«True»", "True is not part"),
    ("«None»", "None is not part"),
    ("«...»", "Ellipsis is not part"),
    ("-«1e999»", "this number exceeds the largest float, 1.8e308"),
    (f"«0x{'f' * 300}", "this number exceeds the largest float"),
    (f"«{'9' * 5000}", "value has 5000 digits"),
    ("1 «2", "invalid syntax"),
    ("a +«", "invalid syntax"),
    ("2 * «(1 + 3", "'(' was never closed"),
    ("1 + «\0", r"the character '\x00' is not read"),
    ("1 + «\ud800", r"the character '\ud800' is not read"),
    ("«import os»", "import is not a formula; it may hold"),
    ("«from os import path»", "import is not a formula"),
    ("«def f(): pass»", "a definition with def is not a formula"),
    ("«class A: pass»", "a definition with class is not a formula"),
    ("«del a»", "del is not a formula"),
    ("«while 1: 1»", "while is not a formula"),
    ("1 + «__name__»", "__name__ is not a name here: it begins with two underscores"),
    ("«__a» = 1", "__a is not a name here"),
    ("«__import__»('os')", "there is no operation __import__: there are step, sign"),
    ("1 + «sigmiod»(2)", "there is no operation sigmiod: did you mean sigmoid?"),
    ("«exp(1)»(2)", "call is not part"),
    ("2 * «exp()»", "exp(x) needs x"),
    ("«exp(1, 2)»", "exp(x) cannot take 2 operands"),
    ("«elu(1, beta=2)»", "elu(x, alpha=1.0) cannot take argument 'beta'"),
    ("elu(1, alpha=2, alpha=«3»)", "alpha is given twice"),
    ("«1»; 2", "only the last formula can be without a name, as in d = a*b"),
    ("d = 1; «d» = 2; d", "d is given twice: use another name"),
    ("c = «d» + 1; d = 2; c", "d is used before it is given"),
    ("d = «d» + 1", "d is used before it is given"),
    ("2 * («a» + b*c)", "no value for a, b, c: add a=2 b=2 c=2"),
]

FORMULAS = [
    ("1 + 2 * 3", 7.0),
    ("(1 + 2) * 3", 9.0),
    ("7 - 2 - 1", 4.0),
    ("2 ** 3 ** 2", 512.0),
    ("-2 ** 2", -4.0),
    ("2 ** -1", 0.5),
    ("- -3", 3.0),
    ("+4", 4.0),
    ("1e3 + .5 + 1_000", 2000.5),
    ("0x10", 16.0),
    ("max(2, 3) + min(2, 3)", 5.0),
    ("max(minimum(2, 3), 1)", 2.0),
    ("exp = 2; exp * exp(0)", 2.0),
    ("leaky_relu(-2)", -0.02),
    ("leaky_relu(-2, 0.5)", -1.0),
    ("leaky_relu(-2, negative_slope=0.5)", -1.0),
    ("pow(b=3, a=2)", 8.0),
    ("where(0, 1, 2)", 2.0),
    ("a = 2\n\n  b = a + 1  # three\n(a *\n   b)\n", 6.0),
    ("inf", float("inf")),
    ("-inf", float("-inf")),
]


def refusal(text: Any, **variables: Any) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text, **variables)
    return caught.value


def test_the_last_value_with_every_name_as_a_label() -> None:
    f = parse("d = a*b; e = a + b; f = d*e", a=-2, b=3)
    f.backward()
    d, e = f.operands
    a, b = d.operands
    assert [v.label for v in (a, b, d, e, f)] == ["a", "b", "d", "e", "f"]
    assert (f.data, a.grad, b.grad) == (-6.0, -3.0, -8.0)  # f = a²b + ab²
    assert e.operands == (a, b)


@pytest.mark.parametrize(("text", "number"), FORMULAS)
def test_precedence_and_numbers_are_those_of_python(text: str, number: float) -> None:
    assert parse(text).data == number


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_is_called_by_its_name(name: str) -> None:
    letters = dict(zip("abc", SAMPLES[name], strict=False))
    result = parse(f"{name}({', '.join(letters)})", **letters)
    expected = OPERATIONS[name](*map(Value, letters.values()))
    assert (result.data, result.local_grads) == (expected.data, expected.local_grads)
    assert [v.label for v in result.operands] == list(letters)


def test_operators_are_the_operations_of_the_same_symbol() -> None:
    for text, name in [("a+b", "add"), ("a-b", "sub"), ("a*b", "mul"), ("a/b", "div"),
                       ("a//b", "floordiv"), ("a%b", "mod")]:  # fmt: skip
        assert parse(text, a=1, b=2).op == OPERATIONS[name].symbol
    assert parse("a**b", a=1, b=2).op == "**"
    assert (parse("-a", a=1).op, parse("+a", a=1).op) == ("-", "+")


def test_numbers_are_constants_and_named_numbers_are_variables() -> None:
    f = parse("a = -2; a * (3 + 4)")
    a, seven = f.operands
    assert (a.data, a.label, a.is_constant) == (-2.0, "a", False)
    assert (seven.data, seven.label, seven.is_constant) == (7.0, "", True)
    assert parse("3 + 4").is_constant


def test_a_second_name_for_a_node_is_refused() -> None:
    error = refusal("a = 2; b = a; a * b")
    assert (error.reason, error.column) == ("b would be a second name for a: leave it out", 7)


def test_a_name_that_is_not_used_is_refused() -> None:
    error = refusal("d = a*2; e = a*3; e + 1", a=1.0)
    assert (error.reason, error.column) == ("d is given but not used", 0)


def test_a_value_given_is_used_itself_and_keeps_its_label() -> None:
    mine = Value(2.0, label="mine")
    f = parse("f = a * a; g = f + 1", a=mine)
    f.backward()
    assert mine.grad == 4.0
    assert mine.label == "mine"
    assert parse("a", a=mine) is mine


def test_any_name_can_be_given_a_value() -> None:
    assert parse("self + text + inf + é", self=1, text=2, inf=3, é=4).data == 10.0


def test_nothing_is_recorded_inside_no_grad() -> None:
    with no_grad():
        assert parse("a * b", a=1, b=2).is_constant


@pytest.mark.parametrize(("marked", "reason"), REFUSED)
def test_anything_but_a_formula_is_refused_with_its_place_marked(marked: str, reason: str) -> None:
    error = refusal(marked.replace("«", "").replace("»", ""))
    start, end = marked.index("«"), marked.find("»") - 1
    assert reason in error.reason
    assert error.column == start
    message, shown, carets = str(error).split("\n")
    assert message == f"{error.reason}, at column {start + 1}"
    assert shown.startswith("    ")
    assert carets.startswith(f"    {' ' * start}^")
    if "»" in marked:
        assert carets == f"    {' ' * start}{'^' * (end - start)}"


def test_the_mark_is_below_its_part_on_any_line_and_after_any_letters() -> None:
    error = refusal("größe = 2\n   β = 3\n Δ2 = größe**β + β.real - 1\nΔ2")
    assert error.line == "Δ2 = größe**β + β.real - 1"
    assert str(error).endswith(
        ", at column 17\n    Δ2 = größe**β + β.real - 1\n                    ^^^^^^"
    )


def test_a_long_line_is_shown_around_the_mark() -> None:
    _, shown, carets = str(refusal("x + " * 90 + "a.b" + " + x" * 90)).split("\n")
    assert len(shown) <= 80
    assert shown[carets.index("^") : carets.index("^") + 3] == "a.b"


def test_what_spans_lines_is_marked_to_the_end_of_its_first() -> None:
    error = refusal("a = 1; (a < (\n2))")
    assert str(error).endswith("\n    a = 1; (a < (\n            ^^^^^")


def test_missing_names_are_listed_once_and_long_ones_are_cut() -> None:
    assert refusal("a*b + b*c + a", b=1).reason == "no value for a, c: add a=2 c=2"
    assert len(str(refusal("a" * 900_000))) < 300
    assert len(str(refusal(f"{'a' * 900_000}(1)"))) < 600


def test_a_value_that_is_not_used_is_refused() -> None:
    error = refusal("a + 1", a=1, b=2, c=3)
    assert str(error) == "a value for b, c, which the expression does not use: a + 1"
    assert "a is given a value as well: leave out one of them" in str(refusal("a = 1", a=2))


@pytest.mark.parametrize("text", ["", "  \n ", "# nothing"])
def test_an_empty_text_is_refused(text: str) -> None:
    error = refusal(text)
    assert error.reason == "there is no expression"
    assert error.column is None


def test_values_are_real_numbers_or_nodes() -> None:
    with pytest.raises(TypeError, match=r"^b is a real number, not str: '3' is text; convert it"):
        parse("a + b", a=1, b="3")
    with pytest.raises(TypeError, match=r"^a is a real number, not list"):
        parse("a", a=[1])
    with pytest.raises(DomainError, match=r"exceeds the largest float"):
        parse("a", a=10**400)


@pytest.mark.parametrize("text", [None, 3, b"a", ["a"]])
def test_only_text_is_read(text: Any) -> None:
    with pytest.raises(TypeError, match=rf"^parse reads text, not {type(text).__name__}: "):
        parse(text)


def test_where_there_is_no_value_the_operation_is_marked() -> None:
    with pytest.raises(DomainError) as caught:
        parse("b = 1; b - log(b - 1)")
    message, shown, carets = str(caught.value).split("\n")
    assert message.startswith("log(b - 1) does not exist at b - 1 = 0: log needs a number above 0")
    assert shown[carets.index("^") : len(carets)] == "log(b - 1)"
    with pytest.raises(DomainError, match=r"9\.0 \*\* 387420489\.0 exceeds the largest float"):
        parse("9**9**9**9")


HOSTILE = [
    "-",
    "~",
    "not ",
    "lambda:",
    "1 if 1 else ",
    "a.",
    "1**",
    "1*",
    "f(",
    "[",
    "{",
    "a[",
    "(",
]


@pytest.mark.parametrize("piece", [*HOSTILE, "a:=", "1<", "1 or ", "await ", "*", "#", "'", "f'{"])
def test_deep_nesting_is_refused(piece: str) -> None:
    for end in ("", "1", "a"):
        assert len(str(refusal(piece * (100_000 // len(piece)) + end))) < 400


def test_a_long_sum_is_read_however_deep_the_caller_is() -> None:
    def deep(levels: int) -> float:
        return deep(levels - 1) if levels else parse("+".join(["x"] * 800), x=1.0).data

    assert deep(500) == 800.0


def test_a_text_of_more_than_ten_million_characters_is_refused() -> None:
    assert parse(" " * 9_999_999 + "1").data == 1.0
    error = refusal("+" * 10_000_001)
    assert str(error) == "the text has 10,000,001 characters; at most 10,000,000 are read"


def test_an_error_travels_between_processes() -> None:
    error = refusal("a + b.c")
    copied = pickle.loads(pickle.dumps(error))
    assert (str(copied), copied.column, copied.line) == (str(error), 4, "a + b.c")
    assert isinstance(error, ValueError)


def read_or_refuse(text: str) -> None:
    """Parse; anything else that is raised is a failure."""
    with suppress(ExpressionError, DomainError, TypeError):
        assert isinstance(parse(text), Value)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    read_or_refuse(text)


VALID = "d = a*b; e = (a + 2.5)**-b\nf = max(d, e/3) - leaky_relu(d, 1e-3)"
PIECES = st.sampled_from(
    [*"abdef.()[]{}=*+-/^,;:'\"\\\n\t #@0~é²", "1e9", "__", "if ", "exp", "**"]
)


@given(st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 9), PIECES), max_size=6))
def test_a_formula_with_mistakes_is_read_or_refused(edits: list[tuple[int, int, str]]) -> None:
    text = VALID
    for start, removed, added in edits:
        text = text[:start] + added + text[start + removed :]
    read_or_refuse(f"a = 2; b = 3; {text}")
