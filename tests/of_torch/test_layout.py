"""Windows on a storage, and the ATen operations as NumPy: without PyTorch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.lib.stride_tricks import as_strided

from symdiff.errors import UnsupportedError
from symdiff.inputs.code import from_code
from symdiff.inputs.torch import elementwise, sums
from symdiff.inputs.torch.layout import Window, seen, written

LINE = np.arange(24.0)
WINDOWS = {
    "whole": Window((4, 6), (6, 1)), "transposed": Window((6, 4), (1, 6)), "row": Window((6,), (1,), 12),
    "column": Window((4,), (6,), 2), "steps": Window((2, 3), (12, 2), 1), "expanded": Window((3, 4, 6), (0, 6, 1)),
    "permuted": Window((3, 2, 4), (4, 12, 1)), "one": Window((), (), 5), "axis of one": Window((4, 1, 6), (6, 99, 1)),
    "overlapping": Window((3, 3), (1, 1)), "empty": Window((0, 3), (3, 1)), "middle": Window((2, 4), (4, 1), 8),
    "expanded column": Window((4, 2), (6, 0), 3),
}  # fmt: skip


def by_numpy(line: np.ndarray, window: Window) -> np.ndarray:
    """NumPy's own idea of strides."""
    bytes_ = tuple(s * line.itemsize for s in window.stride)
    return as_strided(line[window.offset :], window.size, bytes_)


@pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)
def test_a_window_shows_what_numpy_shows(window: Window) -> None:
    assert np.array_equal(seen(LINE, window), by_numpy(LINE, window))
    assert np.array_equal(LINE[window.places()], by_numpy(LINE, window))


@pytest.mark.parametrize("name", [n for n in WINDOWS if n not in ("expanded", "overlapping", "expanded column")])
def test_what_is_written_into_a_window_is_in_the_storage(name: str) -> None:
    window = WINDOWS[name]
    value = 100 + np.arange(np.prod(window.size, dtype=int), dtype=float).reshape(window.size)
    expected = LINE.copy()
    by_numpy(expected, window)[...] = value
    assert np.array_equal(written(LINE, value, window), expected)


def test_a_dense_window_needs_no_index() -> None:
    """What is recorded of a transposed matrix is a transpose, which a matrix product can be read from."""
    for name, ops in {"transposed": {"transpose", "reshape"}, "whole": {"reshape"}, "steps": {"getitem"}}.items():
        window = WINDOWS[name]
        recording, _ = from_code(lambda x, w=window: seen(x, w)).recorded((LINE,), {})
        assert {node.op for node in recording.problem.graph.nodes if node.args} == ops


X = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])
W = np.array([[0.5, 1.0, -2.0], [1.5, 0.0, 1.0]])
MEANINGS = {
    "add": (lambda f: f(X, W, alpha=3), X + 3 * W), "rsub": (lambda f: f(X, 2.0), 2.0 - X),
    "div": (lambda f: f(X, 2.0, rounding_mode="trunc"), np.trunc(X / 2)), "pow": (lambda f: f(X, 3.0), X**3),
    "where": (lambda f: f(X > 0, X, 0.0), np.maximum(X, 0)), "clamp": (lambda f: f(X, max=1.0), np.minimum(X, 1)),
    "masked_fill": (lambda f: f(X, X < 0, 7.0), np.where(X < 0, 7, X)),
    "lerp": (lambda f: f(X, W, 0.25), X + (W - X) / 4),
    "addcmul": (lambda f: f(X, W, W, value=2), X + 2 * W * W),
    "xlogy": (lambda f: f(np.zeros(2), np.zeros(2)), np.zeros(2)),
    "softplus": (lambda f: f(np.array([0.0, 30.0])), np.array([np.log(2), 30.0])),
    "sum": (lambda f: f(X, [1], True), X.sum(1, keepdims=True)), "mean": (lambda f: f(X, []), X.mean()),
    "var": (lambda f: f(X, [1], correction=1), X.var(1, ddof=1)), "logsumexp": (
        lambda f: f(X, [1]), np.log(np.exp(X).sum(1))),
    "_softmax": (lambda f: f(X, 1, False), np.exp(X) / np.exp(X).sum(1, keepdims=True)),
    "linalg_vector_norm": (lambda f: f(X, 3.0, [0]), (np.abs(X) ** 3).sum(0) ** (1 / 3)),
    "addmm": (lambda f: f(W[:, :2], X, W.T, beta=2, alpha=3), 2 * W[:, :2] + 3 * X @ W.T),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_an_operation_means_what_pytorch_says(name: str) -> None:
    call, expected = MEANINGS[name]
    found = call({**elementwise.READERS, **sums.READERS}[name])
    assert np.allclose(found, expected, 1e-14, 1e-15)


def test_a_convolution_is_sums_of_products() -> None:
    x, w = np.arange(10.0).reshape(1, 2, 5), np.arange(12.0).reshape(2, 2, 3)
    found = sums.READERS["convolution"](x, w, np.array([1.0, 2.0]), [2], [1], [1], False, [0], 1)
    padded = np.pad(x[0], [(0, 0), (1, 1)])
    by_hand = [[(padded[:, 2 * k : 2 * k + 3] * w[o]).sum() + 1 + o for k in range(3)] for o in range(2)]
    assert np.array_equal(found[0], by_hand)


def test_what_has_no_meaning_here_is_refused() -> None:
    with pytest.raises(UnsupportedError, match="transposed convolution"):
        sums.READERS["convolution"](X, X, None, [1], [0], [1], True, [0], 1)
    with pytest.raises(UnsupportedError, match="makes float64 narrower, float32"):
        elementwise.converted(X, "torch.float32", "torch.float64")
