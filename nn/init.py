"""Initial weights: Xavier's and Kaiming's, uniform and normal, and plain distributions.

Each initialiser draws one weight: `initialiser(fan_in, fan_out, gain, rng)`, where fan_in and
fan_out are the widths of the layer's input and output, gain makes up for the spread that the
activation takes away, and rng is a `random.Random` or the module `random`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

from nn.settings import FROM_0, NUMBER, check


class Generator(Protocol):
    """A source of random numbers: a `random.Random`, or the module `random`."""

    def uniform(self, a: float, b: float) -> float: ...
    def gauss(self, mu: float, sigma: float) -> float: ...


Initialiser = Callable[[int, int, float, Any], float]


def xavier_uniform(fan_in: int, fan_out: int, gain: float, rng: Generator) -> float:
    """Uniform on ±gain * sqrt(6 / (fan_in + fan_out)); Glorot & Bengio, 2010.

    >>> import random
    >>> from nn.init import xavier_uniform
    >>> abs(xavier_uniform(3, 3, 1.0, random.Random(0))) <= 1.0
    True
    """
    bound = gain * math.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-bound, bound)


def xavier_normal(fan_in: int, fan_out: int, gain: float, rng: Generator) -> float:
    """Normal, standard deviation gain * sqrt(2 / (fan_in + fan_out)); Glorot & Bengio, 2010."""
    return rng.gauss(0.0, gain * math.sqrt(2 / (fan_in + fan_out)))


def kaiming_uniform(fan_in: int, fan_out: int, gain: float, rng: Generator) -> float:
    """Uniform on ±gain * sqrt(3 / fan_in); He et al., 2015."""
    bound = gain * math.sqrt(3 / fan_in)
    return rng.uniform(-bound, bound)


def kaiming_normal(fan_in: int, fan_out: int, gain: float, rng: Generator) -> float:
    """Normal, standard deviation gain / sqrt(fan_in); He et al., 2015."""
    return rng.gauss(0.0, gain / math.sqrt(fan_in))


def uniform(a: float = 0.0, b: float = 1.0) -> Initialiser:
    """An initialiser that draws evenly from a to b, whatever the layer.

    a, b : the limits; 0 and 1, PyTorch's, if left out.

    >>> import random
    >>> from nn import Neuron
    >>> from nn.init import uniform
    >>> neuron = Neuron(2, init=uniform(-0.1, 0.1), rng=random.Random(0))
    >>> all(-0.1 <= w.data <= 0.1 for w in neuron.w)
    True
    """
    check("uniform: a", a, NUMBER)
    check("uniform: b", b, NUMBER)
    return lambda fan_in, fan_out, gain, rng: rng.uniform(a, b)


def normal(mean: float = 0.0, std: float = 1.0) -> Initialiser:
    """An initialiser that draws from a normal distribution, whatever the layer.

    mean, std : its mean and standard deviation; 0 and 1, PyTorch's, if left out.

    >>> from nn import Neuron
    >>> from nn.init import normal
    >>> neuron = Neuron(2, init=normal(std=0.02))
    """
    check("normal: mean", mean, NUMBER)
    check("normal: std", std, FROM_0)
    return lambda fan_in, fan_out, gain, rng: rng.gauss(mean, std)


def zeros(fan_in: int, fan_out: int, gain: float, rng: Generator) -> float:
    """Always 0: neurons that start out alike, and stay alike."""
    return 0.0


INITIALISERS: dict[str, Initialiser] = {
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "uniform": uniform(),
    "normal": normal(),
    "zeros": zeros,
}

GAINS = {
    "relu": math.sqrt(2),
    "leaky_relu": math.sqrt(2 / (1 + 0.01**2)),
    "elu": math.sqrt(2),
    "gelu": math.sqrt(2),
    "silu": math.sqrt(2),
    "softplus": math.sqrt(2),
    "tanh": 5 / 3,
}
"""As in torch.nn.init.calculate_gain; smooth rectifiers take relu's, and all others have 1."""


def choose_initialiser(init: str | Initialiser | None, activation: str) -> Initialiser:
    """The initialiser asked for, or else the one that suits the activation.

    That is Kaiming's uniform for relu and its kin, and Xavier's uniform for all others.
    """
    if callable(init):
        return init
    if init is None:
        rectifies = activation in GAINS and activation != "tanh"
        return kaiming_uniform if rectifies else xavier_uniform
    if not isinstance(init, str) or init not in INITIALISERS:
        raise ValueError(f"init is one of {', '.join(INITIALISERS)} or a function, not {init!r}")
    return INITIALISERS[init]


def check_rng(rng: object) -> None:
    """Raise TypeError for a source of random numbers that lacks what the initialisers call."""
    if not (hasattr(rng, "uniform") and hasattr(rng, "gauss")):
        raise TypeError(f"rng is a random.Random, such as random.Random(0), not {rng!r:.60}")
