"""Small neural networks on the `autograd` engine: modules, losses, optimisers, schedulers.

>>> import random
>>> from nn import MLP, SGD, mse_loss
>>> model = MLP(2, [4, 1], rng=random.Random(0))
>>> optimizer = SGD(model.parameters(), lr=0.1)
>>> for _ in range(20):
...     loss = mse_loss([model([1.0, -1.0])], [0.5])
...     optimizer.zero_grad()
...     loss.backward()
...     optimizer.step()
>>> loss.data < 1e-3
True
"""

from nn import notebook as notebook  # which gives models and runs their looks in notebooks
from nn.layers import (
    MLP,
    Dropout,
    Embedding,
    Layer,
    LayerNorm,
    Linear,
    ModuleList,
    Neuron,
    ReLU,
    RMSNorm,
    Sequential,
    Sigmoid,
    Tanh,
)
from nn.losses import (
    CrossEntropyLoss,
    MSELoss,
    Softmax,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge_loss,
    huber_loss,
    l1,
    l1_loss,
    l2,
    mse_loss,
    nll_loss,
)
from nn.losses.softmax import log_softmax, logsumexp, softmax
from nn.module import IncompatibleKeys, Module
from nn.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    clip_grad_norm_,
    clip_grad_value_,
)
from nn.pages import training_page, write_training
from nn.pytorch import from_torch, to_torch
from nn.saving import load, save
from nn.schedulers import (
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    OneCycleLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from nn.training import DivergenceError, History, fit

__all__ = [
    "MLP",
    "SGD",
    "Adagrad",
    "Adam",
    "AdamW",
    "CosineAnnealingLR",
    "CrossEntropyLoss",
    "DivergenceError",
    "Dropout",
    "Embedding",
    "ExponentialLR",
    "History",
    "IncompatibleKeys",
    "LRScheduler",
    "LambdaLR",
    "Layer",
    "LayerNorm",
    "Linear",
    "LinearLR",
    "MSELoss",
    "Module",
    "ModuleList",
    "MultiStepLR",
    "Neuron",
    "OneCycleLR",
    "Optimizer",
    "RMSNorm",
    "RMSprop",
    "ReLU",
    "ReduceLROnPlateau",
    "Sequential",
    "SequentialLR",
    "Sigmoid",
    "Softmax",
    "StepLR",
    "Tanh",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm_",
    "clip_grad_value_",
    "cross_entropy",
    "fit",
    "from_torch",
    "hinge_loss",
    "huber_loss",
    "l1",
    "l1_loss",
    "l2",
    "load",
    "log_softmax",
    "logsumexp",
    "mse_loss",
    "nll_loss",
    "save",
    "softmax",
    "to_torch",
    "training_page",
    "write_training",
]
