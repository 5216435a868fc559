"""Newton's method beside gradient descent, down Rosenbrock's valley.

    python demos/newton.py [--start X Y] [--steps N] [--out FOLDER]

f(x, y) = (1 - x)² + 100 (y - x²)² has its minimum, 0, at (1, 1), at the end of a bent and flat
valley. The gradient points across the valley, so gradient descent crawls along it. Newton's method
divides by the second derivatives, which `gradients` of `gradients` gives, and so steps to the
minimum of the parabola that fits where it stands. It writes newton.png: the paths and the values.

Where the Hessian has a negative eigenvalue, that parabola has no minimum: enough is added to its
diagonal to make it positive. A step that falls too little is halved until it does (Nocedal and
Wright, Numerical Optimization, 2006, sections 3.1 and 3.4). Gradient descent has the learning rate,
of all powers of two, that brings it lowest.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError as missing:
    sys.exit(f'newton.py: {missing.name} is not installed: pip install "chalkgrad[demos]"')

from common import OneLineParser, make_folder, shown, stop, whole
from rich.console import Console

from autograd import Value, gradients
from nn import SGD, plots

Point = tuple[float, float]
MINIMUM = (1.0, 1.0)
FLAT = 1e-10  # a gradient as small as this is 0, up to rounding
FARTHEST = 10.0  # where it may start, on either axis
RATES = [2.0**-k for k in range(4, 24)]


def main() -> None:
    options = parse_options()
    make_folder(options.out)
    console = Console(highlight=False, markup=False)
    start, steps = tuple(options.start), options.steps
    paths = {"Newton's method": newton(start, steps)}
    for name, momentum in (("gradient descent", 0.0), ("with momentum 0.9", 0.9)):
        rate = best_rate(start, steps, momentum)
        paths[f"{name}, lr 1/{1 / rate:.0f}"] = descent(start, steps, rate, momentum)
    width = max(map(len, paths))
    walked = {}
    for name, path in paths.items():

        def line(step: tuple[int, Point], name: str = name) -> str:
            number, point = step
            return f"{name:{width}}  step {number:3d}/{steps}  f = {rosenbrock(*point):.2e}"

        numbered = list(shown(enumerate(path, 1), steps, console, line, max(1, steps // 5)))
        walked[name] = [start, *(point for _, point in numbered)]
        x, y = walked[name][-1]
        console.print(f"{name:{width}}  after {len(numbered)} steps at ({x:.6f}, {y:.6f})")
    try:
        draw(walked, steps, options.out / "newton.png")
    except OSError as error:
        stop(f"cannot write to {options.out}: {error.strerror}")
    console.print(f"wrote {options.out / 'newton.png'} (the paths and the values)", soft_wrap=True)


def rosenbrock(x: Any, y: Any) -> Any:
    """Of numbers a number, and of Values a graph."""
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def newton(start: Point, steps: int) -> Iterator[Point]:
    """Each point that Newton's method comes to, until the gradient is 0."""
    x, y = start
    for _ in range(steps):
        (g, h), hessian = derivatives(x, y)
        if math.hypot(g, h) < FLAT:
            return
        dx, dy = solve(damped(hessian), (-g, -h))
        fall = g * dx + h * dy  # the slope of f along the step, below 0 as the Hessian is positive
        size = 1.0
        while rosenbrock(x + size * dx, y + size * dy) > rosenbrock(x, y) + 1e-4 * size * fall:
            size /= 2
        x, y = x + size * dx, y + size * dy
        yield x, y


def derivatives(x: float, y: float) -> tuple[list[float], list[list[float]]]:
    """The gradient and the Hessian: a derivative is a graph, which has derivatives of its own."""
    variables = [Value(x, label="x"), Value(y, label="y")]
    first = gradients(rosenbrock(*variables), variables)
    second = [gradients(derivative, variables) for derivative in first]
    return [d.data for d in first], [[d.data for d in row] for row in second]


def damped(hessian: list[list[float]]) -> list[list[float]]:
    """The Hessian, with enough on its diagonal to make both eigenvalues positive."""
    (a, b), (_, d) = hessian
    middle, spread = (a + d) / 2, math.hypot((a - d) / 2, b)  # the eigenvalues: middle ± spread
    least = 1e-6 * (abs(middle) + spread)
    more = max(0.0, least - (middle - spread))
    return [[a + more, b], [b, d + more]]


def solve(matrix: list[list[float]], right: Point) -> Point:
    """Two equations in two unknowns, by Cramer's rule."""
    (a, b), (c, d) = matrix
    determinant = a * d - b * c
    return (right[0] * d - b * right[1]) / determinant, (a * right[1] - right[0] * c) / determinant


def descent(start: Point, steps: int, rate: float, momentum: float) -> Iterator[Point]:
    """Each point that gradient descent comes to."""
    x, y = Value(start[0]), Value(start[1])
    optimizer = SGD([x, y], lr=rate, momentum=momentum)
    for _ in range(steps):
        optimizer.zero_grad()
        rosenbrock(x, y).backward()
        optimizer.step()
        yield x.data, y.data


def best_rate(start: Point, steps: int, momentum: float) -> float:
    """The learning rate that ends lowest; too large a one leaves the valley for ever."""

    def lowest(rate: float) -> float:
        value = math.inf
        for point in descent(start, steps, rate, momentum):
            if max(map(abs, point)) > 10 * FARTHEST:
                return math.inf
            value = rosenbrock(*point)
        return value

    return min(RATES, key=lowest)


def draw(paths: dict[str, list[Point]], steps: int, file: Path) -> None:
    """The paths over the contours of f, and the value step by step."""
    figure = Figure(figsize=(13, 5.8), layout="constrained")
    valley, curve = figure.subplots(1, 2)
    columns: dict[str, list[float | None]] = {"epoch": list(range(steps + 1))}
    for name, path in paths.items():
        # 0, where Newton's method may end, has no place on a logarithmic axis
        values = [rosenbrock(*point) or None for point in path]
        columns[name] = [*values, *[None] * (steps + 1 - len(path))]
    plots.loss_curve(columns, log=True, ax=curve)
    curve.set_title("Value at each step", fontsize=16)
    curve.set_xlabel("step")
    curve.set_ylabel("f(x, y)")
    curve.get_legend().set_loc("center right")  # below the crawl, beside the fall
    draw_contours(valley, [point for path in paths.values() for point in path])
    for line, path in zip(curve.get_lines(), paths.values(), strict=True):
        valley.plot(
            *zip(*path, strict=True),
            color=line.get_color(),
            linestyle=line.get_linestyle(),
            marker=line.get_marker(),
            linewidth=2.5,
        )
    ends = {"start": (next(iter(paths.values()))[0], "o"), "minimum": (MINIMUM, "*")}
    for name, ((x, y), marker) in ends.items():
        valley.scatter(
            x, y, s=220, marker=marker, color="white", edgecolors="black", zorder=3, label=name
        )
    valley.legend(fontsize=12)
    valley.set_title("Paths", fontsize=16)
    valley.set_xlabel("x", fontsize=13)
    valley.set_ylabel("y", fontsize=13)
    valley.tick_params(labelsize=12)
    figure.savefig(file, dpi=110)


def draw_contours(ax: Axes, points: list[Point]) -> None:
    """Lines at powers of ten, around the points and the minimum."""
    sides = []
    for numbers in zip(*points, MINIMUM, strict=True):
        low, high = min(numbers), max(numbers)
        room = 0.15 * (high - low) + 0.3
        sides.append([low - room + (high - low + 2 * room) * k / 199 for k in range(200)])
    heights = [[math.log10(rosenbrock(x, y) + 1e-9) for x in sides[0]] for y in sides[1]]
    levels = [k / 2 for k in range(-4, math.ceil(2 * max(map(max, heights))) + 1)]
    darkest = 2 * levels[-1] - levels[0]  # pale enough for the paths
    ax.contourf(
        *sides, heights, levels=levels, cmap="Greys", vmin=levels[0], vmax=darkest, extend="min"
    )


def parse_options() -> argparse.Namespace:
    parser = OneLineParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--start",
        type=coordinate,
        nargs=2,
        default=[-1.2, 1.0],
        metavar=("X", "Y"),
        help="where they begin (-1.2 1)",
    )
    parser.add_argument(
        "--steps", type=whole(1, 10_000), default=100, metavar="N", help="at most (100)"
    )
    parser.add_argument(
        "--out", type=Path, default=Path(), metavar="FOLDER", help="for the picture (here)"
    )
    return parser.parse_args()


def coordinate(text: str) -> float:
    """A number that the picture has room for."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not abs(number) <= FARTHEST:
        limits = f"from -{FARTHEST:.0f} to {FARTHEST:.0f}"
        raise argparse.ArgumentTypeError(f"takes two numbers {limits}, not {text!r}")
    return number


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        stop("stopped")
