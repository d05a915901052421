"""How accurately matrix products are computed, measured: a GPU may round the factors to TF32 or bfloat16 first.

The setting says what was asked for, the probe what was done. Source of the formats: NVIDIA, "TensorFloat-32 in
the A100 GPU" (2020): 11 significant bits; bfloat16 has 8.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

SIZE = 128  # large enough for the kernels that large matrices get


def unit_roundoff(dtype: Any, product: Callable[[Any, Any], Any] | None = None) -> float:
    """The unit roundoff of matrix products of this dtype on JAX's current device, in the precision in force.

    Args:
        dtype: "float32", "float64", "float16" or "bfloat16", or a dtype.
        product: what is measured, `jnp.matmul` unless given: (SIZE, SIZE) times (SIZE, SIZE).

    The factors are a diagonal matrix and one of ones, so every entry of the product is one number of k + 1
    significant bits, exactly. The first k that does not come back is where the factors are rounded: 2^-k is
    half of the spacing that is left. 1 + 2^-k is the sum of two short numbers, which several passes in
    bfloat16 get right; so there is a number without such gaps for each k, too.

    >>> unit_roundoff("float32") == 2.0**-24
    True
    """
    kind = jnp.dtype(dtype)
    bits = jnp.finfo(kind).nmant
    numbers = [x for k in range(1, bits + 1) for x in (1 + 2.0**-k, _without_gaps(k))]
    exact = np.array([*numbers, *[1.0] * (SIZE - len(numbers))])
    with jax.enable_x64(kind == np.float64):
        probe, ones = jnp.asarray(np.diag(exact), kind), jnp.ones((SIZE, SIZE), kind)
        times = jnp.matmul if product is None else product
        left = np.asarray(times(probe, ones), np.float64)
        right = np.asarray(times(ones, probe), np.float64)
    came_back = np.all(left == exact[:, None], 1) & np.all(right == exact, 0)
    lost = np.flatnonzero(~came_back)
    return 2.0 ** -(int(lost[0]) // 2 + 1 if lost.size else bits + 1)


def _without_gaps(k: int) -> float:
    """1.0101...1 in binary with k digits after the point, the last of them 1."""
    return 1.0 + sum(2.0**-j for j in range(2, k, 2)) + 2.0**-k


def note(dtype: str) -> str:
    """A sentence for reports: the device and the unit roundoff in force; "" for float64 on a CPU."""
    from symdiff.methods.jax.devices import current, label

    device = current()
    if device.platform == "cpu" and dtype == "float64":
        return ""
    unit = int(math.log2(unit_roundoff(dtype)))
    return f"jax on {label(device)}: {dtype} matrix products are computed with unit roundoff 2^{unit} (measured)"
