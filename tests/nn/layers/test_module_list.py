"""ModuleList: a list of modules that names their parameters by place, as PyTorch's does."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from autograd import draw_dot
from nn import MLP, Linear, Module, ModuleList, ReLU, Tanh, to_torch


class Stack(Module):
    def __init__(self) -> None:
        self.steps = ModuleList([Linear(1, 1), Tanh()])

    def forward(self, x: Any) -> Any:
        for step in self.steps:
            x = step(x)
        return x


def test_parameters_are_named_by_place_as_in_pytorch() -> None:
    assert list(Stack().state_dict()) == ["steps.0.neurons.0.w.0", "steps.0.neurons.0.b"]
    assert [name for name, _ in Stack().named_modules()][:4] == ["", "steps", "steps.0", "steps.1"]


def test_it_is_a_list() -> None:
    a, b, c, d = Linear(1, 1), Linear(1, 1), ReLU(), Tanh()
    steps = ModuleList()
    assert len(steps) == 0
    assert steps.append(a) is steps
    assert steps.extend([c, d]) is steps
    steps.insert(1, b)
    assert list(steps) == [a, b, c, d]
    assert steps[-1] is d
    assert b in steps
    assert isinstance(steps[1:3], ModuleList)
    assert list(steps[1:3]) == [b, c]
    steps[0] = d
    del steps[1]
    assert list(steps) == [d, c, d]
    assert list(ModuleList(steps)) == list(steps)
    steps.extend(steps)
    assert len(steps) == 6
    assert repr(steps[:2]) == "ModuleList([Tanh(), ReLU()])"


def test_mode_and_copies_reach_all() -> None:
    model = Stack().eval()
    assert not model.steps[0].neurons[0].training
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin([0.5])[0].data == model([0.5])[0].data
        assert twin.steps[0] is not model.steps[0]


def test_frames_are_named_by_place() -> None:
    model = Stack()
    source = draw_dot(model([0.5])[0]).source
    assert 'label="steps[0]"' in source


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ModuleList([ReLU(), 3]), "ModuleList holds modules, not 3; a plain list holds"),
        (lambda: ModuleList(Linear(1, 1)), r"takes a list of modules, not Linear\(1, 1\) alone"),
        (lambda: ModuleList(3), "takes a list of modules, not 3"),
        (lambda: ModuleList([ReLU()]).append("relu"), "ModuleList holds modules, not 'relu'"),
        (lambda: ModuleList().__setitem__(0, 1), "ModuleList holds modules, not 1"),
        (lambda: ModuleList([ReLU()])([1.0]), "a ModuleList computes nothing: call the modules"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        make()


def test_pytorch_has_it_but_not_in_a_row() -> None:
    pytest.importorskip("torch")
    with pytest.raises(
        TypeError, match=r"the model: ModuleList\(\[MLP.* torch\.nn has a ModuleList"
    ):
        to_torch(ModuleList([MLP(1, [1])]))
