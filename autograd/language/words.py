"""The words that a reader is told things in, by language: a table for each, in the folder `tables`.

English is what the code says. A table has every text of the code as a key, and beside it what is
said in its place; `{0}` and `{1}` stand for what is put in. What is said of a number has two forms,
for one and for more. A word that other languages say in several ways has where it stands, as in
`check [button]`. To add a language, copy `en.json` under its code and translate what stands on the
right; `tests/autograd/language/test_words.py` says what a table lacks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from autograd.primitive import Operation
from autograd.protocols.settings import one_of

TABLES = Path(__file__).with_name("tables")
LANGUAGES = ("en", *sorted({path.stem for path in TABLES.glob("*.json")} - {"en"}))
SINGULAR = "counts that take the singular"
NO_RULE = "{0} scales by its local derivative"


class Words:
    """What is said to a reader, in a language.

    lang : "en", "de", "es", "fr" or "zh"; they are in `Words.languages`.

    Called with an English text, and what is put in its places, it gives what is said; a text that
    its table lacks is said as it stands. Raises ValueError for another language.

    >>> from autograd import Words
    >>> Words("de")("{0} of {1} right", 3, 7)
    '3 von 7 richtig'
    """

    languages = LANGUAGES

    def __init__(self, lang: str = "en") -> None:
        self.lang: str = one_of("lang", lang, LANGUAGES)
        self.table = read_table(lang)

    def __call__(self, text: str, *values: Any) -> str:
        """A text of the code, with its places filled; English where the table lacks it."""
        said = self.table.get(text, text)
        return filled(said, *values) if values else str(said)

    def counted(self, text: str, count: int) -> str:
        """A text with a number in it, in the singular or the plural."""
        singular, plural = self.table[text]
        said = singular if count in self.table[SINGULAR] else plural
        return filled(said, f"{count:,}")

    def rule(self, operation: Operation, position: int) -> str:
        """The derivative rule by one operand, in words; as given if it is not of the table."""
        sentence = operation.sentence(position)
        if sentence == NO_RULE.format(operation.name):  # of an operation without words of its own
            return self(NO_RULE, operation.name)
        return self(sentence)

    def markup(self, template: str) -> str:
        """A template of a page, with what stands in {{ }} said."""
        return re.sub(r"\{\{(.+?)\}\}", lambda match: escape(self(match[1])), template)

    def of_script(self, script: str) -> dict[str, Any]:
        """The table for the script of a page: what is in it, and not said as the code says it."""
        return {
            text: said
            for text, said in self.table.items()
            if said != text and all(part in script for part in re.split(r"\{\d\}", text))
        }

    @property
    def singular(self) -> list[int]:
        """The counts that take the singular."""
        return list(self.table[SINGULAR])


def filled(said: str, *values: Any) -> str:
    """A text with its places filled."""
    return re.sub(r"\{(\d)\}", lambda match: str(values[int(match[1])]), said)


@cache
def read_table(lang: str) -> Mapping[str, Any]:
    """What is said for each text of the code."""
    table: dict[str, Any] = json.loads((TABLES / f"{lang}.json").read_text(encoding="utf-8"))
    return table


ENGLISH = Words()
