"""JAX functions, read from their jaxpr: their values, what is recorded, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError
from symdiff.inputs.code import Code, Recording, from_code
from symdiff.inputs.jax import reading
from symdiff.inputs.meeting_jax import is_jax_function
from tests.inputs.jax_functions import CASES, FAMILIES, X


def read(f: Callable[..., Any], *args: Any) -> tuple[Recording, list[Any]]:
    return from_code(sd.jax_function(f)).recorded(args, {}, tuple(range(len(args))))


def primitives(jaxpr: Any) -> set[str]:
    """All that are in a jaxpr, and in the jaxprs within."""
    found = set()
    for eqn in jaxpr.eqns:
        found.add(eqn.primitive.name)
        for value in eqn.params.values():
            for inner in value if isinstance(value, tuple | list) else [value]:
                within = getattr(inner, "jaxpr", inner)
                if hasattr(within, "eqns"):
                    found |= primitives(within)
    return found


# -- values ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_the_graph_has_jaxs_own_values(name: str, rng: np.random.Generator) -> None:
    """At the point, and beside it, where the same decisions hold."""
    f, args = CASES[name]
    recording, leaves = read(f, *args)
    problem = recording.problem
    assert problem.language == "jax"
    problem.graph.check()
    for size in (0.0, 1e-3, 1e-3):
        moved = [v * (1.0 + size * rng.uniform(-1, 1, np.shape(v))) for v in leaves]
        assert problem.holds(moved) or size
        if problem.holds(moved):
            with jax.enable_x64(True):
                theirs = jax.tree.leaves(f(*map(jnp.asarray, moved)))
            for mine, true in zip(problem.evaluate(moved), theirs, strict=True):
                np.testing.assert_allclose(mine, true, rtol=1e-11, atol=1e-13)
                assert np.shape(mine) == np.shape(true)


def test_most_of_what_there_is_to_read_is_met_by_a_function() -> None:
    """Every primitive that is read and that this version of JAX makes of some function here."""
    met: set[str] = set()
    with jax.enable_x64(True):
        for f, args in CASES.values():
            met |= primitives(jax.make_jaxpr(f)(*args).jaxpr)
    known = {*reading.READERS, *reading.CALLS, *reading.control.READERS}
    assert len(met & known) >= 75
    assert sum(map(len, FAMILIES.values())) >= 170


def test_an_equation_is_not_folded() -> None:
    """log(2) stays a step: as a number of JAX's it would be rounded."""
    recording, _ = read(jax.jit(lambda x: x * jnp.log(2.0)), 1.5)
    assert "log" in {node.op for node in recording.problem.graph.nodes}


def test_a_step_knows_its_line() -> None:
    def f(x: Any) -> Any:
        y = jnp.sin(x)
        return jnp.hypot(y, x)

    recording, _ = read(f, 0.7)
    first = f.__code__.co_firstlineno
    lines = {node.op: node.where for node in recording.problem.graph.nodes if node.args}
    assert lines["sin"] == f"test_jax_functions.py, line {first + 1}"
    assert {where for op, where in lines.items() if op != "sin"} == {f"test_jax_functions.py, line {first + 2}"}


def test_a_function_of_jaxs_own_has_the_line_that_calls_it_now() -> None:
    """JAX traces jnp.hypot once, and remembers who called it then."""
    for offset in (1, 2):

        def f(x: Any, offset: int = offset) -> Any:
            if offset == 1:
                return jnp.hypot(x, 1.0)
            return jnp.hypot(x, 1.0)

        recording, _ = read(f, 0.7)
        first = f.__code__.co_firstlineno
        lines = {node.where for node in recording.problem.graph.nodes if node.args}
        assert lines == {f"test_jax_functions.py, line {first + 1 + offset}"}


def test_a_custom_rule_is_not_entered() -> None:
    @jax.custom_vjp
    def f(x: Any) -> Any:
        return jnp.sin(x)

    def forward(x: Any) -> Any:
        raise AssertionError("entered")

    f.defvjp(forward, forward)
    recording, _ = read(f, 0.7)
    assert [node.op for node in recording.problem.graph.nodes] == ["input", "sin"]


def test_a_long_loop_is_one_op_and_a_deciding_one_is_written_out() -> None:
    def run(step: Callable[..., Any]) -> Any:
        return lambda x: jax.lax.scan(step, x, jnp.arange(9.0))[0]

    def ops(step: Callable[..., Any]) -> list[str]:
        recording, _ = read(run(step), 0.7)
        return [node.op for node in recording.problem.graph.nodes]

    assert "scan" in ops(lambda c, t: (jnp.sin(c) + t, None))
    deciding = ops(lambda c, t: (jax.lax.cond(c > 0.0, jnp.sin, jnp.cos, c) + t, None))
    assert "scan" not in deciding
    assert deciding.count("sin") + deciding.count("cos") == 9


def test_decisions_are_guards() -> None:
    recording, leaves = read(lambda x: jax.lax.cond(x[0] > 0, jnp.sin, jnp.cos, x), X)
    assert recording.problem.holds(leaves)
    assert not recording.problem.holds([-leaves[0]])


# -- how it is known that a function is JAX's ---------------------------------------------------------------

ROWS = np.arange(12.0).reshape(3, 4)
TRACED = {
    "jnp": jnp.sum, "jit": jax.jit(lambda x: x * 2), "at": lambda x: x.at[0].set(1.0) * 2,
    "asarray": lambda x: jnp.asarray(x) * 2, "array": lambda x: jnp.array([x[0], x[1]]),
    "vmap": jax.vmap(lambda v: v * 2), "checkpoint": jax.checkpoint(lambda x: x * 2),
    "grad": jax.grad(lambda x: jnp.sum(x * x)), "relu": jax.nn.relu, "constants": lambda x: jnp.arange(4.0) * x,
    "product": lambda x: jnp.ones(4) @ x, "where": lambda x: jnp.where(x > 0, x, 0.0),
    "loop": lambda x: jax.lax.fori_loop(0, 2, lambda _, y: y * x, x),
    # the argument is used by a function that JAX traces, from around it
    "vmap around": lambda x: jax.vmap(lambda r: r @ x)(ROWS),
    "from the left": lambda x: jax.vmap(lambda r: x * r)(ROWS),
    "scan around": lambda x: jax.lax.scan(lambda c, r: (c + r @ x, c), 0.0, ROWS)[0],
    "grad around": lambda x: jax.grad(lambda z: (z @ x) ** 2)(ROWS[0]),
    "while around": lambda x: jax.lax.while_loop(lambda c: c < 9.5, lambda c: c + x[3], 1.0),
    "jit around": lambda x: jax.jit(lambda r: r @ x)(ROWS), "map around": lambda x: jax.lax.map(lambda r: r @ x, ROWS),
}  # fmt: skip


@pytest.mark.parametrize("name", TRACED)
def test_a_jax_function_is_seen_to_be_one(name: str) -> None:
    code = from_code(TRACED[name])
    recording, leaves = code.recorded((X,), {})
    assert recording.problem.language == "jax"
    assert recording.problem.native is not None
    assert code.recorded((X,), {})[0] is recording
    np.testing.assert_allclose(recording.problem.evaluate(leaves)[0], recording.problem.own(leaves)[0], rtol=1e-14)


@pytest.mark.parametrize("f", [np.sum, lambda x: x[0] ** 2 + 1.0, lambda x: jax.tree.map(np.sin, [x])[0]])
def test_a_numpy_function_stays_one(f: Callable[..., Any]) -> None:
    assert from_code(f).recorded((X,), {})[0].problem.language == "numpy"
    assert not is_jax_function(f)


def test_a_numpy_function_that_is_given_an_array_of_jaxs() -> None:
    recording, _ = from_code(lambda x, A: np.sum(np.asarray(A) @ x)).recorded((X, jnp.eye(4, dtype=int)), {})
    assert recording.problem.language == "numpy"


def test_the_exceptions_of_the_users_code_stay_his_own() -> None:
    def f(x: Any) -> Any:
        return jax.tree.map(lambda v: v.nonsense, x)

    with pytest.raises(AttributeError, match="nonsense"):
        from_code(f).recorded((X,), {})


def test_a_function_of_numpys_within_one_that_jax_traces_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="write jnp for np"):
        from_code(lambda x: jax.vmap(lambda r: np.dot(r, x))(ROWS)).recorded((X,), {})


def test_an_argument_around_a_function_that_jax_traces_is_judged() -> None:
    def f(x: Any) -> Any:
        return jax.vmap(lambda r: jnp.sin(r @ x))(ROWS).sum()

    report = sd.crosscheck(f, X, claimed={"grad": {"right": jax.grad(f), "wrong": lambda x: 1.01 * jax.grad(f)(x)}})
    assert {f.method for f in report.findings if f.verdict == "DIFFER"} == {"claimed:wrong"}


def test_jax_is_not_imported_for_a_numpy_function() -> None:
    code = (
        "import sys, numpy as np, symdiff as sd\n"
        "sd.grad(lambda x: np.sum(np.sin(x)))(np.ones(3))\n"
        "try: sd.grad(lambda x: x.nonsense)(np.ones(3))\n"
        "except AttributeError: pass\n"
        "assert 'jax' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# -- arguments ---------------------------------------------------------------------------------------------


def test_pytrees_static_arguments_keywords_and_data() -> None:
    def f(params: Any, data: Any, power: int, *, scale: float) -> Any:
        return {"loss": scale * jnp.sum((data.at[0].set(0.0) @ params["W"]) ** power), "b": params["b"][0]}

    params = {"W": np.ones((3, 2)) * 0.3, "b": (np.array([1.0, 2.0]),)}
    code = from_code(jax.jit(f, static_argnums=2))
    recording, leaves = code.recorded((params, np.eye(3), 2), {"scale": 1.5})
    assert recording.problem.names == ("params['W']", "params['b'][0]")
    loss = recording.like_answer(recording.problem.evaluate(leaves))
    assert loss["loss"] == pytest.approx(1.5 * 4 * 0.09)
    assert loss["b"].tolist() == [1.0, 2.0]


def test_new_data_are_a_program_of_the_tapes_again(rng: np.random.Generator) -> None:
    """As for NumPy functions: in a loop over minibatches the function is traced a few times only."""
    count = [0]

    def loss(w: Any, A: Any) -> Any:
        count[0] += 1
        return jnp.sum(jnp.tanh(A @ w) ** 2)

    gradient = sd.grad(loss)
    w = rng.standard_normal(3)
    for _ in range(12):
        A = rng.standard_normal((5, 3))
        u = np.tanh(A @ w)
        np.testing.assert_allclose(gradient(w, A), A.T @ (2 * u * (1 - u * u)), rtol=1e-12)
    assert count[0] < 12


# -- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "error", "says"),
    [
        (lambda x: jnp.linalg.qr(jnp.outer(x, x))[1], sd.UnsupportedError, "line .*: f calls JAX's 'qr': .*cholesky"),
        (lambda x: jax.pure_callback(np.sin, x, x), sd.UnsupportedError, "JAX's 'pure_callback': it calls back"),
        (lambda x: jax.lax.nextafter(x, x + 1), sd.UnsupportedError, "'nextafter': symdiff has no meaning"),
        (lambda x: jnp.sum(x > 0), sd.InputError, "f returns int64: expected floats"),
        (lambda x: x > 0, sd.InputError, "f returns bool: expected floats"),
        (lambda x: jnp.sum(x).astype(complex), sd.InputError, "f returns complex128: expected floats"),
        (lambda x: np.sin(jnp.cos(x)), sd.InputError, "write jnp for np"),
        (lambda x: jnp.sum(x) if jnp.sum(x) > 0 else -x, sd.InputError, "decides by the value.*jnp.where"),
        (lambda x: jnp.exp(x.astype(jnp.float32)) * x, sd.UnsupportedError, "narrower dtype than float64.*x.dtype"),
        (lambda x: x.at[jnp.array([0, 0])].set(x[:2]), sd.UnsupportedError, "'scatter': two updates arrive"),
        (lambda x: None, sd.InputError, "f returns no array"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(f: Any, error: type[Exception], says: str) -> None:
    f.__name__ = "f"
    with pytest.raises(error, match=says) as caught:
        read(f, X)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


def test_a_loop_without_an_end_is_refused() -> None:
    endless: Any = lambda x: jax.lax.while_loop(lambda c: c[0] >= 0, lambda c: (c[0] + 1, c[1]), (0, x))[1]  # noqa: E731 - a case
    with pytest.raises(sd.UnsupportedError, match="'while': it has not ended after 10000 turns"):
        read(endless, X)


def test_no_setting_of_jaxs_is_changed() -> None:
    before = jax.config.jax_enable_x64  # type: ignore[attr-defined]  # JAX makes its settings at run time
    with pytest.raises(sd.UnsupportedError):
        read(lambda x: jax.lax.nextafter(x, x), X)
    read(jnp.sin, X)
    assert jax.config.jax_enable_x64 is before  # type: ignore[attr-defined]  # JAX makes its settings at run time
    assert isinstance(from_code(jnp.sin), Code)
