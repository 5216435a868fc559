"""A training page for everyone: from the last row, by keys alone, on a phone, and fast enough."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shown import until
from trainings import KINDS, SIZES, PageOf, heading, run_of, settle, smallest_letters

from nn import Adam


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", ["start", "weight", "settings", "projector", "help"])
def test_axe_finds_nothing(training: PageOf, kind: str, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    options = {"color_scheme": scheme, "bypass_csp": True}
    page = training(run_of(epochs=4, held_out=20), browser=options, at="#epoch=3")
    settle(page)
    if kind == "weight":
        page.get_by_role("button", name="neuron 2 of layer 1", exact=True).focus()
        page.keyboard.press("ArrowDown")
    elif kind == "settings":
        page.click("#settings summary")
    elif kind == "projector":
        page.keyboard.press("p")
    elif kind == "help":
        page.keyboard.press("?")
    found = axe.Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_cut_off_or_covered(training: PageOf, kind: str, size: str) -> None:
    width, height = SIZES[size]
    view = {"viewport": {"width": width, "height": height}}
    page = training(run_of(epochs=3, **KINDS[kind]), browser=view, at="#epoch=2")
    settle(page)
    for opened in (False, True):
        page.evaluate(f"byId('settings').open = {str(opened).lower()}")
        page.evaluate("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 50)))")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width
        if size != "phone":
            assert page.evaluate("document.scrollingElement.scrollHeight") <= height
        assert page.evaluate(ROOM) == []


ROOM = """() => {
  const wrong = [];
  const box = (element) => element.getBoundingClientRect();
  const parts = ["plane", "network", "losses", "reading"].map(byId);
  for (const part of parts) {
    const { width, height } = box(part);
    if (height < 90 || width < 200) wrong.push(`${part.id} is ${width} by ${height}`);
    for (const other of parts) {
      const [a, b] = [box(part), box(other)];
      const beside = a.right <= b.left + 1 || b.right <= a.left + 1;
      const apart = beside || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
      if (part !== other && !apart) wrong.push(`${part.id} covers ${other.id}`);
    }
  }
  const network = box(byId("network"));
  for (const button of byId("network").querySelectorAll("button, span")) {
    const { left, right, top, bottom } = box(button);
    const across = left < network.left - 1 || right > network.right + 1;
    if (across || top < network.top - 1 || bottom > network.bottom + 1) {
      wrong.push(`${button.getAttribute("aria-label") ?? button.textContent} is outside`);
    }
  }
  for (const words of document.querySelectorAll("#losses text")) {
    const [a, b] = [box(words), box(byId("side"))];
    if (a.left < b.left || a.right > b.right) wrong.push(`${words.textContent} is cut off`);
  }
  return wrong;
}"""


def test_the_keyboard_alone_reaches_everything(training: PageOf) -> None:
    page = training(run_of(epochs=3, widths=[2, 3, 1]))
    page.evaluate("byId('settings').open = true")
    reached = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.add(
            page.evaluate(
                """() => {
                  const e = document.activeElement;
                  return e.id || e.dataset?.name || e.getAttribute("aria-label");
                }"""
            )
        )
    wanted = {"plane", "adds", "clear", "input x₀", "neuron 3 of layer 1", "the output", "reading"}
    wanted |= {
        "step",
        "next",
        "last",
        "play",
        "slider",
        "speed",
        "projector",
        "keys",
        "rate",
        "seed",
    }
    assert wanted <= reached


def test_letters_are_read_from_the_last_row(training: PageOf) -> None:
    page = training(
        run_of(epochs=3), browser={"viewport": {"width": 1920, "height": 1080}}, at="#epoch=2"
    )
    page.keyboard.press("p")
    settle(page)
    assert smallest_letters(page) >= 22
    assert page.evaluate("plane.letters") >= 22


def test_without_motion_no_dot_travels(training: PageOf) -> None:
    shares = """[0.1, 0.9].map((phase) => {
      diagram.draw(grid, palette, null, phase);
      return diagram.canvas.toDataURL();
    })"""
    still = training(run_of(epochs=1)).evaluate(shares)
    assert still[0] == still[1]
    moving = training(run_of(epochs=1), browser={"reduced_motion": "no-preference"}).evaluate(
        shares
    )
    assert moving[0] != moving[1]


def test_without_scripts_the_page_says_what_it_needs(training: PageOf) -> None:
    page = training(run_of(epochs=1), browser={"java_script_enabled": False})
    assert page.get_by_text("needs scripts for that").is_visible()
    assert not page.locator("#player").is_visible()


def test_a_hostile_title_and_hostile_names_are_text(training: PageOf) -> None:
    bad = "</script><img src=x onerror=alert(1)>"
    page = training(run_of(epochs=1, title=bad, names=(bad, "${y}")))
    assert page.text_content("h1") == bad
    page.locator("#network button").first.hover()
    assert bad in heading(page)
    assert page.locator("img").count() == 0


def test_in_a_notebook_it_runs_in_its_frame(training: PageOf, watched: Any, tmp_path: Path) -> None:
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html>{run_of(epochs=2).page._repr_html_()}", encoding="utf-8")
    page = watched()
    page.goto(path.as_uri())
    frame = page.frames[1]
    frame.wait_for_selector("#step").click()
    until(frame, "run.batch === 1")


def test_a_frame_that_is_not_shown_yet_is_no_error(watched: Any, tmp_path: Path) -> None:
    (tmp_path / "t.html").write_text(run_of(epochs=2).page.html, encoding="utf-8")
    frames = '<iframe src="t.html" style="height: 0"></iframe><iframe src="t.html" hidden></iframe>'
    (tmp_path / "frames.html").write_text(f"<!DOCTYPE html>{frames}", encoding="utf-8")
    page = watched()
    page.goto((tmp_path / "frames.html").as_uri())
    for frame in page.frames[1:]:
        until(frame, "drawn > 0")


# ---- speed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", ["laptop", "hall"])
def test_it_trains_and_draws_fast_enough(training: PageOf, size: str) -> None:
    """30 epochs a second with 30 drawings, of a network of 337 numbers and 200 points.

    Of several tries the best counts, as the machine may be busy. A drawing is done once it can be
    read from the canvases; every third one has new words, curves and lines.
    """
    width, height = SIZES[size]
    run = run_of(epochs=1, count=200, optimizer=lambda ps: Adam(ps, lr=0.01))
    page = training(run, browser={"viewport": {"width": width, "height": height}})
    epochs, drawing = page.evaluate("""() => {
      const best = (act) => Math.min(...Array.from({ length: 12 }, () => {
        const start = performance.now();
        act();
        return performance.now() - start;
      }));
      const train = () => new Run(LESSON.runs[0].settings).goTo(30);
      const small = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
      const read = small.getContext("2d", { willReadFrequently: true });
      const draws = () => {
        for (let turn = 0; turn < 3; turn++) {
          draw(turn === 0 ? written + READING : written);
          for (const { canvas } of [plane, diagram]) read.drawImage(canvas, 0, 0, 1, 1);
          read.getImageData(0, 0, 1, 1);
        }
      };
      playing = true;
      const found = [best(train), best(draws) / 3];
      playing = false;
      return found;
    }""")
    assert epochs + 30 * drawing < 1000
    assert len(run.page.html) < 400_000


def test_while_it_plays_words_change_less_often_than_pictures(training: PageOf) -> None:
    page = training(run_of(epochs=500))
    counted = page.evaluate("""async () => {
      const count = { dots: 0, words: 0, lines: 0 };
      const { draw: dots, drawLines: lines } = diagram;
      diagram.draw = (...all) => dots.call(diagram, ...all, count.dots++);
      diagram.drawLines = (...all) => lines.call(diagram, ...all, count.lines++);
      new MutationObserver(() => count.words++).observe(byId("where"), { childList: true });
      play(true);
      await new Promise((done) => setTimeout(done, 1500));
      play(false);
      return count;
    }""")
    assert counted["dots"] > counted["lines"] > 1
    assert 1 < counted["words"] <= 17
    settle(page)
    assert page.input_value("#slider") == str(page.evaluate("run.epoch"))
    assert page.text_content("#where") == page.evaluate("headingOf(run)")
