"""What stands in for `cython` where a file runs as plain Python: decorators that do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

compiled = False

Anything = TypeVar("Anything")


def cclass(kind: Anything) -> Anything:
    """Make a C struct of a class."""
    return kind


def no_gc(kind: Anything) -> Anything:
    """Keep a class from the cyclic garbage collector, whose instances form no cycles."""
    return kind


def annotation_typing(on: bool) -> Callable[[Anything], Anything]:
    """Take a function's annotations for C types, or leave wrong arguments to the function."""
    return lambda function: function
