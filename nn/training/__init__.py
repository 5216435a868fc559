"""Training: `fit`, the run behind it, and the History that it gives."""

from nn.training.divergence import DivergenceError
from nn.training.fit import fit
from nn.training.history import History

__all__ = ["DivergenceError", "History", "fit"]
