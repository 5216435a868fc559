"""demos/regression.py: what L1 drops is what the lasso drops, and L2 drops nothing."""

from __future__ import annotations

import importlib.util
import re
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from nn import History

linear_model = pytest.importorskip("sklearn.linear_model")
pytest.importorskip("matplotlib")

REGRESSION = Path(__file__).parents[2] / "demos" / "regression.py"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script as a module."""
    monkeypatch.syspath_prepend(str(REGRESSION.parent))
    spec = importlib.util.spec_from_file_location("regression", REGRESSION)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "regression", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("strength", [0.03, 0.3])
def test_the_weights_that_l1_takes_to_0_are_those_of_the_lasso(
    script: Any, strength: float
) -> None:
    data = script.load_data(0)
    found = script.train(data, "L1", strength, Namespace(epochs=600, seed=0)).weights
    # scikit-learn halves the mean square, so its alpha is half the strength
    lasso = linear_model.Lasso(alpha=strength / 2).fit(data.train_rows, data.train_targets)
    assert [script.is_zero(w) for w in found] == [w == 0 for w in lasso.coef_]
    assert found == pytest.approx(lasso.coef_.tolist(), abs=0.002)


def test_with_l2_the_weights_are_those_of_ridge_regression_and_none_is_0(script: Any) -> None:
    data = script.load_data(0)
    found = script.train(data, "L2", 0.3, Namespace(epochs=600, seed=0))
    ridge = linear_model.Ridge(alpha=0.3 * len(data.train_rows))
    expected = ridge.fit(data.train_rows, data.train_targets).coef_.tolist()
    assert found.weights == pytest.approx(expected, abs=0.002)
    assert found.zeros == 0


def test_it_tells_of_every_strength_and_leaves_its_picture(demo: Any, tmp_path: Path) -> None:
    run = demo("regression.py", "--epochs", "30", "--out", "pictures")
    assert run.returncode == 0, run.stderr
    lines = re.findall(
        r"^(L\d), strength ([\d.]+) +\d+ of 10 weights are 0  held-out error ([\d.]+)$",
        run.stdout,
        flags=re.M,
    )
    assert [penalty for penalty, _, _ in lines] == ["L1"] * 7 + ["L2"] * 7
    mean = re.search(r"^to say the mean for everyone: held-out error ([\d.]+)$", run.stdout, re.M)
    assert mean
    assert all(float(error) < float(mean[1]) for _, _, error in lines)
    assert f"wrote {Path('pictures') / 'regression.png'}" in run.stdout
    assert (tmp_path / "pictures" / "regression.png").read_bytes()[:4] == b"\x89PNG"


def test_ctrl_c_ends_all_of_it_and_not_one_training_of_many(
    script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> History:
        return History([{"epoch": 1, "loss": 1.0}])

    monkeypatch.setattr(script, "fit", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(script.train_all(script.load_data(0), Namespace(epochs=600, seed=0)))
