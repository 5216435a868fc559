"""What a notebook shows of models and runs; and that it never fails."""

from __future__ import annotations

import re
import sys
from html import unescape
from typing import Any

import pytest

from autograd import Value
from nn import MLP, Dropout, History, Linear, Module, ReLU, Sequential


def rows(model: Any) -> list[list[str]]:
    page = model._repr_html_()
    body = page[page.index("<tbody>") :]
    found = re.findall("<tr>(.*?)</tr>", body, flags=re.S)
    return [[unescape(cell) for cell in re.findall("<td>(.*?)</td>", row)] for row in found]


def caption(model: Any) -> str:
    found = re.search("<caption>(.*?)</caption>", model._repr_html_())
    assert found
    return unescape(found[1])


class Blocks(Module):
    """Layers in a list, one of them frozen and reached twice, and a number of its own."""

    def __init__(self) -> None:
        self.scale = Value(1.0)
        self.head = Linear(3, 1)
        self.blocks = [Sequential(Linear(2, 3), ReLU(), Dropout(0.5))]
        self.tied = self.head
        self.head.requires_grad_(False)


def test_a_model_is_a_table_of_layers_with_their_numbers() -> None:
    assert rows(Blocks()) == [
        ["", "its own", "1", ""],
        ["head", "Linear(3, 1)", "4", "4"],
        ["blocks.0.layers.0", "Linear(2, 3)", "9", ""],
        ["blocks.0.layers.1", "ReLU()", "0", ""],
        ["blocks.0.layers.2", "Dropout(0.5)", "0", ""],
    ]
    assert caption(Blocks()) == "Blocks(): 14 parameters, 4 of them frozen"
    assert caption(ReLU()) == "ReLU(): 0 parameters"


def test_the_rows_add_up_to_all_parameters() -> None:
    for model in (Blocks(), MLP(3, [4, 4, 1]), Sequential(MLP(2, [2]), Linear(2, 2))):
        assert sum(int(row[2]) for row in rows(model)) == len(model.parameters())


def test_of_many_layers_the_first_are_shown() -> None:
    model = Sequential(*(Linear(1, 1) for _ in range(100)))
    assert len(rows(model)) == 41
    assert rows(model)[-1][1] == "… 60 more"


def test_neurons_are_drawn_above_it() -> None:
    pytest.importorskip("matplotlib")
    model: Any = MLP(2, [4, 1])
    assert "<svg" in model._repr_html_()
    assert [row[2] for row in rows(model)] == ["12", "5"]
    other: Any = Blocks()
    assert "<svg" not in other._repr_html_()


def test_a_weight_that_cannot_be_drawn_leaves_the_table() -> None:
    model: Any = MLP(2, [1])
    model.parameters()[0].data = float("nan")
    assert "<svg" not in model._repr_html_()
    assert rows(model) == [["layers.0", "Layer(2, 1, activation=None)", "3", ""]]


def test_a_name_is_text() -> None:
    class Odd(Module):
        def __repr__(self) -> str:
            return "<b>odd</b>"

    model: Any = Odd()
    assert "<b>" not in model._repr_html_()


def test_a_model_that_cannot_be_walked_is_text() -> None:
    class Twice(Module):
        def __init__(self) -> None:
            self.x = {1: Value(1.0), "1": Value(2.0)}

    model: Any = Twice()
    assert model._repr_html_() is None
    assert repr(model) == "Twice()"


def test_a_run_is_its_curves() -> None:
    pytest.importorskip("matplotlib")
    history: Any = History([{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    assert history._repr_svg_().startswith("<svg")
    assert repr(history) == "<history of 2 epochs: loss 0.25>"
    empty: Any = History()
    assert empty._repr_svg_() is None


def test_without_matplotlib_there_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith(("matplotlib", "nn.plots"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    history: Any = History([{"epoch": 1, "loss": 0.5}])
    assert history._repr_svg_() is None
    model: Any = MLP(2, [1])
    assert "<svg" not in model._repr_html_()
    assert len(rows(model)) == 1
