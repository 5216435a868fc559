"""The data of a lesson: numbers that a module was given, and those its results are compared with.

Handed over as plain numbers they are nameless constants of the graph. A lesson names them, draws
them as inputs, and lets the reader change them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd.engine import Value
from autograd.language.names import calling_frame
from autograd.protocols.module_calls import ModuleCall, calls_of

COMPARISONS = ("sub", "maximum", "minimum")


@contextmanager
def named_data(order: Sequence[Value]) -> Iterator[list[Value]]:
    """A `with` block in which the data of a graph have names: `x[0]`, `target`; gives them."""
    names = data_names(order)
    try:
        for node, name in names.items():
            node.label = name
        yield list(names)
    finally:
        for node in names:
            node.label = ""


def data_names(order: Sequence[Value]) -> dict[Value, str]:
    """Names for the nameless constants that modules were given, and then for the targets."""
    calls = {node: list(calls_of(node)) for node in order if node.operands}
    if not any(calls.values()):
        return {}
    free = [v for v in order if v.is_constant and not v.operands and not v.label]
    taken = {v.label for v in order}
    rows = list(_rows(order, calls, free))
    given = {v for row, _ in rows for v in row}
    names: dict[Value, str] = {}
    for number, (row, source) in enumerate(rows):
        stem = _callers_name(source) or (f"x[{number}]" if len(rows) > 1 else "x")
        names |= {node: f"{stem}[{place}]" for node, place in row.items() if node not in names}
    targets = [
        node.operands[1]
        for node in order
        if node._operation.name in COMPARISONS and not calls[node]
        if node.operands[1] in free and node.operands[1] not in given
    ]
    for number, target in enumerate(dict.fromkeys(targets)):
        names[target] = f"target[{number}]" if len(targets) > 1 else "target"
    return {node: name for node, name in names.items() if name not in taken}


def _rows(
    order: Sequence[Value], calls: dict[Value, list[ModuleCall]], free: Sequence[Value]
) -> Iterator[tuple[dict[Value, int], Any]]:
    """The constants of each list that a module was given, with their places, and the list."""
    seen: set[Value] = set()
    for node in order:
        for call in calls.get(node, ()):
            listed = call.given if isinstance(call.given, (list, tuple)) else [call.given]
            row: dict[Value, int] = {}
            for place, entry in enumerate(listed):
                found = _constant_of(entry, [v for v in free if v not in seen and v not in row])
                if found is not None:
                    row[found] = place
            if row:
                seen.update(row)
                yield row, call.given


def _constant_of(entry: Any, free: Sequence[Value]) -> Value | None:
    if isinstance(entry, Value):
        return entry if entry in free else None
    if isinstance(entry, (int, float)):
        return next((v for v in free if v.data == entry), None)
    return None


def _callers_name(given: Any) -> str:
    """The caller's variable for a list, or for a list of lists that has it: `x`, `rows[1]`."""
    frame = calling_frame()
    variables = {**frame.f_globals, **frame.f_locals} if frame else {}
    for name, variable in variables.items():
        if name.startswith("_") or not isinstance(variable, (list, tuple)):
            continue
        if variable is given:
            return name
        for place, entry in enumerate(variable):
            if entry is given:
                return f"{name}[{place}]"
    return ""
