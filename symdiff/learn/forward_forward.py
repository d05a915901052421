"""Forward-forward: two forward passes, one with the right label in the input and one with a wrong one. Every layer
learns by itself to tell them apart; nothing goes back through the net.

Source: Hinton (2022), The forward-forward algorithm, arXiv:2212.13345, sections 2 and 3.3. The goodness is the sum of
the squares, the threshold the layer's width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.population import begun, following, generator
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.nets.activations import Activation
from symdiff.nets.arguments import checked_inputs, checked_parameters, positive
from symdiff.operators import value_and_grad
from symdiff.ops.activations import softplus

if TYPE_CHECKING:
    from symdiff.learn.contracts import Contract
    from symdiff.nets.mlp import MLP, Params

ROWS = 4096  # that go through the net at once where labels are tried, so that many examples take no more memory


@dataclass(frozen=True, slots=True)
class ForwardForward(Rule):
    """The gradients of the layers' own losses, each with its input held.

    Layer i, with z = sigma(W v + b) for an input v of mean square 1 and goodness G = sum z^2, has the loss
    mean(softplus(theta - G+) + softplus(G- - theta)) / 2 over right (+) and wrong (-) labels, theta its width. The
    input of the net is the label, a 1 among as many numbers as there are classes, and then the example: a net for
    64 numbers and ten classes begins with 74. It has no layer of outputs, and its own loss is not asked.

    Args:
        threshold: theta over the layer's width, more than 0.
        label: the number that stands for the label, more than 0.
        method: of the operator that differentiates, "tape" or "jax".

    >>> import symdiff as sd
    >>> net = sd.mlp([2 + 3, 8, 8], ["relu", "relu"])  # 3 numbers, 2 classes
    >>> rule, params = ForwardForward(), net.init(seed=0)
    >>> X, y = np.eye(3), np.array([0, 1, 0])
    >>> rule.predict(net, params, X).shape, rule.step(net, params, X, y, rule.start(net, params, 0)).loss > 0
    ((3, 2), True)
    """

    threshold: float = 1.0
    label: float = 1.0
    method: str = "tape"
    name: ClassVar[str] = "forward_forward"
    promise: ClassVar[Promise] = "another objective"
    words: ClassVar[str] = "each layer tells right labels from wrong ones by its own goodness (Hinton 2022)"

    def __post_init__(self) -> None:
        positive("threshold", self.threshold)
        positive("label", self.label)

    def start(self, net: MLP, params: Params, seed: int) -> Any:
        """The seed and the number of the step, which draw the wrong labels."""
        return begun(seed)

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """The gradient of every layer's own loss. The loss is their sum.

        Raises:
            InputError: labels that are no class numbers or one-hot rows; a net whose first width has no room for
                them; what a net refuses.
        """
        direction, loss = [], 0.0
        for i, (layer, right, wrong) in enumerate(self.layers(net, params, X, y, state)):
            value, gradient = local_gradient(*self.goal(net, i), self.method)(layer, right, wrong)
            direction.append(gradient)
            loss += float(value)
        return Step(direction, loss, following(state))

    def layers(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> list[tuple[Any, Any, Any]]:
        """What the loss of each layer takes: its parameters, its inputs with the right labels and with wrong ones."""
        checked_parameters(net.widths, params)
        X = np.asarray(X)
        count = classes(net, X)
        labels = class_numbers(y, len(X), count)
        others = (labels + generator(state).integers(1, count, len(X))) % count
        dtype = np.result_type(X.dtype, params[0]["W"], np.float32)
        found, pair = [], [self.embedded(X, k, count).astype(dtype, copy=False) for k in (labels, others)]
        for layer, sigma in zip(params, net.activations, strict=True):
            pair = [normalised(z) for z in pair]
            found.append((layer, *pair))
            if len(found) < net.depth:
                pair = [_forward(layer, sigma, v) for v in pair]
        return found

    def goal(self, net: MLP, i: int) -> tuple[Activation, float, float]:
        """What the loss of layer i (from 0) depends on: its activation, theta, and the factor of the penalty."""
        return net.activations[i], self.threshold * net.widths[i + 1], net.l2

    def embedded(self, X: np.ndarray, labels: Any, count: int) -> np.ndarray:
        """The labels, one number of `count` each, in front of the examples."""
        one_hot = np.zeros((len(X), count), X.dtype if X.dtype.kind == "f" else np.float64)
        one_hot[np.arange(len(X)), labels] = self.label
        return np.concatenate([one_hot, X], axis=1)

    def predict(self, net: MLP, params: Params, X: Any) -> np.ndarray:
        """The goodness of every label, the sum over all layers: shape (N, classes). The largest is the answer."""
        checked_parameters(net.widths, params)
        X = np.asarray(X)
        count = classes(net, X)
        rows = max(1, ROWS // count)
        parts = [self._goodness(net, params, X[k : k + rows], count) for k in range(0, len(X), rows)]
        return np.concatenate(parts)

    def _goodness(self, net: MLP, params: Params, X: np.ndarray, count: int) -> np.ndarray:
        z = self.embedded(np.repeat(X, count, axis=0), np.tile(np.arange(count), len(X)), count)
        total = np.zeros(len(z), z.dtype)
        for layer, sigma in zip(params, net.activations, strict=True):
            z = _forward(layer, sigma, normalised(z))
            total = total + goodness(z)
        return np.reshape(total, (len(X), count))

    def check(self, net: MLP, params: Params, X: Any, y: Any, seed: int = 0) -> Contract:
        """Exact on its own losses: every layer's gradient beside those of the other methods."""
        from symdiff.learn.probing import local_gradients

        return local_gradients(self, net, params, X, y, seed)

    def cost(self, parameters: int) -> str:
        """In gradients of single layers."""
        return "2 forward passes, 1 gradient of each layer alone"


def goodness(z: Any) -> Any:
    """The sum of the squares of each row."""
    return np.sum(z**2, axis=1)


def normalised(z: np.ndarray) -> np.ndarray:
    """Each row divided by the root of its mean square, so that a layer sees of the last one's goodness nothing; a row
    of zeros stays.

    >>> normalised(np.array([[3.0, 4.0], [0.0, 0.0]])).round(3).tolist()
    [[0.849, 1.131], [0.0, 0.0]]
    """
    with np.errstate(over="ignore"):
        size = np.sqrt(np.mean(z**2, axis=1, keepdims=True))
    strange = (size < np.sqrt(np.finfo(size.dtype).tiny)) | (size == np.inf)
    if np.any(strange):  # the squares left the floats, though the numbers are some: these rows are scaled before
        top = np.max(np.abs(z), axis=1, keepdims=True)
        z = z / np.where(strange & (top > 0.0), top, 1.0)
        size = np.sqrt(np.mean(z**2, axis=1, keepdims=True))
    return z / np.where(size > 0.0, size, 1.0)


def objective(sigma: Activation, theta: float, l2: float = 0.0) -> Callable[[Any, Any, Any], Any]:
    """The loss of one layer, a function of (its parameters, its inputs with right labels, those with wrong ones).

    >>> loss = objective(Activation("relu"), 1.0)
    >>> layer = {"W": np.array([[1.0]]), "b": np.array([0.0])}
    >>> round(float(loss(layer, np.array([[2.0]]), np.array([[0.0]]))), 4)  # (log(1 + e^-3) + log(1 + e^-1)) / 2
    0.1809
    """

    def loss(layer: Any, right: Any, wrong: Any) -> Any:
        plus = softplus(theta - goodness(_forward(layer, sigma, right)))
        minus = softplus(goodness(_forward(layer, sigma, wrong)) - theta)
        found = (np.sum(plus) + np.sum(minus)) / (2 * np.shape(right)[0])
        return found + 0.5 * l2 * np.sum(layer["W"] ** 2) if l2 else found

    return loss


@lru_cache(64)
def local_gradient(sigma: Activation, theta: float, l2: float, method: str) -> Callable[..., Any]:
    """Value and gradient of one layer's loss; kept, since the operators keep what they recorded of it."""
    return value_and_grad(objective(sigma, theta, l2), method=method)


def _forward(layer: Any, sigma: Activation, v: Any) -> Any:
    u = v @ layer["W"].T + layer["b"]
    return u if sigma.linear else sigma(u)


def classes(net: MLP, X: np.ndarray) -> int:
    """How many labels the net's input has room for beside X. Raises `InputError` if fewer than two."""
    width = np.shape(X)[1] if np.ndim(X) == 2 else 0
    room = net.widths[0] - width
    if width and room < 2:
        raise InputError(
            f"X has {width} numbers in a row and the net takes {net.widths[0]}: forward-forward has the label in the "
            f"input; expected a net whose first width is {width} plus the number of classes"
        )
    checked_inputs(width or net.widths[0], X)
    return room


def class_numbers(y: Any, count: int, room: int) -> np.ndarray:
    """Class numbers 0 ... room - 1 from class numbers or one-hot rows. Raises `InputError` for other labels."""
    y = np.asarray(y)
    if y.shape == (count, room) and np.all((y == 0) | (y == 1)) and np.all(np.sum(y, axis=1) == 1):
        return np.argmax(y, axis=1)
    if y.shape != (count,):
        raise InputError(
            f"y has shape {y.shape}: forward-forward expected ({count},), the number of the class of each example, "
            f"or ({count}, {room}), one-hot"
        )
    known = y.dtype.kind in "iufb" and np.isin(y, np.arange(room))
    if not np.all(known):
        row = int(np.flatnonzero(~np.broadcast_to(known, y.shape))[0])
        raise InputError(
            f"y[{row}] = {y[row]} is a label unknown to forward-forward: the net's input has room for {room} classes, "
            f"0 to {room - 1}"
        )
    return y.astype(np.int64)
