"""The quiz: what it asks, which answers are right, and which mistake is behind a wrong one."""

from __future__ import annotations

import io
import re
from math import isfinite
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, parse, topological_order
from autograd.language.notation import Notation
from autograd.language.words import Words
from autograd.quizzes.exercises import GATES, LEVELS, generate
from autograd.quizzes.mistakes import find_mistake, is_right, usual_mistakes
from autograd.quizzes.quiz import Quiz, gate_hint, questions_of
from autograd.stepping.tracing import Trace

SEEDS = range(200)


def quiz(answers: str, *roots: Value) -> list[str]:
    """The lines with answers and judgements that a quiz prints when these answers are typed."""
    output = io.StringIO()
    Quiz(Notation(), io.StringIO(answers), output).run(roots)
    starts = ("  ∂", "right", "no,", "no.", "skipped", "score", "'")
    return [line for line in output.getvalue().splitlines() if line.startswith(starts)]


def mistake(text: str, name: str, answer: float, **values: float) -> str:
    """What is said about an answer, when the gradient of a name is asked for."""
    trace = Trace(parse(text, **values))
    found = find_mistake(trace, trace.find(name), answer)
    return found.sentence if found else ""


# ---- answers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["0.25", "1/4", " 2.5e-1 ", "0.250", "+1/4", "-1/-4"])
def test_a_right_answer_is_a_number_or_a_fraction(answer: str) -> None:
    b, a = Value(4.0, label="b"), Value(1.0, label="a")  # da/b is 1/4, -a/b^2 is -1/16
    lines = quiz(f"{answer}\n-1/16\n", a / b)
    assert lines[1::2] == ["right: 0.25", "right: -0.0625"]
    assert lines[-1] == "score: 2 of 2 right"


def test_three_digits_are_enough_and_two_are_not() -> None:
    assert is_right(0.333, 1 / 3)
    assert not is_right(0.33, 1 / 3)
    assert not is_right(-0.333, 1 / 3)
    assert is_right(0.0, 0.0)
    assert not is_right(0.001, 0.0)


def test_gradients_are_asked_for_from_the_root_on_and_each_once() -> None:
    root = parse("d = a*b; e = d + a; f = e*d", a=2.0, b=3.0)
    lines = quiz("\n" * 9, root)
    assert lines[:-1:2] == [f"  ∂f/∂{name} = " for name in "edab"]


def test_an_empty_answer_is_told_and_counts_as_asked() -> None:
    assert quiz("\n3\n", parse("f = a*b", a=3.0, b=2.0)) == [
        "  ∂f/∂a = ",
        "skipped: 2",
        "  ∂f/∂b = 3",
        "right: 3",
        "score: 1 of 2 right",
    ]


def test_an_answer_that_is_not_a_number_is_asked_for_again() -> None:
    lines = quiz("two\n1/0\ninf\nnan\n1/2/3\n2\n3\n", parse("f = a*b", a=3.0, b=2.0))
    assert lines[1] == "'two' is not a number: write -6, 0.75 or 3/4; Enter skips, q leaves"
    assert [line for line in lines if line.startswith("  ∂f/∂a")] == [
        f"  ∂f/∂a = {answer}" for answer in ("two", "1/0", "inf", "nan", "1/2/3", "2")
    ]
    assert lines[-1] == "score: 2 of 2 right"


def test_the_end_of_the_answers_ends_the_quiz_with_the_score() -> None:
    root = parse("f = a*b", a=3.0, b=2.0)
    assert quiz("2", root, root)[-1] == "score: 1 of 1 right"
    assert quiz("", root)[-1] == "score: 0 of 0 right"


def test_ctrl_c_prints_the_score() -> None:
    class Interrupted(io.StringIO):
        def readline(self, *_: object) -> str:  # type: ignore[override]
            raise KeyboardInterrupt

    output = io.StringIO()
    with pytest.raises(KeyboardInterrupt):
        Quiz(Notation(), Interrupted(), output).run([parse("f = a*b", a=3.0, b=2.0)])
    assert output.getvalue().endswith("∂f/∂a = \nscore: 0 of 0 right\n")


def test_a_wrong_answer_is_explained_by_every_step_that_adds_to_the_gradient() -> None:
    output = io.StringIO()
    root = parse("f = a*b + a", a=3.0, b=2.0)
    answers = "1\n1\n7\n3\n"  # v1: 1; a: 2 + 1 = 3
    Quiz(Notation(), io.StringIO(answers), output).run([root])
    first, shown = output.getvalue().split("no, 3. ")
    assert "downstream" not in first
    assert "downstream  ∂f/∂f · ∂f/∂a = 1 · 1 = 1" in shown
    assert "downstream  ∂f/∂v1 · ∂v1/∂a = 1 · 2 = 2" in shown
    assert "∂f/∂a = 1 + 2 = 3" in shown


def test_a_question_names_the_gates_with_their_gradients() -> None:
    output = io.StringIO()
    root = parse("f = (a*b)*(a + b)", a=-2.0, b=3.0)
    Quiz(Notation(), io.StringIO("\n\n"), output).run([root])
    assert (
        "question 3 of 4: v2 = a + b, where ∂f/∂v2 = -6; v1 = a · b, where ∂f/∂v1 = 1\n"
        in output.getvalue()
    )


def test_q_leaves_with_the_score() -> None:
    assert quiz("q\n3\n", parse("f = a*b", a=3.0, b=2.0))[-1] == "score: 0 of 0 right"


@given(seed=st.integers(0, 10**6), level=st.sampled_from(list(LEVELS)), data=st.data())
def test_a_first_wrong_answer_is_not_told_the_right_one(
    seed: int, level: int, data: st.DataObject
) -> None:
    root = generate(Random(seed), level)
    trace = Trace(root)
    node = data.draw(st.sampled_from(questions_of(trace)[:1]))
    gradient = trace.adjoint(node)
    usual = [wrong for wrong, _, _ in usual_mistakes(trace, node)]
    wrong = data.draw(
        st.sampled_from([each for each in [*usual, 1234.5] if not near(each, gradient)])
    )
    output = io.StringIO()
    Quiz(Notation(), io.StringIO(f"{wrong!r}\n"), output).run([root])
    asked = output.getvalue().split("question 1")[1]
    reply = asked.split(f"= {wrong!r}\n")[1].split("  ∂")[0]
    assert reply.startswith("no. ")
    assert "Try once" in " ".join(reply.split())
    numbers = re.findall(r"(?<![\w.])-?\d+\.?\d*(?:e[-+]\d+)?", reply)
    assert not any(near(float(number), gradient) for number in numbers), reply


def near(answer: float, gradient: float) -> bool:
    return abs(answer - gradient) <= max(0.006 * abs(gradient), 1e-9)


def test_a_second_try_may_be_right_and_a_second_wrong_one_is_explained() -> None:
    root = parse("f = a*b", a=3.0, b=2.0)
    assert quiz("3\n2\n3\n", root) == [
        "  ∂f/∂a = 3",
        "no. A product hands each operand the other one's value; you took a itself. Try",
        "  ∂f/∂a = 2",
        "right: 2",
        "  ∂f/∂b = 3",
        "right: 3",
        "score: 2 of 2 right",
    ]
    assert quiz("1\n1\n", root)[3] == (
        "no, 2. f does not pass the gradient on unchanged: it scales it by 2."
    )


def test_a_rule_with_the_very_number_is_not_a_hint() -> None:
    trace = Trace(parse("f = log(a)", a=1.0))  # "log scales by 1 over its operand"
    assert gate_hint(trace, trace.find("a"), Words()) == "Look at the gate f."
    trace = Trace(parse("f = log(a)", a=2.0))
    assert gate_hint(trace, trace.find("a"), Words()).startswith("Look at the gate f: log scales")


# ---- mistakes -----------------------------------------------------------------------------------

FORKED = "a*b + a*c"  # with a = 7, b = 2, c = 5: da = 2 + 5


@pytest.mark.parametrize(
    ("text", "name", "answer", "sentence"),
    [
        (
            FORKED,
            "a",
            2,
            "a is used 2 times, and its contributions add up: 5 and 2.",
        ),
        (FORKED, "a", 5, "You have one of them"),
        (FORKED, "a", 10, "Perhaps you multiplied them"),
        ("a*b + a*c + a*h", "a", 7, "You have 2 of them"),  # of 2, 5 and 11
        ("a*b", "a", 7, "the other one's value; you took a itself"),
        ("(a*b)*c", "a", 35, "the other one's value; you took a itself"),  # 5 * 7, not 5 * 2
        ("a/b", "b", 1.75, "-top/bottom²: it has a minus"),  # -7/4 is right
        ("a/b", "b", -3.5, "-top/bottom²: it has a square"),  # -7/2
        ("a + b", "a", 2, "would be right for a product. A sum does not look at the other operand"),
        ("a/b", "a", 2, "quotient is 1/bottom: divide"),
        ("a - b", "b", 1, "b is subtracted, so the gradient arrives with its sign flipped"),
        ("c*(a - b)", "b", 5, "b is subtracted"),
        ("c*(a*b)", "a", 2, "the local derivative alone: multiply it by the upstream gradient, 5"),
        ("c*(a*b)", "a", 5, "the upstream gradient alone; v1 scales it by 2"),
        ("a*b", "a", 1, "v1 does not pass the gradient on unchanged: it scales it by 2"),
        ("max(a, b)", "b", 1, "v1 does not change with b here, so nothing reaches b"),
        ("c*a**3", "a", 5145, "The exponent comes down, and one less stays up: 2"),  # 5 * 3 * 7^3
        ("a**3", "a", 49, "The exponent, 3, comes down as a factor"),
        ("exp(h/h - 1)*b", "v3", -2, "The size is right, the sign is not"),
        ("a*b - c", "c", 5, "That is the value of c"),
        (
            "c*sigmoid(h - h)",
            "v1",
            2.5,
            "the value of v2 for its local derivative",
        ),  # 5 * 1/2
    ],
)
def test_a_usual_mistake_is_named(text: str, name: str, answer: float, sentence: str) -> None:
    numbers = {"a": 7.0, "b": 2.0, "c": 5.0, "h": 11.0}
    values = {key: x for key, x in numbers.items() if key in text.replace("max", "")}
    assert sentence in mistake(text, name, answer, **values)


def test_two_mistakes_at_once_are_not_taken_for_one() -> None:
    # with a = 2, b = 5 the gradient is 5 - 1; 3 wants a's own value and the wrong sign
    assert mistake("a*b - a", "a", 3, a=2.0, b=5.0) == ""


def test_a_sign_alone_is_seen_before_other_slips_that_give_the_same() -> None:
    # by a the derivative of b - a is -1; the value of d is -1 too
    assert "subtracted" in mistake("d = b - a", "a", 1, a=-1.0, b=-2.0)
    assert mistake("d = b + a", "b", -1, a=-2.0, b=1.0).startswith("The size is right")


def test_the_same_mistake_at_every_use_is_seen() -> None:
    # a*b + a*c: 7 and 7 in place of 2 and 5
    assert "you took a itself" in mistake(FORKED, "a", 14, a=7.0, b=2.0, c=5.0)


def test_an_unusual_answer_is_not_explained() -> None:
    assert mistake("a*b", "a", 1234.5, a=7.0, b=2.0) == ""


@given(seed=st.integers(0, 10**6), level=st.sampled_from(list(LEVELS)))
def test_no_mistake_is_seen_in_a_right_answer(seed: int, level: int) -> None:
    trace = Trace(generate(Random(seed), level))
    for node in trace.order:
        gradient = trace.adjoint(node)
        assert find_mistake(trace, node, gradient) is None
        assert find_mistake(trace, node, float(f"{gradient:.3g}")) is None


@given(seed=st.integers(0, 10**6), level=st.sampled_from(list(LEVELS)))
def test_every_mistake_is_a_number_with_a_sentence(seed: int, level: int) -> None:
    trace = Trace(generate(Random(seed), level))
    for node in trace.order:
        for wrong, hint, sentence in usual_mistakes(trace, node):
            assert isfinite(wrong)
            assert sentence.endswith(".")
            assert not re.search(r"(?<![a-z])\d", hint)  # but in a name, such as v1


# ---- questions ----------------------------------------------------------------------------------


def test_the_same_seed_asks_the_same() -> None:
    def questions(seed: int) -> list[str]:
        rng = Random(seed)
        return [repr(list(Trace(generate(rng, level)).table())) for level in LEVELS]

    assert questions(1) == questions(1)
    assert questions(1) != questions(2)


@pytest.mark.parametrize("level", LEVELS)
def test_questions_can_be_worked_by_hand(level: int) -> None:
    for seed in SEEDS:
        trace = Trace(generate(Random(seed), level))
        gates = [v for v in trace.order if v.operands]
        variables = [v for v in trace.order if not v.operands and not v.is_constant]
        assert len(gates) == GATES[level]
        assert {v.label for v in variables} in ({"a", "b"}, {"a", "b", "c"}, {"a"})
        for node in gates + variables:
            assert abs(trace.adjoint(node)) <= 100
            assert abs(node.data) <= 100


@pytest.mark.parametrize("level", LEVELS)
def test_each_level_holds_what_it_is_about(level: int) -> None:
    for seed in SEEDS:
        trace = Trace(generate(Random(seed), level))
        operations = {v._operation.name for v in trace.order if v.operands}
        forks = [v for v in trace.order if trace.uses(v) > 1]
        if level < 3:
            assert not forks
            assert operations <= {"add", "sub", "mul"}
        if level == 3:
            assert forks
        if level == 4:
            assert operations & {"div", "pow", "maximum", "minimum"}
        if level == 5:
            assert operations & {"sigmoid", "tanh", "exp", "relu"}


@pytest.mark.parametrize("level", [4, 5])
def test_no_question_is_about_a_tie_or_a_kink(level: int) -> None:
    for seed in SEEDS:
        for gate in topological_order(generate(Random(seed), level)):
            if gate._operation.name in ("maximum", "minimum", "relu"):
                left, right = (*(v.data for v in gate.operands), 0.0)[:2]
                assert left != right
