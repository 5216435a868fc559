"""chalkgrad: a scalar reverse-mode autodiff engine to learn from.

>>> from autograd import Value
>>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
>>> loss = (a * b - 5) ** 2
>>> loss.backward()
>>> a.grad, b.grad
(6.0, 4.0)
"""

from autograd import protocols as protocols  # which give Values their manners
from autograd.compiler import derived as derived  # which gives derivatives tapes of their own
from autograd.compiler.elementwise import elementwise
from autograd.compiler.function import CompiledFunction, compile
from autograd.compiler.rows import Rows
from autograd.derivatives import anomalies as anomalies  # which looks at each pass if asked
from autograd.derivatives.gradcheck import gradcheck
from autograd.derivatives.gradients import gradients
from autograd.derivatives.own import operation
from autograd.derivatives.transforms import (
    elementwise_grad,
    grad,
    hessian,
    hessian_vector_product,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.engine import Value, accelerated, topological_order
from autograd.errors import (
    AnomalyError,
    DomainError,
    ExpressionError,
    GradcheckError,
    GraphError,
    RecordingError,
    RenderError,
)
from autograd.files import write_whole
from autograd.language.expression import to_text
from autograd.language.parser import parse
from autograd.language.tree import draw_text, show
from autograd.language.typeset import to_mathml
from autograd.language.words import Words
from autograd.lessons import notebook as notebook  # which gives a pass its looks in notebooks
from autograd.lessons import widget as widget  # and a stepper its buttons there
from autograd.lessons.writing import lesson, write_lesson
from autograd.modes import detect_anomaly, no_grad
from autograd.operations import (
    OPERATIONS,
    acos,
    acosh,
    add,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    ceil,
    clip,
    compare,
    cos,
    cosh,
    div,
    elu,
    erf,
    exp,
    exp2,
    expm1,
    floor,
    floordiv,
    gelu,
    hypot,
    leaky_relu,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    maximum,
    minimum,
    mod,
    mul,
    neg,
    pos,
    relu,
    sigmoid,
    sign,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    square,
    step,
    sub,
    tan,
    tanh,
    where,
)
from autograd.operations import abs as abs  # not for import *: Python has its own
from autograd.operations import pow as pow
from autograd.operations import round as round
from autograd.pages.offline import offline_page
from autograd.pictures.dot import draw_dot
from autograd.pictures.mermaid import draw_mermaid
from autograd.pictures.parts import around, between
from autograd.primitive import Operation
from autograd.protocols.module_calls import record_call
from autograd.protocols.vector import Vector
from autograd.stepping.step import Step
from autograd.stepping.stepper import Stepper, step_through
from autograd.stepping.tracing import Trace, trace
from autograd.stepping.worked import to_latex
from autograd.sums import dot, mean
from autograd.sums import sum as sum  # not for import *, likewise

__version__ = "0.1.0"

__all__ = [
    "OPERATIONS",
    "AnomalyError",
    "CompiledFunction",
    "DomainError",
    "ExpressionError",
    "GradcheckError",
    "GraphError",
    "Operation",
    "RecordingError",
    "RenderError",
    "Rows",
    "Step",
    "Stepper",
    "Trace",
    "Value",
    "Vector",
    "Words",
    "accelerated",
    "acos",
    "acosh",
    "add",
    "around",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "between",
    "cbrt",
    "ceil",
    "clip",
    "compare",
    "compile",
    "cos",
    "cosh",
    "detect_anomaly",
    "div",
    "dot",
    "draw_dot",
    "draw_mermaid",
    "draw_text",
    "elementwise",
    "elementwise_grad",
    "elu",
    "erf",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "floordiv",
    "gelu",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "hessian_vector_product",
    "hypot",
    "jacobian",
    "jvp",
    "leaky_relu",
    "lesson",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "maximum",
    "mean",
    "minimum",
    "mod",
    "mul",
    "neg",
    "no_grad",
    "offline_page",
    "operation",
    "parse",
    "pos",
    "record_call",
    "relu",
    "show",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "square",
    "step",
    "step_through",
    "sub",
    "tan",
    "tanh",
    "to_latex",
    "to_mathml",
    "to_text",
    "topological_order",
    "trace",
    "value_and_grad",
    "vjp",
    "where",
    "write_lesson",
    "write_whole",
]


def __getattr__(name: str) -> Operation:
    """An entry of the table that is too new to stand in the list above."""
    if name in OPERATIONS:
        return OPERATIONS[name]
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")
