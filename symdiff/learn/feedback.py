"""Feedback alignment: a fixed random matrix stands where backpropagation has the transpose of the weights.

A rule here is a teaching signal at each layer's output, and the layer's own pull-back takes it to the parameters:
backpropagation teaches layer i with delta_{i+1} W_{i+1}, feedback alignment with delta_{i+1} B_{i+1}, direct feedback
alignment with e B_i, where e = dL/du_n: dL/dW_i becomes ((e B_i) o sigma'(u_i))^T z_{i-1}, examples as rows.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.local import loss_gradient, pull_back
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.nets.arguments import positive

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params

Matrices = list[np.ndarray]


class Taught(Rule):
    """A rule that is a teaching signal at every hidden layer's output; all else is the local pull-back.

    Args:
        scale: a factor for the random matrices.
        matrices: to be used instead of random ones, of the shapes that `start` draws.
        method: that differentiates the layers: "tape" or "jax".
    """

    promise: ClassVar[Promise] = "surrogate"

    def __init__(self, scale: float = 1.0, matrices: Any = None, method: str = "tape") -> None:
        positive("scale", scale)
        if method not in ("tape", "jax"):
            raise InputError(f"method {method!r}: feedback goes through the layers on the tape or in JAX")
        self.scale, self.matrices, self.method = float(scale), matrices, method

    @abstractmethod
    def shapes(self, net: MLP) -> list[tuple[int, int]]:
        """The shape of the matrix that teaches hidden layer i, for i = 1 ... n - 1."""

    @abstractmethod
    def deviation(self, shape: tuple[int, int]) -> float:
        """The standard deviation of the entries of a random matrix of this shape."""

    @abstractmethod
    def signal(self, matrix: np.ndarray, error: Any, delta: Any) -> Any:
        """What teaches a hidden layer: from e = dL/du_n and the delta of the layer above, both of N rows."""

    def start(self, net: MLP, params: Params, seed: int) -> Matrices:
        """The matrices, one for each hidden layer, normal numbers of the deviation that the rule says.

        Raises:
            InputError: matrices of the caller's that do not fit.
        """
        shapes, dtype = self.shapes(net), np.asarray(params[0]["W"]).dtype
        if self.matrices is None:
            rng = np.random.default_rng([seed, 0xFEED])  # not the numbers that the weights were drawn with
            return [(self.scale * self.deviation(s) * rng.standard_normal(s)).astype(dtype) for s in shapes]
        given = [np.asarray(m) for m in self.matrices]
        if [m.shape for m in given] != shapes:
            raise InputError(
                f"matrices have the shapes {[m.shape for m in given]}: {self.name} on {net} takes {shapes}, "
                "one for each hidden layer"
            )
        return given

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Matrices) -> Step:
        """The layers' own pull-backs of the teaching signals."""
        _, X, target = net.risk.data(params, X, y)
        values = net.layers(params, X)
        loss, teaching = loss_gradient(net, self.method)(values[f"z{net.depth}"], target)
        direction: list[Any] = [None] * net.depth
        error = delta = None
        for i in range(net.depth, 0, -1):
            if i < net.depth:
                teaching = self.signal(state[i - 1], error, delta)
            direction[i - 1], delta = pull_back(net, i, self.method)(params[i - 1], values[f"z{i - 1}"], teaching)
            error = delta if i == net.depth else error
        if net.l2:
            loss = loss + net.penalty(params)
            direction = [
                {"W": d["W"] + net.l2 * layer["W"], "b": d["b"]} for d, layer in zip(direction, params, strict=True)
            ]
        return Step(direction, float(loss), state)

    def cost(self, parameters: int) -> str:
        return "1 gradient"


class FeedbackAlignment(Taught):
    """The error goes back layer by layer, through B_{i+1} instead of W_{i+1}: of shape (d_{i+1}, d_i), with entries
    of variance 2/d_i, as He's weights have.

    Source: T. Lillicrap, D. Cownden, D. Tweed and C. Akerman, Nature Communications 7 (2016) 13276.
    """

    name: ClassVar[str] = "feedback_alignment"
    words: ClassVar[str] = "the error goes back through fixed random matrices, layer by layer"

    def shapes(self, net: MLP) -> list[tuple[int, int]]:
        return [(net.widths[i + 1], net.widths[i]) for i in range(1, net.depth)]

    def deviation(self, shape: tuple[int, int]) -> float:
        return (2.0 / shape[1]) ** 0.5

    def signal(self, matrix: np.ndarray, error: Any, delta: Any) -> Any:
        return delta @ matrix


class DirectFeedbackAlignment(Taught):
    """The error of the outputs goes straight to every hidden layer, through B_i of shape (d_n, d_i), with entries of
    variance 1/d_n.

    Source: A. Nokland, "Direct feedback alignment provides learning in deep neural networks", arXiv:1609.01596.

    >>> import numpy as np, symdiff as sd
    >>> net = sd.mlp([2, 3, 3, 1], activation="tanh")
    >>> X, y = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 0.0])
    >>> params, dfa = net.init(seed=0), DirectFeedbackAlignment()
    >>> step = dfa.step(net, params, X, y, dfa.start(net, params, seed=0))
    >>> gradient = sd.grad(net.risk)(params, X, y)
    >>> [bool(np.array_equal(d["W"], g["W"])) for d, g in zip(step.direction, gradient)]
    [False, False, True]
    """

    name: ClassVar[str] = "direct_feedback_alignment"
    words: ClassVar[str] = "the error of the outputs goes to every layer, through a fixed random matrix"

    def shapes(self, net: MLP) -> list[tuple[int, int]]:
        return [(net.widths[-1], net.widths[i]) for i in range(1, net.depth)]

    def deviation(self, shape: tuple[int, int]) -> float:
        return shape[0] ** -0.5

    def signal(self, matrix: np.ndarray, error: Any, delta: Any) -> Any:
        return error @ matrix
