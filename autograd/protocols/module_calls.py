"""Which module made a node: a call leaves a record on its results, for pictures.

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

    token : the same for all calls of a module, even after the module is gone.
    kind  : the module's class.
    given : its argument, or the tuple and dict of several.
    """

    __slots__ = ("given", "kind", "token")

    def __init__(self, token: Any, kind: type, given: Any) -> None:
        self.token, self.kind, self.given = token, kind, given

    @property
    def module(self) -> Any:
        """The module, or None if it is gone."""
        return self.token()

    def inputs(self) -> frozenset[Value]:
        """The Values that the module was given."""
        return frozenset(_values(self.given))


def record_call(module: Any, inputs: Any, outputs: Any) -> None:
    """Remember that a module made outputs from inputs, so that pictures can show it as a box.

    inputs, outputs : Values, or lists, tuples or dicts of them; anything else is passed over.

    For authors of module libraries; the modules of `nn` do it themselves. Raises TypeError for a
    module that does not allow weak references.
    """
    if (not_recording and not_recording.is_on()) or (writing_tape and writing_tape.is_on()):
        return
    # a plain tuple: a training step makes thousands, and reads none
    token, kind = ref(module), type(module)
    for node in (outputs,) if isinstance(outputs, Value) else _values(outputs):
        if node._operation not in LEAVES:
            record = (token, kind, inputs, getattr(node, "_calls", None))
            node._calls = record  # type: ignore[attr-defined]


def calls_of(node: Value) -> Iterator[ModuleCall]:
    """The calls that gave a node, outermost first."""
    record: Any = getattr(node, "_calls", None)
    while record:
        token, kind, given, record = record
        yield ModuleCall(token, kind, given)


def _values(x: Any, depth: int = DEEPEST) -> Iterator[Value]:
    if isinstance(x, Value):
        yield x
    elif depth and isinstance(x, (list, tuple)):
        for entry in x:
            yield from _values(entry, depth - 1)
    elif depth and isinstance(x, Mapping):
        for entry in x.values():
            yield from _values(entry, depth - 1)
