"""Evolution strategies as OpenAI used them: a cloud of nets around the parameters, mirrored, weighed by their ranks.

Source: Salimans, Ho, Chen, Sidor and Sutskever (2017), Evolution strategies as a scalable alternative to reinforcement
learning, arXiv:1703.03864, algorithm 1 with mirrored sampling and fitness shaping.
"""

from __future__ import annotations

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
class Evolution(Rule):
    """sum_k w_k e_k / (P sigma) for Gaussian e_k, half of them the other half mirrored.

    The weights w_k are the risks of the nets at w + sigma e_k, or their ranks from -1/2 to 1/2: then one outlier moves
    nothing, and the length of the direction says nothing about the gradient's. Before ranking, its mean over the draws
    is the gradient of the risk smoothed by a Gaussian of width sigma.

    Args:
        population: P, how many nets are asked at each step; an even number, 2 or more.
        sigma: how far they lie from the parameters, in every one of them; more than 0.
        shaping: "ranks" or "none".
        dtype: "float32" or "float64", in which the population is run; by default the parameters'.

    >>> import symdiff as sd
    >>> net, X, y = sd.mlp([1, 1]), np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    >>> step = Evolution(sigma=0.1).step(net, net.init(scheme="zeros"), X, y, {"seed": 0, "step": 0})
    >>> step.loss, float(step.direction[0]["W"][0, 0]) < 0
    (10.0, True)
    """

    population: int = 64
    sigma: float = 0.05
    shaping: str = "ranks"
    dtype: str = ""
    name: ClassVar[str] = "evolution"
    promise: ClassVar[Promise] = "unbiased"
    words: ClassVar[str] = "a mirrored cloud of nets around the parameters, weighed by ranks (Salimans et al. 2017)"

    def __post_init__(self) -> None:
        even_count("population", self.population)
        positive("sigma", self.sigma)
        if self.shaping not in ("ranks", "none"):
            raise InputError(f"shaping={self.shaping!r}: expected 'ranks' or 'none'")

    def start(self, net: MLP, params: Params, seed: int) -> Any:
        """The seed and the number of the step."""
        return begun(seed)

    def drawn(self, size: int, state: Any, dtype: Any = np.float64) -> np.ndarray:
        """The e_k of this step, those that are mirrored left out: shape (P/2, size)."""
        return generator(state).standard_normal((self.population // 2, size), dtype)

    def distance(self, dtype: np.dtype) -> float:
        """Sigma, for every dtype."""
        return float(self.sigma)

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """Ask the population. The loss is the risk at the parameters themselves."""
        risk = Landscape(net, params, X, y, self.dtype)
        e = self.drawn(risk.start.size, state, risk.dtype)
        moved = risk.dtype.type(self.sigma) * e
        found = risk(np.concatenate([risk.start[None], risk.start + moved, risk.start - moved]))
        plus, minus = np.split(centred_ranks(found[1:]) if self.shaping == "ranks" else found[1:], 2)
        direction = (plus - minus).astype(risk.dtype) @ e / (self.population * self.sigma)
        return Step(risk.tree(direction), float(found[0]), following(state))

    def check(self, net: MLP, params: Params, X: Any, y: Any, seed: int = 0) -> Contract:
        """Conditioned on its seed: every slope along an e_k is off by O(sigma^2), and they make the direction."""
        from symdiff.learn.probing import of_differences

        return of_differences(self, net, params, X, y, seed)

    def cost(self, parameters: int) -> str:
        """In values of the risk."""
        return f"{self.population + 1} values"

    def relative_error(self, parameters: int) -> float | None:
        """2 (d + 1)/P where sigma is small; ranks have another length."""
        return 2 * (parameters + 1) / self.population if self.shaping == "none" else None


def centred_ranks(values: np.ndarray) -> np.ndarray:
    """The place of each value from the least, -1/2, to the largest, 1/2; equal ones share theirs, and a nan is the
    largest.

    >>> centred_ranks(np.array([3.0, 1.0, np.nan, 3.0, -np.inf])).tolist()
    [0.125, -0.25, 0.5, 0.125, -0.5]
    """
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts + 1) / 2)[which] / max(len(values) - 1, 1) - 0.5


def even_count(name: str, value: Any) -> None:
    """Raise `InputError` unless `value` is an even number, 2 or more."""
    whole(name, value, 2)
    if value % 2:
        raise InputError(f"{name}={value!r}: expected an even number, half of them mirror the other half")
