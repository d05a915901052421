"""The same case as each checker wants it: flat for numerical ones, a custom rule for JAX, PyTorch and autograd.

Every peer evaluates the function and compares with the claim; none of them differentiates either, so the claim stays in
NumPy. The function is native for JAX where JAX has its operations, and a callback where it has not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy

from benchmarks.trust.battery.case import Case
from benchmarks.trust.battery.spaces import jax_space


def claims(case: Case, *args: Any) -> tuple[Any, ...]:
    """The claimed gradient as a tuple of float64 arrays, one for each argument."""
    with numpy.errstate(all="ignore"):
        found = case.claimed(*args)
    return tuple(numpy.asarray(g, dtype=float) for g in (found if len(case.point) > 1 else (found,)))


def flat(case: Case) -> tuple[Callable[[Any], float], Callable[[Any], Any], Any]:
    """f, its claimed gradient, and the point, all in one vector: for SciPy and numdifftools."""
    shapes = [numpy.shape(x) for x in case.point]
    ends = numpy.cumsum([numpy.size(x) for x in case.point])[:-1]

    def split(x: Any) -> list[Any]:
        parts = numpy.split(numpy.asarray(x, dtype=float), ends)
        return [part.reshape(shape) if shape else float(part[0]) for part, shape in zip(parts, shapes, strict=True)]

    def f(x: Any) -> float:
        with numpy.errstate(all="ignore"):
            return float(case.f(*split(x)))

    def g(x: Any) -> Any:
        return numpy.concatenate([part.ravel() for part in claims(case, *split(x))])

    return f, g, numpy.concatenate([numpy.ravel(x) for x in case.copies()])


def native_in_jax(case: Case) -> bool:
    """Whether JAX has every operation of the function."""
    import jax

    try:
        jax.eval_shape(lambda *args: case.function(jax_space(), *args), *case.point)
    except Exception:  # noqa: BLE001 - whatever JAX raises, it cannot trace this function
        return False
    return True


def in_jax(case: Case, forward: bool = False) -> Callable[..., Any]:
    """A jax.custom_vjp (or, for forward mode, a jax.custom_jvp) with the claim as its rule. Ask it under x64."""
    import jax
    import jax.numpy as jnp

    native = native_in_jax(case)

    def primal(*args: Any) -> Any:
        if native:
            return case.function(jax_space(), *args)
        value = jax.ShapeDtypeStruct((), jnp.float64)
        return jax.pure_callback(lambda *xs: numpy.asarray(case.f(*_numbers(case, xs)), dtype=float), value, *args)

    def rule(args: tuple[Any, ...]) -> Any:
        shapes = tuple(jax.ShapeDtypeStruct(numpy.shape(x), jnp.float64) for x in case.point)
        return jax.pure_callback(lambda *xs: claims(case, *_numbers(case, xs)), shapes, *args)

    if forward:
        f = jax.custom_jvp(primal)
        f.defjvp(lambda args, ts: (primal(*args), sum(jnp.sum(g * t) for g, t in zip(rule(args), ts, strict=True))))
        return f
    f = jax.custom_vjp(primal)
    f.defvjp(lambda *args: (primal(*args), args), lambda args, ct: tuple(ct * g for g in rule(args)))
    return f


def in_torch(case: Case) -> Callable[..., Any]:
    """`apply` of a torch.autograd.Function with the claim as its backward."""
    import torch

    class Claimed(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *args: Any) -> Any:
            ctx.save_for_backward(*args)
            with numpy.errstate(all="ignore"):
                value = case.f(*_numbers(case, args))
            return torch.as_tensor(float(value), dtype=torch.float64)

        @staticmethod
        def backward(ctx: Any, *ct: Any) -> Any:
            found = claims(case, *_numbers(case, ctx.saved_tensors))
            return tuple(ct[0] * torch.as_tensor(g.copy()) for g in found)

    return Claimed.apply


def in_autograd(case: Case) -> Callable[..., Any]:
    """An autograd primitive with the claim as its vjp and its jvp."""
    from autograd.extend import defjvp, defvjp, primitive

    @primitive
    def f(*args: Any) -> Any:
        with numpy.errstate(all="ignore"):
            return float(case.f(*args))

    many = range(len(case.point))
    defvjp(f, *[(lambda ans, *args, k=k: lambda ct: ct * claims(case, *args)[k]) for k in many])
    defjvp(f, *[(lambda t, ans, *args, k=k: numpy.sum(t * claims(case, *args)[k])) for k in many])
    return f


def _numbers(case: Case, args: Any) -> list[Any]:
    """What the callbacks get (arrays, tensors) as the arguments that the case has: arrays, and floats for floats."""
    plain = (numpy.array(x.detach().numpy() if hasattr(x, "detach") else x, dtype=float) for x in args)
    return [x if isinstance(p, numpy.ndarray) else float(x) for x, p in zip(plain, case.point, strict=True)]
