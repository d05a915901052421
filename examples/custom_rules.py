"""Functions of JAX with derivative rules of their own, judged: `python -m examples.custom_rules`.

The function under a rule is what the rule has to be the derivative of: SymPy, the tape and the reference see the
function only, and JAX's column is `jax.grad` of it, rule and all.
"""

from __future__ import annotations

import sys

import jax
import jax.numpy as jnp
import numpy as np

import symdiff as sd


@jax.custom_jvp
def log1pexp(x):
    """log(1 + e**x). JAX's own derivative of it is nan where e**x overflows; the rule's is not.

    Source: the JAX documentation, "Custom derivative rules", section "Numerical stability".
    """
    return jnp.log(1.0 + jnp.exp(x))


@log1pexp.defjvp
def log1pexp_jvp(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    # 1 - 1 / (1 + e**x), as the documentation has it, is right, too, and keeps 7 of 16 digits at x = -20
    return log1pexp(x), jax.nn.sigmoid(x) * x_dot


@jax.custom_vjp
def eccentric_anomaly(e, M):
    """The E with E - e sin E = M, by Newton's method. The rule is the implicit function theorem's: no step of the
    loop is differentiated.

    Source: Danby, Fundamentals of Celestial Mechanics (1988), section 6.6.
    """

    def newton(_, E):
        return E - (E - e * jnp.sin(E) - M) / (1.0 - e * jnp.cos(E))

    return jax.lax.fori_loop(0, 8, newton, M + e * jnp.sin(M))


def eccentric_anomaly_fwd(e, M):
    E = eccentric_anomaly(e, M)
    return E, (e, E)


def eccentric_anomaly_bwd(kept, ct):
    e, E = kept
    slope = ct / (1.0 - e * jnp.cos(E))
    return jnp.sin(E) * slope, slope


eccentric_anomaly.defvjp(eccentric_anomaly_fwd, eccentric_anomaly_bwd)


@jax.custom_vjp
def clipped(x):
    """x, whose gradient is clipped on the way back: a trick of training, and not the derivative of x.

    Source: the JAX documentation, "Custom derivative rules", section "Gradient clipping".
    """
    return x


def clipped_fwd(x):
    return clipped(x), None


def clipped_bwd(_, ct):
    return (jnp.clip(ct, -1.0, 1.0),)


clipped.defvjp(clipped_fwd, clipped_bwd)


def softplus_loss(w):
    return jnp.sum(log1pexp(w * jnp.array([-40.0, 1.0, 30.0])))


def orbit(e):
    E = jax.vmap(eccentric_anomaly, (None, 0))(e, jnp.array([0.4, 1.3, 2.6]))
    return jnp.sum((jnp.cos(E) - e) ** 2)


def clipped_loss(w):
    return jnp.sum(clipped(w) ** 2)


POINTS = {
    softplus_loss: np.array([0.5, -0.3, 1.0]),
    orbit: np.float64(0.3),
    clipped_loss: np.array([0.2, -0.4, 3.0]),
}


def main() -> int:
    """Print a report on each; the last one is wrong, on purpose."""
    reports = [sd.crosscheck(f, x) for f, x in POINTS.items()]
    for report in reports:
        print(report, end="\n\n")
    return int([report.ok for report in reports] != [True, True, False])


if __name__ == "__main__":
    sys.exit(main())
