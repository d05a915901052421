"""The shapes are JAX's: the same nesting as jax.grad, jacobian, hessian, jvp and vjp of the same function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import pytest

import symdiff as sd
from tests.operators.scenarios import METHODS, leaves, structure

Function = Callable[..., Any]

# name: the formulas, the same by hand in JAX, the point
PAIRS: dict[str, tuple[str | list[str], Function, tuple[float, ...]]] = {
    "one variable": ("sin(x)", jnp.sin, (0.5,)),
    "three": ("a*b + sin(c)", lambda a, b, c: a * b + jnp.sin(c), (0.5, 1.5, 2.0)),
    "vector": (["x*y", "x + y", "x"], lambda x, y: (x * y, x + y, x), (0.5, 1.5)),
    "vector of one": (["x*y"], lambda x, y: (x * y,), (0.5, 1.5)),
    "vector of one variable": (["x", "exp(x)"], lambda x: (x, jnp.exp(x)), (0.5,)),
}
CHOICES = [None, 0, (0,), (1, 0), (0, 1), -1]
FOR_ONE = (None, 0, (0,), -1)
CASES = [(name, wrt) for name, (_, _, x) in PAIRS.items() for wrt in CHOICES if len(x) > 1 or wrt in FOR_ONE]


def plain(tree: Any) -> Any:
    """JAX's scalars as floats; JAX returns tuples and lists of them."""
    if isinstance(tree, tuple | list):
        return tuple(plain(t) for t in tree)
    return float(tree)


def argnums(wrt: Any, n: int) -> Any:
    """Without wrt: all of them; a function of one variable has no tuple around it."""
    if wrt is None:
        return 0 if n == 1 else tuple(range(n))
    return wrt


def same(ours: Any, theirs: Any) -> None:
    theirs = plain(theirs)
    assert structure(ours) == structure(theirs)
    assert leaves(ours) == pytest.approx(leaves(theirs), rel=1e-6)


@pytest.mark.parametrize(("name", "wrt"), CASES)
@pytest.mark.parametrize("operator", ["grad", "value_and_grad", "jacobian", "hessian"])
def test_wrt_is_argnums(operator: str, name: str, wrt: Any) -> None:
    text, f, x = PAIRS[name]
    if isinstance(text, list) and operator in ("grad", "value_and_grad"):
        with pytest.raises(sd.InputError, match="use jacobian, jvp or vjp"):
            getattr(sd, operator)(text, wrt=wrt)
        return
    theirs = getattr(jax, operator)(f, argnums=argnums(wrt, len(x)))(*x)
    same(getattr(sd, operator)(text, wrt=wrt)(*x), theirs)


@pytest.mark.parametrize("name", PAIRS)
@pytest.mark.parametrize("method", METHODS)
def test_jvp_and_vjp_return_what_jax_returns(method: str, name: str) -> None:
    text, f, x = PAIRS[name]
    v = tuple(0.5 + k for k in range(len(x)))
    same(sd.value(text, method=method)(*x), f(*x))
    same(sd.jvp(text, x, v, method=method), jax.jvp(f, x, v))
    y, pull_back = sd.vjp(text, *x, method=method)
    theirs, jax_pull_back = jax.vjp(f, *x)
    same(y, theirs)
    c = tuple(1.0 + k for k in range(len(text))) if isinstance(text, list) else 2.0
    same(pull_back(c), jax_pull_back(jax.tree.map(jnp.float32, c)))


@pytest.mark.parametrize("name", ["one variable", "three"])
def test_hvp_is_the_jvp_of_the_gradient(name: str) -> None:
    text, f, x = PAIRS[name]
    v = tuple(0.5 + k for k in range(len(x)))
    same(sd.hvp(text, x, v), jax.jvp(jax.grad(f, argnums=argnums(None, len(x))), x, v)[1])


def test_a_cotangent_of_one_number_may_come_bare_or_not() -> None:
    _, pull_back = sd.vjp("x*y", 2.0, 3.0)
    assert pull_back(2.0) == pull_back((2.0,)) == pull_back([2.0]) == (6.0, 4.0)
    _, of_one = sd.vjp(["x*y"], 2.0, 3.0)
    assert of_one((2.0,)) == of_one(2.0) == (6.0, 4.0)


@pytest.mark.parametrize("method", METHODS)
def test_results_are_plain_floats(method: str) -> None:
    assert type(sd.grad("x*y", method=method)(2.0, 3.0)[0]) is float
    assert type(sd.grad("x**2", method=method)(2)) is float
    assert type(sd.value_and_grad("x**2", method=method)(2.0)[0]) is float
    assert type(sd.hessian("x**2", method=method)(2.0)) is float
