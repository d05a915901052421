"""Backpropagation: the gradient of the risk itself, by any method that differentiates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from symdiff.errors import InputError
from symdiff.learn.local import risk_gradient
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.nets.activations import suggestion

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params

METHODS = ("tape", "jax", "symbolic", "complex_step")


class Backprop(Rule):
    """The gradient of the risk.

    Args:
        method: that differentiates: "tape", "jax", "symbolic" or "complex_step".

    Raises:
        InputError: another method.

    >>> import numpy as np, symdiff as sd
    >>> net = sd.mlp([2, 3, 1], activation="tanh")
    >>> X, y = np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 0.0])
    >>> step = Backprop().step(net, net.init(seed=0), X, y, None)
    >>> round(float(step.loss), 4), step.direction[1]["b"].shape
    (0.7143, (1,))
    """

    name: ClassVar[str] = "backprop"
    promise: ClassVar[Promise] = "exact"
    words: ClassVar[str] = "the gradient of the risk, in reverse through the layers"

    def __init__(self, method: str = "tape") -> None:
        if method not in METHODS:
            raise InputError(f"method {method!r} is not known{suggestion(method, METHODS)}")
        self.method = method

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """The risk and its gradient."""
        loss, gradient = risk_gradient(net, self.method)(params, X, y)
        return Step(gradient, float(loss), state)

    def cost(self, parameters: int) -> str:
        return f"{parameters} complex values" if self.method == "complex_step" else "1 gradient"


class Symbolic(Backprop):
    """The gradient of the risk by SymPy's derivatives."""

    name: ClassVar[str] = "symbolic"
    words: ClassVar[str] = "the gradient of the risk, by SymPy's derivatives"

    def __init__(self) -> None:
        super().__init__("symbolic")


class ByJax(Backprop):
    """The gradient of the risk by JAX."""

    name: ClassVar[str] = "jax"
    words: ClassVar[str] = "the gradient of the risk, by JAX"

    def __init__(self) -> None:
        super().__init__("jax")


class ComplexStep(Backprop):
    """The gradient of the risk from values at complex points, one for each parameter, where the net allows that.

    Source: W. Squire and G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
    Review 40 (1998).
    """

    name: ClassVar[str] = "complex_step"
    words: ClassVar[str] = "the gradient of the risk, from a value at a complex point for each parameter"

    def __init__(self) -> None:
        super().__init__("complex_step")
