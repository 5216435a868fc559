"""to_torch and from_torch: what has no counterpart on the other side."""

from __future__ import annotations

import doctest
import subprocess
import sys
from typing import Any

import pytest

import autograd
from autograd import Value
from nn import (
    MLP,
    Layer,
    Module,
    Neuron,
    Sequential,
    from_torch,
    to_torch,
)

torch: Any = pytest.importorskip("torch")
theirs = torch.nn


class Custom(Module):
    def forward(self, x: Any) -> Any:
        return x


class Derived(MLP):
    pass


def of_results() -> Layer:
    layer = Layer(2, 1)
    layer.neurons[0].w[0] = 2 * Value(1.0)
    return layer


def half_constant() -> Layer:
    layer = Layer(2, 1)
    layer.neurons[0].w[1] = Value(1.0).detach()
    return layer


def partly_tied() -> Sequential:
    first, second = Layer(2, 2), Layer(2, 2)
    second.neurons[0].w[0] = first.neurons[1].w[1]
    return Sequential(first, second)


def of_two_minds() -> Layer:
    layer = Layer(2, 2)
    layer.neurons[1] = Neuron(2, "tanh")
    return layer


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (Custom(), TypeError, r"the model: Custom\(\) has no counterpart in PyTorch"),
        (Sequential("relu", Derived(2, [1])), TypeError, r"layers.1: MLP\(2, \[1\].* not classes"),
        (MLP(2, [3, 1], lambda x: x), TypeError, "layers.0: <lambda> has no counterpart"),
        (Sequential(autograd.exp), TypeError, "layers.0: exp has no counterpart"),
        (of_results(), ValueError, "w of neurons must be all parameters, or all constants"),
        (half_constant(), ValueError, "or of the other kind"),
        (partly_tied(), ValueError, "w of layers.1.neurons: one is used twice"),
        (of_two_minds(), ValueError, "the model has neurons with different activations"),
        ("MLP", TypeError, "to_torch takes a Module, such as an MLP, not 'MLP'"),
    ],
)
def test_what_torch_does_not_have_is_named(
    model: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        to_torch(model)


class TheirCustom(theirs.Module):  # type: ignore[misc]
    pass


@pytest.mark.parametrize(
    ("module", "error", "message"),
    [
        (theirs.Conv2d(1, 1, 1), TypeError, r"the model: Conv2d\(.* has no counterpart here"),
        (
            theirs.Sequential(theirs.ReLU(), theirs.Sequential(TheirCustom())),
            TypeError,
            r"1\.0: TheirCustom\(\) has no counterpart here. These have one: Linear",
        ),
        (theirs.LeakyReLU(0.2), ValueError, r"here; LeakyReLU\(negative_slope=0.01\) has one"),
        (theirs.ELU(2.0), ValueError, r"ELU\(alpha=1.0\)"),
        (theirs.GELU("tanh"), ValueError, r"GELU\(approximate='none'\)"),
        (theirs.Softplus(beta=2), ValueError, r"Softplus\(beta=1.0"),
        (theirs.Softmax(dim=0), ValueError, r"the model: Softmax\(dim=0\) has no counterpart"),
        (theirs.Embedding(3, 2, padding_idx=0), ValueError, r"Embedding\(padding_idx=None"),
        (MLP(2, [1]), TypeError, r"takes a torch.nn.Module, not MLP\(2, \[1\]"),
    ],
)
def test_what_is_not_here_is_named(module: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        from_torch(module)


def test_a_parametrized_linear_is_not_taken_for_a_plain_one() -> None:
    module = theirs.utils.parametrizations.weight_norm(theirs.Linear(2, 2))
    with pytest.raises(TypeError, match="ParametrizedLinear"):
        from_torch(module)


def test_the_examples_run_where_there_is_torch() -> None:
    for function in (to_torch, from_torch):
        source = (function.__doc__ or "").replace("# doctest: +SKIP", "")
        example = doctest.DocTestParser().get_doctest(source, {}, function.__name__, None, None)
        assert doctest.DocTestRunner().run(example).failed == 0


def test_nn_needs_no_torch_and_says_what_to_install() -> None:
    program = (
        "import sys; import nn; assert 'torch' not in sys.modules\n"
        "sys.modules['torch'] = None\n"
        "for convert in (nn.to_torch, nn.from_torch):\n"
        "    try:\n        convert(nn.MLP(2, [1]))\n"
        "    except ImportError as error:\n        print(error)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stderr == ""
    first, second = run.stdout.splitlines()
    assert first.startswith("to_torch needs PyTorch: pip install torch (import of torch")
    assert second.startswith("from_torch needs PyTorch: pip install torch (import of torch")
