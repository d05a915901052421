"""The (mu/mu, lambda) evolution strategy: the mean of the best mu of lambda children is the next parent, step size and
all.

Source: Beyer and Schwefel (2002), Evolution strategies: a comprehensive introduction, Natural Computing 1, sections
3.2 and 4: intermediate recombination, one step size, changed by log-normal factors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.population import Landscape, begun, following, generator
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.nets.arguments import positive, whole

if TYPE_CHECKING:
    from symdiff.learn.contracts import Contract
    from symdiff.nets.mlp import MLP, Params


@dataclass(frozen=True, slots=True)
class MuLambda(Rule):
    """lambda children at w + sigma_k e_k; the mean of the mu of least risk replaces w, the geometric mean of their
    sigma_k replaces sigma.

    It moves the parameters itself: the direction is what is to be subtracted, for an optimizer that takes it as it is
    ("none", or sgd with rate 1). Only the order of the risks counts.

    Args:
        mu: how many children make the next parent, from 1 to `children` - 1.
        children: lambda.
        sigma: the step size to begin with, more than 0.
        tau: how much it changes from parent to child, sigma_k = sigma exp(tau N(0, 1)), more than 0; by default
            3/sqrt(d) for d parameters. The theory of spheres has 1/sqrt(2 d); with some thousand parameters and
            minibatches, three to four times that learned more in the same time.
        dtype: "float32" or "float64", in which the children are run; by default the parameters'.

    >>> import symdiff as sd
    >>> net, X, y = sd.mlp([1, 1]), np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    >>> params, rule = net.init(scheme="zeros"), MuLambda(sigma=0.5)
    >>> step = rule.step(net, params, X, y, rule.start(net, params, 0))
    >>> new = [{"W": -step.direction[0]["W"], "b": -step.direction[0]["b"]}]
    >>> step.loss, bool(net.risk(new, X, y) < 10.0)
    (10.0, True)
    """

    mu: int = 5
    children: int = 35
    sigma: float = 0.05
    tau: float | None = None
    dtype: str = ""
    name: ClassVar[str] = "mu_lambda"
    promise: ClassVar[Promise] = "surrogate"
    words: ClassVar[str] = "the mean of the best mu of lambda mutants replaces the parameters (Beyer, Schwefel 2002)"
    moves: ClassVar[bool] = True

    def __post_init__(self) -> None:
        whole("mu", self.mu, 1)
        whole("children", self.children, 2)
        if self.mu >= self.children:
            raise InputError(f"mu={self.mu}, children={self.children}: expected fewer parents than children")
        positive("sigma", self.sigma)
        if self.tau is not None:
            positive("tau", self.tau)

    def start(self, net: MLP, params: Params, seed: int) -> Any:
        """The seed, the number of the step, and the step size."""
        return {**begun(seed), "sigma": float(self.sigma)}

    def brood(self, start: np.ndarray, state: Any) -> tuple[np.ndarray, np.ndarray]:
        """The children of this step, shape (lambda, d), and their step sizes."""
        rng = generator(state)
        tau = self.tau or 3.0 / math.sqrt(start.size)
        sizes = state["sigma"] * np.exp(tau * rng.standard_normal(self.children))
        moved = rng.standard_normal((self.children, start.size), start.dtype)
        moved *= sizes.astype(start.dtype)[:, None]
        return start + moved, sizes

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """One generation: the direction is the parameters minus the next ones. The loss is the risk at the parameters
        themselves."""
        risk = Landscape(net, params, X, y, self.dtype)
        children, sizes = self.brood(risk.start, state)
        found = risk(np.concatenate([risk.start[None], children]))
        best = np.argsort(found[1:], kind="stable")[: self.mu]  # a nan is the last
        direction = np.mean(risk.start - children[best], axis=0)
        sigma = float(np.exp(np.mean(np.log(sizes[best]))))
        return Step(risk.tree(direction), float(found[0]), following(state, sigma=sigma))

    def check(self, net: MLP, params: Params, X: Any, y: Any, seed: int = 0) -> Contract:
        """Its parents are the best of the children, by the risks of one net at a time; only their order counts."""
        from symdiff.learn.probing import of_generation

        return of_generation(self, net, params, X, y, seed)

    def cost(self, parameters: int) -> str:
        """In values of the risk."""
        return f"{self.children + 1} values"
