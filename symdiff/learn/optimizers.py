"""How a direction becomes a step: plain descent, momentum, Adam. Each works on all parameters as one vector."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from symdiff.errors import InputError
from symdiff.nets.activations import suggestion

State = dict[str, Any]


class Optimizer(ABC):
    """Takes a vector of parameters along a direction.

    Attributes:
        name: by which it is asked for.
        lr: the learning rate.
    """

    name: ClassVar[str]
    usual: ClassVar[float] = 0.01

    def __init__(self, lr: float | None = None) -> None:
        self.lr = self.usual if lr is None else _number("lr", lr, math.inf)

    def start(self, w: np.ndarray) -> State:
        """The state before the first step."""
        return {}

    @abstractmethod
    def step(self, w: np.ndarray, direction: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        """The new parameters and the new state; what was given stays as it is."""


class SGD(Optimizer):
    """w - lr d.

    >>> SGD(lr=0.5).step(np.array([1.0, 2.0]), np.array([1.0, 0.0]), {})[0].tolist()
    [0.5, 2.0]
    """

    name: ClassVar[str] = "sgd"

    def step(self, w: np.ndarray, direction: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        return w - self.lr * direction, state


class Move(SGD):
    """w - d: for rules that say themselves where to go."""

    name: ClassVar[str] = "none"
    usual: ClassVar[float] = 1.0

    def __init__(self, lr: float | None = None) -> None:
        if lr not in (None, 1.0):
            raise InputError(f"lr={lr!r}: the optimizer 'none' takes the rule's step as it is; 'sgd' has a rate")
        super().__init__(lr)


class Momentum(Optimizer):
    """v' = beta v + d, w' = w - lr v'.

    Source: B. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
    """

    name: ClassVar[str] = "momentum"

    def __init__(self, lr: float | None = None, beta: float = 0.9) -> None:
        super().__init__(lr)
        self.beta = _number("beta", beta, 1.0)

    def start(self, w: np.ndarray) -> State:
        return {"velocity": np.zeros_like(w)}

    def step(self, w: np.ndarray, direction: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        velocity = self.beta * state["velocity"] + direction
        return w - self.lr * velocity, {"velocity": velocity}


class Adam(Optimizer):
    """m' = b1 m + (1 - b1) d, v' = b2 v + (1 - b2) d^2; w' = w - lr m^/(sqrt(v^) + eps), with m^ = m'/(1 - b1^t) and
    v^ = v'/(1 - b2^t).

    Source: D. Kingma and J. Ba, "Adam: a method for stochastic optimization", arXiv:1412.6980, algorithm 1.
    """

    name: ClassVar[str] = "adam"
    usual: ClassVar[float] = 1e-3

    def __init__(self, lr: float | None = None, b1: float = 0.9, b2: float = 0.999, eps: float = 1e-8) -> None:
        super().__init__(lr)
        self.b1, self.b2, self.eps = _number("b1", b1, 1.0), _number("b2", b2, 1.0), _number("eps", eps, math.inf)

    def start(self, w: np.ndarray) -> State:
        return {"steps": 0, "m": np.zeros_like(w), "v": np.zeros_like(w)}

    def step(self, w: np.ndarray, direction: np.ndarray, state: State) -> tuple[np.ndarray, State]:
        t = state["steps"] + 1
        m = self.b1 * state["m"] + (1.0 - self.b1) * direction
        v = self.b2 * state["v"] + (1.0 - self.b2) * direction**2
        rate = self.lr / (1.0 - self.b1**t)
        new = w - rate * m / (np.sqrt(v / (1.0 - self.b2**t)) + self.eps)
        return new, {"steps": t, "m": m, "v": v}


OPTIMIZERS: dict[str, type[Optimizer]] = {kind.name: kind for kind in (SGD, Move, Momentum, Adam)}
LBFGS = "lbfgs"  # takes the whole training set at once: see `lbfgs.by_lbfgs`


def optimizer(given: str | Optimizer, lr: float | None = None) -> Optimizer:
    """An optimizer by its name; one that is made already is returned as it is.

    Raises:
        InputError: a name that is not known, a rate that is none.

    >>> optimizer("adam").lr
    0.001
    """
    if isinstance(given, Optimizer):
        if lr is not None:
            raise InputError("lr is given with an optimizer that is made already: give it where that is made")
        return given
    if given not in OPTIMIZERS:
        raise InputError(f"optimizer {given!r} is not known{suggestion(given, sorted([*OPTIMIZERS, LBFGS]))}")
    return OPTIMIZERS[given](lr)


def _number(name: str, value: Any, below: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number) or not 0.0 <= value < below:
        most = "" if below == math.inf else f" and below {below:g}"
        raise InputError(f"{name}={value!r}: expected a number, 0 or more{most}")
    return float(value)
