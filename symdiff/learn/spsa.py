"""Simultaneous perturbation: two values of the risk along a random direction of signs give a slope in all parameters.

Source: Spall (1992), Multivariate stochastic approximation using a simultaneous perturbation gradient approximation,
IEEE Transactions on Automatic Control 37(3), equation 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symdiff.learn.population import Landscape, begun, following, generator
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.nets.arguments import positive, whole

if TYPE_CHECKING:
    from symdiff.learn.contracts import Contract
    from symdiff.nets.mlp import MLP, Params


@dataclass(frozen=True, slots=True)
class SPSA(Rule):
    """1/n sum_k (Q(w + c v_k) - Q(w - c v_k)) / (2 c) v_k, with every entry of v_k -1 or 1 by chance.

    In the mean over the signs it is the gradient, up to O(c^2).

    Args:
        probes: n, 1 or more.
        c: how far to go, more than 0; by default the cube root of the dtype's eps, which balances rounding and
            truncation.
        dtype: "float32" or "float64", in which the nets are run; by default the parameters'.

    >>> import symdiff as sd
    >>> net, X, y = sd.mlp([1, 1]), np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    >>> step = SPSA().step(net, net.init(scheme="zeros"), X, y, {"seed": 0, "step": 0})
    >>> abs(round(float(step.direction[0]["W"][0, 0]), 6)) in (4.0, 16.0)  # the gradient is (-10, -6)
    True
    """

    probes: int = 1
    c: float | None = None
    dtype: str = ""
    name: ClassVar[str] = "spsa"
    promise: ClassVar[Promise] = "unbiased"
    words: ClassVar[str] = "the slope along random signs, by two values (Spall 1992)"

    def __post_init__(self) -> None:
        whole("probes", self.probes, 1)
        if self.c is not None:
            positive("c", self.c)

    def start(self, net: MLP, params: Params, seed: int) -> Any:
        """The seed and the number of the step."""
        return begun(seed)

    def drawn(self, size: int, state: Any, dtype: Any = np.float64) -> np.ndarray:
        """The v_k of this step, shape (n, size)."""
        return generator(state).choice(np.array([-1.0, 1.0], dtype), (self.probes, size))

    def distance(self, dtype: np.dtype) -> float:
        """c, for a dtype."""
        return float(self.c or np.cbrt(np.finfo(dtype).eps))

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """Ask for 2 n values. The loss is the risk at the parameters themselves."""
        risk = Landscape(net, params, X, y, self.dtype)
        v = self.drawn(risk.start.size, state, risk.dtype)
        slopes, loss = risk.slopes(v, self.distance(risk.dtype))
        return Step(risk.tree(slopes @ v / self.probes), loss, following(state))

    def check(self, net: MLP, params: Params, X: Any, y: Any, seed: int = 0) -> Contract:
        """Conditioned on its seed: every slope is off by O(c^2), and they make the direction."""
        from symdiff.learn.probing import of_differences

        return of_differences(self, net, params, X, y, seed)

    def cost(self, parameters: int) -> str:
        """In values of the risk."""
        return f"{2 * self.probes + 1} values"

    def relative_error(self, parameters: int) -> float | None:
        """(d - 1)/n, of random signs."""
        return (parameters - 1) / self.probes
