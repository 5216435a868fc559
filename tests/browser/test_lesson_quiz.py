"""The quiz in a page, and what a page prints."""

from __future__ import annotations

from pathlib import Path

from shown import (
    SMALL,
    Open,
    answer,
    where,
)

from autograd import lesson, parse, trace
from autograd.quizzes.grading import grade
from autograd.quizzes.mistakes import find_mistake


def test_a_quiz_judges_explains_and_counts(lesson_page: Open) -> None:
    page = lesson_page(SMALL, quiz=True)
    form = page.locator("#quiz")
    gradients = "NODES.map(({ id }) => byId(id).querySelector('.grad').textContent.split(' ')[1])"
    assert page.evaluate(gradients) == ["?", "?", "?", "?", "1"]
    assert "Question 1 of 4" in form.inner_text()
    answer(page, "1")  # ∂f/∂v1, right
    assert "✓ Right" in form.inner_text()
    assert "1 of 1 right" in form.inner_text()
    answer(page, "six")
    assert "That is not a number; type one such as -0.5, 2e-3 or 1/3." in form.inner_text()
    answer(page, "-36/6")  # a fraction
    assert "2 of 2 right" in form.inner_text()
    assert page.evaluate(gradients) == ["?", "?", "1", "-6", "1"]
    answer(page, "3")  # ∂f/∂a, of which that is one share
    mistake = "a is used more than once, and its contributions add up. You have one of"
    assert "✗ Not 3." in form.inner_text()
    assert mistake in form.inner_text()
    assert "-6" not in form.locator("#reply").inner_text()
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
    for place, mistakes, _ in page.evaluate("LESSON.quiz"):
        node = pass_.order[place]
        assert mistakes
        for wrong, hint, sentence in mistakes:
            found = find_mistake(pass_, node, wrong)
            if found:  # else it rounds to the right answer
                assert (found.hint, found.sentence) == (hint, sentence)
            first, second = page.evaluate(ANSWER, [place, repr(wrong)])
            assert hint in first if found else "✓ Right" in first
            assert not found or sentence in second
            assert sentence == hint or sentence not in first


ANSWER = """([asked, typed]) => {
  quiz.turn = LESSON.quiz.findIndex(([place]) => place === asked);
  quiz.ask("");
  quiz.judge(typed);
  const first = byId("quiz").textContent;
  if (byId("answer")) quiz.judge(typed);
  return [first, byId("quiz").textContent];
}"""


def test_a_quiz_is_handed_in_as_a_file_or_as_a_code(lesson_page: Open, tmp_path: Path) -> None:
    page = lesson_page(SMALL, quiz=True)
    for typed in ("1", "-36/6", "3", "-3", "\u22127", "-8"):
        assert not page.locator("#code").count()  # before the last answer there is none
        answer(page, typed)
    page.get_by_label("your name").fill("Zoë ✓")
    code = tmp_path / "code.txt"
    code.write_text(page.locator("#code").input_value(), encoding="utf-8")
    with page.expect_download() as download:
        page.get_by_label("your name").press("Enter")
    assert download.value.suggested_filename == "quiz-Zoë-.txt"
    saved = tmp_path / "saved.txt"
    download.value.save_as(saved)
    rows = grade([code, saved])
    for row in rows:
        assert (row["name"], row["right"], row["first try"]) == ("Zoë ✓", "4", "2")
        assert row["expression"] == "f = a * b * (a + b) at a = -2, b = 3"
        assert row["answers"] == "v1: 1; v2: -36/6; a: 3, -3; b: \u22127, -8"
    assert rows[0]["remark"] == ""
    assert rows[1]["remark"].startswith("the same answers at the same time as Zoë ✓ in ")
    assert "Done" in page.locator("#quiz").inner_text()


def test_a_question_that_is_shown_is_handed_in_as_skipped(
    lesson_page: Open, tmp_path: Path
) -> None:
    page = lesson_page(parse("f = a*b + 2", a=3, b=1 / 3), quiz=True)
    for _ in range(3):
        page.get_by_role("button", name="show me").click()
        page.get_by_role("button", name="go on").click()
    code = tmp_path / "code.txt"
    code.write_text(page.locator("#code").input_value(), encoding="utf-8")
    (row,) = grade([code])
    assert (row["right"], row["asked"], row["name"]) == ("0", "3", "")
    page.get_by_role("button", name="once more").click()
    assert page.locator("#answer").is_visible()


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
    assert {text.strip()[-1] for text in blanks.evaluate(written)} == {"a", "b", "1", "2", "f"}
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
