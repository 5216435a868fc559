"""Records of module calls, from which pictures know neurons and layers."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref

import pytest

import autograd
from autograd import Value, no_grad, record_call, topological_order
from autograd.language.names import module_names
from autograd.pictures.rollup import module_paths
from autograd.protocols.module_calls import calls_of
from nn import MLP, Module, softmax


def kinds(node: Value) -> list[str]:
    return [call.title for call in calls_of(node)]


def test_a_result_knows_the_calls_that_gave_it_outermost_first() -> None:
    model = MLP(2, [3, 1])
    out = model([1.0, 2.0])
    assert kinds(out) == ["MLP", "Layer", "Neuron"]
    assert [call.module for call in calls_of(out)] == [
        model,
        model.layers[1],
        model.layers[1].neurons[0],
    ]
    assert kinds(out + 1) == []


def test_what_is_computed_is_none_the_worse() -> None:
    model = MLP(2, [3, 1])
    out = model([1.0, 2.0])
    out.backward()
    assert len(out.local_grads) == len(out.operands) == 2
    twin = copy.deepcopy(out)
    assert kinds(twin) == []
    assert pickle.loads(pickle.dumps(out)).data == out.data


def test_a_module_is_held_weakly() -> None:
    model = MLP(2, [1])
    out = model([1.0, 2.0])
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None
    assert kinds(out) == ["MLP", "Layer", "Neuron"]
    assert [call.module for call in calls_of(out)] == [None, None, None]


def test_each_call_of_a_function_is_one_of_its_own() -> None:
    scores = [Value(1.0), Value(2.0)]
    first, again = softmax(scores), softmax(scores)
    order = topological_order(sum([*first, *again], Value(0.0)))
    calls = {path[0] for path in module_paths(order).values() if path}
    assert [call.title for call in calls] == ["softmax over 2"] * 2
    assert [call.is_function for call in calls] == [True, True]
    assert pickle.loads(pickle.dumps(first[0])).data == first[0].data


def test_what_can_be_no_module_is_refused() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"or the title of a function, not 3$"):
        record_call(3, [x], x * x)


def test_inputs_are_the_values_that_were_given() -> None:
    class Scale(Module):
        def __init__(self) -> None:
            self.factor = Value(2.0)

        def forward(self, x: Value, rest: dict[str, list[Value]]) -> list[Value]:
            return [self.factor * x, *(self.factor * y for y in rest["more"])]

    x, y = Value(1.0), Value(3.0)
    scale = Scale()
    results = scale(x, rest={"more": [y]})
    for result in results:
        (call,) = calls_of(result)
        assert call.inputs() == {x, y}


def test_a_module_that_gives_its_input_leaves_no_record_inside_it() -> None:
    class Same(Module):
        def forward(self, x: Value) -> Value:
            return x

    same = Same()
    x = Value(1.0)
    y = same(x.exp())
    assert module_paths(topological_order(y))[x] == ()


def test_nothing_is_recorded_in_no_grad_or_while_a_tape_is() -> None:
    model = MLP(1, [1])
    with no_grad():
        assert kinds(model([1.0])) == []

    @autograd.compile
    def loss(x: Value) -> Value:
        return model([x]) ** 2

    assert loss(2.0).data >= 0


def test_anything_may_leave_a_record() -> None:
    class Anything:
        pass

    x = Value(1.0)
    y = x.exp()
    record_call(Anything(), [x], y)
    assert kinds(y) == ["Anything"]


def test_modules_are_named_as_the_caller_has_them() -> None:
    mlp = MLP(2, [3, 1])
    names = module_names()
    assert names[mlp] == "mlp"
    assert names[mlp.layers[0].neurons[2]] == "mlp.layers[0].neurons[2]"


def test_each_node_is_in_the_modules_that_made_it() -> None:
    model = MLP(2, [2, 1])
    x = [Value(1.0), Value(2.0)]
    out = model(x)
    loss = (out - 1) ** 2
    calls = module_paths(topological_order(loss))
    paths = {node: tuple(call.module for call in path) for node, path in calls.items()}
    first, second = model.layers
    assert paths[loss] == paths[x[0]] == ()
    assert paths[out] == (model, second, second.neurons[0])
    assert paths[first.neurons[1].w[0]] == (model, first, first.neurons[1])
    hidden = [v for v, path in paths.items() if path[1:2] == (first,) and v.op == "relu"]
    assert len(hidden) == 2
