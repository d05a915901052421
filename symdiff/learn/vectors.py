"""Parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.arrays import cut, flat
from symdiff.pytrees import flatten


def packed(params: Any) -> np.ndarray:
    """The leaves of a pytree of arrays one after the other, as a new vector.

    >>> packed([{"W": np.array([[1.0, 2.0]]), "b": np.array([3.0])}]).tolist()
    [1.0, 2.0, 3.0]
    """
    return flat(flatten(params)[0])


def unpacker(params: Any) -> Callable[[np.ndarray], Any]:
    """A function from vectors to pytrees like this one, whose leaves are views of the vector. Of vectors of shape
    (..., d), every leaf has the axes before d in front of its own.

    >>> unpacker([{"W": np.array([[1.0, 2.0]]), "b": np.array([3.0])}])(np.arange(3.0))
    [{'W': array([[0., 1.]]), 'b': array([2.])}]
    """
    leaves, tree = flatten(params)
    shapes = [np.shape(leaf) for leaf in leaves]
    return lambda w: tree.build(cut(w, shapes, w.shape[:-1]))


def unpacked(vectors: np.ndarray, like: Any) -> Any:
    """Vectors of shape (..., d) as a pytree like `like`, every leaf with the axes before d in front of its own.

    >>> unpacked(np.array([[1.0, 2.0, 3.0]]), [{"W": np.zeros((1, 2)), "b": np.zeros(1)}])[0]["W"].tolist()
    [[[1.0, 2.0]]]
    """
    return unpacker(like)(vectors)


def by_layer(direction: Any) -> list[np.ndarray]:
    """W and b of each layer in one vector: what angles and norms per layer are of."""
    return [packed(layer) for layer in direction]


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Of the angle between two vectors; NaN where one is zero.

    >>> cosine(np.array([1.0, 0.0]), np.array([1.0, 1.0])) ** 2
    0.4999999999999999
    """
    with np.errstate(invalid="ignore", divide="ignore"):  # each is divided first: squares of tiny entries are no floats
        return float(np.vdot(a / np.linalg.norm(a), b / np.linalg.norm(b)))


def off(found: np.ndarray, wanted: np.ndarray) -> float:
    """|found - wanted| / |wanted|, or / 1 where nothing is wanted.

    >>> off(np.array([3.0, 5.0]), np.array([3.0, 4.0])), off(np.ones(1), np.zeros(1))
    (0.2, 1.0)
    """
    return float(np.linalg.norm(found - wanted) / (np.linalg.norm(wanted) or 1.0))
