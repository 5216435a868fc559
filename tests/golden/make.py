"""Write down what PyTorch gives, so that `nn` is compared with it where there is no PyTorch too.

    python tests/golden/make.py

needs PyTorch, and writes each table below into a JSON file of this folder. A file lists cases: the
settings, what goes in, and what PyTorch gives for it in double precision. The tests that read them
are tests/nn/test_golden_*.py. To test another setting, add a case here and run the script again.
With the same PyTorch it writes the same bytes.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("ATEN_CPU_CAPABILITY", "default")  # the same sums on every processor

import torch
from torch.nn import functional, init
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import lr_scheduler

Case = dict[str, Any]
Table = dict[str, Any]


def case(name: str, **settings: Any) -> Case:
    """What is called, by its name here and in PyTorch, and with which arguments."""
    return {"name": name, "settings": settings}


def tensor(numbers: Any) -> torch.Tensor:
    """A tensor of doubles that takes a gradient."""
    return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)


# ---- optimisers ---------------------------------------------------------------------------------

START = [1.0, -2.0, 0.75]
GRADIENTS: list[
    list[float | None]
] = [  # of three parameters at each step; None where the loss did not depend on one
    [0.3, -1.5, 0.02],
    [0.7, None, -0.01],
    [-0.2, 2.5, 0.0],
    [0.1, 0.4, 1e-9],
    [1000.0, -0.3, None],
    [-0.6, 1.25, 0.5],
    [0.05, -0.75, -0.25],
    [0.0, 0.9, 3.0],
]
ONE_GROUP: list[Case] = [{"params": [0, 1, 2]}]
TWO_GROUPS: list[Case] = [{"params": [0], "lr": 0.2, "weight_decay": 0.5}, {"params": [1, 2]}]
OPTIMISERS = [
    case("SGD"),
    case("SGD", lr=0.1, weight_decay=0.25),
    case("SGD", lr=0.1, momentum=0.9),
    case("SGD", lr=0.1, momentum=0.9, dampening=0.5),
    case("SGD", lr=0.1, momentum=0.5, dampening=1.0, weight_decay=0.25),
    case("SGD", lr=0.1, momentum=0.9, nesterov=True),
    case("SGD", lr=0.1, momentum=0.5, nesterov=True, weight_decay=0.25),
    case("Adagrad"),
    case("Adagrad", lr=0.2, lr_decay=0.3),
    case("Adagrad", lr=0.2, weight_decay=0.25),
    case("Adagrad", lr=0.2, initial_accumulator_value=0.5),
    case("Adagrad", lr=0.2, eps=0.125),
    case("RMSprop"),
    case("RMSprop", lr=0.05, alpha=0.5),
    case("RMSprop", lr=0.05, eps=0.125),
    case("RMSprop", lr=0.05, weight_decay=0.25),
    case("RMSprop", lr=0.05, momentum=0.9),
    case("RMSprop", lr=0.05, centered=True),
    case("RMSprop", lr=0.05, centered=True, momentum=0.5, weight_decay=0.25),
    *[
        case(name, **settings)
        for name in ("Adam", "AdamW")
        for settings in (
            {},
            {"lr": 0.05, "betas": [0.5, 0.75]},
            {"lr": 0.05, "betas": [0.0, 0.9]},
            {"lr": 0.05, "eps": 0.125},
            {"lr": 0.05, "weight_decay": 0.25},
            {"lr": 0.05, "amsgrad": True, "betas": [0.9, 0.5]},
            {"lr": 0.05, "amsgrad": True, "betas": [0.5, 0.5], "weight_decay": 0.25},
        )
    ],
]


def optimisers() -> Table:
    """The parameters after each step."""
    cases = [{**each, "groups": ONE_GROUP} for each in OPTIMISERS]
    for name in dict.fromkeys(each["name"] for each in OPTIMISERS):
        cases.append({**case(name, lr=0.05), "groups": TWO_GROUPS})
    for each in cases:
        parameters = [tensor(number) for number in START]
        groups = [{**g, "params": [parameters[k] for k in g["params"]]} for g in each["groups"]]
        optimiser = getattr(torch.optim, each["name"])(groups, **each["settings"])
        each["parameters"] = []
        for gradients in GRADIENTS:
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.grad = None if gradient is None else tensor(gradient).detach()
            optimiser.step()
            each["parameters"].append([parameter.item() for parameter in parameters])
    return {"start": START, "gradients": GRADIENTS, "cases": cases}


# ---- schedulers ---------------------------------------------------------------------------------

EPOCHS = 16
RATES = [0.2, 0.05]  # of two parameter groups
METRICS = [1.0, 0.5, 0.49, 0.495, 0.4, 0.4, 0.4, 0.41, 0.3, 0.35, 0.3, 0.3, 0.2999, 0.2, 0.3, 0.25]
RISING = [-metric for metric in METRICS]
WARM_UP = case("LinearLR", start_factor=0.1, total_iters=4)
THREE = [WARM_UP, case("ExponentialLR", gamma=0.75), case("MultiStepLR", milestones=[1, 3])]
FOUR = [
    WARM_UP,
    case("CosineAnnealingLR", T_max=4),
    case("StepLR", step_size=2, gamma=0.5),
    case("LambdaLR", lr_lambda=[0.5, 0.5]),  # of what the factors are the powers
]
CYCLE = {"max_lr": 0.5, "total_steps": EPOCHS + 1}
ABSOLUTE = {"threshold_mode": "abs", "threshold": 0.05}


def plateau(metrics: list[float], **settings: Any) -> Case:
    """The scheduler that looks at how training goes, and what it is shown."""
    return {**case("ReduceLROnPlateau", **settings), "metrics": metrics}


SCHEDULERS: list[list[Case]] = [  # those of one list act together, on one optimiser
    [case("StepLR", step_size=3)],
    [case("StepLR", step_size=1, gamma=0.75)],
    [case("MultiStepLR", milestones=[9, 2, 2, 5], gamma=0.5)],
    [case("MultiStepLR", milestones=[0, 3])],
    [case("ExponentialLR", gamma=0.75)],
    [case("LinearLR")],
    [case("LinearLR", start_factor=1.0, end_factor=0.1, total_iters=9)],
    [case("CosineAnnealingLR", T_max=5)],
    [case("CosineAnnealingLR", T_max=7, eta_min=0.01)],
    [case("CosineAnnealingLR", T_max=1, eta_min=0.01)],
    [case("LambdaLR", lr_lambda=[0.9, 0.9])],
    [case("LambdaLR", lr_lambda=[0.5, 1.1])],
    [case("OneCycleLR", **CYCLE)],
    [case("OneCycleLR", max_lr=[0.5, 0.1], epochs=6, steps_per_epoch=3)],
    [case("OneCycleLR", **CYCLE, anneal_strategy="linear", pct_start=0.5)],
    [case("OneCycleLR", **CYCLE, div_factor=10.0, final_div_factor=100.0)],
    [case("OneCycleLR", **CYCLE, three_phase=True, base_momentum=0.7, max_momentum=[0.9, 0.8])],
    [case("OneCycleLR", **CYCLE, cycle_momentum=False)],
    [case("SequentialLR", schedulers=THREE, milestones=[0, 6])],
    [case("SequentialLR", schedulers=FOUR, milestones=[4, 9, 12])],
    [plateau(METRICS, patience=1)],
    [plateau(RISING, mode="max", factor=0.5, patience=2, threshold=0.1)],
    [plateau(METRICS, **ABSOLUTE, patience=0, cooldown=2, min_lr=[0.001, 0.01])],
    [plateau(RISING, **ABSOLUTE, patience=1, mode="max", factor=0.9, eps=0.01)],
    [WARM_UP, case("CosineAnnealingLR", T_max=6), case("StepLR", step_size=5, gamma=0.5)],
]


def make_scheduler(optimiser: Any, name: str, settings: Case) -> Any:
    """The scheduler of a case."""
    settings = dict(settings)
    if "lr_lambda" in settings:
        bases = settings["lr_lambda"]
        settings["lr_lambda"] = [lambda epoch, base=base: base**epoch for base in bases]
    if "schedulers" in settings:
        parts = settings["schedulers"]
        settings["schedulers"] = [
            make_scheduler(optimiser, part["name"], part["settings"]) for part in parts
        ]
    return getattr(lr_scheduler, name)(optimiser, **settings)


def schedulers() -> Table:
    """The rates of both groups at the start and after each epoch, and momentum where it moves."""
    cases = []
    for parts in SCHEDULERS:
        cycles = parts[0]["name"] == "OneCycleLR"
        for kind, options in [("SGD", {"momentum": 0.9}), ("Adam", {})][: 1 + cycles]:
            groups = [{"params": [tensor(1.0)], "lr": rate} for rate in RATES]
            optimiser = getattr(torch.optim, kind)(groups, **options)
            made = [make_scheduler(optimiser, part["name"], part["settings"]) for part in parts]
            rates, momenta = [], []
            for epoch in range(EPOCHS + 1):
                optimiser.step()  # moves nothing, but PyTorch warns without it
                for scheduler, part in zip(made, parts, strict=True):
                    if epoch:
                        scheduler.step(*part.get("metrics", [])[epoch - 1 : epoch])
                now = optimiser.param_groups
                rates.append([group["lr"] for group in now])
                momenta.append([group.get("momentum", group.get("betas", [0])[0]) for group in now])
            each = {"optimiser": kind, "options": options, "schedulers": parts, "rates": rates}
            cases.append({**each, "momenta": momenta} if cycles else each)
    return {"rates": RATES, "cases": cases}


# ---- losses -------------------------------------------------------------------------------------

NUMBERS = [([1.0, -2.5, 0.25, 3.0], [0.5, 2.0, 0.25, -1e8]), ([[1.5], [-0.5]], [[0.25], [4.0]])]
NEAR_DELTA = (  # errors of ±0.5, and a little less and more
    [0.5, -0.5, math.nextafter(0.5, 0), math.nextafter(0.5, 1), -0.75, 0.25, 1e8],
    [0.0] * 7,
)
SCORES = (  # the third and fourth on the margin
    [0.25, 2.0, 1.0, -1.0, -3.0, 0.0],
    [1.0, 1.0, 1.0, -1.0, 1.0, -1.0],
)
PROBABILITIES = ([0.25, 0.5, 0.999, 0.125, 1e-6], [1.0, 0.0, 0.75, 0.5, 1.0])
CERTAINTIES = (  # where logarithms are cut off at -100
    [0.0, 1.0, 0.0, 1.0, 1e-43, 1e-44, 1e-300, 0.0, 1.0],
    [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 0.5, 0.25, 0.25],
)
LOGITS = (
    [0.5, -1.5, 0.0, 40.0, -40.0, 1000.0, -1000.0, 1000.0, -1000.0],
    [1.0, 0.0, 0.25, 0.0, 1.0, 0.0, 1.0, 1.0, 0.75],
)
ROWS = [[0.5, -1.0, 2.0], [1000.0, -1000.0, 999.0], [-700.0, -700.0, -700.0]]
SHARES = [[0.25, 0.5, 0.25], [0.0, 0.0, 1.0], [0.125, 0.125, 0.75]]
LOSSES: list[tuple[Case, Any, Any]] = [
    *[(case("mse_loss"), *pair) for pair in NUMBERS],
    *[(case("l1_loss"), *pair) for pair in NUMBERS],
    *[(case("huber_loss"), *pair) for pair in NUMBERS],
    (case("huber_loss", delta=0.5), *NEAR_DELTA),
    (case("huber_loss", delta=2.0), *NEAR_DELTA),
    (case("hinge_loss"), *SCORES),
    (case("binary_cross_entropy"), *PROBABILITIES),
    (case("binary_cross_entropy"), *CERTAINTIES),
    (case("binary_cross_entropy_with_logits"), *LOGITS),
    (case("binary_cross_entropy_with_logits", pos_weight=3.0), *LOGITS),
    (case("binary_cross_entropy_with_logits", pos_weight=0.0), *LOGITS),
    (case("cross_entropy"), ROWS, [2, 1, 0]),
    (case("cross_entropy"), ROWS[0], 1),
    (case("cross_entropy"), ROWS, SHARES),
    (case("cross_entropy", label_smoothing=0.25), ROWS, [0, 0, 2]),
    (case("cross_entropy", label_smoothing=1.0), ROWS, SHARES),
    (case("nll_loss"), [[-0.5, -1.0, -2.0], [-0.1, -3.0, -1000.0]], [1, 2]),
    (case("nll_loss"), [-0.5, -1.0, -2.0], 0),
]


def hinge_loss(scores: torch.Tensor, labels: torch.Tensor, reduction: str) -> torch.Tensor:
    """max(0, 1 - label * score), which torch.nn.functional has for many classes only."""
    terms = torch.relu(1 - labels * scores)
    return terms if reduction == "none" else getattr(terms, reduction)()


def losses() -> Table:
    """The loss and its gradients; for the reduction "none", those of 1 * first + 2 * second + ...

    PyTorch's gradients where its logarithms are cut off are none of a function, and are left out.
    """
    cases = []
    for each, predictions, targets in LOSSES:
        name, settings = each["name"], dict(each["settings"])
        if "pos_weight" in settings:
            settings["pos_weight"] = torch.tensor(settings["pos_weight"], dtype=torch.float64)
        function = hinge_loss if name == "hinge_loss" else getattr(functional, name)
        is_class = name == "nll_loss" or isinstance(targets, int) or isinstance(targets[0], int)
        for reduction in ("mean", "sum", "none"):
            x, y = tensor(predictions), torch.tensor(targets) if is_class else tensor(targets)
            if name == "binary_cross_entropy":
                y = y.detach()
            loss = function(x, y, reduction=reduction, **settings)
            weighted(loss).backward()
            found = {"value": loss.tolist(), "gradients": x.grad.tolist()}
            if y.grad is not None:
                found["target_gradients"] = y.grad.tolist()
            if predictions is CERTAINTIES[0]:
                del found["gradients"]
            asked = {**each["settings"], "reduction": reduction}
            cases.append(
                {**case(name, **asked), "predictions": predictions, "targets": targets, **found}
            )
    return {"cases": cases}


def weighted(numbers: torch.Tensor) -> torch.Tensor:
    """1 * first + 2 * second + ..., so that each has a gradient of its own."""
    flat = numbers.reshape(-1)
    return (flat * torch.arange(1, len(flat) + 1)).sum()


def rows() -> Table:
    """Softmax and its kin, and norms, of rows; and the gradients of 1 * first + 2 * second + ..."""
    cases = []
    for name in ("softmax", "log_softmax", "logsumexp", "LayerNorm", "RMSNorm"):
        for row in (*ROWS, [0.25, 0.25, -800.0, 0.5], [-3.0]):
            x = tensor(row)
            if name.endswith("Norm"):
                result = getattr(torch.nn, name)(len(row), dtype=torch.float64)(x)
            else:
                result = getattr(torch, name)(x, 0)
            weighted(result).backward()
            cases.append(
                {"name": name, "row": row, "value": result.tolist(), "gradients": x.grad.tolist()}
            )
    return {"cases": cases}


# ---- clipping -----------------------------------------------------------------------------------

STEEP: list[float | None] = [3.0, None, -4.0, 0.5, 0.0]
CLIPPING = [
    case("clip_grad_value_", clip_value=1.0),
    case("clip_grad_value_", clip_value=100.0),
    case("clip_grad_value_", clip_value=0.0),
    case("clip_grad_norm_", max_norm=1.0),
    case("clip_grad_norm_", max_norm=100.0),
    case("clip_grad_norm_", max_norm=0.0),
    case("clip_grad_norm_", max_norm=2.0, norm_type=1.0),
    case("clip_grad_norm_", max_norm=2.0, norm_type=3.5),
]


def clipping() -> Table:
    """The gradients after clipping, and the norm that they had."""
    cases = []
    for each in CLIPPING:
        parameters = [tensor(1.0) for _ in STEEP]
        for parameter, gradient in zip(parameters, STEEP, strict=True):
            parameter.grad = None if gradient is None else tensor(gradient).detach()
        function = {"clip_grad_value_": clip_grad_value_, "clip_grad_norm_": clip_grad_norm_}
        norm = function[each["name"]](parameters, **each["settings"])
        clipped = [None if p.grad is None else p.grad.item() for p in parameters]
        cases.append({**each, "norm": None if norm is None else norm.item(), "clipped": clipped})
    return {"gradients": STEEP, "cases": cases}


# ---- initialisers -------------------------------------------------------------------------------


class Drawing(torch.Tensor):  # type: ignore[misc]
    """A tensor that writes down from which distribution it was to be drawn."""

    drawn: list[Any]

    def uniform_(self, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Drawing:
        self.drawn = ["uniform", float(a), float(b)]
        return self

    def normal_(self, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Drawing:
        self.drawn = ["gauss", float(mean), float(std)]
        return self


def initialisers() -> Table:
    """From which distribution the weights of a layer come; random numbers themselves differ."""
    cases = []
    for name in ("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"):
        for activation in ("relu", "leaky_relu", "tanh", "sigmoid", None):
            for nin, nout in ((7, 3), (2, 20)):
                weights = torch.empty(nout, nin, dtype=torch.float64).as_subclass(Drawing)
                kind, slope = activation or "linear", 0.01 if activation == "leaky_relu" else 0
                if name.startswith("xavier"):
                    getattr(init, name + "_")(weights, gain=init.calculate_gain(kind, slope))
                else:
                    getattr(init, name + "_")(weights, a=slope, nonlinearity=kind)
                layer = {"nin": nin, "nout": nout, "activation": activation}
                cases.append({**case(name, **layer), "drawn": weights.drawn})
    for name in ("uniform", "normal"):
        weights = torch.empty(3, 7, dtype=torch.float64).as_subclass(Drawing)
        getattr(init, name + "_")(weights)
        cases.append({**case(name, nin=7, nout=3, activation="relu"), "drawn": weights.drawn})
    linear = torch.nn.Linear(7, 3, device="meta")
    for name, size in (("weight", (3, 7)), ("bias", (3,))):
        linear._parameters[name] = torch.empty(size, dtype=torch.float64).as_subclass(Drawing)
    linear.reset_parameters()
    assert linear.weight.drawn == linear.bias.drawn
    cases.append({**case("Linear", nin=7, nout=3), "drawn": linear.weight.drawn})
    return {"cases": cases}


# ---- files --------------------------------------------------------------------------------------

TABLES = (optimisers, schedulers, losses, rows, clipping, initialisers)


def written(table: Table) -> str:
    """A table as JSON with a line for each case."""
    head = {"pytorch": torch.__version__.partition("+")[0], **table}
    lines = [
        f'  "{key}": {json.dumps(head[key], allow_nan=False)},' for key in head if key != "cases"
    ]
    cases = ",\n".join(f"    {json.dumps(each, allow_nan=False)}" for each in table["cases"])
    return "\n".join(["{", *lines, '  "cases": [', cases, "  ]", "}", ""])


def main() -> None:
    """Write the files."""
    for make in TABLES:
        path = Path(__file__).with_name(f"{make.__name__}.json")
        path.write_text(written(make()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
