"""Whether every word of a page went through a table, and has the room it needs."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from autograd.language import words
from autograd.language.words import LANGUAGES, SINGULAR

# What no language changes.
NAMES = re.compile("(grad|MLP|Layer|Neuron|layers|neurons|target|relu|tanh)+")

# What a reader sees or hears: texts, labels, titles and values that are spoken.
READ = """() => {
  const copy = document.body.cloneNode(true);
  for (const each of copy.querySelectorAll("script, style, math, svg, textarea, h1")) each.remove();
  const found = [copy.textContent];
  for (const name of ["aria-label", "title", "aria-valuetext"])
    for (const each of document.querySelectorAll(`[${name}]`)) found.push(each.getAttribute(name));
  for (const each of document.querySelectorAll("mtext, text.data")) found.push(each.textContent);
  return found;
}"""


# The parts of the card, and the buttons, in which something is cut off at the side.
OVER = """() => [...document.querySelectorAll("#card :is(dt, dd, .note), :is(main, nav) button")]
  .filter((each) => each.clientWidth && each.scrollWidth > each.clientWidth + 5) // of the slider
  .map((each) => each.textContent)"""


def unmarked(texts: list[str]) -> set[str]:
    """The words outside of all marks, but for names and single letters."""
    found = set()
    for text in texts:
        inner = text
        while "⟦" in inner:
            shorter = re.sub("⟦[^⟦⟧]*⟧", "", inner)
            if shorter == inner:
                break
            inner = shorter
        found |= {word for word in re.findall(r"[A-Za-z]{3,}", inner) if not NAMES.fullmatch(word)}
    return found


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> str:
    """A language in which every text stands in marks: what has none did not go through a table."""

    def mark(said: Any) -> Any:
        return [*map(mark, said)] if isinstance(said, list) else f"⟦{said}⟧"

    english = json.loads((words.TABLES / "en.json").read_text("utf-8"))
    table = {text: mark(said) for text, said in english.items() if text != SINGULAR} | {
        SINGULAR: [1]
    }
    real = words.read_table
    monkeypatch.setattr(words, "LANGUAGES", (*LANGUAGES, "marked"))
    monkeypatch.setattr(
        words, "read_table", lambda lang: real(lang) if lang in LANGUAGES else table
    )
    return "marked"
