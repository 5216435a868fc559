"""A stepper as a widget: buttons that move it, in Jupyter, VS Code and marimo, by `anywidget`.

It goes both ways: a click moves the stepper, and with it `.grad`; `s.step()` moves what is shown.
`pip install "chalkgrad[widget]"` brings anywidget; without it a stepper is a picture and a card.
"""

from __future__ import annotations

import sys
from typing import Any

from autograd.lessons.lesson import read
from autograd.lessons.notebook import stepper_page
from autograd.stepping.stepper import Stepper

FRONT_ENDS = ("ipykernel", "pyodide_kernel", "marimo")  # the kernels that can show a widget
MOVES = ("restart", "back", "step", "next", "run")
VIEW = "application/vnd.jupyter.widget-view+json"


def move(stepper: Stepper, how: Any) -> None:
    """Do what a page asks: one of MOVES, or go to a step, -1 for before the first."""
    if how in MOVES:
        getattr(stepper, how)()
    elif how == -1:
        stepper.restart()
    elif isinstance(how, int):
        stepper.goto(min(how, stepper.last))


def state(stepper: Stepper) -> dict[str, Any]:
    """What the page shows."""
    return {"index": stepper.index, "last": stepper.last, "page": stepper_page(stepper)}


def widget_of(stepper: Stepper) -> Any:
    """The widget of a stepper, the same whenever it is asked for; None where there is no anywidget.

    >>> from autograd import Value, step_through
    >>> from autograd.lessons.widget import widget_of
    >>> s = step_through(Value(2.0, label="a") * 3)
    >>> widget = widget_of(s)
    >>> widget is None or widget is widget_of(s.step())
    True
    """
    if not hasattr(stepper, "_widget"):
        made = _make(stepper)
        stepper._widget = made  # type: ignore[attr-defined]
    return stepper._widget  # type: ignore[attr-defined]


def _make(stepper: Stepper) -> Any:
    try:
        import anywidget  # late, as an extra brings it, and as it is slow to import
        import traitlets
    except ImportError:
        return None

    class StepperWidget(anywidget.AnyWidget):
        _esm = read("stepper.js")
        _css = read("stepper.css")
        index = traitlets.Int().tag(sync=True)
        last = traitlets.Int().tag(sync=True)
        page = traitlets.Unicode().tag(sync=True)

    widget = StepperWidget(**state(stepper))

    def follow() -> None:
        with widget.hold_sync():
            for name, value in state(stepper).items():
                setattr(widget, name, value)

    def asked(_: Any, content: Any, __: Any) -> None:
        move(stepper, content.get("move"))

    stepper.listeners.append(follow)
    widget.on_msg(asked)
    return widget


# ---- where it is shown --------------------------------------------------------------------------


def mimebundle(stepper: Stepper, **_: Any) -> dict[str, Any]:
    """The widget for IPython, which has text and a picture of the stepper besides."""
    widget = widget_of(stepper) if any(name in sys.modules for name in FRONT_ENDS) else None
    if widget is None:
        return {}
    bundle = widget._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    return {VIEW: data[VIEW]}


class _Picture:
    """What marimo shows where there is no anywidget."""

    def __init__(self, page: str) -> None:
        self.page = page

    def _repr_html_(self) -> str:
        return self.page


def displayed(stepper: Stepper) -> Any:
    """What marimo shows in a stepper's place."""
    return widget_of(stepper) or _Picture(stepper_page(stepper))


Stepper._repr_mimebundle_ = mimebundle  # type: ignore[attr-defined]
Stepper._display_ = displayed  # type: ignore[attr-defined]
