"""Where the weights start. Biases start at zero, but for `normal`, whose biases are drawn, too.

| scheme     | W                                         | source                                        |
|------------|-------------------------------------------|-----------------------------------------------|
| zeros      | 0                                         |                                               |
| normal     | N(0, scale^2), scale 0.01 unless said     |                                               |
| xavier     | N(0, 2/(fan_in + fan_out))                | Glorot and Bengio, AISTATS 2010               |
| he         | N(0, 2/fan_in)                            | He et al., arXiv:1502.01852                   |
| orthogonal | orthonormal rows or columns               | Saxe et al., arXiv:1312.6120                  |
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

from symdiff.errors import InputError
from symdiff.nets.activations import suggestion
from symdiff.nets.arguments import whole

Draw = Callable[[np.random.Generator, int, int], np.ndarray]  # (rng, fan_out, fan_in) -> W


def _orthogonal(rng: np.random.Generator, out: int, into: int) -> np.ndarray:
    """Q of a Gaussian matrix, with the signs of R's diagonal taken out: uniform among all of them."""
    tall = rng.standard_normal((max(out, into), min(out, into)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diag(r) < 0, -1.0, 1.0)
    return q if out >= into else q.T


SCHEMES: dict[str, Draw] = {
    "zeros": lambda rng, out, into: np.zeros((out, into)),
    "normal": lambda rng, out, into: rng.standard_normal((out, into)),
    "xavier": lambda rng, out, into: rng.standard_normal((out, into)) * np.sqrt(2.0 / (into + out)),
    "he": lambda rng, out, into: rng.standard_normal((out, into)) * np.sqrt(2.0 / into),
    "orthogonal": _orthogonal,
}
SCALES = {"normal": 0.01}


def draw(scheme: Any, widths: tuple[int, ...], seed: int, scale: float | None, dtype: Any) -> list[dict[str, Any]]:
    """The parameters of every layer: `[{"W": (d_i, d_{i-1}), "b": (d_i,)}, ...]`."""
    if scheme not in SCHEMES:
        raise InputError(f"init {scheme!r} is not known{suggestion(scheme, sorted(SCHEMES))}")
    whole("seed", seed, 0)
    rng = np.random.default_rng(seed)
    factor = SCALES.get(scheme, 1.0) if scale is None else scale
    params = []
    for into, out in pairwise(widths):
        weights = factor * SCHEMES[scheme](rng, out, into)
        bias = factor * rng.standard_normal(out) if scheme == "normal" else np.zeros(out)
        params.append({"W": weights.astype(dtype), "b": bias.astype(dtype)})
    return params
