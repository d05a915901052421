"""Small networks: backpropagation by hand with its classic slips, recurrences, attention, convolutions, embeddings."""

from __future__ import annotations

from typing import Any

import numpy

from benchmarks.trust.battery.case import Family

FAMILY = Family("nets")
wrong, right = FAMILY.wrong, FAMILY.right
_rng = numpy.random.default_rng(7)
X, T = _rng.standard_normal((5, 3)), _rng.standard_normal((5, 2))
W1, B1, W2 = 0.7 * _rng.standard_normal((3, 4)), 0.3 * _rng.standard_normal(4), 0.7 * _rng.standard_normal((4, 2))
SERIES = _rng.standard_normal(6)
Q, V = _rng.standard_normal((3, 2)), _rng.standard_normal((3, 2))


def two_layers(np: Any, w: Any, b: Any, v: Any) -> Any:
    return 0.5 * np.sum((np.tanh(X @ w + b) @ v - T) ** 2)


def _of_two_layers(np: Any, w: Any, b: Any, v: Any, slip: str = "") -> Any:
    h = np.tanh(X @ w + b)
    d = h @ v - T
    back = d @ (W2.T if slip == "stale" else v.T)
    z = X @ w + b
    if slip != "no activation":
        back = back * (1 - z**2) if slip == "input" else back / np.cosh(z) ** 2
    gv = (h.T @ d) if slip != "wrong layer" else np.tanh(h).T @ d
    gb = np.sum(back, axis=0) if slip != "bias mean" else np.mean(back, axis=0)
    return X.T @ back, gb, gv


def recurrent(np: Any, x: Any) -> Any:
    h = 0.0
    for s in SERIES:
        h = np.tanh(x[0] * h + x[1] * s)
    return h**2


def _of_recurrent(np: Any, x: Any, steps: int = 6, through: bool = True) -> Any:
    states = [0.0]
    for s in SERIES:
        states.append(np.tanh(x[0] * states[-1] + x[1] * s))
    g, adjoint = [0.0, 0.0], 2 * states[-1]
    for t in range(5, 5 - steps, -1):
        a = adjoint * (1 - states[t + 1]) * (1 + states[t + 1])
        g = [g[0] + a * states[t], g[1] + a * SERIES[t]]
        adjoint = a * x[0] if through else a
    return np.stack(g)


def attention(np: Any, k: Any) -> Any:
    s = Q @ k.T / 1.4142135623730951
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    return np.sum((e / np.sum(e, axis=1, keepdims=True) @ V) ** 2)


def _of_attention(np: Any, k: Any, slip: str = "") -> Any:
    s = Q @ k.T / 1.4142135623730951
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    dp = 2 * (p @ V) @ V.T
    ds = p * dp if slip == "diagonal" else p * (dp - np.sum(p * dp, axis=0 if slip == "axis" else 1,
        keepdims=slip != "axis"))
    return ds.T @ Q / (1.0 if slip == "scale" else 1.4142135623730951)


def residual(np: Any, w: Any) -> Any:
    y = X + np.tanh(X @ w)
    return np.sum((y + np.tanh(y @ w)) ** 2)


def _of_residual(np: Any, w: Any, skip: float = 1.0, tied: float = 1.0) -> Any:
    a = np.tanh(X @ w)
    y = X + a
    b = np.tanh(y @ w)
    d = 2 * (y + b)
    db = d * (1 - b**2)
    da = (skip * d + db @ w.T) * (1 - a**2)
    return tied * y.T @ db + X.T @ da


def batch_norm(np: Any, x: Any) -> Any:
    h = (x - np.mean(x, axis=0)) / np.sqrt(np.var(x, axis=0) + 1e-5)
    return np.sum(np.sin(h) * T)


def _of_batch_norm(np: Any, x: Any, mean: float = 1.0, variance: float = 1.0, axis: int = 0) -> Any:
    s = np.sqrt(np.var(x, axis=0) + 1e-5)
    h = (x - np.mean(x, axis=0)) / s
    d = np.cos(h) * T
    return (d - mean * np.mean(d, axis=0) - variance * h * np.mean(d * h, axis=0)) / s


def embedding(np: Any, table: Any) -> Any:
    return np.sum(np.tanh(table[np.array([1, 0, 1, 2])]) * np.array([[1.0], [2.0], [3.0], [4.0]]))


def kernel(np: Any, k: Any) -> Any:
    y = SERIES[:-2] * k[0] + SERIES[1:-1] * k[1] + SERIES[2:] * k[2]
    return np.sum(np.maximum(y, 0.0) ** 2)


def max_pool(np: Any, x: Any) -> Any:
    return np.sum(np.max(np.reshape(x, (3, 2)), axis=1) ** 2)


def gate(np: Any, x: Any) -> Any:
    """One LSTM cell: input, forget and output gates and the candidate, from the state c = 0.4."""
    c = np.special.expit(x[1]) * 0.4 + np.special.expit(x[0]) * np.tanh(x[3])
    return np.special.expit(x[2]) * np.tanh(c)


def _of_gate(np: Any, x: Any, carry: float = 1.0) -> Any:
    i, f, o, u = np.special.expit(x[0]), np.special.expit(x[1]), np.special.expit(x[2]), np.tanh(x[3])
    c = np.tanh(f * 0.4 + i * u)
    dc = o * (carry * (1 - c**2) + 1 - carry)
    return np.stack([dc * u * i * (1 - i), dc * 0.4 * f * (1 - f), c * o * (1 - o), dc * i * (1 - u**2)])


def _of_stable_gate(np: Any, x: Any) -> Any:
    i, f, o, u = np.special.expit(x[0]), np.special.expit(x[1]), np.special.expit(x[2]), np.tanh(x[3])
    state = f * 0.4 + i * u
    dc = o / np.cosh(state) ** 2
    return np.stack([dc * u * i * np.special.expit(-x[0]), dc * 0.4 * f * np.special.expit(-x[1]),
                     np.tanh(state) * o * np.special.expit(-x[2]), dc * i / np.cosh(x[3]) ** 2])


def _of_kernel(np: Any, k: Any) -> Any:
    y = SERIES[:-2] * k[0] + SERIES[1:-1] * k[1] + SERIES[2:] * k[2]
    d = 2 * np.maximum(y, 0.0)
    return np.stack([np.sum(d * SERIES[:-2]), np.sum(d * SERIES[1:-1]), np.sum(d * SERIES[2:])])


AT = (W1, B1, W2)
wrong("two layers: the activation's derivative is skipped", two_layers,
      lambda np, w, b, v: _of_two_layers(np, w, b, v, "no activation"), AT, "tanh' is missing on the way back.")
wrong("two layers: the derivative at the input, not at the value", two_layers,
      lambda np, w, b, v: _of_two_layers(np, w, b, v, "input"), AT, "1 - z^2 where 1 - tanh(z)^2 belongs.")
wrong("two layers: the weights of another step", two_layers,
      lambda np, w, b, v: _of_two_layers(np, w, b, v, "stale"), (W1, B1, 1.1 * W2),
      "Backpropagated through weights that were updated before.")
wrong("two layers: the bias averaged over the batch", two_layers,
      lambda np, w, b, v: _of_two_layers(np, w, b, v, "bias mean"), AT, "The loss is a sum over the batch.")
wrong("two layers: the outer weights see the activation twice", two_layers,
      lambda np, w, b, v: _of_two_layers(np, w, b, v, "wrong layer"), AT, "tanh was applied to h once more.")
wrong("recurrent net: truncated after three steps", recurrent, lambda np, x: _of_recurrent(np, x, 3), [0.9, 0.5],
      "Truncated backpropagation through time is not the gradient.")
wrong("recurrent net: the adjoint skips the recurrent weight", recurrent,
      lambda np, x: _of_recurrent(np, x, 6, False), [0.9, 0.5], "The factor x0 between the steps is missing.")
wrong("attention: the scale is missing", attention, lambda np, k: _of_attention(np, k, "scale"), Q + 0.3,
      "1/sqrt(d) on the way back.")
wrong("attention: softmax's diagonal alone", attention, lambda np, k: _of_attention(np, k, "diagonal"), Q + 0.3,
      "Without the row's sum.")
wrong("attention: softmax's sum over the wrong axis", attention, lambda np, k: _of_attention(np, k, "axis"), Q + 0.3,
      "Over the queries instead of the keys.")
wrong("residual block: the skip is cut", residual, lambda np, w: _of_residual(np, w, skip=0.0), 0.4 * W1[:, :3],
      "The identity's path back is missing.")
wrong("tied weights: only the first use counts", residual, lambda np, w: _of_residual(np, w, tied=0.0),
      0.4 * W1[:, :3], "One matrix in two layers: the gradients add.")
wrong("batch norm: mean and variance detached", batch_norm, lambda np, x: _of_batch_norm(np, x, 0.0, 0.0), X[:, :2],
      "The statistics depend on the batch.", source="https://github.com/facebookresearch/CrypTen/pull/143")
wrong("batch norm: the variance detached", batch_norm, lambda np, x: _of_batch_norm(np, x, 1.0, 0.0), X[:, :2],
      "As in a layer that stops the gradient of the variance.", source="https://github.com/ELIFE-ASU/INNLab/issues/2")
wrong("embedding: a repeated row is counted once", embedding,
      lambda np, t: (1 - np.tanh(t) ** 2) * np.array([[2.0], [3.0], [4.0]]), Q,
      "Row 1 is looked up twice, with weights 1 and 3; the last assignment won.")
wrong("convolution kernel: taps reversed", kernel, lambda np, k: _of_kernel(np, k)[::-1], [0.5, -0.2, 0.8],
      "Convolution for correlation.")
wrong("max pool: the gradient is shared", max_pool,
      lambda np, x: np.repeat(np.max(np.reshape(x, (3, 2)), axis=1), 2), SERIES, "Half to each as in an average pool.")
wrong("LSTM cell: tanh of the state is skipped on the way back", gate, lambda np, x: _of_gate(np, x, 0.0),
      [0.4, -0.3, 0.8, 0.6], "1 - tanh(c)^2 is missing.")

right("two layers with saturated units", two_layers, _of_two_layers, (20 * W1, 5 * B1, W2),
      "tanh is close to 1 in most units.", rtol=1e-12)
right("two layers of weights 1e-8", two_layers, _of_two_layers, (1e-8 * W1, 1e-8 * B1, 1e-8 * W2),
      "Nearly linear: gradients of 1e-8 below a loss of 10.")
right("recurrent net, exploding", recurrent, _of_recurrent, [3.0, 0.01], "The state's slope grows threefold each step.")
right("recurrent net, vanishing", recurrent, _of_recurrent, [1e-3, 0.5], "The first input's share is 1e-15.")
right("attention with one dominant key", attention, _of_attention, 12 * Q, "Scores of 40 and -40: weights of 1e-30.")
right("attention with equal keys", attention, _of_attention, numpy.ones((3, 2)),
      "Every weight is a third, with a threefold tie in the shift.")
right("residual block at weights 0", residual, _of_residual, numpy.zeros((3, 3)), "tanh at 0 everywhere: the identity.")
right("residual block", residual, _of_residual, 0.4 * W1[:, :3], "Two uses of one matrix and two skips.")
right("batch norm", batch_norm, _of_batch_norm, X[:, :2], "Three paths back that partly cancel.")
right("batch norm of a constant column", batch_norm, _of_batch_norm,
      numpy.stack([X[:, 0], numpy.full(5, 2.0)], axis=1), "The variance of the second column is 0.")
right("embedding with a row never read", embedding, lambda np, t: (1 - np.tanh(t)) * (1 + np.tanh(t))
      * np.array([[2.0], [4.0], [4.0], [0.0]]), numpy.vstack([Q, [[0.3, 0.7]]]),
      "A row of exact zeros and a row read twice.")
right("convolution kernel with a dead output", kernel, _of_kernel, [0.5, -0.2, 0.8],
      "Some outputs are cut off by relu.")
right("max pool next to a tie", max_pool, lambda np, x: 2 * x * np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0]),
      [1.0, 1.0 - 1e-9, 0.0, 2.0, 0.5, -3.0], "The runner-up is 1e-9 away.")
right("max pool of zeros", max_pool, lambda np, x: 0 * x, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
      "Ties, but the square is flat at 0.")
right("LSTM cell with saturated gates", gate, _of_stable_gate, [40.0, -40.0, 30.0, 0.5],
      "Gradients from 1e-19 to 0.5.")
