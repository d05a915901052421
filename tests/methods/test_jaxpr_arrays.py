"""JAX's programs on arrays, read entry by entry: in floats they are JAX's numbers, in balls the truth."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from symdiff import balls, crosscheck
from symdiff.balls import precision
from symdiff.crosscheck.certified.rounding import bounds
from symdiff.crosscheck.certified.stage1 import certify
from symdiff.crosscheck.sites import array_site, recordings
from symdiff.graph import Graph, run
from symdiff.inputs import function
from symdiff.methods import method
from symdiff.methods.base import Program
from symdiff.methods.jax import arrays
from symdiff.methods.jax.reading import Reading, primitives, to_graph
from symdiff.problem import Problem
from tests.faults import accused, patched, row, sines_for_cosines

RNG = np.random.default_rng(5)


def some(*shape: int) -> np.ndarray:
    return RNG.normal(size=shape)


def definite(n: int) -> np.ndarray:
    a = some(n, n)
    return a @ a.T + np.eye(n)


Case = tuple[Callable[..., Any], tuple[np.ndarray, ...]]


def read(
    f: Callable[..., Any], args: tuple[np.ndarray, ...], most: int = 200_000
) -> tuple[Reading, np.ndarray, list[float]]:
    """The jaxpr of f as a graph, JAX's own numbers, and the point."""
    point = [float(v) for a in args for v in np.ravel(a)]
    names = tuple(f"x{k}" for k in range(len(point)))
    with jax.enable_x64(True):
        inside = tuple(map(jnp.asarray, args))
        closed = jax.make_jaxpr(f)(*inside)
        numbers = np.concatenate([np.ravel(v) for v in jax.tree.leaves(jax.jit(f)(*inside))])
        problem = Problem(Graph(), names, "", "python")
        return to_graph(closed, problem, 0, [a.shape for a in args], point, most), numbers, point


def assert_it_is_what_runs(program: Program, numbers: np.ndarray, point: list[float]) -> None:
    """The program in floats and in balls lies within its rounding bounds of JAX's numbers."""
    graph = program.graph
    graph.check()
    limits = bounds(program, point)
    with np.errstate(all="ignore"):
        values = run(graph, "forward", point, lambda c: np.float64(float(c)))
    floats = [float(values[o]) for o in graph.outputs]
    for mine, theirs, limit in zip(floats, numbers, limits, strict=True):
        assert np.isfinite(limit.program)
        assert abs(mine - theirs) <= limit.program
    with precision(300):
        values = run(graph, "ball", [balls.const(v) for v in point], balls.const)
        for o, theirs, limit in zip(graph.outputs, numbers, limits, strict=True):
            assert values[o].value.rad() < 1e-60
            assert abs(values[o].value - float(theirs)).lower() <= limit.program


IMAGES = ("NHWC", "HWIO", "NHWC")
ACTIVATIONS = (jax.nn.gelu, jax.nn.silu, jax.nn.softplus, jax.nn.elu, jax.nn.relu, jax.nn.leaky_relu)
CAUSAL = np.tril(np.ones((3, 3), bool))
PLACES, WEIGHTS, ROWS = np.array([2, 0, 2, 1]), some(4), some(3, 4)

CASES: dict[str, Case] = {
    "matmul chain": (lambda v, w: jnp.sum(jnp.tanh(jnp.tanh(ROWS @ v) @ w) ** 2), (some(4, 3), some(3, 2))),
    "softmax": (lambda x: jax.nn.softmax(x, axis=1)[1, 2], (some(2, 4),)),
    "xent": (
        lambda x: -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x, axis=1), np.array([[1], [3]]), 1)),
        (some(2, 4),),
    ),
    "layer norm": (
        lambda x: jnp.sum(jnp.sin((x-x.mean(-1, keepdims=True))/jnp.sqrt(x.var(-1, keepdims=True)+1e-5))),
        (some(2, 4),),
    ),
    "cumsum": (lambda x: jnp.sum(jnp.cumsum(x, 0)**3), (some(4, 2),)),
    "cumprod": (lambda x: jnp.sum(jnp.cumprod(x, 0)**2), (some(4, 2),)),
    "cummax": (lambda x: jnp.sum(lax.cummax(x)**2), (some(4),)),
    "cumlogsumexp": (lambda x: jnp.sum(lax.cumlogsumexp(x)**2), (some(4),)),
    "sort": (lambda x: jnp.sum(jnp.sort(x)*WEIGHTS), (some(4),)),
    "argsort": (lambda x: jnp.sum(x[jnp.argsort(x)]*WEIGHTS), (some(4),)),
    "median": (lambda x: jnp.median(x)**2, (some(4),)),
    "quantile": (lambda x: jnp.quantile(x, .3)**2, (some(4),)),
    "argmax": (lambda x: x[jnp.argmax(x)]**2, (some(4),)),
    "top_k": (lambda x: jnp.sum(lax.top_k(x, 2)[0]**2), (some(4),)),
    "take": (lambda x: jnp.sum(x[PLACES]**2), (some(3, 2),)),
    "take neg": (lambda x: jnp.sum(x[jnp.array([-1, 0])]**2), (some(3, 2),)),
    "at set": (lambda x: jnp.sum(jnp.zeros(5).at[jnp.array([1, 3])].set(x)**2), (some(2),)),
    "at add": (lambda x: jnp.sum(jnp.ones(3).at[PLACES].add(x)**2), (some(4),)),
    "at max": (lambda x: jnp.sum(jnp.zeros(3).at[PLACES].max(x)**2), (some(4),)),
    "segment sum": (lambda x: jnp.sum(jax.ops.segment_sum(x, PLACES, 3)**2), (some(4),)),
    "dynamic slice": (lambda x: jnp.sum(lax.dynamic_slice(x, (1, ), (2, ))**2), (some(4),)),
    "dynamic update": (lambda x: jnp.sum(lax.dynamic_update_slice(jnp.ones(4), x, (1, ))**2), (some(2),)),
    "conv": (
        lambda x, k: jnp.sum(lax.conv_general_dilated(x, k, (2, 1), ((1, 0), (0, 1)))**2),
        (some(2, 3, 4, 4), some(2, 3, 2, 2)),
    ),
    "conv nhwc dil": (
        lambda x, k: jnp.sum(
            lax.conv_general_dilated(x, k, (1, 1), "SAME", rhs_dilation=(2, 1), dimension_numbers=IMAGES) ** 2
        ),
        (some(1, 4, 4, 2), some(2, 2, 2, 2)),
    ),
    "conv groups": (
        lambda x, k: jnp.sum(lax.conv_general_dilated(x, k, (1, ), "VALID", feature_group_count=2)**2),
        (some(2, 4, 4), some(4, 2, 2)),
    ),
    "convolve": (lambda x: jnp.sum(jnp.convolve(x, WEIGHTS)**2), (some(3),)),
    "avg pool": (lambda x: jnp.sum(lax.reduce_window(x, 0., lax.add, (2, ), (1, ), "SAME")**2), (some(4),)),
    "max pool": (lambda x: jnp.sum(lax.reduce_window(x, -jnp.inf, lax.max, (2, ), (2, ), "VALID")**2), (some(4),)),
    "einsum": (lambda a, b: jnp.sum(jnp.einsum("bij, bjk->bik", a, b)**2), (some(2, 2, 3), some(2, 3, 2))),
    "norm": (jnp.linalg.norm, (some(2, 3),)),
    "norm1": (lambda x: jnp.linalg.norm(x, 1), (some(2, 3),)),
    "logsumexp": (jax.nn.logsumexp, (some(5),)),
    "max": (lambda x: jnp.max(x)**2+jnp.sum(jnp.min(x, 0)), (some(2, 3),)),
    "where": (lambda x: jnp.sum(jnp.where(x>0, jnp.exp(x), x**2)), (some(5),)),
    "masked mean": (lambda x: jnp.sum(jnp.where(x>0, x**2, 0))/jnp.sum(x>0), (some(5),)),
    "prod": (lambda x: jnp.prod(x, 0)[1], (some(4, 2),)),
    "reduce_prod": (jnp.prod, (some(3),)),
    "solve": (lambda a, b: jnp.sum(jnp.linalg.solve(a, b)**2), (some(3, 3), some(3))),
    "inv": (lambda a: jnp.sum(jnp.sin(jnp.linalg.inv(a))), (some(3, 3),)),
    "det3": (jnp.linalg.det, (some(3, 3),)),
    "det4": (jnp.linalg.det, (some(4, 4),)),
    "slogdet": (lambda a: jnp.linalg.slogdet(a)[1], (some(3, 3),)),
    "cholesky": (lambda a: jnp.sum(jnp.sin(jnp.linalg.cholesky(a))), (definite(3),)),
    "cho_solve": (
        lambda a, b: jnp.sum(jax.scipy.linalg.cho_solve(jax.scipy.linalg.cho_factor(a), b)**2),
        (definite(3), some(3)),
    ),
    "trisolve": (
        lambda a, b: jnp.sum(jax.scipy.linalg.solve_triangular(a, b, lower=True)**2),
        (some(3, 3), some(3, 2)),
    ),
    "scan": (lambda x: lax.scan(lambda c, v:(jnp.sin(c*v), c*v), 1.0, x)[1].sum(), (some(4),)),
    "fori": (lambda x: lax.fori_loop(0, 3, lambda i, c: c+jnp.sin(c)*x[i], x[0]), (some(4),)),
    "while jvp": (lambda x: lax.cond(x[0]>0, lambda x: jnp.sum(x**2), lambda x: jnp.sum(jnp.sin(x)), x), (some(4),)),
    "vmap": (lambda x: jnp.sum(jax.vmap(lambda r: jnp.dot(r, r)*r)(x)), (some(2, 3),)),
    "pad": (lambda x: jnp.sum(jnp.pad(x, 1, mode="reflect")**2), (some(4),)),
    "lax.pad": (lambda x: jnp.sum(lax.pad(x, 2.0, ((-1, 2, 1), ))**2), (some(4),)),
    "roll flip": (lambda x: jnp.sum(jnp.roll(x, 1)*jnp.flip(x)*WEIGHTS), (some(4),)),
    "triu diag": (lambda x: jnp.sum(jnp.triu(x)**2)+jnp.sum(jnp.diag(x)**3)+jnp.trace(x), (some(3, 3),)),
    "kron outer": (lambda a, b: jnp.sum(jnp.kron(a, b)**2)+jnp.sum(jnp.outer(a, b)**3), (some(2, 2), some(2, 2))),
    "stack concat": (
        lambda a, b: jnp.sum(jnp.stack([a, b])**2)+jnp.sum(jnp.concatenate([a, b])**3),
        (some(2), some(2)),
    ),
    "split": (lambda a: jnp.sum(jnp.split(a, 2)[0]*jnp.split(a, 2)[1]), (some(4),)),
    "tile repeat": (lambda a: jnp.sum(jnp.tile(a, 2)**2*jnp.repeat(a, 2)), (some(4),)),
    "gelu mlp": (
        lambda x: sum(jnp.sum(g(x)) for g in ACTIVATIONS),
        (some(4),),
    ),
    "attention": (
        lambda q, k: jnp.sum(jax.nn.softmax(jnp.where(CAUSAL, q@k.T/np.sqrt(2), -jnp.inf), axis=-1)@k),
        (some(3, 2), some(3, 2)),
    ),
    "clip rem": (lambda x: jnp.sum(jnp.clip(x, -.5, .5)**2+jnp.mod(x, .7)), (some(4),)),
    "searchsorted": (
        lambda x: jnp.sum(x[jnp.searchsorted(jnp.array([0., 1., 2.]), jnp.array([.5, 1.5]))]**2),
        (some(4),),
    ),
    "polyval": (lambda x: jnp.sum(jnp.polyval(jnp.array([1., 2., 3.]), x)), (some(4),)),
    "std var": (lambda x: jnp.std(x)+jnp.var(x, ddof=1), (some(4),)),
    "cross": (lambda a, b: jnp.sum(jnp.cross(a, b)**2), (some(3), some(3))),
    "one_hot": (lambda x: jnp.sum((jax.nn.one_hot(jnp.array([0, 2]), 3)@x)**2), (some(3, 2),)),
    "checkpoint": (jax.checkpoint(lambda y: jnp.sum(jnp.sin(jnp.sin(y)))), (some(4),)),
    "nansum": (lambda x: jnp.nansum(x**2)+jnp.average(x, weights=WEIGHTS), (some(4),)),
    "matrix_power": (lambda a: jnp.sum(jnp.linalg.matrix_power(a, 3)), (some(2, 2),)),
    "gammaln": (lambda a: jnp.sum(jax.scipy.special.gammaln(jnp.abs(a)+1)), (some(4),)),
    "erf": (lambda a: jnp.sum(jax.scipy.special.erf(a)*jax.scipy.stats.norm.logpdf(a)), (some(4),)),
    "round": (lambda a: jnp.sum(jnp.round(a)*a), (some(4),)),
    "multi sort": (lambda a: jnp.sum(a[jnp.lexsort((a, np.array([0, 0, 1, 1])))]*WEIGHTS), (some(4),)),
}  # fmt: skip
TWICE = ["matmul chain", "softmax", "layer norm", "cumprod", "conv", "norm", "prod", "solve", "det3", "cholesky"]


@pytest.mark.parametrize("name", CASES)
def test_the_program_of_a_gradient(name: str) -> None:
    f, args = CASES[name]
    found, numbers, point = read(jax.grad(f, tuple(range(len(args)))), args)
    assert found.program is not None
    assert_it_is_what_runs(found.program, numbers, point)


@pytest.mark.parametrize("name", TWICE)
def test_the_program_of_a_hessian(name: str) -> None:
    f, args = CASES[name]
    found, numbers, point = read(jax.jacfwd(jax.grad(f)), args)
    assert found.program is not None
    assert_it_is_what_runs(found.program, numbers, point)


@pytest.mark.parametrize("name", ["sort", "cumprod", "max pool"])
def test_that_comparison_can_fail(name: str) -> None:
    """Numbers that are off by 1e-12 are not the program's."""
    f, args = CASES[name]
    found, numbers, point = read(jax.grad(f), args)
    with pytest.raises(AssertionError):
        assert_it_is_what_runs(found.program, numbers * (1 + 1e-12), point)


def test_how_many_primitives_are_read() -> None:
    assert len(primitives()) >= 135


# -- what cannot be read is None ----------------------------------------------------------------------

OPAQUE: dict[str, Callable[..., Any]] = {
    "fft": lambda x: jnp.sum(jnp.abs(jnp.fft.fft(x)) ** 2),
    "svd": lambda x: jnp.sum(jnp.linalg.svd(jnp.outer(x, x) + jnp.eye(4), compute_uv=False)),
    "an incomplete beta function": lambda x: jnp.sum(jax.scipy.special.betainc(2.0, 3.0, 0.1 + 0.01 * x) ** 2),
    "float32 on the way": lambda x: jnp.sum(jnp.asarray(x, jnp.float32) ** 2),
    "random numbers": lambda x: jnp.sum(x**2 * jax.random.normal(jax.random.key(0), x.shape)),
    "an order that is in doubt": lambda x: jnp.sum(jnp.sort(jnp.array([1.0, 1.0 + 1e-9]) * x[0]) ** 2),
}


@pytest.mark.parametrize("name", OPAQUE)
def test_what_cannot_be_read_is_no_program(name: str) -> None:
    found, numbers, _ = read(jax.grad(OPAQUE[name]), (some(4),))
    assert found.program is None
    assert np.all(np.isfinite(numbers))


def test_what_cannot_be_read_is_no_matter_where_nothing_needs_it() -> None:
    def f(x: Any) -> Any:
        return jnp.sum(x**2) + jnp.sum(jnp.abs(jnp.fft.fft(lax.stop_gradient(x))))

    found, numbers, point = read(jax.grad(f), (some(4),))
    assert_it_is_what_runs(found.program, numbers, point)


def test_a_program_that_is_too_large_is_none() -> None:
    f, args = CASES["matmul chain"]
    assert read(jax.grad(f), args, most=50)[0].program is None


# -- decisions ----------------------------------------------------------------------------------------


def test_an_order_is_read_for_the_point_and_guarded() -> None:
    f, args = CASES["sort"]
    found, _, _ = read(jax.grad(f), args)
    assert found.here_only
    assert len(found.program.guards) == 3
    assert not read(jax.grad(CASES["norm"][0]), CASES["norm"][1])[0].here_only


# -- in a check ---------------------------------------------------------------------------------------

NUMPY: dict[str, Case] = {
    "mlp": (lambda v, w: np.sum(np.tanh(np.tanh(ROWS @ v) @ w) ** 2), (some(4, 3), some(3, 2))),
    "cross entropy": (lambda x: np.log(np.sum(np.exp(x - np.max(x)))) - x[1] + np.max(x), (some(4),)),
    "layer norm": (lambda x: np.sum(((x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5)) ** 3 * WEIGHTS), (some(4),)),
    "cumsum": (lambda x: np.sum(np.cumsum(x) ** 3), (some(5),)),
    "take": (lambda x: np.sum(x[PLACES] ** 3), (some(3),)),
    "convolution": (lambda x: np.sum((x[np.arange(3)[:, None] + np.arange(2)] @ WEIGHTS[:2]) ** 2), (some(4),)),
    "einsum": (lambda a, b: np.sum(np.einsum("ij,jk->ik", a, b) ** 3), (some(2, 3), some(3, 2))),
    "norm": (lambda x: np.sqrt(np.sum(x * x)), (some(4),)),
    "max": (lambda x: np.max(x) ** 2 + np.min(x) ** 3, (some(4),)),
    "where": (lambda x: np.sum(np.where(x > 0, np.exp(x), x**3)), (some(5),)),
    "prod": (lambda x: np.prod(x) ** 2, (some(4),)),
}
OPERATORS = ("value", "grad", "value_and_grad", "jacobian", "jvp", "vjp", "hessian", "hvp")


@pytest.mark.parametrize("name", NUMPY)
def test_jax_is_certified_entry_by_entry_under_every_operator(name: str) -> None:
    """Stage 1 against the reference, which is nobody's program."""
    f, args = NUMPY[name]
    [(recording, leaves, given)], _ = recordings(function(f), args, {}, None, tuple(range(len(args))), 0, 0)
    site = array_site(recording, leaves, given, 0)
    for asked in OPERATORS:
        task = site.task(asked)
        vector = [float(v) for v in np.linspace(0.5, 1.5, task.vector_length(site.problem))]
        answer = method("jax").answer(site.problem, task, site.x, vector)
        assert answer.program is not None, task
        assert_it_is_what_runs(answer.program, np.array(answer.entries), [*site.x, *vector])
        limits = {"jax": bounds(answer.program, [*site.x, *vector])}
        certified = certify(site.problem, task, site.x, vector, {"jax": answer.program}, limits)
        assert all(certified.rules["jax"]), task
        assert len(certified.rules["jax"]) == len(answer.entries)


@pytest.mark.parametrize(
    ("op", "healthy", "name"),
    [
        ("tanh", jnp.tanh, "mlp"), ("exp", jnp.exp, "where"), ("sqrt", jnp.sqrt, "norm"),
        ("sum", jnp.sum, "take"), ("matmul", jnp.matmul, "mlp"),
        ("cumsum", jnp.cumsum, "cumsum"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("factors", [(1 + 1e-3,), (1 + 1e-9,), (1 + 2.0**-27, 1 - 2.0**-27)])
def test_a_corrupted_column_is_accused_by_stage_1(op: str, healthy: Any, name: str, factors: Any) -> None:
    """Also by 2**-54, of which float64 keeps no digit."""
    f, args = NUMPY[name]

    def wrong(*args: Any, **params: Any) -> Any:
        return functools.reduce(operator.mul, factors, healthy(*args, **params))

    with row(op, jax=wrong):
        report = crosscheck(f, *args)
    assert accused(report) == {"jax"}
    accusations = [found for found in report.findings if found.method == "jax" and str(found.verdict) == "DIFFER"]
    assert {(found.basis, found.reason) for found in accusations} == {("certified", "the rule is wrong")}


def test_the_program_that_is_shown_is_the_one_that_runs() -> None:
    """Every cosine of the traced derivative is replaced by a sine: floats and stage 1 change."""
    f, x = lambda x: np.sum(np.sin(x) * x[::-1]), some(3)
    healthy = crosscheck(f, x, methods=("jax",))
    with patched(jax, "make_jaxpr", sines_for_cosines(jax.make_jaxpr)):
        report = crosscheck(f, x, methods=("jax",))
    assert accused(healthy) == set()
    assert accused(report) == {"jax"}
    assert all(a.value != b.value for a, b in zip(healthy.findings, report.findings, strict=True))
    assert {found.reason for found in report.findings} == {"the rule is wrong"}


UNDECIDED_BEFORE: dict[str, Case] = {
    "a layer norm, summed: true zeros": (
        lambda x: np.sum((x - np.mean(x)) / np.sqrt(np.var(x) + 1e-5)), (np.array([0.3, -1.2, 2.5, 0.7]),),
    ),
    "tanh, saturated": (lambda x: np.sum(np.tanh(x) ** 2), (np.array([17.0, 18.0, -17.5]),)),
}  # fmt: skip


@pytest.mark.parametrize("name", UNDECIDED_BEFORE)
def test_what_its_numbers_leave_open_is_decided_by_its_program(name: str) -> None:
    f, args = UNDECIDED_BEFORE[name]
    with patched(arrays.Traced, "program", lambda self, *args: None):
        assert "UNDECIDED" in {str(found.verdict) for found in crosscheck(f, *args, methods=("jax",)).findings}
    decided = {str(found.verdict) for found in crosscheck(f, *args, methods=("jax",)).findings}
    assert decided <= {"AGREE", "INACCURATE"}
