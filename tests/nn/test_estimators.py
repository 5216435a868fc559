"""MLPClassifier and MLPRegressor: scikit-learn's contract, and scikit-learn's numbers."""

from __future__ import annotations

import copy
import os
import pickle
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

pytest.importorskip("sklearn", "1.6")

import joblib
import numpy as np
from sklearn import neural_network
from sklearn.base import clone
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nn import DivergenceError, History
from nn.estimators import MLPClassifier, MLPRegressor
from nn.predictions import FEWEST

IRIS = load_iris(return_X_y=True)
X = np.random.RandomState(0).normal(size=(40, 3))
LINE = X @ [1.0, -2.0, 0.5] + 1
THREE = np.digitize(LINE, [0.0, 2.0])
QUICK: dict[str, Any] = {"max_iter": 5, "random_state": 0}

unfinished = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


# ---- scikit-learn's contract --------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")  # the checks cause them on purpose
@parametrize_with_checks(
    [
        MLPClassifier(4, learning_rate_init=0.05, max_iter=20),
        MLPRegressor(8, learning_rate_init=0.05, max_iter=30),
        MLPRegressor(8, learning_rate_init=0.05, max_iter=30, early_stopping=True),
    ]
)
def test_it_is_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def test_iris_is_told_apart() -> None:
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(max_iter=60, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        scores = cross_val_score(pipeline, *IRIS, cv=5)
    assert scores.mean() >= 0.93


@contextmanager
def processes() -> Iterator[None]:
    """Joblib's own."""
    with joblib.parallel_config("loky", n_jobs=2):
        yield


@contextmanager
def dask() -> Iterator[None]:
    """A Dask cluster of one worker process."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(1, threads_per_worker=2, dashboard_address=None) as cluster,
        distributed.Client(cluster),
        joblib.parallel_config("dask"),
    ):
        yield


@pytest.mark.filterwarnings("ignore")  # a cluster has its own
@pytest.mark.parametrize("workers", [processes, dask])
def test_a_search_in_parallel_finds_what_one_by_one_finds(workers: Any) -> None:
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**QUICK))
    grid = {
        "mlpclassifier__hidden_layer_sizes": [(), (4,), (4, 4)],
        "mlpclassifier__activation": ["logistic", "gelu"],
    }
    alone = GridSearchCV(pipeline, grid, cv=2).fit(X, THREE)
    with workers():
        search = GridSearchCV(pipeline, grid, cv=2).fit(X, THREE)
    assert search.best_params_ == alone.best_params_
    for column in ("split0_test_score", "split1_test_score"):
        assert search.cv_results_[column].tolist() == alone.cv_results_[column].tolist()
    found, expected = (s.best_estimator_[-1].model_ for s in (search, alone))
    assert found.state_dict() == expected.state_dict()


@unfinished
def test_a_search_may_draw_settings_with_numpy() -> None:
    settings = {"hidden_layer_sizes": np.arange(2, 5), "batch_size": np.arange(8, 12)}
    search = RandomizedSearchCV(MLPRegressor(**QUICK), settings, n_iter=2, cv=2, random_state=0)
    assert search.fit(X, LINE).best_params_["batch_size"] in range(8, 12)


# ---- scikit-learn's numbers ---------------------------------------------------------------------


def with_their_weights(ours: Any, theirs: Any) -> Any:
    """The estimator, beginning with the weights that theirs has now."""

    def make(n_outputs: int, rng: Any) -> Any:
        model = type(ours)._make_model(ours, n_outputs, rng)
        for layer, weights, biases in zip(
            model.layers, theirs.coefs_, theirs.intercepts_, strict=True
        ):
            for neuron, column, bias in zip(layer.neurons, weights.T, biases, strict=True):
                neuron.b.data = bias
                for w, number in zip(neuron.w, column, strict=True):
                    w.data = number
        return model

    ours._make_model = make
    return ours


@unfinished
@pytest.mark.parametrize(
    ("kind", "y"),
    [
        ("Classifier", THREE > 0),
        ("Classifier", THREE),
        ("Regressor", LINE),
        ("Regressor", np.column_stack([LINE, X[:, 0] ** 2])),
    ],
    ids=["two classes", "three classes", "one target", "two targets"],
)
@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_it_trains_as_scikit_learns_does(kind: str, y: Any, solver: str) -> None:
    settings: dict[str, Any] = {
        "hidden_layer_sizes": (5, 3), "activation": "tanh", "solver": solver, "alpha": 0.3,
        "batch_size": 8, "learning_rate_init": 0.05, "max_iter": 20, "shuffle": False, "tol": 0.0,
        "n_iter_no_change": 100,
    }  # fmt: skip
    theirs = getattr(neural_network, f"MLP{kind}")(**settings, warm_start=True, random_state=0)
    theirs.set_params(max_iter=1).fit(X, y)
    ours = {"Classifier": MLPClassifier, "Regressor": MLPRegressor}[kind](**settings)
    with_their_weights(ours, theirs).fit(X, y)
    theirs.set_params(max_iter=20).fit(X, y)
    # their Adam adds its epsilon elsewhere, which counts where gradients are small
    precision = {"adam": 1e-3, "sgd": 1e-9}[solver]
    method = "predict_proba" if kind == "Classifier" else "predict"
    found, expected = (getattr(e, method)(X) for e in (ours, theirs))
    np.testing.assert_allclose(found, expected, rtol=precision, atol=precision)


@unfinished
def test_its_losses_are_scikit_learns() -> None:
    theirs = neural_network.MLPRegressor(
        hidden_layer_sizes=4, solver="sgd", alpha=0, shuffle=False, warm_start=True, max_iter=1,
        random_state=0,
    ).fit(X, LINE)  # fmt: skip
    ours = MLPRegressor(
        4, solver="sgd", alpha=0, shuffle=False, batch_size=40, max_iter=30, learning_rate_init=1e-3
    )
    with_their_weights(ours, theirs).fit(X, LINE)
    expected = theirs.set_params(max_iter=30).fit(X, LINE).loss_curve_[1:]
    assert ours.loss_curve_ == pytest.approx(expected, rel=1e-9)


# ---- what it leaves -----------------------------------------------------------------------------


@unfinished
def test_a_classifier_has_the_attributes_that_it_names() -> None:
    words = np.array(["low", "mid", "top"])[THREE]
    classifier = MLPClassifier((4, 2), **QUICK).fit(X, words)
    assert classifier.classes_.tolist() == ["low", "mid", "top"]
    assert repr(classifier.model_) == "MLP(3, [4, 2, 3], activation='relu')"
    assert (classifier.n_features_in_, classifier.n_outputs_, classifier.n_iter_) == (3, 3, 5)
    assert isinstance(classifier.history_, History)
    assert classifier.history_.compiled
    assert classifier.loss_curve_ == classifier.history_["loss"]
    assert set(classifier.predict(X)) <= {"low", "mid", "top"}


@unfinished
def test_probabilities_are_those_of_the_models_logits() -> None:
    two, three = (MLPClassifier(4, **QUICK).fit(X, y) for y in (THREE > 0, THREE))
    logit = two.model_(X[0].tolist()).data
    assert two.predict_proba(X[:1])[0] == pytest.approx(
        [1 / (1 + np.exp(logit)), 1 / (1 + np.exp(-logit))]
    )
    powers = np.exp([logit.data for logit in three.model_(X[0].tolist())])
    assert three.predict_proba(X[:1])[0] == pytest.approx(powers / powers.sum())
    assert three.predict_log_proba(1e6 * X).min() < -1000


@unfinished
@pytest.mark.parametrize("y", [LINE, np.column_stack([LINE, LINE**2])])
def test_many_rows_are_predicted_as_one_by_one(y: Any) -> None:
    regressor = MLPRegressor(4, **QUICK).fit(X, y)
    rows = np.random.RandomState(1).normal(size=(2 * FEWEST + 1, 3))
    alone = np.concatenate([regressor.predict(row[None]) for row in rows])
    assert regressor.predict(rows).tolist() == alone.tolist()


@unfinished
@pytest.mark.parametrize(
    ("hidden", "activation", "model"),
    [
        (7, "tanh", "MLP(3, [7, 1], activation='tanh')"),
        ((), "relu", "MLP(3, [1])"),
        (np.array([2, 2]), "logistic", "MLP(3, [2, 2, 1], activation='sigmoid')"),
        ([2], "identity", "MLP(3, [2, 1], activation=None)"),
    ],
)
def test_layers_and_activations(hidden: Any, activation: str, model: str) -> None:
    regressor = MLPRegressor(hidden, activation=activation, **QUICK).fit(X, LINE)
    assert repr(regressor.model_) == model


@unfinished
def test_a_function_that_cannot_be_recorded_trains_too() -> None:
    def bent(x: Any) -> Any:
        return x if x.data > 0 else 0.1 * x

    regressor = MLPRegressor(4, activation=bent, **QUICK).fit(X, LINE)
    assert not regressor.history_.compiled
    assert regressor.predict(np.tile(X, (3, 1))).shape == (120,)


@unfinished
@pytest.mark.parametrize("settings", [{}, {"early_stopping": True}, {"solver": "sgd"}])
def test_the_same_seed_gives_the_same_model_to_the_bit(settings: Any) -> None:
    def state(seed: Any) -> Any:
        settings_of_run = {**QUICK, **settings, "random_state": seed}
        return MLPClassifier(4, **settings_of_run).fit(X, THREE).model_.state_dict()

    assert state(3) == state(3) == state(np.random.RandomState(3))
    assert state(3) != state(4)
    generator = np.random.RandomState(3)
    assert state(generator) != state(generator)


@unfinished
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda fitted: pickle.loads(pickle.dumps(fitted))]
)
def test_a_copy_predicts_the_same(copied: Any) -> None:
    fitted = MLPClassifier(4, **QUICK).fit(X, THREE)
    twin = copied(fitted)
    assert twin.predict_proba(X).tolist() == fitted.predict_proba(X).tolist()
    assert twin.history_ == fitted.history_
    assert not hasattr(clone(fitted), "model_")


# ---- when it stops ------------------------------------------------------------------------------


def test_it_stops_where_the_loss_no_longer_falls() -> None:
    regressor = MLPRegressor(4, tol=1e9, n_iter_no_change=3, max_iter=50).fit(X, LINE)
    assert regressor.n_iter_ == 4
    assert regressor.history_.stopped == "the loss has not improved by 1e+09 for 3 epochs"


def test_early_stopping_keeps_the_weights_with_the_best_validation_loss() -> None:
    noise = np.random.RandomState(5).normal(size=40)
    regressor = MLPRegressor(
        30, early_stopping=True, validation_fraction=0.5, n_iter_no_change=5, max_iter=500,
        learning_rate_init=0.05, random_state=0,
    ).fit(X, noise)  # fmt: skip
    history = regressor.history_
    losses = history["val_loss"]
    assert history.stopped == "the validation loss has not improved by 0.0001 for 5 epochs"
    assert history.best_epoch == 1 + losses.index(min(losses)) < regressor.n_iter_


def test_it_warns_where_the_loss_still_falls() -> None:
    message = "MLPRegressor: all 5 epochs are done, and the loss is still falling; a larger"
    with pytest.warns(ConvergenceWarning, match=message) as caught:
        MLPRegressor(4, **QUICK).fit(X, LINE)
    assert caught[0].filename == __file__


@pytest.mark.skipif(sys.platform == "win32", reason="sends a signal as POSIX does")
def test_ctrl_c_ends_training_with_a_warning() -> None:
    calls = 0

    def interrupting(x: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 300:  # an epoch has 4 * 40
            os.kill(os.getpid(), signal.SIGINT)
        return x if x.data > 0 else 0.1 * x

    regressor = MLPRegressor(4, activation=interrupting, batch_size=10, **QUICK)
    with pytest.warns(UserWarning, match="MLPRegressor: interrupted in epoch 2, after batch"):
        regressor.fit(X, LINE)
    assert regressor.n_iter_ == 1
    assert regressor.predict(X).shape == (40,)


# ---- what it says -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"solver": "lbfgs"}, ValueError, 'MLPClassifier: solver is "adam" or "sgd", not \'lbfgs'),
        ({"alpha": -1.0}, ValueError, "MLPClassifier: alpha is a number from 0, not -1.0"),
        ({"batch_size": 0}, ValueError, "batch_size is a whole number from 1, not 0"),
        ({"max_iter": 1.5}, ValueError, "max_iter is a whole number from 1, not 1.5"),
        ({"learning_rate_init": 0}, ValueError, "learning_rate_init is a number above 0, not 0"),
        ({"shuffle": "no"}, ValueError, "shuffle is True or False, not 'no'"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction is a number above 0 and"),
        ({"hidden_layer_sizes": (4, 0)}, ValueError, r"nouts\[1\] is at least 1, not 0"),
        ({"hidden_layer_sizes": "16"}, TypeError, "is a whole number, not '16'"),
        ({"activation": "relu6"}, ValueError, "activation is one of relu, .* not 'relu6'"),
        ({"random_state": "0"}, ValueError, "'0' cannot be used to seed"),
    ],
)
def test_wrong_settings_are_named(settings: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        MLPClassifier(**settings).fit(X, THREE)


def test_one_class_is_nothing_to_tell_apart() -> None:
    with pytest.raises(ValueError, match="two or more classes apart; y has one class, 'a'"):
        MLPClassifier().fit(X, ["a"] * 40)


def test_predicting_needs_a_fit() -> None:
    with pytest.raises(NotFittedError, match="MLPRegressor instance is not fitted yet"):
        MLPRegressor().predict(X)


def test_divergence_is_an_error() -> None:
    with pytest.raises(DivergenceError, match="Usual fix: smaller inputs, weights"):
        MLPRegressor(solver="sgd", learning_rate_init=1e200, random_state=0).fit(X, LINE)


@unfinished
def test_verbose_shows_each_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    MLPRegressor(4, **QUICK).fit(X, LINE)
    assert capsys.readouterr().out == ""
    MLPRegressor(4, verbose=True, **QUICK).fit(X, LINE)
    assert capsys.readouterr().out.startswith("epoch 1/5  loss ")


def test_nn_needs_no_scikit_learn_and_its_estimators_say_what_to_install() -> None:
    program = (
        "import sys; import nn; assert 'sklearn' not in sys.modules\n"
        "sys.modules['sklearn.base'] = None\n"
        "try:\n    import nn.estimators\n"
        "except ImportError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert run.stderr == ""
    assert run.stdout.startswith(
        "nn.estimators are estimators of scikit-learn, 1.6 or newer: "
        'pip install "chalkgrad[sklearn]" (import of sklearn.base'
    )
