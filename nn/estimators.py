"""Networks as estimators of scikit-learn, for its pipelines, cross-validation and searches.

`MLPClassifier` and `MLPRegressor` have the parameters and attributes of those in
`sklearn.neural_network` wherever they mean the same. `nn.fit` trains an `nn.MLP`, which is then the
estimator's `model_`, to step through or draw like any other.
"""

from __future__ import annotations

import math
import random
import warnings
from collections.abc import Iterable
from typing import Any, Self

try:
    import numpy as np
    from scipy.special import log_softmax
    from sklearn.base import BaseEstimator, ClassifierMixin, MultiOutputMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data
except ImportError as error:
    raise ImportError(
        "nn.estimators are estimators of scikit-learn, 1.6 or newer: "
        f'pip install "chalkgrad[sklearn]" ({error})'
    ) from error

from autograd import Value
from nn.layers import MLP
from nn.layers.activations import Activation
from nn.losses import binary_cross_entropy_with_logits, cross_entropy, mse_loss
from nn.optim import SGD, Adam, Optimizer
from nn.optim.base import Group
from nn.predictions import Predictor
from nn.rows import is_row
from nn.settings import ABOVE_0, COUNT, FRACTION, FROM_0, SWITCH, Setting, check, is_number
from nn.training import History, fit

SETTINGS = {
    "solver": Setting('"adam" or "sgd"', lambda x: isinstance(x, str) and x in ("adam", "sgd")),
    "alpha": FROM_0,
    "batch_size": COUNT,
    "learning_rate_init": ABOVE_0,
    "max_iter": COUNT,
    "shuffle": SWITCH,
    "tol": FROM_0,
    "momentum": FRACTION,
    "early_stopping": SWITCH,
    "validation_fraction": Setting(
        "a number above 0 and below 1", lambda x: is_number(x) and 0 < x < 1
    ),
    "n_iter_no_change": COUNT,
}
"""Allowed values of the parameters; `MLP` checks layers and activations."""

THEIR_NAMES: dict[Any, Activation] = {"identity": None, "logistic": "sigmoid"}
"""Activations by the names that scikit-learn has for them."""


class MultilayerPerceptron(BaseEstimator):
    """What the two estimators share: parameters, training, and running the network."""

    def __init__(
        self,
        hidden_layer_sizes: int | Iterable[int] = (16,),
        *,
        activation: Activation = "relu",
        solver: str = "adam",
        alpha: float = 1e-4,
        batch_size: int = 32,
        learning_rate_init: float = 0.01,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        momentum: float = 0.9,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.momentum = momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change

    def _train(self, X: Any, y: Any, n_outputs: int, loss: Any, classes: Any = None) -> Self:  # noqa: N803
        """Make a network and train it; if classes are given, rows are held out in proportion."""
        name = type(self).__name__
        for parameter, setting in SETTINGS.items():
            check(f"{name}: {parameter}", getattr(self, parameter), setting)
        seed = int(check_random_state(self.random_state).randint(2**31 - 1))
        model = self._make_model(n_outputs, random.Random(seed))
        validation = None
        if self.early_stopping:
            X, held_out, y, expected = train_test_split(  # noqa: N806
                X, y, test_size=self.validation_fraction, random_state=seed, stratify=classes
            )
            validation = held_out, expected
        batch_size = min(self.batch_size, len(X))
        watch = Watch("val_loss" if validation else "loss", self.tol, self.n_iter_no_change)
        history = fit(
            model,
            X,
            y,
            loss=loss,
            optimizer=self._make_optimizer(model, batch_size),
            epochs=self.max_iter,
            batch_size=batch_size,
            validation=validation,
            shuffle=self.shuffle,
            seed=seed,
            callbacks=[watch],
            progress=bool(self.verbose),
        )
        self.model_, self.history_ = model, history
        self._predictor = Predictor()  # which keeps what it records of the model
        self.n_outputs_, self.n_iter_ = n_outputs, history.epochs
        self.loss_curve_ = [row["loss"] for row in history.rows]
        if not watch.over:
            why = f"{name}: {history.stopped}"
            if history.epochs < self.max_iter:
                warnings.warn(why, stacklevel=3)
            else:
                why += f", and the {watch.words} is still falling; a larger max_iter may help"
                warnings.warn(why, ConvergenceWarning, stacklevel=3)
        return self

    def _make_model(self, n_outputs: int, rng: random.Random) -> MLP:
        sizes: Any = self.hidden_layer_sizes
        activation = self.activation
        if isinstance(activation, str):
            activation = THEIR_NAMES.get(activation, activation)
        hidden = list(sizes) if is_row(sizes) else [sizes]
        return MLP(self.n_features_in_, [*hidden, n_outputs], activation, rng=rng)

    def _make_optimizer(self, model: MLP, batch_size: int) -> Optimizer:
        neurons = [neuron for layer in model.layers for neuron in layer.neurons]
        groups: list[Group] = [
            {
                "params": [weight for neuron in neurons for weight in neuron.w],
                "weight_decay": self.alpha / batch_size,  # the derivative of the penalty
            },
            {"params": [neuron.b for neuron in neurons]},
        ]
        if self.solver == "adam":
            return Adam(groups, lr=self.learning_rate_init)
        momentum = self.momentum
        return SGD(groups, lr=self.learning_rate_init, momentum=momentum, nesterov=momentum > 0)

    def _outputs(self, X: Any) -> Any:  # noqa: N803
        """The outputs of the network for each row."""
        check_is_fitted(self)
        rows = validate_data(self, X, reset=False)
        outputs = np.asarray(self._predictor(self.model_, rows), dtype=float)
        return outputs.reshape(len(rows), self.n_outputs_)


class MLPClassifier(ClassifierMixin, MultilayerPerceptron):
    """A classifier for two or more classes: a multilayer perceptron trained on its cross-entropy.

    hidden_layer_sizes  : the widths of the hidden layers; a number for one, () for none.
    activation          : of the hidden layers: as for `nn.Neuron`, or scikit-learn's "identity" or
                          "logistic".
    solver              : "adam" or "sgd".
    alpha               : L2 penalty: alpha / (2 * batch_size) * sum w² over all weights, but not
                          the biases, is added to the loss of a batch.
    batch_size          : the number of rows between two updates.
    learning_rate_init  : the learning rate.
    max_iter            : the largest number of passes over all rows.
    shuffle             : whether each pass takes the rows in a new order.
    random_state        : a seed, or a `numpy.random.RandomState`, for weights, orders and the rows
                          held out; the same seed gives the same model to the bit.
    tol                 : the smallest fall in the loss that counts as an improvement.
    verbose             : whether to show how training goes, as `nn.fit` does.
    momentum            : of "sgd", Nesterov's.
    early_stopping      : whether to hold out rows and watch their loss. The model then has the
                          weights of the epoch in which it was lowest.
    validation_fraction : the share of the rows held out.
    n_iter_no_change    : the number of epochs without an improvement after which training ends.

    After `fit` it has classes_; model_, the `nn.MLP`, which gives a logit for each class, or for
    two classes one for the second alone; history_, the `nn.History`; loss_curve_, the mean loss of
    each epoch, without the penalty; n_iter_, the number of epochs; n_outputs_ and n_features_in_.

    `fit` raises ValueError for parameters or data that it cannot use, and DivergenceError; it warns
    if the loss is still falling after max_iter epochs, or if Ctrl-C ended the run early.

    >>> from nn.estimators import MLPClassifier
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["no", "yes", "yes", "no"]  # exclusive or
    >>> classifier = MLPClassifier(8, activation="tanh", learning_rate_init=0.1, random_state=0)
    >>> classifier.fit(X, y).predict(X).tolist()
    ['no', 'yes', 'yes', 'no']
    >>> classifier.model_
    MLP(2, [8, 1], activation='tanh')
    """

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Train a new network on rows of numbers X and the class of each, y."""
        X, y = validate_data(self, X, y)  # noqa: N806
        check_classification_targets(y)
        self.classes_, indices = np.unique(y, return_inverse=True)
        count = len(self.classes_)
        if count < 2:
            raise ValueError(
                f"MLPClassifier tells two or more classes apart; y has one class, "
                f"{self.classes_.tolist()[0]!r}"
            )
        if count == 2:
            return self._train(X, indices, 1, binary_cross_entropy_with_logits, indices)
        return self._train(X, indices, count, cross_entropy, indices)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The likeliest class of each row."""
        likeliest = self._logits(X).argmax(axis=1)
        return self.classes_[likeliest]

    def predict_proba(self, X: Any) -> Any:  # noqa: N803
        """The probability of each class, in the order of classes_, for each row."""
        return np.exp(self.predict_log_proba(X))

    def predict_log_proba(self, X: Any) -> Any:  # noqa: N803
        """The logarithms of `predict_proba`, accurate even where that rounds to 0."""
        return log_softmax(self._logits(X), axis=1)

    def _logits(self, X: Any) -> Any:  # noqa: N803
        """A logit for each class; for two classes, the first one's is 0."""
        outputs = self._outputs(X)
        return np.pad(outputs, ((0, 0), (1, 0))) if self.n_outputs_ == 1 else outputs


class MLPRegressor(RegressorMixin, MultiOutputMixin, MultilayerPerceptron):
    """A regressor: a multilayer perceptron trained on half its squared error.

    Parameters, attributes, errors and warnings are as for `MLPClassifier`. Targets may be rows of
    several numbers; the loss is then the sum over them. Targets far from 0 should be scaled, as by
    `sklearn.compose.TransformedTargetRegressor`.

    >>> from nn.estimators import MLPRegressor
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
    >>> line = MLPRegressor(
    ...     (), solver="sgd", learning_rate_init=0.1, momentum=0.5, alpha=0, tol=1e-9,
    ...     random_state=0,
    ... )
    >>> line.fit(X, y).predict([[10.0]]).round(1).tolist()
    [21.0]
    """

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Train a new network on rows of numbers X and the target of each, y."""
        X, y = validate_data(self, X, y, multi_output=True, y_numeric=True)  # noqa: N806
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return self._train(X, y, 1 if y.ndim == 1 else y.shape[1], half_squared_error)

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The target of each row, or its targets."""
        outputs = self._outputs(X)
        return outputs[:, 0] if self.n_outputs_ == 1 else outputs


def half_squared_error(predictions: list[Any], targets: list[Any]) -> Value:
    """(prediction - target)² / 2, summed over the numbers of a row; the mean over the rows."""
    count = len(predictions[0]) if is_row(predictions[0]) else 1
    loss: Value = mse_loss(predictions, targets) * (count / 2)
    return loss


class Watch:
    """A callback of `fit` that ends the run when a loss has stopped falling.

    column   : the loss, "loss" or "val_loss" of the History.
    tol      : the smallest fall that counts.
    patience : the number of epochs that may pass without one.
    """

    def __init__(self, column: str, tol: float, patience: int) -> None:
        self.column, self.tol, self.patience = column, tol, patience
        self.words = {"loss": "loss", "val_loss": "validation loss"}[column]
        self.best = math.inf
        self.waited = 0
        self.over = False

    def __call__(self, history: History) -> bool:
        latest = history.rows[-1][self.column]
        self.waited = 0 if latest < self.best - self.tol else self.waited + 1
        self.best = min(self.best, latest)
        self.over = self.waited >= self.patience
        if self.over:
            history.stopped = (
                f"the {self.words} has not improved by {self.tol:g} for {self.waited} epochs"
            )
        return self.over
