"""A long chain of Values freed link by link, where Python's own way would overflow the stack.

A Value that is freed frees its operands, they free theirs, and so on down the chain. Python breaks
such a descent off before its stack is full, but in a browser the stack that fills is JavaScript's,
of which Python knows nothing: there a chain of five thousand ends the program.
"""

from __future__ import annotations

import sys
from typing import Any

_waiting: list[tuple[Any, ...]] = []  # the operands of Values that are gone
_busy = False


def free_in_a_loop(value: Any) -> None:
    """What a Value does last: leave its operands to the one that was freed first."""
    global _busy
    if not value._operands:
        return
    _waiting.append(value._operands)
    value._operands = ()
    if _busy:
        return
    _busy = True
    try:
        while _waiting:
            _waiting.pop()  # which frees them, and they leave theirs here
    finally:
        _busy = False


def protect(engine: Any) -> None:
    """Have the Values of an engine freed so in a browser; elsewhere it would only take time."""
    if sys.platform == "emscripten":
        engine.__del__ = free_in_a_loop
