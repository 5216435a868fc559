"""What models give for many rows, in plain numbers."""

from nn.predictions.plain import as_values, plain_rows
from nn.predictions.predictor import FEWEST, Predictor

__all__ = ["FEWEST", "Predictor", "as_values", "plain_rows"]
