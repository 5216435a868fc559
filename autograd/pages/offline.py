"""`offline_page`: a page in one file, of a template, styles, scripts and data.

Every page looks like a lesson and computes as one: it has the lesson's style, its table of
operations and its words, and to these it adds its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from autograd.engine import Value
from autograd.language.words import Words
from autograd.lessons.lesson import content_hash, read
from autograd.pages.rules import javascript_rules

STYLES = ("lesson.css",)  # of every page
SCRIPTS = ("operations.js", "words.js", "controls.js")
READ_DATA = 'const LESSON = JSON.parse(document.getElementById("lesson").textContent);\n'


def offline_page(
    template: Path,
    data: Mapping[str, Any],
    *,
    title: str,
    styles: Sequence[Path] = (),
    scripts: Sequence[Path] = (),
    rules: Mapping[str, Callable[..., Value]] | None = None,
    lang: str = "en",
) -> str:
    """A page in one file, which opens from disk and loads nothing.

    template : HTML in which $title, $lang, $style, $style_hash, $data, $script and $script_hash
               stand for these, and {{words}} for the words in the language of the page.
    data     : what JSON can hold; the scripts find it as LESSON, with the words they need. It
               stands in the template in a script of type application/json, with the id "lesson".
    title    : plain text.
    styles   : style sheets of its own, after the one of the lessons.
    scripts  : scripts of its own, after OPERATIONS, RULES, `say`, and `connect` for a player.
    rules    : functions of one Value or two, by name, that the scripts find in RULES with their
               derivatives.
    lang     : the language of the page; what its table lacks is said in English.

    Raises RenderError for a rule with an operation that is not of the table.

    >>> import tempfile
    >>> from pathlib import Path
    >>> from autograd import offline_page
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     template = Path(folder, "page.html")
    ...     text = template.write_text("<h1>$title</h1><script>$data</script>")
    ...     offline_page(template, {"x": 2}, title="a < b")[:19]
    '<h1>a &lt; b</h1><s'
    """
    words = Words(lang)
    style = "\n".join([*map(read, STYLES), *(path.read_text(encoding="utf-8") for path in styles)])
    parts = [READ_DATA, *map(read, SCRIPTS), javascript_rules(rules or {})]
    parts += [path.read_text(encoding="utf-8") for path in scripts]
    script = '"use strict";\n\n' + "\n".join(parts)
    known = {"words": words.of_script(script), "singular": words.singular, "title": title}
    text = json.dumps({**known, **data}, ensure_ascii=False, allow_nan=False)
    markup = words.markup(template.read_text(encoding="utf-8"))
    return Template(markup).substitute(
        lang=lang,
        title=escape(title),
        style=style,
        style_hash=content_hash(style),
        data=text.replace("<", "\\u003c"),
        script=script,
        script_hash=content_hash(script),
    )
