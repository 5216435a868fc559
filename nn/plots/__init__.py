"""Pictures of networks and of their training, with matplotlib: `from nn import plots`.

Each function draws into the Axes given as `ax`, or into a new figure, which a notebook shows by
itself and a script with `plt.show()`; each gives the Axes back, for titles and labels of your own.
For several side by side there is `plt.subplots(1, 2, layout="constrained")`. No meaning depends on
colour alone.
"""

try:
    import matplotlib  # noqa: F401
except ImportError as error:
    raise ImportError(
        f'nn.plots draws with matplotlib: pip install "chalkgrad[plot]" ({error})'
    ) from error

from nn.plots.boundary import decision_boundary
from nn.plots.curves import loss_curve
from nn.plots.diagram import network
from nn.plots.histogram import gradient_histogram

__all__ = ["decision_boundary", "gradient_histogram", "loss_curve", "network"]
