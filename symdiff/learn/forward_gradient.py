"""Forward gradients: exact slopes along random directions, by forward mode alone, times these directions.

Source: Baydin, Pearlmutter, Syme, Wood and Torr (2022), Gradients without backpropagation, arXiv:2202.08587.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.population import Landscape, begun, following, generator
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.nets.arguments import whole

if TYPE_CHECKING:
    from symdiff.learn.contracts import Contract
    from symdiff.nets.mlp import MLP, Params


@dataclass(frozen=True, slots=True)
class ForwardGradient(Rule):
    """1/n sum_k (g . v_k) v_k for the gradient g, of which only the slopes g . v_k are asked, by jvp.

    In the mean over the v_k it is the gradient. The squared relative error is (d + 1)/n for Gaussian v_k and
    (d - 1)/n for signs, in the mean, with d parameters.

    Args:
        probes: n, 1 or more.
        draw: "gaussian" or "signs".
        method: of the operator that differentiates, "tape" or "jax".

    >>> import symdiff as sd
    >>> net, X, y = sd.mlp([1, 1]), np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    >>> rule, params = ForwardGradient(draw="signs"), net.init(scheme="zeros")
    >>> step = rule.step(net, params, X, y, rule.start(net, params, 0))
    >>> abs(float(step.direction[0]["W"][0, 0])) in (4.0, 16.0)  # the gradient is (-10, -6)
    True
    """

    probes: int = 1
    draw: str = "gaussian"
    method: str = "tape"
    name: ClassVar[str] = "forward_gradient"
    promise: ClassVar[Promise] = "unbiased"
    words: ClassVar[str] = "exact slopes along random directions, by forward mode (Baydin et al. 2022)"

    def __post_init__(self) -> None:
        whole("probes", self.probes, 1)
        if self.draw not in ("gaussian", "signs"):
            raise InputError(f"draw={self.draw!r}: expected 'gaussian' or 'signs'")

    def start(self, net: MLP, params: Params, seed: int) -> Any:
        """The seed and the number of the step."""
        return begun(seed)

    def drawn(self, size: int, state: Any, dtype: Any = np.float64) -> np.ndarray:
        """The v_k of this step, shape (n, size)."""
        rng = generator(state)
        if self.draw == "gaussian":
            return rng.standard_normal((self.probes, size), dtype)
        return rng.choice(np.array([-1.0, 1.0], dtype), (self.probes, size))

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """One jvp of n copies of the net at once, each moving along a direction of its own."""
        risk = Landscape(net, params, X, y)
        v = self.drawn(risk.start.size, state, risk.dtype)
        values, slopes = risk.along(v, self.method)
        return Step(risk.tree(slopes @ v / self.probes), float(values[0]), following(state))

    def check(self, net: MLP, params: Params, X: Any, y: Any, seed: int = 0) -> Contract:
        """Conditioned on its seed: every slope is that of the other methods, and they make the direction."""
        from symdiff.learn.probing import of_slopes

        return of_slopes(self, net, params, X, y, seed)

    def cost(self, parameters: int) -> str:
        """In jvps of the risk."""
        return f"{self.probes} jvp"

    def relative_error(self, parameters: int) -> float | None:
        """(d + 1)/n for Gaussian directions, (d - 1)/n for signs."""
        return (parameters + (1 if self.draw == "gaussian" else -1)) / self.probes
