"""Small runs of fit, which many tests look at."""

from __future__ import annotations

import random
from typing import Any

from nn import (
    MLP,
    SGD,
    History,
    fit,
    mse_loss,
)

X = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, -1.0], [-1.0, 2.0]]
Y = [1.0, -1.0, 0.5, 2.0, 0.0]
QUIET: dict[str, Any] = {"progress": False}


def small(seed: int = 0) -> MLP:
    return MLP(2, [3, 1], activation="tanh", rng=random.Random(seed))


def trained(**options: Any) -> tuple[MLP, History]:
    model = options.pop("model", None) or small()
    optimizer = options.pop("optimizer", None) or SGD(model.parameters(), lr=0.1)
    settings = {"loss": mse_loss, "optimizer": optimizer, "epochs": 5, **QUIET, **options}
    return model, fit(model, X, Y, **settings)
