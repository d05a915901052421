"""What a check asks JAX for is compiled once and quickly, with the value: and is what JAX computes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import jax
import numpy as np
import pytest
from jax import lax

import symdiff as sd
from symdiff.arrays import ArrayProblem
from symdiff.graph import Graph
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.methods.jax import arrays, checked, moving
from symdiff.methods.jax.checked import Checked, part
from symdiff.methods.jax.nodes import Nodes
from symdiff.methods.shared import Shared

X = np.array([0.3, -1.2, 2.5])


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def entropy(x: Any) -> Any:
    p = softmax(x)
    return -np.sum(p * np.log(p))


def problem(f: Any, *args: Any) -> tuple[ArrayProblem, list[np.ndarray]]:
    recording, leaves = from_code(f).recorded(args, {}, 0)
    return recording.problem, leaves


@pytest.mark.parametrize(("f", "operator"), [(entropy, "grad"), (entropy, "hessian"), (softmax, "jacobian")])
def test_it_is_the_derivative_and_the_value(f: Any, operator: str) -> None:
    given, leaves = problem(f, X)
    with jax.enable_x64(True):
        both = Checked(given, Task(operator, (0,)))
        entries, values = both.run(leaves, []), both.values(leaves)
        alone = arrays.Traced(given, Task(operator, (0,))).run(leaves, [])
    assert values[0] == pytest.approx(f(X), rel=1e-15)
    for a, b in zip(entries, alone, strict=True):
        assert a == pytest.approx(b, rel=1e-14, abs=1e-16)


def test_a_zero_is_not_taken_for_the_other_one() -> None:
    given, _ = problem(lambda x: np.sum(1 / x), X)
    with jax.enable_x64(True):
        both = Checked(given, Task("grad", (0,)))
        signs = [float(both.values([np.array([z, 1.0, 1.0])])[0]) for z in (0.0, -0.0, 0.0)]
    assert signs == [np.inf, -np.inf, np.inf]


def test_what_it_returns_is_the_callers() -> None:
    """Written into, it does not change what the next one is told."""
    given, leaves = problem(entropy, X)
    with jax.enable_x64(True):
        both = Checked(given, Task("grad", (0,)))
        first = both.run(leaves, [])[0]
        kept = first.copy()
        first[:] = 7.0
        leaves[0][:] = [1.0, 2.0, 3.0]
        assert not np.array_equal(both.run(leaves, [])[0], kept)
        assert np.array_equal(both.run([X], [])[0], kept)


@pytest.mark.parametrize("claim", [None, lambda x: -softmax(x)])
def test_a_check_compiles_once(claim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    compiled = Checked._compile
    monkeypatch.setattr(Checked, "_compile", lambda self, x: (made.append(self), compiled(self, x))[1])
    monkeypatch.setattr(method("jax"), "_shared", Shared())
    sd.crosscheck(entropy, X, claimed=claim)
    assert len(made) == 1
    sd.crosscheck(entropy, X + 1)  # recorded anew
    assert len(made) == 1


def test_what_is_compiled_is_not_traced_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Any] = []
    run = arrays.run
    monkeypatch.setattr(arrays, "run", lambda *args: (ran.append(args), run(*args))[1])
    given, leaves = problem(entropy, X)
    with jax.enable_x64(True):
        both = Checked(given, Task("grad", (0,)))
        found = both.run(leaves, [])[0]
        assert len(ran) == 1
        assert np.allclose(found, jax.grad(lambda x: arrays.as_jax(given)(x)[0])(X), 1e-12, 0.0)


def test_options_that_this_xla_does_not_know_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked, "QUICKLY", {"xla_of_another_century": True})
    given, leaves = problem(entropy, X)
    with jax.enable_x64(True):
        assert Checked(given, Task("grad", (0,))).values(leaves)[0] == pytest.approx(entropy(X), rel=1e-15)


def test_this_xla_knows_the_options() -> None:
    with jax.enable_x64(True):
        assert jax.jit(lambda x: x * 2).lower(X).compile(compiler_options=checked.QUICKLY)(X)[0] == 2 * X[0]


def test_an_op_that_would_lose_digits_is_compiled_as_ever() -> None:
    given, _ = problem(lambda x: np.sum(np.cbrt(x)), X)
    assert not Checked(given, Task("value", (0,)))._quickly
    assert Checked(problem(entropy, X)[0], Task("value", (0,)))._quickly


def test_a_wrong_value_is_seen_though_it_comes_with_the_derivative(monkeypatch: pytest.MonkeyPatch) -> None:
    true = Checked.values
    monkeypatch.setattr(Checked, "values", lambda self, x: [v * (1 + 1e-9) for v in true(self, x)])
    assert sd.crosscheck(entropy, X).lamps["V"].state == "red"


@pytest.mark.parametrize("operator", ["hessian", "third"])
def test_a_function_of_jaxs_that_leaks_a_tracer_is_refused_in_a_sentence(operator: str) -> None:
    """exp1 of jax 0.10; another JAX may differentiate it."""
    f = sd.jax_function(jax.scipy.special.exp1)
    found = [x for x in sd.crosscheck(f, 1.5, operators=operator, methods=["jax"]).findings if x.method == "jax"]
    assert found
    assert all(x.reason.startswith("a function of JAX's own leaks") for x in found if str(x.verdict) == "UNSUPPORTED")


def test_a_part_has_what_its_results_need() -> None:
    closed = jax.make_jaxpr(lambda x, y: (x * y + 1.0, np.float32(2.0), y))(0.5, 0.25)
    first = part(closed, closed.jaxpr.outvars[:1], 2)
    assert [str(e.primitive) for e in first.jaxpr.eqns] == ["mul", "add"]
    assert part(closed, closed.jaxpr.outvars[1:], 2).jaxpr.eqns == []


PADDINGS: list[Sequence[tuple[int, int, int]]] = [
    [(0, 0, 0), (0, 0, 0)], [(1, 2, 0), (0, 1, 0)], [(0, 0, 2), (3, 1, 1)], [(-1, 1, 0), (0, -2, 1)],
    [(-2, 3, 0), (-1, -1, 0)], [(2, -2, 1), (-4, 5, 1)], [(-2, -1, 0), (0, 0, 0)],
]  # fmt: skip


SHAPES = [(2, 3), (1, 4), (3, 0)]


def may_be_padded(shape: tuple[int, ...], config: Sequence[tuple[int, int, int]]) -> bool:
    return all(n + max(n - 1, 0) * c + a + b >= 0 for n, (a, b, c) in zip(shape, config, strict=True))


@pytest.mark.parametrize(("shape", "config"), [case for case in product(SHAPES, PADDINGS) if may_be_padded(*case)])
def test_padding_is_jaxs(shape: tuple[int, ...], config: Sequence[tuple[int, int, int]]) -> None:
    numbers = np.arange(1, 1 + np.prod(shape, dtype=int)).reshape(shape)
    closed = jax.make_jaxpr(lambda x: lax.pad(x, 0, config))(numbers)
    eqn = next(e for e in closed.jaxpr.eqns if e.primitive.name == "pad")
    found = moving.READERS["pad"](Nodes(Graph(), None, 100), eqn, [numbers, np.array(0)])[0]
    assert np.array_equal(found, np.asarray(lax.pad(numbers, 0, config)))
