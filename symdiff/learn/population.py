"""Many nets at once: the parameters of a population stacked, and the risk of each in a few matrix products."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.errors import InputError
from symdiff.inputs import function
from symdiff.learn.vectors import packed, unpacked
from symdiff.nets.arguments import whole
from symdiff.operators import jvp
from symdiff.pytrees import flatten

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP, Params


def risks(net: MLP, stack: Params, X: Any, target: Any) -> Any:
    """The risk of every net of a population on one batch: shape (P,).

    Args:
        net: whose parameters they are.
        stack: parameters with an axis for the population before their own: W_i (P, d_i, d_{i-1}), b_i (P, d_i).
        X: (N, d_0), in the dtype that is computed in.
        target: what the net's loss makes of the labels, (N, d_n), in that dtype.

    >>> import symdiff as sd
    >>> net = sd.mlp([2, 3, 1], "tanh")
    >>> X, y = np.eye(2), np.ones((2, 1))
    >>> nets = [net.init(seed) for seed in range(4)]
    >>> stack = unpacked(np.stack([packed(p) for p in nets]), nets[0])
    >>> bool(np.allclose(risks(net, stack, X, y), [net.risk(p, X, y) for p in nets], rtol=1e-14))
    True
    """
    members, (count, _) = np.shape(stack[0]["W"])[0], np.shape(X)
    z = X
    for i, (layer, sigma) in enumerate(zip(stack, net.activations, strict=True)):
        W, b = layer["W"], layer["b"]
        if i == 0:  # the input is everybody's: one product of two matrices, and no copies of X
            flat = X @ np.reshape(W, (-1, W.shape[2])).T
            product = np.transpose(np.reshape(flat, (count, members, W.shape[1])), (1, 0, 2))
        else:
            product = z @ np.transpose(W, (0, 2, 1))
        u = product + b[:, None, :]
        z = u if sigma.linear else sigma(u)
    outputs = np.reshape(z, (members * count, net.widths[-1]))
    targets = np.reshape(np.broadcast_to(target, (members, *np.shape(target))), outputs.shape)
    found = np.sum(np.reshape(net.loss.each(outputs, targets), (members, count)), axis=1) / count
    return found + penalties(net, stack) if net.l2 else found


def penalties(net: MLP, stack: Params) -> Any:
    """l2/2 times the sum of the squares of the weights, of every net of the population: shape (P,)."""
    return 0.5 * net.l2 * sum(np.sum(layer["W"] ** 2, axis=(1, 2)) for layer in stack)


@lru_cache(16)
def _recorded(net: MLP) -> Any:
    """`risks` of one net, kept: what the operators record of it serves every batch of one shape."""
    return function(partial(risks, net))


class Landscape:
    """The risk on one batch as a function of vectors: what the rules that ask for values only look at.

    Args:
        net, params, X, y: as `net.risk` takes them; `params` gives the form of the vectors.
        dtype: "float32" or "float64", in which the nets are run; by default that of the parameters.

    Raises:
        InputError: what the risk refuses; a dtype that is neither.
    """

    def __init__(self, net: MLP, params: Params, X: Any, y: Any, dtype: str = "") -> None:
        if dtype not in ("", "float32", "float64"):
            raise InputError(f"dtype={dtype!r}: expected 'float32' or 'float64', in which the population is run")
        _, X, target = net.risk.data(params, X, y)
        start = packed(params)
        self.net, self.like = net, params
        narrow = start.dtype.kind == "f" and start.dtype.itemsize <= 4
        self.dtype = np.dtype(dtype or ("float32" if narrow else "float64"))
        self.start = start.astype(self.dtype)
        self._X, self._target = np.asarray(X, self.dtype), np.asarray(target, self.dtype)

    def __call__(self, vectors: np.ndarray) -> np.ndarray:
        """The risk of each: vectors (P, d), risks (P,). Where a net overflows, the risk is inf or nan."""
        with np.errstate(over="ignore", invalid="ignore"):
            return risks(self.net, unpacked(vectors, self.like), self._X, self._target)

    def slopes(self, probes: np.ndarray, distance: float) -> tuple[np.ndarray, float]:
        """(Q(w + h v) - Q(w - h v)) / (2 h) for the distance h and every probe v (n, d): shape (n,). And Q(w)."""
        moved = self.dtype.type(distance) * probes
        found = self(np.concatenate([self.start[None], self.start + moved, self.start - moved]))
        plus, minus = np.split(found[1:], 2)
        return (plus - minus) / self.dtype.type(2.0 * distance), float(found[0])

    def along(self, probes: np.ndarray, method: str) -> tuple[np.ndarray, np.ndarray]:
        """The risk, n times over, and its slope along every probe (n, d), by the jvp of a method: shapes (n,), (n,)."""
        copies = unpacked(np.broadcast_to(self.start, probes.shape), self.like)
        moving = unpacked(probes, self.like)
        data = self._X, self._target
        still = tuple(map(np.zeros_like, data))
        found, slopes = jvp(_recorded(self.net), (copies, *data), (moving, *still), method)
        return np.asarray(found), np.asarray(slopes)

    def tree(self, vector: np.ndarray) -> Any:
        """A vector as a pytree like the parameters, in their dtypes; of whole numbers, in the vector's."""
        leaves, tree = flatten(unpacked(vector, self.like))
        dtypes = [np.asarray(leaf).dtype for leaf in flatten(self.like)[0]]
        dtypes = [dtype if dtype.kind == "f" else vector.dtype for dtype in dtypes]
        return tree.build([leaf.astype(dtype) for leaf, dtype in zip(leaves, dtypes, strict=True)])


def generator(state: dict[str, Any]) -> np.random.Generator:
    """The generator of one step: it depends on the seed and the number of the step alone, so that a step can be
    drawn again."""
    return np.random.default_rng([state["seed"], state["step"]])


def begun(seed: int) -> dict[str, Any]:
    """The state before the first step.

    Raises:
        InputError: a seed that is no whole number, 0 or more.
    """
    whole("seed", seed, 0)
    return {"seed": int(seed), "step": 0}


def following(state: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """The state of the next step."""
    return {**state, "step": state["step"] + 1, **changed}
