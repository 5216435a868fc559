"""Functions that C is asked for, and what the tests of their libraries ask."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value

CC = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
BUILDING = "kernel: its library is being built"

needs_compiler = pytest.mark.skipif(CC is None, reason="there is no C compiler")
needs_shell = pytest.mark.skipif(CC is None or os.name == "nt", reason="compilers are scripts here")


def made(function: Callable[..., Any] | None = None) -> Any:
    """A function that C is asked for."""
    w = Value(2.0)
    return autograd.compile(function or (lambda x: (w * x).exp() + w / x), backend="c")


def settled(compiled: Any, seconds: float = 60) -> str:
    """What runs it, once nothing is being built."""
    end = time.monotonic() + seconds
    while compiled.backend == BUILDING and time.monotonic() < end:
        time.sleep(0.01)
    return str(compiled.backend)


def numbers_of(compiled: Any, *numbers: float) -> list[str]:
    """A result and its gradients by arguments and parameters, to the last bit."""
    leaves = [Value(x) for x in numbers]
    for v in compiled.tape.closures if compiled._tapes.latest else ():
        v.grad = 0.0
    y = compiled(*leaves)
    y.backward()
    return [repr(v.data) for v in (y,)] + [repr(v.grad) for v in (*leaves, *compiled.tape.closures)]


COMPILE = """
import os, sys, time
import autograd

def settled(compiled):
    while compiled.backend == "kernel: its library is being built":
        time.sleep(0.01)
    return compiled.backend

w = autograd.Value(2.0)
compiled = autograd.compile(lambda x: (w * x).exp(), backend="c")
compiled(1.0)
"""


def python(text: str) -> subprocess.Popen[str]:
    """Another interpreter."""
    command = [sys.executable, "-c", textwrap.dedent(text)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
