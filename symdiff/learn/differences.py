"""The gradient from values alone: a difference quotient for each parameter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from symdiff.errors import InputError
from symdiff.learn.rule import Promise, Rule, Step
from symdiff.learn.vectors import packed, unpacker
from symdiff.nets.arguments import positive

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params

BEST = {1: 1e-8, 2: 6e-6}  # about eps^(1/2) and eps^(1/3), where truncation and rounding are alike


class FiniteDifferences(Rule):
    """(Q(w + h e_k) - Q(w - h e_k)) / 2h for every parameter w_k, or (Q(w + h e_k) - Q(w)) / h.

    Args:
        order: 2 for central differences, 1 for forward ones: the error of the quotient shrinks like h^order.
        h: the step, more than 0; by default 6e-6 for central and 1e-8 for forward differences.

    Raises:
        InputError: another order, a step that is none.

    >>> import numpy as np, symdiff as sd
    >>> net, X, y = sd.mlp([1, 1]), np.array([[1.0], [2.0]]), np.array([2.0, 4.0])
    >>> found = FiniteDifferences().step(net, net.init(scheme="zeros"), X, y, None)
    >>> round(float(found.direction[0]["W"][0, 0]), 8)
    -10.0
    """

    name: ClassVar[str] = "finite_differences"
    promise: ClassVar[Promise] = "truncating"
    words: ClassVar[str] = "a difference quotient of the risk for every parameter"

    def __init__(self, order: int = 2, h: float | None = None) -> None:
        if order not in BEST:
            raise InputError(f"order={order!r}: expected 1 (forward differences) or 2 (central ones)")
        h = BEST[order] if h is None else h
        positive("h", h)
        self.order, self.h = order, float(h)

    def step(self, net: MLP, params: Params, X: Any, y: Any, state: Any) -> Step:
        """The quotients. Parameters narrower than float64 are moved in float64: their own steps would be too coarse."""
        _, X, target = net.risk.data(params, X, y)
        dtype, w, unpack = packed(params).dtype, packed(params).astype(np.float64), unpacker(params)
        moving = unpack(w)  # views: a parameter moved in w is moved in the net
        here = float(net.risk.of_data(moving, X, target))
        quotients = np.empty_like(w)
        for k, was in enumerate(w.tolist()):
            w[k] = was + self.h
            above, step = float(net.risk.of_data(moving, X, target)), w[k] - was
            below = here
            if self.order == 2:
                w[k] = was - self.h
                below, step = float(net.risk.of_data(moving, X, target)), step + was - w[k]
            w[k], quotients[k] = was, (above - below) / step
        return Step(unpack(quotients.astype(dtype)), here, state)

    def cost(self, parameters: int) -> str:
        return f"{2 * parameters if self.order == 2 else parameters + 1} values"
