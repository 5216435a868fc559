"""The words that a reader is told things in, by language: a table for each, in the folder `tables`.

English is what the code says. A table has every text of the code as a key, and beside it what is
said in its place; `{0}` and `{1}` stand for what is put in. To add a language, copy `en.json` and
translate what stands on the right.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from autograd.primitive import Operation
from autograd.protocols.settings import one_of

TABLES = Path(__file__).with_name("tables")
LANGUAGES = ("en", *sorted({path.stem for path in TABLES.glob("*.json")} - {"en"}))
SINGULAR = "counts that take the singular"


class Words:
    """What is said to a reader, in a language.

    >>> from autograd.language.words import Words
    >>> Words("en")("step {0} of {1}", 3, 7)
    'step 3 of 7'
    """

    def __init__(self, lang: str = "en") -> None:
        self.lang: str = one_of("lang", lang, LANGUAGES)
        self.table = read_table(lang)

    def __call__(self, text: str, *values: Any) -> str:
        """A text of the code, with its places filled; English where the table lacks it."""
        said = self.table.get(text, text)
        return said.format(*values) if values else str(said)

    def counted(self, text: str, count: int) -> str:
        """A text with a number in it, in the singular or the plural."""
        singular, plural = self.table[text]
        said = singular if count in self.table[SINGULAR] else plural
        return str(said).format(f"{count:,}")

    def rule(self, operation: Operation, position: int) -> str:
        """The derivative rule by one operand, in words; in English if it is not of the table."""
        return self(operation.sentence(position))


@cache
def read_table(lang: str) -> dict[str, Any]:
    """What is said for each text of the code."""
    table: dict[str, Any] = json.loads((TABLES / f"{lang}.json").read_text(encoding="utf-8"))
    return table


ENGLISH = Words()
