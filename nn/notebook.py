"""What a notebook shows of a model and of a training run: a diagram, a table, the curves.

Nothing here may fail, for a notebook shows what a cell gives without being asked. Without
matplotlib a model is a table, and a run the text that a prompt shows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from html import escape
from typing import Any

from autograd import Value
from nn.layers import MLP, Layer, Neuron
from nn.module import Module
from nn.training.history import History

MOST_ROWS = 40
LONGEST = 80  # characters of a module in a row


def model_page(model: Module) -> str | None:
    """A model's diagram, if it is one of neurons, and below it its layers, counted."""
    try:
        return f"{_diagram(model)}{_table(model)}"
    except Exception:  # a class of the reader's own, half made; its text is shown
        return None


def _table(model: Module) -> str:
    """A row for each layer: its name, what it is, and how many numbers it has."""
    rows = list(_layers(model))
    total = len(model.parameters())
    shown = [_row(*row) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        shown.append(_row("", f"… {len(rows) - MOST_ROWS:,} more", "", ""))
    frozen = sum(not parameter.requires_grad for parameter in model.parameters())
    of_it = f", {frozen:,} of them frozen" * bool(frozen)
    caption = f"{short(model)}: {total:,} parameter{'s' * (total != 1)}{of_it}"
    heads = "".join(
        f'<th scope="col">{word}</th>' for word in ("name", "layer", "parameters", "frozen")
    )
    return (
        f"<table><caption>{escape(caption)}</caption>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{''.join(shown)}</tbody></table>"
    )


def _row(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n"


def _layers(model: Module) -> Iterator[tuple[str, str, str, str]]:
    """Each module that holds numbers of its own, or nothing; a layer of neurons is one.

    A number that is reached twice counts where it is found first.
    """
    modules = dict(model.named_modules())
    whole = {name for name, module in modules.items() if isinstance(module, (Layer, Neuron))}
    shown = [name for name in modules if whole.isdisjoint(_outer(name))]
    turns = {name: turn for turn, name in enumerate(shown)}

    def place(name: str) -> list[int]:
        return [turns[each] for each in (*_outer(name), name) if each in turns]

    rows: dict[str, list[Value]] = {name: [] for name in sorted(shown, key=place)}
    for path, parameter in model.named_parameters():
        home = next(name for name in reversed(list(_outer(path))) if name in rows)
        rows[home].append(parameter)
    holders = {outer for name in rows for outer in _outer(name)}
    for name, parameters in rows.items():
        if parameters or name not in holders:
            frozen = sum(not parameter.requires_grad for parameter in parameters)
            what = "its own" if name in holders else short(modules[name])
            yield name, what, f"{len(parameters):,}", f"{frozen:,}" if frozen else ""


def _outer(path: str) -> Iterator[str]:
    """The names that a dotted name is inside of: of a.b.c these are "", a and a.b."""
    if path:
        yield ""
    for place, character in enumerate(path):
        if character == ".":
            yield path[:place]


def short(model: Module) -> str:
    """A module on one line."""
    text = " ".join(repr(model).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


# ---- pictures -----------------------------------------------------------------------------------


def _diagram(model: Module) -> str:
    """The neurons and weights, where there are such, and matplotlib to draw them."""
    if not isinstance(model, (MLP, Layer, Neuron)):
        return ""
    try:
        from nn.plots import network

        axes = _axes()
        network(model, ax=axes)
        return f"<div>{_svg(axes)}</div>\n"
    except (ImportError, TypeError, ValueError):  # a weight that is nan, layers of other kinds
        return ""


def history_picture(history: History) -> str | None:
    """The losses by epoch; None where there is nothing to draw, or nothing to draw with."""
    try:
        from nn.plots import loss_curve

        axes = _axes()
        loss_curve(history, ax=axes)
        return _svg(axes)
    except (ImportError, TypeError, ValueError):
        return None


def _axes() -> Any:
    """Axes of a figure of their own, which pyplot does not show a second time."""
    from matplotlib.figure import Figure

    return Figure(figsize=(7.5, 4.5), layout="constrained").subplots()


def _svg(axes: Any) -> str:
    """The figure as SVG, to stand in a page."""
    text = io.StringIO()
    axes.figure.savefig(text, format="svg")
    picture = text.getvalue()
    return picture[picture.index("<svg") :]


Module._repr_html_ = model_page  # type: ignore[attr-defined]
History._repr_svg_ = history_picture  # type: ignore[attr-defined]
