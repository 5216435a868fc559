"""A page on which a network learns two moons, as a picture: training.png.

python demos/screenshot.py

It needs Chromium, and `pip install playwright pillow`; CHALKGRAD_BROWSER says which Chromium, if
that is not on the path.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from random import Random

try:
    from PIL import Image
    from playwright.sync_api import sync_playwright
except ImportError as missing:
    sys.exit(f"screenshot.py: {missing.name} is not installed: pip install playwright pillow")

from common import OneLineParser, stop

from nn import MLP, SGD, binary_cross_entropy_with_logits, training_page
from nn.pages.datasets import data_set

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SIZE = {"width": 1180, "height": 720}
EPOCH = 60  # that is shown
COLOURS = 128  # so that the file is small


def main() -> None:
    options = parse_options()
    browser = os.environ.get("CHALKGRAD_BROWSER") or next(
        filter(None, map(shutil.which, BROWSERS)), None
    )
    if browser is None:
        stop("there is no Chromium on the path, and CHALKGRAD_BROWSER names none")
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "training.html")
        page.write_text(moons(), encoding="utf-8")
        picture = taken(page, browser)
    few = Image.open(BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    try:
        few.save(options.out, format="PNG", optimize=True)
    except OSError as error:
        stop(f"cannot write {options.out}: {error.strerror}")
    print(f"wrote {options.out}")


def moons() -> str:
    """The page, in which the network has learned for twice as long as is shown."""
    points = data_set("moons", 160)
    network = MLP(2, [6, 6, 1], "tanh", rng=Random(3))
    page = training_page(
        network,
        points.X[:120],
        points.y[:120],
        validation=(points.X[120:], points.y[120:]),
        loss=binary_cross_entropy_with_logits,
        optimizer=SGD(network.parameters(), lr=0.1),
        batch_size=30,
        epochs=2 * EPOCH,
        title="A network learns to tell two moons apart",
    )
    return page.html


def taken(page: Path, browser: str) -> bytes:
    """The page as the browser shows it once it has come to the epoch."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser, args=["--no-sandbox"])
        try:
            tab = chromium.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
            tab.goto(f"{page.as_uri()}#epoch={EPOCH}")
            tab.get_by_role("heading", name=f"After epoch {EPOCH}").wait_for()
            return tab.screenshot()
        finally:
            chromium.close()


def parse_options() -> argparse.Namespace:
    parser = OneLineParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--out", type=Path, default=Path("training.png"), metavar="FILE", help="training.png"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
