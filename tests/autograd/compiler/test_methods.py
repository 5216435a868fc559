"""Compiled methods: each object has tapes of its own, and nothing else of it changes."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from dataclasses import dataclass

import autograd
import nn
from autograd import Value


class Base:
    def __init__(self, slope: float = 2.0) -> None:
        self.slope = Value(slope)

    @autograd.compile
    def f(self, x: Value) -> Value:
        return self.slope * x

    def helper(self, x: Value) -> Value:
        return x + 1

    fast = autograd.compile(helper)


class Derived(Base):
    @autograd.compile
    def f(self, x: Value) -> Value:
        return super().f(x) + 100

    def helper(self, x: Value) -> Value:  # unlike Base.fast
        return x + 1000


class Net(nn.Module):
    def __init__(self) -> None:
        self.w = Value(2.0)

    @autograd.compile
    def forward(self, x: Value) -> Value:
        return self.w * x


class DeepNet(Net):
    @autograd.compile
    def forward(self, x: Value) -> Value:
        return super().forward(x) + 100


def test_super_reaches_the_method_of_the_base_class_every_time() -> None:
    for derived in (Derived(), DeepNet()):
        call = derived.f if isinstance(derived, Derived) else derived
        assert [call(1.0).data for _ in range(3)] == [102.0, 102.0, 102.0]
        assert [call(2.0).data for _ in range(2)] == [104.0, 104.0]


def test_a_compiled_helper_does_not_replace_the_helper() -> None:
    derived = Derived()
    assert derived.fast(1.0).data == 2.0
    assert derived.helper(Value(1.0)).data == 1001.0
    assert list(vars(derived)) == ["slope"]
    assert list(dict(DeepNet().named_parameters())) == ["w"]


def test_copies_have_parameters_and_tapes_of_their_own() -> None:
    first = Base(2.0)
    assert first.f(1.0).data == 2.0
    for twin in (copy.copy(first), copy.deepcopy(first), pickle.loads(pickle.dumps(first))):
        twin.slope = Value(5.0)
        assert twin.f(1.0).data == 5.0
        assert first.f(1.0).data == 2.0


def test_a_method_is_recorded_once_for_an_object() -> None:
    first, second = Base(), Base(3.0)
    assert [first.f(1.0).data, second.f(1.0).data, first.f(2.0).data] == [2.0, 3.0, 4.0]
    assert first.f.tape is first.f.tape
    assert first.f.tape is not second.f.tape


def test_tapes_go_with_their_object() -> None:
    first = Base()
    first.f(1.0)
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None
    assert not Base.f._bound.tapes


@dataclass
class Equal:  # equal to others, and so without a hash
    slope: float

    @autograd.compile
    def f(self, x: Value) -> Value:
        return self.slope * x


class Slotted:
    __slots__ = ("slope",)

    def __init__(self, slope: float) -> None:
        self.slope = slope

    @autograd.compile
    def f(self, x: Value) -> Value:
        return self.slope * x


def test_objects_that_are_equal_or_cannot_be_referred_to_weakly() -> None:
    for kind in (Equal, Slotted):
        one, two = kind(2.0), kind(2.0)
        assert one.f(1.0).data == 2.0
        two.slope = 3.0
        assert [two.f(1.0).data, one.f(1.0).data] == [3.0, 2.0]
