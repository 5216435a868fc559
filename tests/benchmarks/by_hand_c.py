"""Compiles by_hand.c with the machine's own C compiler, and calls it."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

FLAGS = ["-O3", "-shared", "-fPIC"]


class NoCompilerError(Exception):
    """There is no C compiler, or it cannot compile by_hand.c."""


def compiled() -> ctypes.CDLL:
    """The functions of by_hand.c, compiled in a temporary directory."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        raise NoCompilerError("no C compiler: install one, or name it in CC")
    source = Path(__file__).with_name("by_hand.c")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        library = Path(directory) / "by_hand.so"
        command = [compiler, *FLAGS, str(source), "-o", str(library), "-lm"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode:
            raise NoCompilerError(f"{' '.join(command)} failed:\n{result.stderr}")
        return ctypes.CDLL(str(library))


class CompiledGPT:
    """The weights and their gradients, each one C array in the order of microgpt.flat."""

    def __init__(self, parameters: Sequence[float]) -> None:
        library = compiled()
        self._loss, self._token_loss = library.loss, library.token_loss
        self._loss.restype = self._token_loss.restype = ctypes.c_double
        self.parameters = (ctypes.c_double * len(parameters))(*parameters)
        self.gradients = (ctypes.c_double * len(parameters))()

    def token_loss(self, inputs: Any, targets: Any) -> float:
        """The loss of a document given as `tokens`; leaves its gradients in gradients."""
        return float(self._token_loss(self.parameters, inputs, targets, self.gradients))

    def loss(self, inputs: Any, targets: Any) -> float:
        """The loss of a document given as one-hot `rows`; leaves its gradients in gradients."""
        return float(self._loss(self.parameters, inputs, targets, self.gradients))


def tokens(indexes: Sequence[int]) -> Any:
    """The indexes as a C array."""
    return (ctypes.c_int * len(indexes))(*indexes)


def rows(matrix: Sequence[Sequence[float]]) -> Any:
    """The matrix as a C array, row by row."""
    numbers = list(chain.from_iterable(matrix))
    return (ctypes.c_double * len(numbers))(*numbers)
