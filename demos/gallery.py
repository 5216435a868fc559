"""Every option of draw_dot on one page: gallery.html, which opens from disk.

python demos/gallery.py
"""

from __future__ import annotations

import argparse
import random
from base64 import b64encode
from collections.abc import Callable, Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any

from common import OneLineParser, stop

from autograd import Value, around, between, draw_dot, draw_mermaid, draw_text, parse, to_latex
from nn import MLP, SGD, Neuron, hinge_loss, mse_loss

STYLE = """
:root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; padding: 0 1rem; max-width: 76rem; }
h1 { font-size: 2rem; line-height: 1.2; }
figure { margin: 2rem 0; }
figcaption { margin-bottom: .5rem; overflow-wrap: anywhere; }
code, pre { font: 16px/1.4 ui-monospace, Consolas, monospace; }
.picture { overflow-x: auto; border: 1px solid #8888; border-radius: .5rem; padding: .5rem; }
.picture svg { display: block; }
"""


def main() -> None:
    options = parse_options()
    figures = "".join(
        f"<figure><figcaption><code>{escape(call)}</code></figcaption>"
        f'<div class="picture">{picture}</div></figure>\n'
        for call, picture in pictures()
    )
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>Pictures of graphs</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<h1>Every picture of a graph</h1>\n{figures}</body>\n</html>\n"
    )
    try:
        options.out.write_text(page, encoding="utf-8")
    except OSError as error:
        stop(f"cannot write {options.out}: {error.strerror}")
    print(f"wrote {options.out}")


def pictures() -> Iterator[tuple[str, str]]:
    """What to type, and what it gives, as SVG or text."""
    f = parse("d = a*b; e = a + b; f = d*e", a=-2, b=3)
    f.backward()
    yield drawn(f)
    yield drawn(f, rankdir="TB")
    yield drawn(f, show=["label", "grad"], precision=2)
    for notation in ("leibniz", "bar"):
        yield drawn(f, notation=notation)
    yield drawn(f, ops="separate")
    for kind in ("local", "formula", "contribution"):
        yield drawn(f, edge_labels=kind)
    for step in (3, 5):
        yield drawn(f, step=step)
    d, e = f.operands
    yield drawn(f, blank="grads")
    yield drawn(f, blank=[d, e])
    yield drawn(f, heat="grad")
    yield drawn(f, names={d: "product", e: "sum"})
    yield drawn([d, e])
    yield drawn(around(d, 1, f), "around(d, 1, f)")
    yield drawn(between(e, f), "between(e, f)")
    yield drawn(f, graph_attr={"ranksep": "1.2"}, node_attr={"fontsize": "18"})
    yield drawn(f, theme="cs231n", ops="separate")
    yield drawn(f, theme="mono", step=5)
    for theme in ("dark", "auto"):
        yield drawn(f, theme=theme)
    yield from networks()
    yield from plotted()
    yield trained()
    yield "draw_text(f)", f"<pre>{escape(draw_text(f))}</pre>"
    yield "draw_mermaid(f)", f"<pre>{escape(draw_mermaid(f))}</pre>"
    yield "to_latex(f, steps=True)", f"<pre>{escape(to_latex(f, steps=True))}</pre>"


def networks() -> Iterator[tuple[str, str]]:
    """A neuron, a small network open and rolled up, and a large one over a batch."""
    x = [Value(1.0, label="x[0]"), Value(-2.0, label="x[1]")]
    neuron = Neuron(2, activation="tanh", rng=random.Random(1))
    y = neuron(x)
    y.backward()
    yield "draw_dot(neuron(x))", svg(draw_dot(y))
    mlp = MLP(2, [2, 1], activation="tanh", rng=random.Random(2))
    out = mlp(x)
    out.backward()
    yield "draw_dot(mlp(x))", svg(draw_dot(out))
    yield "draw_dot(mlp(x), depth=2)", svg(draw_dot(out, depth=2))
    closed = draw_dot(out, collapse=[mlp.layers[0]])
    yield "draw_dot(mlp(x), collapse=[mlp.layers[0]])", svg(closed)
    yield "draw_dot(mlp(x), max_nodes=12)", svg(draw_dot(out, max_nodes=12))
    rng = random.Random(3)
    model = MLP(2, [16, 16, 1], rng=rng)
    rows = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(100)]
    loss = mse_loss([model(row) for row in rows], [row[0] * row[1] for row in rows])
    loss.backward()
    yield "draw_dot(mse_loss([model(row) for row in rows], targets))", svg(draw_dot(loss))


def plotted() -> Iterator[tuple[str, str]]:
    """What nn.plots draws, where matplotlib is installed."""
    try:
        from matplotlib.figure import Figure

        from nn import plots
    except ImportError:
        return
    rng = random.Random(4)
    model = MLP(2, [6, 1], activation="tanh", rng=rng)
    rows = [[rng.uniform(-2, 2), rng.uniform(-2, 2)] for _ in range(60)]
    signs = [1 if x * y > 0 else -1 for x, y in rows]
    optimizer, losses = SGD(model.parameters(), lr=0.1, momentum=0.9), []
    for _ in range(100):
        loss = hinge_loss([model(row) for row in rows], signs)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    calls: dict[str, Callable[[Any], Any]] = {
        "plots.network(model)": lambda ax: plots.network(model, ax=ax),
        "plots.decision_boundary(model, X, y)": lambda ax: plots.decision_boundary(
            model, rows, signs, ax=ax
        ),
        "plots.loss_curve(losses)": lambda ax: plots.loss_curve(losses, ax=ax),
        "plots.gradient_histogram(model)": lambda ax: plots.gradient_histogram(model, ax=ax),
    }
    for call, draw in calls.items():
        figure = Figure(figsize=(9, 5.5), layout="constrained")
        draw(figure.subplots())
        file = BytesIO()
        figure.savefig(file, format="png", dpi=100, metadata={"Software": None})
        yield call, image(file.getvalue(), call)


def trained() -> tuple[str, str]:
    """A page on which a network learns, as screenshot.py has taken it."""
    call = "write_training(network, X, y, loss=loss, optimizer=optimizer)"
    return call, image((Path(__file__).parent / "pictures" / "training.png").read_bytes(), call)


def image(png: bytes, words: str) -> str:
    """A picture of pixels, as it stands in a page: 200 colours are enough, in half the bytes."""
    from PIL import Image  # which comes with Matplotlib

    small = BytesIO()
    with Image.open(BytesIO(png)) as opened:
        opened.convert("RGB").quantize(200).save(small, format="png", optimize=True)
    source = f"data:image/png;base64,{b64encode(small.getvalue()).decode()}"
    return f'<img src="{source}" width="900" alt="{escape(words)}">'


def drawn(root: Any, name: str = "", **options: Any) -> tuple[str, str]:
    """A call of draw_dot as it would be typed, and the picture."""
    arguments = [name or written(root)]
    arguments += [f"{key}={written(value)}" for key, value in options.items()]
    return f"draw_dot({', '.join(arguments)})", svg(draw_dot(root, **options))


def svg(picture: Any) -> str:
    """A picture as it stands in a page."""
    text: str = picture.pipe("svg", encoding="utf-8")
    return text.split("?>", 1)[1]


def written(x: Any) -> str:
    """A Value by its label, what holds Values likewise, and anything else as Python has it."""
    if isinstance(x, Value):
        return x.label
    if isinstance(x, list):
        return f"[{', '.join(map(written, x))}]"
    if isinstance(x, dict):
        return f"{{{', '.join(f'{written(key)}: {value!r}' for key, value in x.items())}}}"
    return repr(x)


def parse_options() -> argparse.Namespace:
    parser = OneLineParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--out", type=Path, default=Path("gallery.html"), metavar="FILE", help="gallery.html"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
