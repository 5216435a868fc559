"""Every text that a reader of a page or a quiz meets is in the table of every language.

Run as a script, this file says what a table lacks and what it has too much, and writes `en.json`.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import autograd
import nn
from autograd.compiler.tape_operation import TapeOperation
from autograd.language.words import LANGUAGES, NO_RULE, SINGULAR, TABLES, Words
from autograd.operations import OPERATIONS
from autograd.primitive import Operation
from autograd.sums import FOLDS, fold_of
from nn.pages.datasets import MAKERS, iris
from nn.pages.training import TITLES

HOUSE = Path(autograd.__file__).parent
PAGE = HOUSE / "lessons" / "page"
TRAINING = Path(nn.__file__).parent / "pages"
SAYING = {"words", "say"}  # what a `Words` is called in the code
PLACE = re.compile(r"\{\d\}")


# ---- what the code says -------------------------------------------------------------------------


def said_by_python(source: str) -> Iterator[tuple[str, bool]]:
    """The texts in calls such as words("...") and self.words.counted("...", n); and if counted."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        called, counted = node.func, False
        if isinstance(called, ast.Attribute) and called.attr == "counted":
            called, counted = called.value, True
        name = getattr(called, "attr", getattr(called, "id", ""))
        first = node.args[0]
        if name in SAYING and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value, counted


def said_by_page(source: str) -> Iterator[tuple[str, bool]]:
    """The texts in say`...`, say("..."), counted("...", n), line("...") and verdicts."""
    source = re.sub(r"(?m)^ *//.*", "", source)
    for match in re.finditer(r"(?:^|[^\w ] ?|  |return )say`", source):
        yield literal(source, match.end()), False
    for match in re.finditer(r'\b(say|counted)\(\s*("(?:[^"\\]|\\.)*")', source):
        yield json.loads(match[2]), match[1] == "counted"
    for match in re.finditer(r'\b(?:line|added)\(\s*(?:[^"(]*\? )?"(\w+)"(?: : "(\w+)")?', source):
        yield from ((label, False) for label in match.groups() if label)
    for match in re.finditer(r"\bverdict(?: =|:) ([^\n]*)", source):
        yield from ((verdict, False) for verdict in re.findall(r'"([^"]*)"', match[1]) if verdict)


def literal(source: str, start: int) -> str:
    """A template literal with {0}, {1} for what is put in; start is after its first mark."""
    text, depth, places = "", 0, 0
    for at in range(start, len(source)):
        character = source[at]
        if not depth and character == "`":
            return text
        if source.startswith("${", at):
            if not depth:
                text += f"{{{places}}}"
                places += 1
            depth += 1
        elif not depth:
            text += character if source[at - 1 : at + 1] != "${" else ""
        elif character == "{" and source[at - 1] != "$":
            depth += 1
        elif character == "}":
            depth -= 1
    raise AssertionError("a template literal does not end")


def texts_of_page(folder: Path) -> dict[str, bool]:
    """Every text of the templates and scripts of a page, and whether it is counted."""
    found: dict[str, bool] = {}
    for path in sorted(folder.glob("*.html")):
        found |= dict.fromkeys(re.findall(r"\{\{(.+?)\}\}", path.read_text("utf-8")), False)
    for path in sorted(folder.glob("*.js")):
        found |= dict(said_by_page(path.read_text("utf-8")))
    return found


def texts() -> dict[str, bool]:
    """Every text that the code says, in the order of the files, and whether it is counted."""
    found = texts_of_page(PAGE) | texts_of_page(TRAINING / "page")
    for path in [*sorted(HOUSE.rglob("*.py")), *sorted(TRAINING.glob("*.py"))]:
        found |= dict(said_by_python(path.read_text("utf-8")))
    rules = [NO_RULE, TapeOperation.words]
    for operation in [*OPERATIONS.values(), *(fold_of(name, 2) for name in FOLDS)]:
        count = len(operation.operands)
        rules += [*(operation.sentence(k) for k in range(count)), operation.domain]
    named = [*MAKERS, *iris().names, *TITLES.values()]
    return found | dict.fromkeys(filter(None, [*rules, *named]), False)


def shown(key: str) -> str:
    """A text as English says it: without where it stands."""
    return re.sub(r" \[\w+\]$", "", key)


TEXTS = texts()
NEEDED = {*TEXTS, SINGULAR}


# ---- the tables ---------------------------------------------------------------------------------


def table(lang: str) -> dict[str, object]:
    return json.loads((TABLES / f"{lang}.json").read_text("utf-8"))


def test_what_the_code_says_is_found() -> None:
    script = 'say`a ${b ? `${c} x` : ""} and ${d}, they say`; say("e"); counted("{0} i", 2);'
    script += 'line(f > 1 ? "gs" : "g", h); verdict = agrees ? "yes" : ""; // no'
    found = dict(said_by_page(script))
    assert found == {
        **dict.fromkeys(["a {0} and {1}, they say", "e", "gs", "g", "yes"], False),
        "{0} i": True,
    }
    source = (
        'words("a {0}", 1); self.words.counted("{0} bs", 2); card.words(); say("c"); print("d")'
    )
    assert dict(said_by_python(source)) == {"a {0}": False, "{0} bs": True, "c": False}
    assert {
        "next gate",
        "Done",
        "You have one of them.",
        "sinh scales by the cosh of its operand",
    } <= set(TEXTS)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_table_has_what_the_code_says_and_nothing_else(lang: str) -> None:
    known = table(lang)
    assert sorted(NEEDED - set(known)) == []  # it lacks these
    assert sorted(set(known) - NEEDED) == []  # the code does not say these


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_said_keeps_its_places(lang: str) -> None:
    for key, said in table(lang).items():
        if key == SINGULAR:
            assert all(isinstance(count, int) for count in said)
            continue
        forms = said if TEXTS[key] else [said]
        assert len(forms) == 1 + TEXTS[key], key
        for form in forms:
            assert form == form.strip() != "", key
            assert set(PLACE.findall(form)) == set(PLACE.findall(key)), key
            assert not set(form) & set('<>&"$`'), key  # it is put into markup


def test_english_is_what_the_code_says() -> None:
    for key, said in table("en").items():
        if key != SINGULAR and not TEXTS[key]:
            assert said == shown(key)


@pytest.mark.parametrize("lang", sorted(set(LANGUAGES) - {"en"}))
def test_another_language_is_not_english(lang: str) -> None:
    same = {
        key
        for key, said in table(lang).items()
        if said == key and re.search(r"[a-z]{3} \w{2}", key)
    }
    assert same == set()


def test_french_keeps_its_signs_on_the_line() -> None:
    for said in map(str, table("fr").values()):
        assert not re.search(r"[^\u202f\xa0(][:;!?»](?!\w)", said), said
        assert not re.search(r"«[^\u202f\xa0]", said), said


def test_words_are_said() -> None:
    german = Words("de")
    assert german("step") == "Schritt"
    assert german("{0} of {1} right", "{1}", 3) == "{1} von 3 richtig"  # what is put in stays
    assert [german.counted("{0} steps", n) for n in (0, 1, 2000)] == [
        "0 Schritte",
        "1 Schritt",
        "2,000 Schritte",
    ]
    assert Words("fr").counted("{0} steps", 0) == "0 étape"
    assert german.rule(OPERATIONS["exp"], 0) == "exp multipliziert mit dem eigenen Ergebnis"
    own = Operation("triple", lambda x: 3 * x, lambda x, y: 3.0, summary="")
    assert german.rule(own, 0) == "triple multipliziert mit seiner lokalen Ableitung"
    own = Operation("triple", lambda x: 3 * x, lambda x, y: 3.0, summary="", words="mal drei")
    assert german.rule(own, 0) == "mal drei"


def test_a_language_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match="lang is one of en, de, es, fr, zh, not 'it'"):
        Words("it")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hint_has_no_number_that_english_has_not(lang: str) -> None:
    said = table(lang)
    for key in TEXTS:
        if not TEXTS[key] and "Home" not in key:  # which is Pos1 on a German keyboard
            assert set(re.findall(r"\d+", str(said[key]))) <= set(re.findall(r"\d+", key)), key


def write_english() -> None:
    """Write the table of English; of what is counted, keep what it has."""
    known = table("en")
    written = {SINGULAR: [1]} | {
        key: known.get(key, [key, key]) if counted else shown(key) for key, counted in TEXTS.items()
    }
    text = json.dumps(written, ensure_ascii=False, indent=2) + "\n"
    (TABLES / "en.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_english()
    for lang in LANGUAGES:
        lacking, unused = NEEDED - set(table(lang)), set(table(lang)) - NEEDED
        print(lang, "lacks:", *sorted(lacking), sep="\n  ")
        print(lang, "has, but the code does not say:", *sorted(unused), sep="\n  ")
