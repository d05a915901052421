"""HIPS autograd, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.museum.exhibit import Exhibit


def _asked(make: Callable[[Any, Any], Callable[[Any], Any]], x: Any) -> Callable[[], Any]:
    """autograd.grad of what `make(autograd.numpy, autograd.scipy.special)` returns."""

    def says() -> Any:
        import autograd  # type: ignore[import-not-found]  # an extra
        import autograd.numpy as anp  # type: ignore[import-not-found]  # an extra
        from autograd.scipy import special  # type: ignore[import-not-found]  # an extra

        of: Any = autograd.grad  # its types say otherwise
        return of(make(anp, special))(np.asarray(x, float) if np.ndim(x) else float(x))

    return says


_ALL = (
    Exhibit("autograd-prod", "autograd", "prod at (0, 2, 3)", np.prod, (np.array([0.0, 2.0, 3.0]),),
            _asked(lambda anp, sp: anp.prod, [0.0, 2.0, 3.0]), "the product over the entry: 0/0"),
    Exhibit("autograd-norm-squared", "autograd", "norm(x)**2 at (0, 0)", lambda x: np.linalg.norm(x) ** 2,
            (np.zeros(2),), _asked(lambda anp, sp: lambda x: anp.linalg.norm(x) ** 2, [0.0, 0.0]),
            "0/0 in the slope of the norm; the function is x . x"),
    Exhibit("autograd-sinc", "autograd", "sinc'(0)", np.sinc, (0.0,), _asked(lambda anp, sp: anp.sinc, 0.0),
            "the slope is written as a quotient by x"),
    Exhibit("autograd-expm1", "autograd", "expm1'(-40)", "expm1(x)", (-40.0,), _asked(lambda anp, sp: anp.expm1, -40.0),
            "y + 1 rounds to zero"),
    Exhibit("autograd-expit", "autograd", "expit'(40)", "sigmoid(x)", (40.0,), _asked(lambda anp, sp: sp.expit, 40.0),
            "y (1 - y) rounds to zero"),
)  # fmt: skip
EXHIBITS = tuple(replace(e, fails="1.9.1") for e in _ALL)
