"""The namespaces that a case's functions are evaluated in: NumPy with SciPy's special functions, JAX, and mpmath."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy


class Numpy:
    """NumPy; `np.special` is scipy.special."""

    def __getattr__(self, name: str) -> Any:
        if name == "special":
            from scipy import special

            return special
        return getattr(numpy, name)


NUMPY = Numpy()


@cache
def jax_space() -> Any:
    """jax.numpy; `np.special` is jax.scipy.special. An AttributeError says what JAX does not have."""
    import jax.numpy as jnp
    from jax.scipy import special

    class Jax:
        def __getattr__(self, name: str) -> Any:
            return special if name == "special" else getattr(jnp, name)

    return Jax()
