"""JAX: tails that are flushed to zero, limits that are nan, conventions that do not add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.museum.exhibit import Exhibit

ZERO_OF_THE_TAIL = "the derivative is made of a difference that rounds to zero, where there is a stable form"


def _asked(
    make: Callable[[Any, Any, Any], Callable[..., Any]], *x: float | np.ndarray, order: int = 1
) -> Callable[[], Any]:
    """jax.grad, or the second or third derivative, of `make(jnp, jax.nn, jax.scipy.special)`, in float64."""

    def says() -> Any:
        import jax
        import jax.numpy as jnp
        import jax.scipy.special as jsp

        with jax.enable_x64(True):
            f = make(jnp, jax.nn, jsp)
            derivative = {1: jax.grad, 2: jax.hessian, 3: lambda f: jax.grad(jax.grad(jax.grad(f)))}[order](f)
            return np.asarray(derivative(*(jnp.asarray(v, jnp.float64) for v in x)))

    return says


def _where(jnp: Any, nn: Any, jsp: Any) -> Any:
    return lambda x: jnp.where(x > 0, jnp.sqrt(x), 0.0)


_ALL = (
    Exhibit("jax-relu-minus-relu", "jax", "grad(relu(x) - relu(-x)) at 0", "relu(x) - relu(-x)", (0.0,),
            _asked(lambda jnp, nn, jsp: lambda x: nn.relu(x) - nn.relu(-x), 0.0),
            "the function is x; relu'(0) = 0 is a choice that two relus cannot make together"),
    Exhibit("jax-where", "jax", "grad(where(x > 0, sqrt(x), 0)) at -1", "where(x > 0, sqrt(x), 0)", (-1.0,),
            _asked(_where, -1.0), "0 times the slope of the branch that was not taken, which is nan"),
    Exhibit("jax-norm-squared", "jax", "grad(norm(x)**2) at (0, 0)", lambda x: np.linalg.norm(x) ** 2, (np.zeros(2),),
            _asked(lambda jnp, nn, jsp: lambda x: jnp.linalg.norm(x) ** 2, np.zeros(2)),
            "0 times the infinite slope of a square root; the function is x . x"),
    Exhibit("jax-cbrt-cubed", "jax", "grad(cbrt(x)**3) at 0", "cbrt(x)**3", (0.0,),
            _asked(lambda jnp, nn, jsp: lambda x: jnp.cbrt(x) ** 3, 0.0),
            "0 times the infinite slope of a cube root; the function is x"),
    Exhibit("jax-power-zero", "jax", "grad(abs(max(x, 0))**0) at -1", "abs(max(x, 0))**0", (-1.0,),
            _asked(lambda jnp, nn, jsp: lambda x: jnp.abs(jnp.maximum(x, 0.0)) ** jnp.float64(0.0), -1.0),
            "the function is 1; its power rule has 0 times 0**-1"),
    Exhibit("jax-quotient", "jax", "grad(0/b) at 1e-300", "0/b", (1e-300,),
            _asked(lambda jnp, nn, jsp: lambda b: 0.0 / b, 1e-300), "b**2 underflows to 0: -0/0"),
    Exhibit("jax-hypot-second", "jax", "hessian(hypot(x, 3)) at 3", "hypot(x, 3)", (3.0,),
            _asked(lambda jnp, nn, jsp: lambda x: jnp.hypot(x, 3.0), 3.0, order=2),
            "where both arguments are of one size, max(|x|, |y|) inside is differentiated by halves", "hessian"),
    Exhibit("jax-power-third", "jax", "grad(grad(grad(x**2.0))) at 0", "x**2.0", (0.0,),
            _asked(lambda jnp, nn, jsp: lambda x: x**2.0, 0.0, order=3),
            "0 times 0**-1: the power rule is used once more than the power lasts", "third"),
    Exhibit("jax-hypot-squared-second", "jax", "hessian(hypot(x, y)**2) at (0, 0)", lambda x: np.hypot(x[0], x[1]) ** 2,
            (np.zeros(2),), _asked(lambda jnp, nn, jsp: lambda x: jnp.hypot(x[0], x[1]) ** 2, np.zeros(2), order=2),
            "products of the slopes that it takes at the kink of hypot; the function is x**2 + y**2", "hessian"),
    Exhibit("jax-maximum-second", "jax", "hessian(maximum(x**2, 0)) at 0", "max(x**2, 0)", (0.0,),
            _asked(lambda jnp, nn, jsp: lambda x: jnp.maximum(x**2, 0.0), 0.0, order=2),
            "half of the slope at the tie; the function is x**2", "hessian"),
    Exhibit("jax-sqrt-fourth", "jax", "grad(sqrt(x**4)) at 0", "sqrt(x**4)", (0.0,),
            _asked(lambda jnp, nn, jsp: lambda x: jnp.sqrt(x**4), 0.0), "infinity times 0; the function is x**2"),
    Exhibit("jax-sigmoid", "jax", "grad(sigmoid) at 40", "sigmoid(x)", (40.0,),
            _asked(lambda jnp, nn, jsp: nn.sigmoid, 40.0), f"y (1 - y): {ZERO_OF_THE_TAIL}"),
    Exhibit("jax-tanh", "jax", "grad(tanh) at 20", "tanh(x)", (20.0,),
            _asked(lambda jnp, nn, jsp: jnp.tanh, 20.0), f"1 - y**2: {ZERO_OF_THE_TAIL}"),
    Exhibit("jax-expm1", "jax", "grad(expm1) at -40", "expm1(x)", (-40.0,),
            _asked(lambda jnp, nn, jsp: jnp.expm1, -40.0), f"y + 1: {ZERO_OF_THE_TAIL}"),
    Exhibit("jax-elu", "jax", "grad(elu) at -40", "elu(x, 1)", (-40.0,),
            _asked(lambda jnp, nn, jsp: nn.elu, -40.0), "it is made of expm1, whose derivative is 0 there"),
    Exhibit("jax-softplus-second", "jax", "hessian(softplus) at 40", "softplus(x)", (40.0,),
            _asked(lambda jnp, nn, jsp: nn.softplus, 40.0, order=2), f"y (1 - y) again: {ZERO_OF_THE_TAIL}", "hessian"),
    Exhibit("jax-beta", "jax", "grad(beta(a, 4)) at 8.1", "beta(a, 4)", (8.1,),
            _asked(lambda jnp, nn, jsp: lambda a: jsp.beta(a, 4.0), 8.1),
            "log beta, too: its series has h/(1 + h), h = a/b, where 1/(1 + h) is meant"),
    Exhibit("jax-i0", "jax", "grad(i0) at 0", "besseli(0, x)", (0.0,),
            _asked(lambda jnp, nn, jsp: jsp.i0, 0.0), "exp(|x|) times a scaled function: |x| has the slope 1"),
    Exhibit("jax-spence", "jax", "grad(spence) at 1.2", "spence(z)", (1.2,),
            _asked(lambda jnp, nn, jsp: jsp.spence, 1.2), "nan everywhere between 1 and 2"),
    Exhibit("jax-sqrt-subnormal", "jax", "grad(sqrt) at 5e-324", "sqrt(x)", (5e-324,),
            _asked(lambda jnp, nn, jsp: jnp.sqrt, 5e-324), "subnormal numbers are flushed to zero: 0.5/0"),
    Exhibit("jax-erfc", "jax", "grad(erfc) at 27", "erfc(x)", (27.0,),
            _asked(lambda jnp, nn, jsp: jsp.erfc, 27.0), "a subnormal derivative is flushed to zero"),
)  # fmt: skip
REPAIRED = ("jax-hypot-second", "jax-expm1", "jax-elu", "jax-i0")  # in 0.12
LATER = ("jax-power-third", "jax-hypot-squared-second", "jax-maximum-second", "jax-sqrt-fourth")  # asked of 0.10 only
EXHIBITS = tuple(replace(e, fails="0.10.2" if e.name in REPAIRED + LATER else "0.10.2 and 0.12.0") for e in _ALL)
