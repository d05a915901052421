"""CMA-ES, by the package `cma` (pycma): the evolution strategy that learns the shape of the valley.

Source: Hansen (2016), The CMA evolution strategy: a tutorial, arXiv:1604.00772; the package is its author's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symdiff.errors import InputError, UnsupportedError
from symdiff.learn.population import Landscape, begun, following
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.learn.vectors import packed
from symdiff.nets.arguments import positive, whole

if TYPE_CHECKING:
    from symdiff.learn.contracts import Contract
    from symdiff.nets.mlp import MLP, Params

FULL = 500  # parameters up to which the full covariance is learnt: its d^2 numbers are taken apart again and again


@dataclass(frozen=True, slots=True)
class CMA(Rule):
    """One generation of CMA-ES: the mean of its distribution replaces the parameters.

    It moves the parameters itself: the direction is what is to be subtracted, for an optimizer that takes it as it is
    ("none", or sgd with rate 1). Up to 500 parameters the full covariance is learnt, beyond them its diagonal. The
    state holds the package's own object, which moves on with every step: it can be pickled, not saved as arrays.

    Args:
        sigma: the step size to begin with, more than 0.
        population: how many nets are asked at each step; by default the package's 4 + 3 log d.
        dtype: "float32" or "float64", in which the population is run; by default the parameters'.
    """

    sigma: float = 0.3
    population: int | None = None
    dtype: str = ""
    name: ClassVar[str] = "cma_es"
    promise: ClassVar[Promise] = "surrogate"
    words: ClassVar[str] = "an evolution strategy that learns the shape of the valley, by the package cma (Hansen 2016)"
    moves: ClassVar[bool] = True

    def __post_init__(self) -> None:
        positive("sigma", self.sigma)
        if self.population is not None:
            whole("population", self.population, 4)

    def start(self, net: MLP, params: Params, seed: int) -> Any:
        """The seed, the number of the step, and the package's object.

        Raises:
            UnsupportedError: the package `cma` is not installed; it is the optional extra `evolution`.
        """
        try:
            from cma import CMAEvolutionStrategy
        except ImportError as e:
            raise UnsupportedError(
                "the rule 'cma_es' needs the package cma: pip install cma, or take 'evolution' or 'mu_lambda' instead"
            ) from e
        state, mean = begun(seed), packed(params).astype(np.float64)
        if mean.size < 2:
            raise InputError("the net has one parameter: the package cma expects two or more")
        options = {  # nan: the package leaves NumPy's global generator alone
            "seed": np.nan, "randn": _Normal(np.random.default_rng(state["seed"])), "verbose": -9,
            "CMA_diagonal": mean.size > FULL,
        }  # fmt: skip
        if self.population is not None:
            options["popsize"] = self.population
        return {**state, "strategy": CMAEvolutionStrategy(mean, self.sigma, options)}

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """One generation: the direction is the parameters minus the next ones. The loss is the risk at the parameters
        themselves."""
        risk = Landscape(net, params, X, y, self.dtype)
        strategy = state["strategy"]
        strategy.mean = np.asarray(packed(params), np.float64)  # also where an optimizer went elsewhere, or rounded
        asked = np.asarray(strategy.ask())
        found = risk(np.concatenate([risk.start[None], asked.astype(risk.dtype)]))
        finite = np.where(np.isfinite(found[1:]), found[1:], np.finfo(np.float64).max)
        strategy.tell(list(asked), finite.astype(np.float64).tolist())
        direction = np.asarray(risk.start, np.float64) - strategy.mean
        return Step(risk.tree(direction), float(found[0]), following(state))

    def check(self, net: MLP, params: Params, X: Any, y: Any, seed: int = 0) -> Contract:
        """The next mean is that of the best, weighed by rank, by the risks of one net at a time; only order counts."""
        from symdiff.learn.probing import of_distribution

        return of_distribution(self, net, params, X, y, seed)

    def cost(self, parameters: int) -> str:
        """In values of the risk."""
        return f"{(self.population or 4 + int(3 * np.log(max(parameters, 1)))) + 1} values"


class _Normal:
    """A generator's normal numbers by the signature of `numpy.random.randn`, as the package asks for them."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def __call__(self, *shape: int) -> Any:
        return self._rng.standard_normal(shape or None)
