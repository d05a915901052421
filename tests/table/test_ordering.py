"""The rows argmax, argsort and searchsorted: decisions, made by as few comparisons as tell the answer."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import jax
import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import LOOKS_AT_NUMBERS
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE
from symdiff.scalars import to_scalars

x = np.array([0.3, -1.2, 2.5, 0.7, -0.4, 1.1])
table = np.random.default_rng(5).normal(size=(3, 4))


def taken_apart(name: str, *args: np.ndarray, **params: Any) -> tuple[Graph, np.ndarray]:
    """The scalar steps of a row and its answer as whole numbers."""
    graph = Graph()
    inputs = [Recorded(graph, graph.input(f"a{k}", np.shape(v)), v) for k, v in enumerate(args)]
    y = TABLE[name](*inputs, **params)
    graph.outputs = (y.index,)
    scalars = to_scalars(graph, args)
    return scalars, np.reshape([int(scalars.nodes[o].value) for o in scalars.outputs], np.shape(y.value))


CASES = [
    *[("argmax", (table,), {"axis": k}) for k in (0, 1)],
    *[("argsort", (table,), {"axis": k}) for k in (0, 1)],
    ("argsort", (np.array([1.0, 0.0, 1.0, 0.0, -0.0]),), {"axis": 0}),
    ("argmax", (np.array([1.0, 3.0, 3.0]),), {"axis": 0}),
    *[("searchsorted", (np.sort(x), v), {"side": s}) for s in ("left", "right") for v in (table, np.float64(0.3))],
    ("searchsorted", (np.zeros(0), table), {"side": "left"}),
    ("searchsorted", (np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])), {"side": "right"}),
    ("argsort", (np.zeros((0, 3)),), {"axis": 1}),
    ("argsort", (np.zeros((3, 0)),), {"axis": 1}),
]


@pytest.mark.parametrize(("name", "args", "params"), CASES, ids=str)
def test_every_vocabulary_means_the_same(name: str, args: tuple[Any, ...], params: dict[str, Any]) -> None:
    row = TABLE[name]
    y = row.forward(*args, **params)
    _, found = taken_apart(name, *args, **params)
    assert np.array_equal(found, y)
    with jax.enable_x64(True):
        assert np.array_equal(row.jax(*args, **params), y)
    assert row.whole
    assert set(row.rules(len(args))) == {None}
    assert name in LOOKS_AT_NUMBERS


@pytest.mark.parametrize(
    ("name", "args", "params", "comparisons"),
    [
        ("argmax", (x,), {"axis": 0}, 5),  # the winner against each other one
        ("argsort", (x,), {"axis": 0}, 5),  # neighbours in the order
        ("searchsorted", (np.sort(x), np.float64(0.5)), {"side": "left"}, 2),  # the two around it
        ("searchsorted", (np.sort(x), np.float64(9.0)), {"side": "left"}, 1),
    ],
)
def test_only_what_tells_the_answer_is_compared(
    name: str, args: tuple[Any, ...], params: dict[str, Any], comparisons: int
) -> None:
    scalars, _ = taken_apart(name, *args, **params)
    assert len(scalars.guards) == comparisons
    said = row_cost(name, args, params)
    assert comparisons <= said <= 2 * comparisons


def row_cost(name: str, args: tuple[Any, ...], params: dict[str, Any]) -> int:
    cost = TABLE[name].cost
    assert cost is not None
    return cost(*[np.shape(a) for a in args], **params)


def test_the_comparisons_hold_in_this_order_and_in_no_other() -> None:
    """Every other order of four numbers turns one of the comparisons over."""
    at = np.array([0.0, 3.0, 1.0, 2.0])
    scalars, _ = taken_apart("argsort", at, axis=0)
    for order in itertools.permutations(at):
        graph, values = scalars, dict(zip(scalars.inputs, order, strict=True))
        holds = all(
            bool(values[graph.nodes[g].args[0]] > values[graph.nodes[g].args[1]]) == was for g, was in graph.guards
        )
        assert holds == (tuple(order) == tuple(at))


# -- functions ---------------------------------------------------------------------------------------

w = np.arange(1.0, 7.0)
FUNCTIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "sorted loss": (lambda v: np.sum(w * np.sort(v) ** 2), x),
    "sort axis": (lambda v: np.sum(np.sort(v, 0)[1] ** 2), table),
    "trimmed mean": (lambda v: np.mean(np.sort(v)[1:-1]) ** 2, x),
    "median odd": (lambda v: np.median(v[:5]) ** 2, x),
    "median even": (lambda v: np.exp(np.median(v)), x),
    "median axis": (lambda v: np.sum(np.median(v, axis=1, keepdims=True) ** 2), table),
    "largest": (lambda v: v[np.argmax(v)] * v[np.argmin(v)], x),
    "rows' largest": (lambda v: np.sum(v[np.arange(3), np.argmax(v, 1)] ** 3), table),
    "quantile": (lambda v: np.quantile(v, 0.3) ** 2, x),
    "quantiles": (lambda v: np.quantile(v, [0.0, 0.25, 1.0], axis=1) @ np.array([1.0, 2.0, 3.0]), table),
    "percentile": (lambda v: np.percentile(v, 35, keepdims=True)[0] ** 3, x),
    "partition": (lambda v: np.partition(v, 2)[2] ** 2, x),
    "interpolated": (lambda v: np.interp(v, np.array([-2.0, 0.1, 3.0]), np.array([1.0, 4.0, 2.0])) @ w, x),
    "table of v": (lambda v: np.interp(0.42, np.sort(v), w), x),
    "digitized": (lambda v: np.sum(v[:, None][np.digitize(v, [0.0, 1.0]) == 1] ** 2), x),
    "ranks": (lambda v: np.sum(v * np.argsort(np.argsort(v))), x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_an_order(name: str) -> None:
    f, at = FUNCTIONS[name]
    report = sd.crosscheck(f, at)
    assert report.ok, report
    assert {finding.verdict for finding in report.findings} == {Verdict.AGREE}
    assert {lamp.state for lamp in report.lamps.values()} == {"green"}
    assert sd.crosscheck(f, at, operators=("hessian",)).ok if np.ndim(f(at)) == 0 else True


@pytest.mark.parametrize("name", ["sorted loss", "trimmed mean", "largest", "median odd"])
def test_equal_entries_are_a_kink(name: str) -> None:
    """Two equal entries in the order: which comes first decides the derivative, and nothing else does."""
    f, _ = FUNCTIONS[name]
    at = np.array([2.5, 0.3, 0.3, 2.5, 0.3, 2.5])
    report = sd.crosscheck(f, at)
    assert report.verdict is Verdict.KINK
    assert {finding.verdict for finding in report.findings} <= {Verdict.AGREE, Verdict.KINK}
    wrong = sd.crosscheck(f, at, claimed=lambda v: 3.0 * np.asarray(sd.grad(f)(v)) + 1.0)
    assert {f.verdict for f in wrong.findings if f.method == "claimed"} <= {Verdict.DIFFER, Verdict.UNDECIDED}


def test_another_order_is_recorded_anew() -> None:
    gradient = sd.grad(FUNCTIONS["sorted loss"][0])
    for v in (x, x[::-1], -x):
        assert np.array_equal(gradient(v), 2 * v * w[np.argsort(np.argsort(v))])


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda v: np.sum(np.unique(v)), "those of np.sort"),
        (np.nanmedian, "choose the entries first"),
        (lambda v: v[np.lexsort((v, v))][0], "argsort"),
        (lambda v: np.quantile(v, 0.5, method="nearest"), "linear"),
        (lambda v: np.quantile(x, v[0]), "plain number"),
    ],
)
def test_what_cannot_be_recorded_is_said_in_a_sentence(f: Any, says: str) -> None:
    with pytest.raises(UnsupportedError, match=says):
        sd.grad(f)(x)


def test_quantiles_out_of_range_are_the_users_error() -> None:
    with pytest.raises(ValueError, match="range"):
        sd.grad(lambda v: np.quantile(v, 1.5))(x)


@pytest.mark.parametrize("q", [0.0, 0.1, 1 / 3, 0.5, 1.0])
def test_quantiles_are_numpys(q: float) -> None:
    for n in (1, 2, 5, 6):
        assert np.isclose(sd.value(lambda v, q=q: np.quantile(v, q))(x[:n]), np.quantile(x[:n], q), rtol=1e-15)
