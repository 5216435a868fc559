"""Which module or function made a node: a call leaves a record on its results, for pictures.

Operations record their operands and nothing more; what is a neuron or a layer is known only from
these records, kept in an attribute of the results.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from weakref import ref

from autograd.engine import Value
from autograd.modes import not_recording, writing_tape
from autograd.operations import LEAVES

DEEPEST = 4  # levels of nested lists in which to look for inputs and outputs


class ModuleCall:
    """The call of a module that gave a node, as recorded.

    token : the same for all calls of a module, even after the module is gone; of a function, each
            call has its own.
    title : what it is called if it has no name of its own: the module's class, or the function.
    given : its argument, or the tuple and dict of several.
    """

    __slots__ = ("given", "title", "token")

    def __init__(self, token: Any, title: str, given: Any) -> None:
        self.token, self.title, self.given = token, title, given

    @property
    def module(self) -> Any:
        """The module, or None if it is gone, or if it was a function."""
        return self.token()

    @property
    def is_function(self) -> bool:
        """Whether it was no module but a function, which has only a title."""
        return not isinstance(self.token, ref)

    def inputs(self) -> frozenset[Value]:
        """The Values that the module was given."""
        return frozenset(_values(self.given))


class _Function:
    """What stands for the module in a call of a function: another one for each call."""

    __slots__ = ()

    def __call__(self) -> None: ...


def record_call(module: Any, inputs: Any, outputs: Any) -> None:
    """Remember that a module made outputs from inputs, so that pictures can show it as a box.

    module          : the module; or for a function, its title in the picture, such as
                      "softmax over 10": then each call is a box.
    inputs, outputs : Values, or lists, tuples or dicts of them; anything else is passed over.

    For authors of module libraries; what is in `nn` does it itself. Raises TypeError for a module
    that does not allow weak references.
    """
    if (not_recording and not_recording.is_on()) or (writing_tape and writing_tape.is_on()):
        return
    # a plain tuple: a training step makes thousands, and reads none
    kind = module if isinstance(module, str) else type(module)
    try:
        token = _Function() if isinstance(module, str) else ref(module)
    except TypeError:
        raise TypeError(
            "record_call takes a module that allows weak references, or the title of a function, "
            f"not {module!r:.60}"
        ) from None
    for node in (outputs,) if isinstance(outputs, Value) else _values(outputs):
        if node._operation not in LEAVES:
            record = (token, kind, inputs, getattr(node, "_calls", None))
            node._calls = record  # type: ignore[attr-defined]


def calls_of(node: Value) -> Iterator[ModuleCall]:
    """The calls that gave a node, outermost first."""
    record: Any = getattr(node, "_calls", None)
    while record:
        token, kind, given, record = record
        yield ModuleCall(token, kind if isinstance(kind, str) else kind.__name__, given)


def _values(x: Any, depth: int = DEEPEST) -> Iterator[Value]:
    if isinstance(x, Value):
        yield x
    elif depth and isinstance(x, (list, tuple)):
        for entry in x:
            yield from _values(entry, depth - 1)
    elif depth and isinstance(x, Mapping):
        for entry in x.values():
            yield from _values(entry, depth - 1)
