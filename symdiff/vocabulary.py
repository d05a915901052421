"""The vocabularies a row of the op table is written in, each imported on first use.

`jnp.sin` in a row costs nothing until somebody calls it: importing the table must not import JAX
(two seconds) or SymPy (one second). A word that the vocabulary lacks fails when it is first called.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any


class _Word:
    """One function of a vocabulary, looked up in its module when it is first called."""

    __slots__ = ("_module", "_name", "_real")

    def __init__(self, module: str, name: str) -> None:
        self._module, self._name = module, name
        self._real: Callable[..., Any] | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        real = self._real
        if real is None:
            real = self._real = getattr(importlib.import_module(self._module), self._name)
        return real(*args, **kwargs)

    def __repr__(self) -> str:
        return f"{self._module}.{self._name}"


class _Vocabulary:
    """A module by name; its attributes are words, not yet looked up."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> _Word:
        if name.startswith("__"):  # copy, pickle and inspect ask for these
            raise AttributeError(name)
        return _Word(self._module, name)


if TYPE_CHECKING:  # the type checker sees the real modules
    import jax
    import jax.nn as jnn
    import jax.numpy as jnp
    import jax.numpy.linalg as jla
    import jax.scipy.special as jsp
    import mpmath
    import sympy as sp
    from jax import lax
    from scipy import special

    from symdiff import balls as arb
else:
    jax = _Vocabulary("jax")
    jnp = _Vocabulary("jax.numpy")
    jla = _Vocabulary("jax.numpy.linalg")
    jnn = _Vocabulary("jax.nn")
    jsp = _Vocabulary("jax.scipy.special")
    lax = _Vocabulary("jax.lax")
    mpmath = _Vocabulary("mpmath")
    sp = _Vocabulary("sympy")
    special = _Vocabulary("scipy.special")
    arb = _Vocabulary("symdiff.balls")
