"""Pages in one file: what a template is given, and the rules that are written into it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import autograd
from autograd import OPERATIONS, RenderError, Value, offline_page, operation
from autograd.pages.rules import javascript_rules

TEMPLATE = """<html lang="$lang"><title>$title</title><meta content="$style_hash $script_hash">
<style>$style</style><b title="{{a &  b}}">{{play}}</b>
<script type="application/json" id="lesson">$data</script><script>$script</script></html>"""


def made(folder: Path, **options: Any) -> str:
    template = folder / "page.html"
    template.write_text(TEMPLATE, encoding="utf-8")
    return offline_page(template, options.pop("data", {}), title="a < b", **options)


def test_a_page_has_its_title_its_words_and_its_data_as_text(tmp_path: Path) -> None:
    page = made(tmp_path, data={"x": "</script><b>", "é": 1})
    assert "<title>a &lt; b</title>" in page
    assert '<b title="a &amp;  b">play</b>' in page
    data = json.loads(re.findall(r'id="lesson">(.*?)</script>', page)[0])
    assert (data["x"], data["é"], data["title"]) == ("</script><b>", 1, "a < b")
    assert data["words"]["{0} uses"] == ["{0} use", "{0} uses"]


def test_its_own_scripts_and_styles_come_after_those_of_the_lessons(tmp_path: Path) -> None:
    script, style = tmp_path / "own.js", tmp_path / "own.css"
    script.write_text("const own = 1;", encoding="utf-8")
    style.write_text("b { color: red; }", encoding="utf-8")
    page = made(tmp_path, scripts=[script], styles=[style], rules={"tanh": autograd.tanh})
    order = ["const LESSON", "const OPERATIONS", "function say(", "const RULES", "const own = 1;"]
    places = [page.index(each) for each in order]
    assert places == sorted(places)
    assert page.index(":root {") < page.index("b { color: red; }")
    assert len(re.findall("sha256-[A-Za-z0-9+/]{43}=", page)) == 2


def test_every_operation_of_one_operand_can_be_a_rule() -> None:
    names = [name for name, each in OPERATIONS.items() if len(each.operands) == 1]
    written = javascript_rules({name: OPERATIONS[name] for name in names})
    assert written.count("slope: (out, x) =>") == len(names)


def test_a_rule_of_two_is_differentiated_by_the_first() -> None:
    written = javascript_rules({"half": lambda x, t: (x - t) ** 2 / 2})
    assert "value: (x, t) => OPERATIONS.pow(x - t, 2) / 2" in written
    assert "slope: (out, x, t) =>" in written


def test_signs_do_not_run_together() -> None:
    written = javascript_rules({"odd": lambda x: 1 - (-x) - (-2.0) * x})
    assert "--" not in written
    assert "+-" not in written


def test_an_operation_that_is_not_of_the_table_is_refused() -> None:
    @operation
    def cubed(x: Value) -> Value:
        return x**3

    with pytest.raises(RenderError, match="operations of the table, and not cubed"):
        javascript_rules({"cubed": lambda x: cubed(x)})
