"""What tests of pictures share: axes to draw into, and no figure left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@pytest.fixture
def ax() -> Axes:
    """Axes that pyplot knows nothing of."""
    from matplotlib.figure import Figure

    return Figure(layout="constrained").subplots()


@pytest.fixture(autouse=True)
def no_figure_is_left() -> Iterator[None]:
    yield
    from matplotlib import pyplot

    pyplot.close("all")
