"""Per-example gradients: one for every row, stacked, and their mean is the gradient of the mean."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd

RNG = np.random.default_rng(0)
X, W = RNG.normal(size=(7, 3)), RNG.normal(size=(3, 4))
LABELS = np.array([0, 3, 1, 1, 2, 0, 3])
METHODS = ["jax", "tape", "symbolic"]


def by_row(f, args, **options):
    """One call of grad for each row: what per_example_grad is held against."""
    rows = [sd.grad(f, **options)(args[0], *(a[n : n + 1] for a in args[1:])) for n in range(len(args[1]))]
    return jax.tree.map(lambda *parts: np.stack(parts), *rows)


def close(a, b, rtol=1e-10):
    jax.tree.map(lambda x, y: np.testing.assert_allclose(x, y, rtol, 1e-12), a, b)


def squares(w, x):
    return np.mean(np.sum(np.tanh(x @ w) ** 2, 1))


def picked(w, x, y):
    """Labels as indices: they cannot be inputs of a recording."""
    z = x @ w
    return np.mean(np.log(np.sum(np.exp(z), 1)) - z[np.arange(len(y)), y])


@pytest.mark.parametrize("by", METHODS)
def test_each_row_is_the_gradient_of_that_row(by: str):
    got = sd.per_example_grad(squares, method=by)(W, X)
    assert got.shape == (7, 3, 4)
    close(got, by_row(squares, (W, X)))
    close(got.mean(0), sd.grad(squares)(W, X))


@pytest.mark.parametrize("by", METHODS)
def test_integer_labels_may_be_indices(by: str):
    got = sd.per_example_grad(picked, method=by)(W, X, LABELS)
    close(got, by_row(picked, (W, X, LABELS)))
    close(got.mean(0), sd.grad(picked)(W, X, LABELS))


@pytest.mark.parametrize("by", METHODS)
@pytest.mark.parametrize("loss", ["softmax_cross_entropy", "mse", "hinge", "binary_cross_entropy"])
def test_the_risk_of_a_net(by: str, loss: str):
    net = sd.mlp([3, 5, 4], loss=loss, l2=0.1)
    params = net.init(seed=1)
    table = (RNG.uniform(size=(7, 4)) > 0.5).astype(float)
    y = {"mse": table, "binary_cross_entropy": table}.get(loss, LABELS)
    got = sd.per_example_grad(net.risk, method=by)(params, X, y)
    assert got[0]["W"].shape == (7, 5, 3)
    close(got, by_row(net.risk, (params, X, y)))
    close(jax.tree.map(lambda g: g.mean(0), got), sd.grad(net.risk)(params, X, y))


def test_a_net_with_integer_labels_is_traced_once(monkeypatch: pytest.MonkeyPatch):
    from symdiff.methods.jax import arrays

    runs, real = [], arrays.run
    monkeypatch.setattr(arrays, "run", lambda *a: runs.append(a) or real(*a))
    net = sd.mlp([3, 5, 4], loss="softmax_cross_entropy")
    rows = sd.per_example_grad(net.risk)
    for seed in range(3):
        rows(net.init(seed=seed), X, LABELS)
    assert len(runs) == 1


@pytest.mark.parametrize("by", METHODS)
def test_rows_that_decide_otherwise_have_their_own_recording(by: str):
    def f(w, x):
        return np.sum(x @ w) if x[0, 0] > 0 else np.sum((x @ w) ** 2)

    assert np.any(X[:, 0] > 0)
    assert np.any(X[:, 0] < 0)
    close(sd.per_example_grad(f, method=by)(W, X), by_row(f, (W, X)))


@pytest.mark.parametrize("by", METHODS)
def test_float32_rows_are_float32(by: str):
    w, x = W.astype(np.float32), X.astype(np.float32)
    got = sd.per_example_grad(squares, method=by)(w, x)
    assert got.dtype == np.float32
    close(got, by_row(squares, (W, X)), 2e-3)


def test_bfloat16_rows_are_bfloat16():
    got = sd.per_example_grad(squares)(jnp.asarray(W, jnp.bfloat16), jnp.asarray(X, jnp.bfloat16))
    assert got.dtype == jnp.bfloat16
    assert got.shape == (7, 3, 4)
    np.testing.assert_allclose(np.asarray(got, float), by_row(squares, (W, X)), atol=0.05)


class Shifted:
    """A caller's own class that happens to have a method of that name, and one that has a number."""

    def target(self, y, count):
        return y - 1.0

    def __call__(self, w, x, y):
        return np.mean((np.sum(x @ w, 1) - self.target(y, len(y))) ** 2)


class Aimed:
    target = 3.0

    def __call__(self, w, x, y):
        return np.mean((np.sum(x @ w, 1) - self.target * y) ** 2)


@pytest.mark.parametrize("f", [Shifted(), Aimed()])
@pytest.mark.parametrize("by", METHODS)
def test_only_a_risk_has_targets(by: str, f):
    y = RNG.normal(size=7)
    close(sd.per_example_grad(f, method=by)(W, X, y).mean(0), sd.grad(f)(W, X, y))


def test_wrt_and_arguments_that_are_no_data():
    def f(x, w, scale, power=2):
        return scale * np.mean((x @ w) ** power)

    got = sd.per_example_grad(f, wrt="w")(X, W, 3.0, power=3)
    wanted = np.stack([sd.grad(f, wrt="w")(X[n : n + 1], W, 3.0, power=3) for n in range(7)])
    close(got, wanted)
    both = sd.per_example_grad(f, wrt=("w", "scale"))(X, W, 3.0)
    assert [g.shape for g in both] == [(7, 3, 4), (7,)]


def test_what_has_no_rows_is_refused():
    with pytest.raises(sd.InputError, match="no array among the arguments"):
        sd.per_example_grad(np.sum)(W)
    with pytest.raises(sd.InputError, match="x has 7 rows and y has 6"):
        sd.per_example_grad(picked)(W, X, LABELS[:6])
    with pytest.raises(sd.InputError, match="have no rows"):
        sd.per_example_grad(squares)(W, X[:0])
    with pytest.raises(sd.InputError, match="a formula has no batch"):
        sd.per_example_grad("x**2")
    with pytest.raises(sd.InputError, match="expected finite numbers"):
        sd.per_example_grad(squares)(W, np.where(X == X[3, 1], np.nan, X))
    with pytest.raises(sd.InputError, match="one value"):
        sd.per_example_grad(lambda w, x: x @ w)(W, X)
    with pytest.raises(sd.InputError, match="mixed dtypes"):
        sd.per_example_grad(squares)(W.astype(np.float32), X)


def test_the_same_call_is_not_traced_again(monkeypatch: pytest.MonkeyPatch):
    from symdiff.methods.jax import arrays

    traces, real = [], jax.make_jaxpr
    monkeypatch.setattr(arrays.jax, "make_jaxpr", lambda *a, **k: traces.append(a) or real(*a, **k))
    gradient = sd.grad(squares, method="jax")
    first = gradient(W, X)
    for _ in range(3):
        np.testing.assert_array_equal(gradient(W, X), first)
        gradient(W + 1.0, X.copy())
    assert len(traces) == 1
    gradient(W, X + 1.0)  # other data: another function, and one in which they are inputs
    assert len(traces) == 3
    gradient(W, X + 2.0)
    assert len(traces) == 3
