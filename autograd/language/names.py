"""What a node is called: its label, its place in a model, the caller's variable, or `v7`.

Looked up when something is drawn or reported, never while computing.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from types import FrameType
from typing import Any

from autograd.engine import Value

# As frames name their files, which is as these packages were imported: not normalised.
_HERE = os.path.dirname(os.path.dirname(__file__))
_OURS = tuple(os.path.join(os.path.dirname(_HERE), name) + os.sep for name in ("autograd", "nn"))
LONGEST_LIST = 10_000  # elements; a longer list is not searched for names


def name_nodes(
    nodes: Iterable[Value], known: Mapping[Value, str] | None = None
) -> dict[Value, str]:
    """A name for each node of a topological order.

    known : the caller's names, if they have been looked up already.

    In this order: its label; its path as a parameter of a module that the caller has in a
    variable (`mlp.layers[0].neurons[2].w[1]`); the caller's variable name; `v7`, its place in
    the order.

    >>> from autograd import Value
    >>> from autograd import topological_order
    >>> a, b = Value(2.0, label="α"), Value(3.0)
    >>> list(name_nodes(topological_order(a * b)).values())
    ['α', 'b', 'v2']
    """
    if known is None:
        known = caller_names()
    names = {node: node.label or known.get(node, "") for node in nodes}
    taken = set(names.values())
    for position, node in enumerate(names):
        if not names[node]:
            place = f"v{position}"
            while place in taken:
                place = f"_{place}"
            names[node] = place
    return names


def printable(name: str) -> str:
    """A name in which characters that are invisible, or could harm a terminal, are escaped."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def end_of_name(name: str, longest: int) -> str:
    """A name, or its end where it is too long: of a parameter's path, the end says the most.

    It is cut at a dot where there is one: `…neurons[2].w[1]`.
    """
    if len(name) <= longest:
        return name
    end = name[1 - longest :]
    dot = end.find(".")
    return f"…{end[dot + 1 :] if 0 <= dot < len(end) - 3 else end}"


def caller_names() -> dict[Value, str]:
    """The Values that the code calling this package can see, with the names it has for them."""
    frame = calling_frame()
    if frame is None:
        return {}
    hidden = {name: x for name, x in frame.f_globals.items() if name not in frame.f_locals}
    variables = {**frame.f_locals, **hidden}  # the nearest first
    names: dict[Value, str] = {}
    for find in (_parameters, _variables, _elements):
        found: dict[Value, str] = {}
        for name, variable in variables.items():
            if name.isidentifier() and not name.startswith("_"):
                for path, value in find(name, variable):
                    earlier = found.setdefault(value, path)
                    if find is _parameters and len(path) < len(earlier):
                        found[value] = path
        names = {**found, **names}
    return names


def module_names() -> dict[Any, str]:
    """The modules that the caller has in variables, and those inside them, with their names."""
    frame = calling_frame()
    names: dict[Any, str] = {}
    for name, variable in {**frame.f_globals, **frame.f_locals}.items() if frame else ():
        if name.startswith("_") or not hasattr(type(variable), "named_modules"):
            continue
        try:
            modules = list(variable.named_modules())
            for path, module in modules:
                found = re.sub(r"\.(\d+)\b", r"[\1]", f"{name}.{path}" if path else name)
                if len(found) < len(names.get(module, found + " ")):
                    names[module] = found
        except Exception:  # somebody else's object; a name is not worth an error
            continue
    return names


def calling_frame() -> FrameType | None:
    """The innermost frame whose code is not in this package or in nn."""
    frame: FrameType | None = sys._getframe(1)
    while frame and is_ours(frame):
        frame = frame.f_back
    return frame


def is_ours(frame: FrameType) -> bool:
    """Whether a frame runs code of this package or of nn."""
    return frame.f_code.co_filename.startswith(_OURS)


def _parameters(name: str, variable: Any) -> Iterator[tuple[str, Value]]:
    if hasattr(type(variable), "named_parameters"):
        try:
            parameters = list(variable.named_parameters())
        except Exception:  # somebody else's object; a name is not worth an error
            return
        for path, value in parameters:
            if isinstance(value, Value):
                yield re.sub(r"\.(\d+)\b", r"[\1]", f"{name}.{path}"), value


def _variables(name: str, variable: Any) -> Iterator[tuple[str, Value]]:
    if isinstance(variable, Value):
        yield name, variable


def _elements(name: str, variable: Any) -> Iterator[tuple[str, Value]]:
    if type(variable) not in (dict, list, tuple) or len(variable) > LONGEST_LIST:
        return
    items = variable.items() if type(variable) is dict else enumerate(variable)
    for key, element in items:
        if isinstance(element, Value):
            yield f"{name}[{key!r}]", element
