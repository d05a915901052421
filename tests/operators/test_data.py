"""Data that come new with every call: replayed, and never a stale answer.

The same call by a gradient that was never called before has its data as constants: that is what is compared with.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.arrays import ArrayProblem
from symdiff.inputs import datum
from symdiff.inputs.asking import asks_for_types
from symdiff.inputs.code import Code
from symdiff.nets.risk import Risk
from symdiff.operators import _arrays, _data
from symdiff.operators._data import Template
from tests.operators import data_functions
from tests.operators.data_functions import FUNCTIONS, LABELLED, branch, checked, labels_compared, line, masked

ROWS = 4
KINDS = (
    "new same shape nan inf alias strided ints list float32 zeros singular quarter no_axes inplace inplace number "
    "int8 uint8 negative huge truth new new new".split()
)


def batch(rng: np.random.Generator, kind: str, labels: bool, dtype: Any, last: Any) -> tuple[Any, Any]:
    """Data of one kind."""
    n = ROWS + (kind == "shape")
    X = rng.normal(size=(n, 3)).astype(dtype)
    y: Any = rng.integers(0, 3, n) if labels else (rng.normal(size=n) * rng.choice([0.5, 3.0])).astype(dtype)
    if kind == "nan":
        X[2, 1] = np.nan
    elif kind == "inf" and not labels:
        y[1] = np.inf
    elif kind == "strided":
        X, y = np.asfortranarray(X), np.repeat(y, 2)[::-2]
    elif kind == "zeros":
        X[0], y = 0.0, 0 * y
    elif kind == "singular":
        X[:, 1] = X[:, 0]
    elif kind == "quarter" and not labels:
        y[1] = 0.25
    elif kind == "inplace" and isinstance(last[0], np.ndarray) and last[0].dtype == dtype:
        X, y = last
        X[...] = rng.normal(size=X.shape)
    given = {
        "same": lambda: last, "alias": lambda: (X, X), "ints": lambda: (rng.integers(-3, 4, (n, 3)), y),
        "list": lambda: (X.tolist(), y), "float32": lambda: (X.astype(np.float32), y), "no_axes": lambda: (X, y[0]),
        "number": lambda: (X, float(y[0])), "int8": lambda: (X, rng.integers(0, 3, n).astype(np.int8)),
        "uint8": lambda: (X, rng.integers(0, 3, n).astype(np.uint8)), "negative": lambda: (X, rng.integers(-2, 9, n)),
        "huge": lambda: (X, y + 2**60), "truth": lambda: (X > 0.0, y > 0),
    }  # fmt: skip
    return given[kind]() if kind in given else (X, y)


def outcome(f: Callable[..., Any], *args: Any) -> Any:
    """The answer, or what was raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return f(*args)
    except Exception as e:  # noqa: BLE001 - whatever it is, both must raise it
        return f"{type(e).__name__}: {e}"


def alike(a: Any, b: Any) -> bool:
    if isinstance(a, str | tuple) or isinstance(b, str | tuple):
        both = isinstance(a, tuple) and isinstance(b, tuple)
        return all(map(alike, a, b)) if both else type(a) is type(b) and a == b
    if type(a) is not type(b) or np.shape(a) != np.shape(b) or np.asarray(a).dtype != np.asarray(b).dtype:
        return False
    a, b, tolerance = (*np.broadcast_arrays(a, b), 1e-11 if np.asarray(a).dtype == np.float64 else 2e-4)
    scale = np.max(np.abs(b[np.isfinite(b)]), initial=0.0)
    return np.allclose(a, b, tolerance, tolerance * scale, equal_nan=True)


def stale(f: Callable[..., Any], method: str, dtype: Any, seed: int, calls: int) -> list[str]:
    """The kinds of data at which a gradient that was called before answers otherwise than a new one."""
    rng = np.random.default_rng(seed)
    operator = (sd.grad, sd.value_and_grad)[seed % 2]
    kept, last, found = operator(f, method=method), (None, None), []
    for k in range(calls):
        kind = "new" if k < 3 else str(rng.choice(KINDS))
        if kind == "huge" and f is data_functions.size_from_data:
            continue  # it would count to 2**60
        last = batch(rng, kind, f in LABELLED, dtype, last)
        w = rng.normal(size=3).astype(dtype) if rng.random() < 0.95 else [1.0, 2.0, 3.0]
        if not alike(outcome(kept, w, *last), outcome(operator(f, method=method), w, *last)):
            found.append(kind)
    return found


@pytest.mark.parametrize("f", [*FUNCTIONS, *LABELLED], ids=lambda f: f.__name__)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_no_answer_is_stale(f: Callable[..., Any], dtype: Any):
    for seed in (0, 1):
        assert stale(f, "tape", dtype, seed, 25) == []


@pytest.mark.parametrize("seed", range(30))
def test_no_answer_of_random_functions_is_stale(seed: int):
    assert stale(data_functions.random_function(seed), "tape", np.float64, seed, 25) == []


def test_random_functions_are_replayed(monkeypatch: pytest.MonkeyPatch):
    """Or the test above would say nothing: most of those that do not ask for the type."""
    proven, real = set(), Template.learn
    monkeypatch.setattr(
        Template, "learn", lambda self, *a: (real(self, *a), self.proven and proven.add(self._f.__name__))
    )
    for seed in range(12):
        stale(data_functions.random_function(seed), "tape", np.float64, seed, 6)
    assert len(proven) >= 5


@pytest.mark.parametrize(
    "f", [line, masked, branch, checked, labels_compared, data_functions.by_type, data_functions.checked_by_type]
)
def test_no_answer_of_jax_is_stale(f: Callable[..., Any]):
    assert stale(f, "jax", np.float64, 3, 7) == []


# -- the same, with one safeguard torn out ------------------------------------------------------------------------


def stale_among(*names: str) -> set[str]:
    some = [getattr(data_functions, name) for name in names]
    return {f.__name__ for f in some for seed in (0, 1) if stale(f, "tape", np.float64, seed, 25)}


def test_questions_that_nobody_notes_are_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(datum, "_ask", lambda x, what: None)
    some = {"checked_by_type", "by_deep_copy", "in_a_table"}
    assert stale_among(*some, "line") == some


def test_a_proof_that_proves_nothing_is_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_arrays, "_near", lambda a, b: True)
    monkeypatch.setattr(_data, "asks_for_types", lambda f: False)
    assert stale_among("by_exact_type", "line") == {"by_exact_type"}


def test_code_that_nobody_reads_is_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_data, "asks_for_types", lambda f: False)
    assert stale_among("checked_by_exact_type", "line") == {"checked_by_exact_type"}


@pytest.mark.parametrize(
    "f",
    [
        data_functions.by_exact_type, data_functions.checked_by_exact_type, functools.partial(line, type),
        functools.partial(map, data_functions.by_exact_type), data_functions.Checker(1.0).checked,
        functools.wraps(data_functions.by_exact_type)(lambda *a: None), lambda w: [type(v) for v in w],
    ],
)  # fmt: skip
def test_type_is_found_in_code(f: Callable[..., Any]):
    assert asks_for_types(f)


def test_type_is_found_nowhere_else():
    assert not any(map(asks_for_types, [line, data_functions.by_type, sd.mlp([2, 1]).risk, np.sum, functools.partial]))


def test_decisions_that_nobody_looks_at_are_seen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ArrayProblem, "holds", lambda self, leaves: True)
    assert stale_among("branch", "checked", "loop", "line") == {"branch", "checked", "loop"}


# -- how often a function runs ------------------------------------------------------------------------------------


def batches(count: int, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    return [(rng.normal(size=(ROWS, 3)), rng.normal(size=ROWS)) for _ in range(count)]


@pytest.mark.parametrize("method", ["tape", "jax"])
def test_a_risk_runs_once_for_all_batches(method: str, monkeypatch: pytest.MonkeyPatch):
    runs, real = [], Risk.towards
    monkeypatch.setattr(Risk, "towards", lambda self, *a: runs.append(1) or real(self, *a))
    net = sd.mlp([3, 4, 3], "tanh", "softmax_cross_entropy")
    params, rng = net.init(seed=0), np.random.default_rng(0)
    gradient = sd.grad(net.risk, method=method)
    for X, _ in batches(20):
        gradient(params, X, rng.integers(0, 3, ROWS))
    assert len(runs) == 1


@pytest.mark.parametrize("method", ["tape", "jax"])
@pytest.mark.parametrize("operator", [sd.value, sd.grad, sd.value_and_grad, sd.jacobian, sd.hessian])
def test_any_function_runs_three_times_for_all_batches(operator: Any, method: str):
    """With constants, with other constants, and with inputs: the last two must agree before it is used."""
    runs = []
    replayed = operator(lambda w, X, y: runs.append(1) or line(w, X, y), method=method)
    for X, y in batches(20):
        found = replayed(np.arange(3.0), X, y)
    assert len(runs) == 3
    assert alike(found, operator(line, method=method)(np.arange(3.0), X, y))


def test_data_that_decide_something_else_each_time_are_constants_again():
    runs = []

    def picky(w: Any, X: Any, y: Any) -> Any:
        runs.append(1)
        return np.sum((X[y > np.mean(y)] @ w) ** 2)

    gradient, rng = sd.grad(picky), np.random.default_rng(0)
    for _ in range(30):
        gradient(np.ones(3), rng.normal(size=(40, 3)), rng.normal(size=40))
    assert len(runs) <= 30 + 6


def test_a_shape_is_recorded_with_inputs_when_it_comes_again():
    runs, rng = [], np.random.default_rng(0)
    gradient = sd.grad(lambda w, X, y: runs.append(1) or line(w, X, y))
    for n in range(1, 9):  # as many shapes as calls: nothing to be won
        gradient(np.ones(3), rng.normal(size=(n, 3)), rng.normal(size=n))
    assert len(runs) == 8
    for n in [*range(1, 9)] * 4:
        gradient(np.ones(3), rng.normal(size=(n, 3)), rng.normal(size=n))
    assert len(runs) == 8 + 2 * 8


def test_two_branches_are_two_recordings():
    runs = []
    gradient = sd.grad(lambda w, X, y: runs.append(1) or branch(w, X, y))
    for k, (X, y) in enumerate(batches(24)):
        gradient(np.ones(3), X, np.abs(y) + 2.0 * (k % 2))
    assert len(runs) <= 6


@pytest.mark.parametrize("method", ["tape", "jax"])
def test_keywords_and_structures_are_data_too(method: str):
    runs = []

    def f(w: Any, data: Any, *, scale: Any, how: str = "sum") -> Any:
        runs.append(how)
        return getattr(np, how)(((data["X"] @ w) - data["more"][0]) * scale)

    gradient = sd.grad(f, method=method)
    for X, y in batches(6):
        found = gradient(np.ones(3), {"X": X, "more": [y, 3]}, scale=2.0 * y)
        np.testing.assert_allclose(found, 2.0 * X.T @ y, rtol=1e-13)
    assert len(runs) == 3
    np.testing.assert_allclose(gradient(np.ones(3), {"X": X, "more": [y, 4]}, scale=y, how="mean"), X.T @ y / ROWS)
    assert runs[3:] == ["mean"]


# -- the risk of a net --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "binary_cross_entropy", "mse", "hinge", "huber", "absolute"])
def test_the_risk_of_new_batches_is_to_the_bit_that_of_constants(loss: str, dtype: Any, monkeypatch: Any):
    net = sd.mlp([3, 5, 3], "relu", loss, l2=0.1)
    params, rng = net.init(seed=1, dtype=dtype), np.random.default_rng(2)
    gradient, seen = sd.value_and_grad(net.risk), []
    for k in range(6):
        X = rng.normal(size=(ROWS + k // 4, 3)).astype(dtype)
        y = rng.integers(0, 2, (len(X), 3))
        y = rng.integers(0, 3, len(X)) if loss == "softmax_cross_entropy" else 2 * y - 1 if loss == "hinge" else y
        seen.append((X, y, gradient(params, X, y)))
    monkeypatch.setattr(Risk, "__symdiff_data__", None)
    for X, y, (value, found) in seen:
        once, constants = sd.value_and_grad(net.risk)(params, X, y)
        assert (value, type(value)) == (once, type(once))
        for layer, right in zip(found, constants, strict=True):
            for name in right:
                np.testing.assert_array_equal(layer[name], right[name], strict=True)


@pytest.mark.parametrize("method", ["tape", "jax"])
def test_every_batch_is_checked(method: str):
    net = sd.mlp([3, 4, 3], "tanh", "softmax_cross_entropy")
    params, y = net.init(seed=0), np.array([0, 1, 2, 0])
    gradient = sd.grad(net.risk, method=method)
    for X, _ in batches(5):
        gradient(params, X, y)
    broken = np.where(X == X[2, 1], np.nan, X)
    wrong: list[tuple[str, tuple[Any, ...]]] = [
        (r"X\[2, 1\] = nan: row 2 of X is not finite", (params, broken, y)),
        (r"y\[3\] = 3 is out of range", (params, X, np.array([0, 1, 2, 3]))),
        (r"y\[1\] = 0.5 is no class", (params, X, np.array([0.0, 0.5, 2.0, 1.0]))),
        ("expected a label for each of the 4 rows", (params, X, y[:3])),
        ("no examples", (params, X[:0], y[:0])),
        ("mixed dtypes", (params, X.astype(np.float32), y)),
        ("mixed dtypes", (params, X, np.eye(3, dtype=np.float32)[y])),
        ("W1 = params", ([{"W": np.ones((4, 2)), "b": np.ones(4)}, params[1]], X, y)),
        ("expected finite", ([{**params[0], "b": np.full(4, np.nan)}, params[1]], X, y)),
    ]
    for message, args in wrong:
        with pytest.raises(sd.InputError, match=message):
            gradient(*args)
    before = gradient(params, X, y)[1]["b"]
    turned = gradient(params, X, y[::-1])[1]["b"]
    assert not np.array_equal(before, turned)
    np.testing.assert_array_equal(turned, sd.grad(net.risk, method=method)(params, X, y[::-1].copy())[1]["b"])


def test_a_loss_of_the_callers_own_is_not_taken_for_prepared():
    from symdiff.nets.losses import LOSSES, Loss

    def each(u: Any, t: Any) -> Any:
        return np.sum((u - t) ** 2, axis=1) * (2.0 if isinstance(t, np.ndarray) and np.max(t) > 0.5 else 1.0)

    net = sd.mlp([3, 1], "tanh", Loss("own", each, LOSSES["mse"].target, ""))
    params, gradient = net.init(seed=0), sd.grad(net.risk)
    for X, y in batches(8):
        found = gradient(params, X, y)[0]["W"]
        np.testing.assert_array_equal(found, sd.grad(net.risk)(params, X, y)[0]["W"])


@pytest.mark.parametrize("method", ["tape", "jax"])
def test_an_answer_and_the_data_share_nothing(method: str):
    gradient = sd.grad(lambda w, X: np.sum(w * X), method=method)
    for X, _ in batches(6):
        found = gradient(np.ones((ROWS, 3)), X)
        before = X.copy()
        found[...] = 7.0
        np.testing.assert_array_equal(X, before)


def test_a_check_still_sees_constants(monkeypatch: pytest.MonkeyPatch):
    """`crosscheck` differentiates by the first argument of a function of one argument, as before."""
    graphs, real = [], Code._record
    monkeypatch.setattr(Code, "_record", lambda self, call: graphs.append(real(self, call)) or graphs[-1])
    (X, y), *_ = batches(1)
    assert sd.crosscheck(line, np.ones(3), X, y).ok
    assert {len(r.problem.graph.inputs) for r in graphs} == {1}
    assert all(r.problem.graph.asked is None for r in graphs)


def test_threads_with_data_of_their_own_do_not_meet():
    gradient, data = sd.grad(branch), batches(40)
    right = [sd.grad(branch)(np.arange(3.0), X, y) for X, y in data]

    def work(k: int) -> list[bool]:
        return [alike(gradient(np.arange(3.0), *data[j]), right[j]) for j in np.random.default_rng(k).permutation(40)]

    with ThreadPoolExecutor(4) as pool:
        assert all(all(found) for found in pool.map(work, range(8)))


def test_an_interrupt_while_recording_leaves_a_gradient_that_works():
    calls = []

    def f(w: Any, X: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:  # the recording with inputs
            raise KeyboardInterrupt
        return np.sum((X @ w) ** 2)

    gradient, data = sd.grad(f), batches(5)
    gradient(np.ones(3), data[0][0])
    with pytest.raises(KeyboardInterrupt):
        gradient(np.ones(3), data[1][0])
    for X, _ in data:
        np.testing.assert_allclose(gradient(np.ones(3), X), 2.0 * X.T @ X @ np.ones(3), rtol=1e-12)
