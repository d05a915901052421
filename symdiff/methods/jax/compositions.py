"""JAX's forward and reverse mode, one over the other: second and third derivatives along vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax

from symdiff.errors import UnsupportedError
from symdiff.methods.modes import FORWARD, REVERSE, gradient_at

NO_FORWARD = ("forward-mode autodiff", "custom_lin")  # in JAX's own messages
DEFAULT = (FORWARD, FORWARD, REVERSE)  # of a third derivative: tangents pushed through the gradient, as hvp does


def of_some(g: Callable[..., Any], x: Sequence[Any], moving: Sequence[int]) -> Callable[..., Any]:
    """g as a function of the arguments at `moving` alone; the others stay what they are in `x`."""

    def of_moving(*chosen: Any) -> Any:
        full = list(x)
        for k, value in zip(moving, chosen, strict=True):
            full[k] = value
        return g(*full)

    return of_moving


def composed(
    f: Callable[..., Any], modes: Sequence[str], tangents: Sequence[Sequence[Any]]
) -> Callable[..., tuple[Any, ...]]:
    """The gradient of the derivative of `f` along the tangents, a function of the same arguments.

    Args:
        f: of some arrays or numbers, with one number as its value.
        modes: outermost first; see `methods.modes`.
        tangents: one less than there are modes, each with one array an argument.
    """
    at, left = gradient_at(tuple(modes)), list(tangents)
    for mode in modes[:at:-1]:
        f = _slope(f, mode, tuple(left.pop()))
    g = _gradient(f, modes[at])
    for _ in modes[:at]:
        g = _moved(g, tuple(left.pop()))
    return g


def _slope(f: Callable[..., Any], mode: str, tangent: tuple[Any, ...]) -> Callable[..., Any]:
    """The derivative along a tangent."""
    if mode == FORWARD:
        return lambda *x: jax.jvp(f, x, tangent)[1]
    every = tuple(range(len(tangent)))
    return lambda *x: sum(jax.numpy.vdot(g, t) for g, t in zip(jax.grad(f, every)(*x), tangent, strict=True))


def _gradient(f: Callable[..., Any], mode: str) -> Callable[..., tuple[Any, ...]]:
    derivative = jax.grad if mode == REVERSE else jax.jacfwd
    return lambda *x: derivative(f, tuple(range(len(x))))(*x)


def _moved(g: Callable[..., tuple[Any, ...]], tangent: tuple[Any, ...]) -> Callable[..., tuple[Any, ...]]:
    """The tangent of the gradient."""
    return lambda *x: jax.jvp(g, x, tangent)[1]


def lacks(e: Exception) -> bool:
    """Whether JAX says that it has no derivative by an argument: betainc by its orders."""
    return isinstance(e, ValueError) and "gradient with respect to" in str(e) and "not supported" in str(e)


def traced(f: Callable[..., Any], *args: Any) -> Any:
    """The jaxpr of a derivative.

    Raises:
        UnsupportedError: forward mode of a function that has a backward rule of its own only, reverse mode of one
            of JAX's loops, or a derivative that JAX has not.
    """
    try:
        return jax.make_jaxpr(f)(*args)
    except ValueError as e:  # exp1, twice
        if lacks(e):
            raise UnsupportedError(f"JAX: {e}") from e
        if "everse-mode differentiation" not in str(e):
            raise
        raise UnsupportedError("JAX has no reverse mode of its own loop in this function") from e
    except (TypeError, NotImplementedError) as e:
        if not any(word in str(e) for word in NO_FORWARD):
            raise
        raise UnsupportedError("JAX has no forward mode of a function with a custom_vjp, only reverse") from e
