"""How a call reaches a compiled function, and the tapes that it may find there.

Where there is native code, a call whose arguments are built like those of the call before stays in
it; see native/calls.pxi.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import ReferenceType, ref

from autograd.compiler.arguments import CallStructure
from autograd.engine import accelerated

if TYPE_CHECKING:
    from autograd.compiler.replay import Replay


class Tapes:
    """What a function has been recorded as, by the structure of its arguments.

    latest : the one that ran last.
    """

    def __init__(
        self, replays: dict[CallStructure, Replay] | None = None, latest: Replay | None = None
    ) -> None:
        self.replays: dict[CallStructure, Replay] = {} if replays is None else replays
        self.latest = latest


class Bound:
    """The tapes of a function as a method, by object, for as long as there is the object.

    They are kept here: what stood in the object would be copied with it, parameters and all.
    """

    def __init__(self) -> None:
        self.tapes: dict[int, tuple[ReferenceType[Any], Tapes]] = {}

    def tapes_of(self, instance: Any) -> Tapes:
        """The tapes of a method of an object."""
        key = id(instance)
        reference, tapes = self.tapes.get(key, (None, None))
        if reference is None or tapes is None or reference() is not instance:
            tapes = Tapes()
            try:
                reference = ref(instance, lambda _: self.tapes.pop(key, None))
            except TypeError:  # it has __slots__, so it is recorded at each call
                return tapes
            self.tapes[key] = reference, tapes
        return tapes


class Entrance:
    """What a call of a compiled function comes through."""

    _tapes: Tapes

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._call(args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The call, whatever its arguments are."""
        raise NotImplementedError


if not TYPE_CHECKING and accelerated:
    from autograd.native import engine as _native

    Entrance, Tapes = _native.Entrance, _native.Tapes
