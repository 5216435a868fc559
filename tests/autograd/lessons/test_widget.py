"""A stepper as a widget: what Python and the page say to each other, and where it is shown."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from autograd import parse, step_through
from autograd.lessons.notebook import stepper_page
from autograd.lessons.widget import VIEW, displayed, move, widget_of
from autograd.stepping.stepper import Stepper


@pytest.fixture
def stepper() -> Stepper:
    return step_through(parse("f = (a*b)*(a+b)", a=-2, b=3))


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that can show widgets."""
    monkeypatch.setitem(sys.modules, "pyodide_kernel", sys)


def gradients(stepper: Stepper) -> list[float]:
    return [stepper.trace.find(name).grad for name in ("a", "b")]


def click(widget: Any, how: Any) -> None:
    """What arrives from the page when a button is clicked."""
    widget._handle_custom_msg({"move": how}, [])


# ---- without anywidget --------------------------------------------------------------------------


@pytest.mark.usefixtures("kernel")
def test_without_anywidget_a_stepper_is_what_it_was(
    stepper: Stepper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    assert widget_of(stepper) is None
    assert stepper._repr_mimebundle_() == {}
    assert displayed(stepper)._repr_html_() == stepper_page(stepper)
    assert stepper._repr_html_() == stepper_page(stepper)
    assert stepper.listeners == []


def test_a_page_moves_by_five_words_and_by_numbers(stepper: Stepper) -> None:
    places = [("step", 0), ("next", 2), (4, 4), ("back", 3), ("run", 6), (99, 6), (-1, -1)]
    for how, place in [*places, ("step", 0), ("restart", -1), ("clear", -1), (None, -1)]:
        move(stepper, how)
        assert stepper.index == place, how


def test_a_listener_hears_each_move_once(stepper: Stepper) -> None:
    heard: list[int] = []
    stepper.listeners.append(lambda: heard.append(stepper.index))
    stepper.step().next().back().goto(5).restart().until("a").set(precision=2)
    assert heard == [0, 2, 1, 5, -1, 5, 5]


# ---- with anywidget -----------------------------------------------------------------------------


@pytest.fixture
def widget(stepper: Stepper) -> Any:
    pytest.importorskip("anywidget")
    return widget_of(stepper)


def test_it_shows_where_the_stepper_is(stepper: Stepper, widget: Any) -> None:
    assert (widget.index, widget.last, widget.page) == (-1, 6, stepper_page(stepper))
    assert widget_of(stepper) is widget


def test_a_click_moves_the_stepper_and_its_gradients(stepper: Stepper, widget: Any) -> None:
    click(widget, "run")
    assert (widget.index, stepper.index) == (6, 6)
    assert gradients(stepper) == [-3.0, -8.0]
    click(widget, "back")
    click(widget, "back")
    assert gradients(stepper) == [-6.0, -6.0]
    click(widget, -1)
    assert gradients(stepper) == [0.0, 0.0]


def test_a_move_at_the_prompt_moves_what_is_shown(stepper: Stepper, widget: Any) -> None:
    stepper.step().until("a")
    assert widget.index == 5
    assert "∂f/∂a += 3" in widget.page
    stepper.set(notation="grad")
    assert "a.grad += 3" in widget.page


def test_what_is_sent_is_sent_at_once(
    stepper: Stepper, widget: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[set[str]] = []
    monkeypatch.setattr(type(widget), "send_state", lambda _, key: sent.append(set(key)))
    stepper.step()
    assert sent == [{"index", "page"}]


def test_only_a_front_end_that_can_show_it_is_given_it(
    stepper: Stepper, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("anywidget")
    for name in ("ipykernel", "marimo", "pyodide_kernel"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert stepper._repr_mimebundle_() == {}
    monkeypatch.setitem(sys.modules, "marimo", sys)
    assert stepper._repr_mimebundle_()[VIEW]["model_id"] == widget_of(stepper).model_id
    assert displayed(stepper) is widget_of(stepper)


@pytest.mark.usefixtures("kernel")
def test_ipython_has_the_text_and_a_picture_besides(stepper: Stepper) -> None:
    pytest.importorskip("anywidget")
    formatters = pytest.importorskip("IPython.core.formatters")
    formatter = formatters.DisplayFormatter()
    formatter.active_types = ["text/plain", "text/html"]
    data, _ = formatter.format(stepper)
    assert set(data) == {VIEW, "text/plain", "text/html"}
    assert data["text/plain"] == repr(stepper)
