"""Schedulers: how the learning rate changes from epoch to epoch, from steps to sequences.

Each says in `get_lr` what the rates of the parameter groups become; what all share is in `base.py`.
They match those of torch.optim.lr_scheduler, number for number: all but `LambdaLR` change the
current rates, so that two on one optimiser act together.

>>> from autograd import Value
>>> from nn import SGD, schedulers
>>> scheduler = schedulers.StepLR(SGD([Value(1.0)], lr=0.8), step_size=1, gamma=0.5)
>>> scheduler.step()
>>> scheduler.get_last_lr()
[0.4]
"""

from nn.schedulers.annealing import CosineAnnealingLR, LinearLR
from nn.schedulers.base import LRScheduler
from nn.schedulers.factors import ExponentialLR, LambdaLR, MultiStepLR, StepLR
from nn.schedulers.onecycle import OneCycleLR
from nn.schedulers.plateau import ReduceLROnPlateau
from nn.schedulers.sequence import SequentialLR

__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "OneCycleLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
