"""Classification made whole: chances, accuracy, the confusion matrix, calibration, decision regions, and baselines.

A net for classes has a softmax cross-entropy or a margin loss over as many outputs as there are classes, or a single
output whose sign decides. The largest output is the answer.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.baselines import logistic_regression, majority
from symdiff.learn.given import floats, labels, real
from symdiff.learn.rule import Rule
from symdiff.learn.rule import rule as find_rule
from symdiff.learn.scores import LOGITS, OF_CLASSES, classes, classes_of
from symdiff.nets.arguments import whole

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params

BINS = 15  # of confidence, as in Guo et al. 2017


@dataclass(frozen=True, slots=True)
class Bin:
    """The examples whose confidence lies in (low, high]: how many, how sure on average, how often right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether what is said with chance p happens with chance p.

    Attributes:
        bins: those that have examples, by confidence.
        error: the expected calibration error, sum over bins of count/N |accuracy - confidence| (Naeini, Cooper and
            Hauskrecht 2015; Guo et al. 2017): 0 is calibrated.
        worst: the largest |accuracy - confidence| of a bin.
    """

    bins: tuple[Bin, ...]
    error: float
    worst: float


@dataclass(frozen=True, slots=True, eq=False)
class Classification:
    """How a net does on examples it has not learned from, with plain baselines beside: `print` it.

    Attributes:
        net: what it is, in words.
        examples: how many.
        accuracy: the share whose class is right.
        confusion: (K, K), row: the class, column: the answer.
        calibration: None for a margin loss, whose outputs are no logarithms of chances.
        baselines: the accuracy of plain methods, by name.
    """

    net: str
    examples: int
    accuracy: float
    confusion: np.ndarray
    calibration: Calibration | None
    baselines: dict[str, float]

    @property
    def recall(self) -> np.ndarray:
        """For each class, the share of its examples that was found, (K,); NaN for a class without examples."""
        return _ratio(np.diag(self.confusion), np.sum(self.confusion, axis=1))

    @property
    def precision(self) -> np.ndarray:
        """For each class, the share of right ones among the answers that named it, (K,); NaN where none did."""
        return _ratio(np.diag(self.confusion), np.sum(self.confusion, axis=0))

    def to_dict(self) -> dict[str, Any]:
        """The same as numbers, names and lists, for JSON."""
        return {
            "net": self.net, "examples": self.examples, "accuracy": self.accuracy, "baselines": self.baselines,
            "confusion": self.confusion.tolist(), "calibration": self.calibration and asdict(self.calibration),
        }  # fmt: skip

    def __str__(self) -> str:
        plain = ", ".join(f"{name} {value:.4f}" for name, value in self.baselines.items())
        lines = [f"{self.net}, {self.examples} examples", f"accuracy {self.accuracy:.4f}  (baselines: {plain})"]
        if self.calibration:
            found = self.calibration
            worst = f"at worst {found.worst:.4f} in one of {len(found.bins)} bins"
            lines.append(f"calibration error {found.error:.4f}, {worst}")
        width = max(5, *(len(str(count)) + 1 for count in np.ravel(self.confusion)))
        heads = "".join(f"{k:>{width}}" for k in range(len(self.confusion)))
        lines += ["", f"class \\ answer{heads}   recall  precision"]
        for k, row in enumerate(self.confusion):
            counts = "".join(f"{int(count):>{width}}" for count in row)
            lines.append(f"{k:>14}{counts}{self.recall[k]:9.3f}{self.precision[k]:11.3f}")
        return "\n".join(lines)


def assess(
    net: MLP, params: Params, X: Any, y: Any, train: tuple[Any, Any] | None = None,
    rule: str | Rule = "backprop", bins: int = BINS,
) -> Classification:  # fmt: skip
    """How well the net classifies (X, y), which it has not learned from.

    Args:
        net, params: as they were trained.
        X, y: the test examples, X of shape (N, d_0), y as the net's loss takes it.
        train: the training examples, for the baselines: the most frequent class, and logistic regression. Without
            them the baseline is the most frequent class of the test examples.
        rule: that trained it, where it has answers of its own, as "forward_forward" has.
        bins: of confidence.

    Returns:
        A `Classification`.

    Raises:
        InputError: a net whose loss is not about classes, data that do not fit it.

    >>> import symdiff as sd
    >>> from symdiff.learn import train
    >>> from symdiff.learn.data import moons, split
    >>> X_train, y_train, X_test, y_test = split(*moons(200))
    >>> net = sd.mlp([2, 16, 2], "tanh", "softmax_cross_entropy")
    >>> params = train(net, X_train, y_train, epochs=60, lr=0.02).params
    >>> found = assess(net, params, X_test, y_test, train=(X_train, y_train))
    >>> found.accuracy > found.baselines["logistic regression"], found.confusion.sum(axis=1).tolist()
    (True, [30, 30])
    """
    chosen, X, y = find_rule(rule), np.asarray(X), np.asarray(y)
    own = chosen.promise == "another objective"  # then the outputs are no logits, and the net's loss has no say
    if not own:
        if net.loss.name not in OF_CLASSES:
            known = ", ".join(OF_CLASSES)
            raise InputError(f"the loss {net.loss.name!r} is not about classes: expected one of {known}")
        net.risk.data(params, X, y)  # refuses what does not fit, by its name
    outputs, truth = np.asarray(chosen.predict(net, params, X)), classes_of(net, y)
    K = max(outputs.shape[1], 2)
    if train is not None and not (isinstance(train, list | tuple) and len(train) == 2):
        raise InputError("train is no pair: expected (X_train, y_train)")
    learned = truth if train is None else classes_of(net, np.asarray(train[1]))
    baselines = {"most frequent class": majority(learned, truth)}
    if train is not None:
        plain, fitted = logistic_regression(train[0], learned, K)
        baselines["logistic regression"] = float(np.mean(classes(plain.forward(fitted, X)["z1"]) == truth))
    answers = classes(outputs)
    sure = None if own or net.loss.name not in LOGITS else calibration(chances(net, outputs), truth, bins)
    right = float(np.mean(answers == truth))
    return Classification(str(net), len(X), right, confusion_matrix(truth, answers, K), sure, baselines)


def chances(net: MLP, outputs: Any) -> np.ndarray:
    """What the net's outputs say about the chance of each class: (N, K), rows that sum to 1.

    The softmax of the outputs; of a single one, its sigmoid and the rest. Several sigmoids are no chances of one
    answer: they are brought to a sum of 1.

    Raises:
        InputError: a loss whose outputs are no logarithms of odds.

    >>> import symdiff as sd
    >>> chances(sd.mlp([2, 2], loss="softmax_cross_entropy"), np.array([[0.0, np.log(3.0)]])).round(12).tolist()
    [[0.25, 0.75]]
    """
    from scipy.special import expit, softmax

    outputs = np.asarray(outputs, np.float64)
    if net.loss.name not in LOGITS:
        raise InputError(f"outputs of the loss {net.loss.name!r} say no chances: expected one of {', '.join(LOGITS)}")
    if net.loss.name == "softmax_cross_entropy":
        return softmax(outputs, axis=1)
    p = expit(outputs)
    if p.shape[1] == 1:
        return np.concatenate([1.0 - p, p], axis=1)
    return p / np.sum(p, axis=1, keepdims=True)


def confusion_matrix(y: Any, answers: Any, count: int | None = None) -> np.ndarray:
    """How often class i was answered with class j: (K, K), row i, column j.

    Args:
        y, answers: class numbers, (N,).
        count: how many classes; by default the largest number and one.

    Raises:
        InputError: numbers that are no classes, or lists of different lengths.

    >>> confusion_matrix([0, 0, 1, 2], [0, 1, 1, 2]).tolist()
    [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    """
    if count is not None:
        whole("count", count, 1)
    y, answers = labels(y, "y", count), labels(answers, "answers", count)
    if y.shape != answers.shape:
        raise InputError(f"y has shape {y.shape} and the answers {answers.shape}: expected (N,) both")
    K = int(max(y.max(), answers.max())) + 1 if count is None else count
    table = np.zeros((K, K), np.int64)
    np.add.at(table, (y, answers), 1)
    return table


def calibration(p: Any, y: Any, bins: int = BINS) -> Calibration:
    """Whether a net is as often right as it is sure: the confidence of an answer is its chance.

    Args:
        p: chances, (N, K), rows that sum to 1.
        y: class numbers, (N,).
        bins: equal parts of [0, 1].

    Raises:
        InputError: rows that are no chances, another number of labels, no bins.

    >>> found = calibration([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9]], [0, 0, 1, 0], bins=2)
    >>> round(found.error, 3), found.bins[0].count, found.bins[0].accuracy
    (0.075, 4, 0.75)
    """
    p, y = floats(p, "p"), labels(y, count=np.shape(p)[-1] if np.ndim(p) == 2 else None)
    if p.ndim != 2 or y.shape != p.shape[:1]:
        raise InputError(f"the chances have shape {p.shape} and y {y.shape}: expected (N, K) and (N,)")
    if not np.all(p >= 0.0) or np.max(np.abs(np.sum(p, axis=1) - 1.0)) > 1e-6:
        raise InputError("the rows are no chances: expected numbers from 0 to 1 that sum to 1")
    whole("bins", bins, 1)
    sure, right = np.max(p, axis=1), np.argmax(p, axis=1) == y
    which = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
    found = []
    for k in np.unique(which):
        inside = which == k
        count = int(np.sum(inside))
        low, high = float(k / bins), float((k + 1) / bins)
        found.append(Bin(low, high, count, float(np.mean(sure[inside])), float(np.mean(right[inside]))))
    gaps = [abs(b.accuracy - b.confidence) for b in found]
    error = sum(b.count * gap for b, gap in zip(found, gaps, strict=True)) / len(y)
    return Calibration(tuple(found), float(error), max(gaps))


def decision_regions(
    net: MLP, params: Params, X: Any, points: int = 200, margin: float = 0.1, rule: str | Rule = "backprop"
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which class the net answers with on a grid around two-dimensional inputs.

    Args:
        net, params: of two inputs.
        X: (N, 2), whose box, wider by `margin` of its size on every side, is covered.
        points: along each side.
        margin: 0 or more.
        rule: as for `assess`.

    Returns:
        The coordinates along the first and the second input, (points,) each, and the answers, (points, points): a row
        for each value of the second input, as a picture has it.

    Raises:
        InputError: a net that has not two inputs, or X of another shape.

    >>> import symdiff as sd
    >>> net = sd.mlp([2, 2], loss="softmax_cross_entropy")
    >>> params = [{"W": np.array([[0.0, 0.0], [1.0, 0.0]]), "b": np.zeros(2)}]  # class 1 where x1 > 0
    >>> _, _, answers = decision_regions(net, params, np.array([[-1.0, -1.0], [1.0, 1.0]]), points=4)
    >>> answers.tolist()
    [[0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1], [0, 0, 1, 1]]
    """
    whole("points", points, 2)
    real("margin", margin)
    X, chosen = floats(X, "X"), find_rule(rule)
    fits = net.widths[0] == 2 or chosen.promise == "another objective"  # which may have the label among its inputs
    if not fits or X.ndim != 2 or X.shape[1] != 2 or not len(X):
        raise InputError(f"decision regions are drawn over two inputs: the net has {net.widths[0]}, X shape {X.shape}")
    low, high = np.min(X, axis=0), np.max(X, axis=0)
    room = margin * np.where(high > low, high - low, 1.0)
    first, second = (np.linspace(low[k] - room[k], high[k] + room[k], points) for k in (0, 1))
    grid = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    answers = classes(chosen.predict(net, params, grid))
    return first, second, answers.reshape(points, points)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
