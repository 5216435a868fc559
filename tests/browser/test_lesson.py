"""The lesson in a browser: every number on it is Python's, and who has no mouse can use it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from lessons import Expected, digits, plain

from autograd import Value, lesson, parse, trace
from autograd.lessons.mistakes import find_mistake
from autograd.operation import Operation
from nn import MLP, Neuron, mse_loss

Open = Callable[..., Any]

EXPRESSIONS = [
    ("f = (a*b)*(a+b)", {"a": -2, "b": 3}),
    ("a*b + maximum(a, b)", {"a": 2, "b": 2}),  # a tie
    ("relu(a) + abs(b) + minimum(a, b)", {"a": 0, "b": -1.5}),  # at a kink, and beside one
    ("leaky_relu(a) * elu(b) + elu(a) * leaky_relu(b)", {"a": -2, "b": 0.7}),
    ("x**3 / (y**x + 1) - 2**y", {"x": 1.5, "y": 0.25}),
    ("log(x) + sqrt(x*y) - 1/y**2", {"x": 0.3, "y": 7}),
    ("gelu(x) * silu(y) + softplus(-x) * erf(y)", {"x": -1.25, "y": 0.4}),
    ("p = x*x; q = p + p; q*p - x", {"x": -0.1}),  # an operand twice in a gate
    ("rate * x**2 - 1.5e-7 / x", {"rate": 6.02e23, "x": -1.0625}),
    ("1/(1 + exp(-(w0*x0 + w1*x1 + w2)))", {"w0": 2, "x0": -1, "w1": -3, "x1": -2, "w2": -3}),
]
SMALL = parse("f = (a*b)*(a+b)", a=-2, b=3)


def neuron() -> Value:
    neuron = Neuron(2, activation="tanh", rng=Random(1))
    return neuron([Value(1.0, label="x0"), 0.5])


def network() -> Value:
    mlp = MLP(2, [2, 1], activation="relu", rng=Random(4))
    return mse_loss([mlp([Value(0.5, label="x0"), Value(-1.0, label="x1")])], [1.0])


# ---- what a page shows --------------------------------------------------------------------------

WALK = """([key, count]) => {
  const plain = (element) => element.textContent.replace(/\\s+/g, "");
  const last = (text) => text.textContent.split(" ").pop();
  const all = (selector) => [...document.querySelectorAll(selector)];
  const place = (element) => element.id.split("-").slice(1).join("-");
  const rows = (id) => [...byId(id).rows].map((row) => [...row.cells].map(plain));
  const tables = { forward: rows("forward"), backward: rows("backward") };
  const shown = () => ({
    where: byId("where").textContent,
    picture: NODES.map(({ id }) => all(`#${id} text:is(.data, .grad)`).map(last)),
    spoken: NODES.map(({ id }) => byId(id).getAttribute("aria-label")),
    card: all("#card dt").map((dt) => [plain(dt), plain(dt.nextSibling)]),
    gate: all("#picture .node.gate").map(place),
    operand: all("#picture .node.changes").map(place),
    edge: all("#picture .edge.flows").map(place),
    changing: all("#picture text.changing").map(last),
    sum: byId("sum")?.textContent ?? "",
    now: document.querySelector("tr.now")?.cells[0].textContent ?? "",
    ...tables,
  });
  return Array.from({ length: count }, () => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    return shown();
  });
}"""


def check_all(page: Any, expected: Expected) -> None:
    """Everything that a page shows is as Python has it, at every moment, there and back."""
    page.evaluate(WALK, ["End", 1])
    back = page.evaluate(WALK, ["ArrowLeft", expected.last])
    there = page.evaluate(WALK, ["ArrowRight", expected.last])
    assert back[:-1] == there[-2::-1]
    for moment, shown in enumerate([back[-1], *there]):
        check_moment(shown, expected, moment)


def check_moment(shown: dict[str, Any], expected: Expected, moment: int) -> None:
    assert f"step {moment}" in shown["where"].lower() or not moment
    assert shown["picture"] == expected.picture(moment)
    assert not moment or shown["card"] == expected.card(moment)
    assert shown["forward"] == expected.forward
    assert shown["backward"] == expected.backward
    assert shown["now"] == (str(moment) if moment else "")
    check_marks(shown, expected, moment)
    for node, words in zip(expected.trace.order, shown["spoken"], strict=True):
        unknown = "not known yet"
        data, grad = expected.data(node, moment), expected.grad(node, moment)
        if node.is_constant:
            assert words == f"constant {data}"
            continue
        uses = expected.trace.uses(node)
        assert words == (
            f"{expected.name(node)}: data {data.replace('?', unknown)}; gradient "
            f"{grad.replace('?', unknown)}; {uses} use{'s' * (uses != 1)}"
        )


def check_marks(shown: dict[str, Any], expected: Expected, moment: int) -> None:
    """The gate, the operand, the edge between them, and the number that changes are marked."""
    step, places = expected.step(moment), expected.trace.places
    if step is None:
        gate = expected.gates[moment - 1] if moment else None
        assert shown["gate"] == ([] if gate is None else [f"v{places[gate]}"])
        assert shown["changing"] == ([] if gate is None else [digits(gate.data)])
        assert (shown["edge"], shown["sum"]) == ([], "")
        return
    assert step.operand is not None
    gate, operand = places[step.node], places[step.operand]
    assert shown["gate"] == [f"v{gate}"]
    assert shown["changing"] == [digits(step.after)]
    if step.kind == "backward":
        assert shown["operand"] == [f"v{operand}"]
        assert shown["edge"] == [f"v{operand}-v{gate}#{step.formula.position}"]
        assert shown["sum"] == f"+= {digits(step.contribution)}"


# ---- every number -------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(len(EXPRESSIONS)))
def test_every_number_of_an_expression_at_every_step(lesson_page: Open, number: int) -> None:
    text, values = EXPRESSIONS[number]
    root = parse(text, **values)
    check_all(lesson_page(root), Expected(root))


@pytest.mark.parametrize("make", [neuron, network])
def test_every_number_of_a_network_at_every_step(
    lesson_page: Open, make: Callable[[], Value]
) -> None:
    root = make()
    check_all(lesson_page(root, title="A network"), Expected(root))


def test_the_keys_move_as_the_page_says(lesson_page: Open) -> None:
    page, expected = lesson_page(SMALL), Expected(SMALL)
    for moment in range(1, expected.last + 1):
        page.keyboard.press("ArrowRight")
        assert where(page) == moment
    page.keyboard.press("ArrowRight")  # there is no more
    assert where(page) == expected.last
    for moment in reversed(range(expected.last)):
        page.keyboard.press("ArrowLeft")
        assert where(page) == moment
    for gate in (1, 2, 3, 4, 6, 8, 10):  # then the seed, and two steps to each gate
        page.keyboard.press("Shift+ArrowRight")
        assert where(page) == gate
    for gate in (8, 6, 4, 3):
        page.keyboard.press("Shift+ArrowLeft")
        assert where(page) == gate
    page.keyboard.press("End")
    assert where(page) == expected.last
    page.keyboard.press("Home")
    assert where(page) == 0
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()


def test_the_buttons_and_the_slider_move_too(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    for name, moment in (("last", 10), ("back", 9), ("first", 0), ("step", 1), ("next gate", 2)):
        page.get_by_role("button", name=name, exact=True).click()
        assert where(page) == moment
    page.get_by_role("slider", name="step").fill("7")
    assert where(page) == 7


@pytest.mark.parametrize(
    ("address", "moment"), [("#step=7", 7), ("#step=12345", 10), ("#step=x", 0), ("#", 0)]
)
def test_the_address_says_where_it_opens(lesson_page: Open, address: str, moment: int) -> None:
    page = lesson_page(SMALL, at=address)
    assert where(page) == moment
    page.keyboard.press("End")
    assert page.url.endswith("#step=10")
    page.evaluate("location.hash = '#step=3'")
    until(page, "moment === 3")


def until(page: Any, condition: str) -> None:
    """Wait for it; the page's policy does not let the browser's own way of waiting do so."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"not {condition}")


def where(page: Any) -> int:
    """The moment that the heading names."""
    number = re.search(r"Step (\d+)", page.locator("#where").inner_text())
    return int(number[1]) if number else 0


# ---- playing ------------------------------------------------------------------------------------


def test_space_plays_and_pauses_and_playing_is_silent(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    live = page.locator("#live")
    page.keyboard.press("ArrowRight")
    said = live.inner_text()
    assert said == "Gate v2: data -6."
    page.get_by_label("speed").select_option("4")
    page.locator("body").press(" ")
    assert page.get_by_role("button", name="pause").is_visible()
    until(page, "moment > 2")
    assert live.inner_text() == said
    page.locator("body").press(" ")
    paused = where(page)
    page.wait_for_timeout(600)
    assert where(page) == paused
    assert page.get_by_role("button", name="play").is_visible()
    page.keyboard.press("End")
    assert live.inner_text().startswith("Gate v2: upstream 1 times local -2 is -2.")
    page.locator("body").press(" ")  # from the beginning
    until(page, "moment > 0 && moment < 10")


def test_it_stops_at_the_end(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=9")
    page.locator("body").press(" ")
    until(page, "moment === 10")
    assert page.get_by_role("button", name="play").is_visible()
    assert page.locator("#live").inner_text().startswith("Gate v2")


@pytest.mark.parametrize(("wish", "dots"), [("no-preference", 1), ("reduce", 0)])
def test_a_dot_travels_unless_the_reader_wants_no_motion(
    lesson_page: Open, wish: str, dots: int
) -> None:
    page = lesson_page(SMALL, at="#step=4", browser={"reduced_motion": wish})
    page.keyboard.press("ArrowRight")
    assert page.locator("#dot").count() == dots
    until(page, "byId('sum')?.textContent === '+= 1'")
    assert page.locator("#dot").count() == 0


# ---- nodes --------------------------------------------------------------------------------------


def test_a_node_under_the_mouse_or_in_focus_says_what_it_is(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=10")
    about, usual = page.locator("#about"), page.locator("#about").inner_text()
    for node in (page.get_by_label("b: data 3"), page.get_by_label("v2: data -6")):
        node.focus()
        by_key = about.text_content()
        node.blur()
        assert about.inner_text() == usual
        node.hover()
        assert about.text_content() == by_key
    assert re.sub(r"\s", "", by_key) == "v2=a·b;data−6;gradient1;used1time"


def test_a_nodes_paths_to_the_result_light_up(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    lit = "[...document.querySelectorAll('#picture .lit')].map((each) => each.id.slice(10)).sort()"
    page.get_by_label("v2: data").focus()
    assert page.evaluate(lit) == ["v2", "v2-v4#0", "v4"]
    page.get_by_label("a: data").focus()
    everything = ["v0", "v0-v2#0", "v0-v3#0", "v2", "v2-v4#0", "v3", "v3-v4#1", "v4"]
    assert page.evaluate(lit) == everything
    page.locator("#play").focus()
    assert page.evaluate(lit) == []


def test_every_control_and_node_is_reached_with_tab(lesson_page: Open) -> None:
    page = lesson_page(SMALL, at="#step=3")
    page.locator("summary").first.press("Enter")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "document.activeElement.id || document.activeElement.ariaLabel || "
            "document.activeElement.tagName"
        )
        if name in seen:
            break
        seen.append(name)
    nodes = page.evaluate("NODES.map(({ id }) => id)")
    controls = ["first", "back", "play", "step", "next", "last", "slider", "speed", "print", "keys"]
    assert {*nodes, *controls, "a", "a, by sliding", "reset"} <= set(seen)


# ---- other inputs -------------------------------------------------------------------------------


def open_inputs(page: Any) -> None:
    page.get_by_text("Change the inputs").click()


@pytest.mark.parametrize(
    ("number", "typed", "values"),
    [
        (0, {"a": "1/3", "b": "−2.5e-1"}, {"a": 1 / 3, "b": -0.25}),
        (1, {"b": "2.5"}, {"b": 2.5}),  # off the tie
        (2, {"b": "0", "a": "-7"}, {"b": 0, "a": -7}),  # on another kink
        (3, {"a": ".5", "b": "-1"}, {"a": 0.5, "b": -1}),  # other branches
        (4, {"x": "2", "y": "-1"}, {"x": 2, "y": -1}),
        (5, {"x": "4"}, {"x": 4}),
        (6, {"x": "3.5", "y": "-2.25"}, {"x": 3.5, "y": -2.25}),
    ],
)
def test_a_changed_input_changes_every_number(
    lesson_page: Open, number: int, typed: dict[str, str], values: dict[str, float]
) -> None:
    text, given = EXPRESSIONS[number]
    page = lesson_page(parse(text, **given))
    open_inputs(page)
    for name, x in typed.items():
        page.get_by_label(name, exact=True).fill(x)
        page.keyboard.press("Enter")
    check_all(page, Expected(parse(text, **{**given, **values})))
    page.get_by_role("button", name="Reset").click()
    page.keyboard.press("End")
    again = Expected(parse(text, **given))
    check_moment(page.evaluate(WALK, ["End", 1])[0], again, again.last)


def test_a_slider_changes_every_number(lesson_page: Open) -> None:
    text, values = EXPRESSIONS[0]
    page = lesson_page(parse(text, **values))
    open_inputs(page)
    page.get_by_label("b, by sliding").fill("-4.5")
    assert page.get_by_label("b", exact=True).input_value() == "-4.5"
    check_all(page, Expected(parse(text, a=-2, b=-4.5)))


@pytest.mark.parametrize(
    ("expression", "typed", "message"),
    [
        ("f = log(x) * 2", "-1", "v1 does not exist at x = -1: log needs a number above 0."),
        ("f = 2 / x", "0", "f does not exist at x = 0: the divisor must not be 0."),
        ("f = exp(x) + 1", "1e9", "v1 does not exist at x = 1e+09, or is too large."),
        ("f = exp(x) + 1", "two", "x: That is not a number; type one such as -0.5, 2e-3 or 1/3."),
        ("f = exp(x) + 1", "1/0", "x: That is not a number; type one such as -0.5, 2e-3 or 1/3."),
        ("f = exp(x) + 1", "", "x: That is not a number; type one such as -0.5, 2e-3 or 1/3."),
    ],
)
def test_where_no_value_exists_the_page_says_so_and_keeps_its_numbers(
    lesson_page: Open, expression: str, typed: str, message: str
) -> None:
    root = parse(expression, x=1.5)
    page = lesson_page(root, at="#step=99")
    open_inputs(page)
    page.get_by_label("x", exact=True).fill(typed)
    page.keyboard.press("Enter")
    assert page.locator("#wrong").inner_text().startswith(message)
    assert page.get_by_label("x", exact=True).input_value() == "1.5"
    expected = Expected(root)
    check_moment(page.evaluate(WALK, ["End", 1])[0], expected, expected.last)
    page.get_by_label("x", exact=True).fill("2")
    page.keyboard.press("Enter")
    assert page.locator("#wrong").inner_text() == ""


def test_an_operation_that_is_not_of_the_table_is_shown_and_not_changed(
    lesson_page: Open,
) -> None:
    cube = Operation("cube", lambda x: x**3, lambda out, x: 3 * x**2, summary="x cubed.")
    x = Value(-2.0, label="x")
    root = cube(x) * x
    page = lesson_page(root)
    assert not page.get_by_text("Change the inputs").is_visible()
    check_all(page, Expected(root))


# ---- the quiz -----------------------------------------------------------------------------------


def answer(page: Any, typed: str) -> None:
    page.locator("#answer").fill(typed)
    page.keyboard.press("Enter")


def test_a_quiz_judges_explains_and_counts(lesson_page: Open) -> None:
    page = lesson_page(SMALL, quiz=True)
    form = page.locator("#quiz")
    gradients = "NODES.map(({ id }) => byId(id).querySelector('.grad').textContent.split(' ')[1])"
    assert page.evaluate(gradients) == ["?", "?", "?", "?", "1"]
    assert "Question 1 of 4" in form.inner_text()
    answer(page, "1")  # ∂f/∂v2, right
    assert "✓ Right" in form.inner_text()
    assert "1 of 1 right" in form.inner_text()
    answer(page, "six")
    assert "That is not a number; type one such as -0.5, 2e-3 or 1/3." in form.inner_text()
    answer(page, "-36/6")  # a fraction
    assert "2 of 2 right" in form.inner_text()
    assert page.evaluate(gradients) == ["?", "?", "1", "-6", "1"]
    answer(page, "3")  # ∂f/∂a, of which that is one share
    mistake = "a is used 2 times, and their contributions add up: -6 and 3. You have one of"
    assert "✗ Not 3." in form.inner_text()
    assert mistake in form.inner_text()
    assert "Look at the gate" in form.inner_text()
    assert page.evaluate(gradients)[0] == "?"
    answer(page, "-3.001")  # near enough
    assert "3 of 3 right" in form.inner_text()
    answer(page, "0.7")
    assert "✗ Not 0.7." in form.inner_text()
    answer(page, "2")  # wrong twice: b
    said = form.text_content()
    assert "Here is how:" in said
    assert "3 of 4 right" in said
    assert "finite difference" in said
    assert "Question" not in said
    assert page.evaluate(gradients) == ["-3", "-8", "1", "-6", "1"]
    assert page.evaluate("document.activeElement.textContent") == "go on"
    page.keyboard.press("Enter")
    assert "Done" in form.text_content()
    page.get_by_role("button", name="once more").click()
    assert "Question 1 of 4" in form.inner_text()
    assert page.evaluate(gradients) == ["?", "?", "?", "?", "1"]


def test_a_quiz_names_the_same_mistakes_as_the_terminal(lesson_page: Open) -> None:
    root = parse("f = (a*b)*(a+b) + a/b - b**2", a=-2, b=3)
    page, pass_ = lesson_page(root, quiz=True), trace(root)
    for place, mistakes in page.evaluate("LESSON.quiz"):
        node = pass_.order[place]
        assert mistakes
        for wrong, sentence in mistakes:
            found = find_mistake(pass_, node, wrong)
            if found:  # else it rounds to the right answer
                assert found == sentence
            said = page.evaluate(ANSWER, [place, repr(wrong)])
            assert sentence in said if found else "✓ Right" in said


ANSWER = """([asked, typed]) => {
  quiz.turn = LESSON.quiz.findIndex(([place]) => place === asked);
  quiz.ask("");
  quiz.judge(typed);
  return byId("quiz").textContent;
}"""


def test_a_quiz_shows_no_answer_before_it_is_asked_for(lesson_page: Open) -> None:
    page = lesson_page(SMALL, quiz=True)
    shown = page.locator("body").inner_text()
    assert "Every step in a table" not in shown
    for key in ("ArrowRight", "End", " "):
        page.locator("body").press(key)
    assert page.locator("#card").inner_text() == ""
    assert page.get_by_role("img", name="a: data -2; gradient not known yet; 2 uses").is_visible()
    page.get_by_role("button", name="show me").click()
    assert "0 of 1 right" in page.locator("#quiz").inner_text()


def test_a_quiz_prints_a_worksheet_and_a_sheet_of_answers(lesson_page: Open) -> None:
    page = lesson_page(SMALL, quiz=True, title="Fill in")
    page.emulate_media(media="print")
    blanks, answers = page.locator(".sheet").all()
    assert blanks.is_visible()
    assert answers.is_visible()
    assert not page.locator("main").is_visible()
    assert "Name:" in blanks.inner_text()
    written = "(sheet) => [...sheet.querySelectorAll('text.grad')].map((text) => text.textContent)"
    assert {text.strip()[-1] for text in blanks.evaluate(written)} == {"a", "b", "2", "3", "f"}
    numbers = sorted(text.split()[1] for text in answers.evaluate(written))
    assert numbers == ["-3", "-6", "-8", "1", "1"]
    assert page.pdf().count(b"/Type /Page\n") == 2


def test_a_lesson_prints_the_picture_and_the_tables(lesson_page: Open) -> None:
    page = lesson_page(SMALL)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert not page.locator("#player").is_visible()
    assert page.locator("#backward").is_visible()
    assert where(page) == 10


# ---- who reads it, and on what ------------------------------------------------------------------


def openable(page: Any) -> None:
    for summary in page.locator("summary").all():
        if summary.is_visible():
            summary.click()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["lesson", "opened", "quiz", "explained", "help"])
def test_axe_finds_nothing(lesson_page: Open, kind: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    is_quiz = kind in ("quiz", "explained")
    options = {"color_scheme": scheme, "bypass_csp": True}
    at = "" if is_quiz else "#step=7"
    page = lesson_page(SMALL, title="Gradients", quiz=is_quiz, browser=options, at=at)
    if kind == "opened":
        openable(page)
        page.get_by_label("a", exact=True).fill("x")
        page.keyboard.press("Enter")
    elif kind == "explained":
        answer(page, "3")
        answer(page, "3")
    elif kind == "help":
        page.keyboard.press("?")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


CONTRASTS = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[0-9.]+/g).slice(0, 3).map((x) => x / 255)
      .map((x) => (x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
  };
  const paper = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll("#picture text")].map((text) => {
    const shape = text.closest(".node")?.querySelector("path");
    const behind = light(shape ? getComputedStyle(shape).fill : paper);
    const front = light(getComputedStyle(text).fill);
    return Math.max(behind, front) / Math.min(behind, front);
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_in_the_picture_has_contrast_in_every_state(lesson_page: Open, scheme: str) -> None:
    page = lesson_page(parse("f = a*2 + relu(a)", a=3), browser={"color_scheme": scheme})
    for _ in range(9):
        page.keyboard.press("ArrowRight")
        assert min(page.evaluate(CONTRASTS)) >= 4.5


@pytest.mark.parametrize("quiz", [False, True])
def test_without_scripts_the_picture_and_the_tables_are_there(
    lesson_page: Open, quiz: bool
) -> None:
    page = lesson_page(SMALL, quiz=quiz, browser={"java_script_enabled": False})
    expected = Expected(SMALL)
    prefix = page.locator("#picture svg").get_attribute("id")
    for place, numbers in enumerate(expected.picture(expected.last)):
        texts = page.locator(f"#{prefix}-v{place} text:is(.data, .grad)").all_text_contents()
        assert [text.split(" ")[-1] for text in texts] == numbers
    for name in ("forward", "backward"):
        rows = page.locator(f"#{name} tr").all()
        cells = [[plain(c) for c in row.locator("th, td").all_text_contents()] for row in rows]
        assert cells == getattr(expected, name)
        assert page.locator(f"#{name}").is_visible()
    for control in ("#player", "#side", "#about"):
        assert not page.locator(control).is_visible()


@pytest.mark.parametrize("size", [(360, 640), (640, 400)])  # a telephone; a screen at 200% zoom
@pytest.mark.parametrize("kind", ["lesson", "quiz", "network"])
def test_nothing_is_wider_than_the_screen(
    lesson_page: Open, size: tuple[int, int], kind: str
) -> None:
    root = network() if kind == "network" else SMALL
    title = "loss " * 3 if kind == "network" else None
    width, height = size
    view = {"width": width, "height": height}
    page = lesson_page(root, title=title, quiz=kind == "quiz", browser={"viewport": view})
    openable(page)
    for key in ("Home", "End", "ArrowLeft"):
        page.keyboard.press(key)
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    for control in page.locator("button, input, select").all():
        if control.is_visible():
            control.scroll_into_view_if_needed()
            box = control.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["y"] + box["height"] <= height + 1


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_stepping(lesson_page: Open, width: int) -> None:
    page = lesson_page(SMALL, browser={"viewport": {"width": width, "height": 800}})
    names = ("#step", "#picture", "#side", "#about", "#inputs", "#tables")
    page.keyboard.press("End")  # the longest card
    places = set()
    for _ in range(11):
        places.add(str([page.locator(name).bounding_box() for name in names]))
        page.keyboard.press("ArrowLeft")
    assert len(places) == 1


# ---- names that mean harm -----------------------------------------------------------------------

HOSTILE = [
    "</script><img src=x onerror=alert(1)>",
    '<b>"x"\n{|}&é∂\\',
    "",
    "x" * 10_000,
    "]]>",
    "${x} `${alert(1)}`",
    "</style><script>alert(1)</script>",
    "<!--<script>",
    "\u2028\u202e\0\x1b[31m",
]


@pytest.mark.parametrize(
    ("label", "quiz"), [*((label, False) for label in HOSTILE), (HOSTILE[0], True)]
)
def test_a_hostile_name_is_shown_as_text(lesson_page: Open, label: str, quiz: bool) -> None:
    harmless = lesson_page(named("a"), title="t", quiz=quiz)
    page = lesson_page(named(label), title=label or None, quiz=quiz)
    count = """Object.fromEntries(["script", "img", "b", "style", "iframe", "title"].map(
        (name) => [name, document.querySelectorAll(name).length]))"""
    assert page.evaluate(count) == harmless.evaluate(count)
    if quiz:
        answer(page, "<img src=x onerror=alert(1)>")
        answer(page, "7")
        answer(page, "7")
    else:
        openable(page)
        page.evaluate(WALK, ["ArrowRight", 12])
        for node in page.locator("#picture .node").all():
            node.focus()
    assert page.locator("img, iframe").count() == 0
    if label:
        shown = re.sub(r"\s+", " ", label.split("\0")[0])
        assert shown[:20].strip() in re.sub(r"\s+", " ", page.locator("h1").first.text_content())
        assert page.title()
        texts = " ".join(page.locator("#picture text").all_text_contents())
        assert label.split("\n")[0][:12].strip("\u2028\u202e\0\x1b") in texts


def named(label: str) -> Value:
    a, b = Value(2.0, label=label), Value(3.0, label=label + "2" if label else "")
    root = a * b + a
    root.label = label
    return root


def test_a_quiz_in_a_notebook_judges_answers(watched: Open, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(lesson(SMALL, quiz=True)._repr_html_(), encoding="utf-8")
    page = watched()
    page.goto(path.as_uri())
    frame = page.frames[1]
    frame.locator("#answer").fill("1")
    frame.locator("#answer").press("Enter")
    frame.wait_for_selector(".good")
    assert "1 of 1 right" in frame.locator("#quiz").inner_text()


def test_the_picture_is_described_with_its_numbers(lesson_page: Open) -> None:
    page = lesson_page(SMALL, browser={"java_script_enabled": False})
    source = page.content()
    assert "8.888" not in source
    assert "a; data -2; ∂f/∂a -3" in source


def test_keys_scroll_a_frame_that_has_the_focus_and_overflows(lesson_page: Open) -> None:
    page = lesson_page(network(), browser={"viewport": {"width": 600, "height": 700}})
    page.locator("#picture").focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("moment") == 0


def test_two_lessons_in_one_notebook_do_not_disturb_each_other(
    watched: Open, tmp_path: Path
) -> None:
    frames = "".join(lesson(root)._repr_html_() for root in (SMALL, SMALL, named("a")))
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><html><body>{frames}</body></html>", encoding="utf-8")
    page = watched()
    page.goto(path.as_uri())
    page.wait_for_timeout(300)
    first, second, third = page.frames[1:]
    for frame in (first, second, third):
        frame.wait_for_selector("#step")
    for _ in range(5):
        first.locator("#step").click()
    second.locator("#last").click()
    third.locator("#step").press("ArrowRight")
    assert [where(frame) for frame in (first, second, third)] == [5, 10, 1]
    expected = Expected(SMALL)
    check_moment(first.evaluate(WALK, ["ArrowRight", 1])[0], expected, 6)
    check_moment(second.evaluate(WALK, ["ArrowLeft", 1])[0], expected, 9)
