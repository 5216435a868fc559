"""Ctrl-C: it ends a run after the batch at hand."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from autograd import Value
from nn import (
    mse_loss,
)
from tests.nn.training.small_runs import trained


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_ends_after_the_batch_and_gives_the_history() -> None:
    batches = 0

    def loss(predictions: list[Value], targets: list[float]) -> Value:
        nonlocal batches
        batches += 1
        if batches == 8:
            os.kill(os.getpid(), signal.SIGINT)
        return mse_loss(predictions, targets)

    before = signal.getsignal(signal.SIGINT)
    model, history = trained(loss=loss, batch_size=1, compiled=False, shuffle=False)
    assert history.epochs == 1
    assert history.stopped == "interrupted in epoch 2, after batch 3 of 5"
    assert batches == 8
    assert signal.getsignal(signal.SIGINT) is before
    again, _ = trained(epochs=1, batch_size=1, compiled=False, shuffle=False)
    assert model.state_dict() != again.state_dict()  # three more batches


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_in_the_last_batch_of_an_epoch_keeps_the_epoch(tmp_path: Path) -> None:
    def loss(predictions: list[Value], targets: list[float]) -> Value:
        os.kill(os.getpid(), signal.SIGINT)
        return mse_loss(predictions, targets)

    _, history = trained(loss=loss, compiled=False, checkpoint=tmp_path / "run.json")
    assert (history.epochs, history.stopped) == (1, "interrupted after epoch 1")
    _, rest = trained(loss=loss, compiled=False, checkpoint=tmp_path / "run.json")
    assert (rest.epochs, rest.stopped) == (2, "interrupted after epoch 2")


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_pressed_again_interrupts() -> None:
    def loss(predictions: list[Value], targets: list[float]) -> Value:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        return mse_loss(predictions, targets)

    with pytest.raises(KeyboardInterrupt):
        trained(loss=loss, compiled=False)
