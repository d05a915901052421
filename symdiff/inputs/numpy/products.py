"""Products of recorded arrays: matmul, dot, einsum and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters
from typing import Any, Literal

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_array, like_arrays
from symdiff.inputs.numpy.shaping import apply
from symdiff.inputs.recorded import place


@implements(np.matmul, np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Any:
    x1, x2 = like_arrays(x1, x2)
    if x1.ndim == 0 or x2.ndim == 0 or x1.shape[-1] != x2.shape[-2 if x2.ndim > 1 else -1]:
        np.matmul(np.zeros(x1.shape), np.zeros(x2.shape))  # NumPy's own errors
    a = np.reshape(x1, (1, -1)) if x1.ndim == 1 else x1
    b = np.reshape(x2, (-1, 1)) if x2.ndim == 1 else x2
    y = apply("matmul", a, b)
    shape = y.shape[:-1] if x2.ndim == 1 else y.shape
    return np.reshape(y, (*shape[: y.ndim - 2], *shape[y.ndim - 1 :]) if x1.ndim == 1 else shape)


@implements(np.dot)
def dot(a: Any, b: Any, out: Any = None) -> Any:
    a, b = like_arrays(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim <= 2 and b.ndim <= 2:
        return np.matmul(a, b)
    return np.tensordot(a, b, (-1, -2 if b.ndim > 1 else -1))


@implements(np.vdot)
def vdot(a: Any, b: Any, /) -> Any:
    a, b = like_arrays(a, b)
    return np.dot(np.ravel(a), np.ravel(b))


@implements(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    x1, x2 = like_arrays(x1, x2)
    return np.sum(np.moveaxis(x1, axis, -1) * np.moveaxis(x2, axis, -1), -1)


@implements(np.inner)
def inner(a: Any, b: Any, /) -> Any:
    a, b = like_arrays(a, b)
    return a * b if a.ndim == 0 or b.ndim == 0 else np.tensordot(a, b, (-1, -1))


@implements(np.outer, np.linalg.outer)
def outer(a: Any, b: Any, out: Any = None) -> Any:
    return np.reshape(a, (-1, 1)) * np.ravel(b)


@implements(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = like_arrays(a, b)
    if isinstance(axes, int | np.integer):
        axes = (list(range(a.ndim - axes, a.ndim)), list(range(axes)))
    first, second = (normalize_axis_tuple(x, n) for x, n in zip(axes, (a.ndim, b.ndim), strict=True))
    if len(first) != len(second) or [a.shape[k] for k in first] != [b.shape[k] for k in second]:
        raise ValueError("shape-mismatch for sum")
    left, right = [k for k in range(a.ndim) if k not in first], [k for k in range(b.ndim) if k not in second]
    summed = int(np.prod([a.shape[k] for k in first], dtype=int))
    rows = np.reshape(np.transpose(a, [*left, *first]), (-1, summed) if a.size else (_count(a, left), summed))
    columns = np.reshape(np.transpose(b, [*second, *right]), (summed, -1) if b.size else (summed, _count(b, right)))
    return np.reshape(np.matmul(rows, columns), [a.shape[k] for k in left] + [b.shape[k] for k in right])


def _count(a: Any, axes: list[int]) -> int:
    return int(np.prod([a.shape[k] for k in axes], dtype=int))


@implements(np.kron)
def kron(a: Any, b: Any) -> Any:
    a, b = like_arrays(a, b)
    n = max(a.ndim, b.ndim)
    left, right = (1,) * (n - a.ndim) + a.shape, (1,) * (n - b.ndim) + b.shape
    pairs = np.reshape(a, [x for k in left for x in (k, 1)]) * np.reshape(b, [x for k in right for x in (1, k)])
    return np.reshape(pairs, [i * j for i, j in zip(left, right, strict=True)])


@implements(np.linalg.trace)
def last_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Any:
    return np.sum(np.diagonal(x, offset, -2, -1), -1)


@implements(np.trace)
def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), -1)


@implements(np.linalg.cross)
def last_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return np.cross(x1, x2, axis=axis)


@implements(np.cross)
def cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = np.moveaxis(like_array(a), axisa, -1), np.moveaxis(like_array(b), axisb, -1)
    if a.shape[-1] != 3 or b.shape[-1] != 3:
        raise UnsupportedError(f"{place()}np.cross is recorded for vectors with three entries")
    parts = [a[..., i] * b[..., j] - a[..., j] * b[..., i] for i, j in ((1, 2), (2, 0), (0, 1))]
    return np.stack(parts, axisc)


@implements(np.einsum)
def einsum(*operands: Any, out: Any = None, dtype: Any = None, order: str = "K", casting: str = "safe",
           optimize: Any = False) -> Any:  # fmt: skip
    if out is not None:
        raise UnsupportedError(f"{place()}np.einsum: out= cannot be recorded; use the value that is returned")
    if not isinstance(operands[0], str):
        operands = _as_text(operands)
    subscripts, arrays = operands[0].replace(" ", ""), [like_array(x) for x in operands[1:]]
    np.einsum(subscripts, *[np.zeros(x.shape) for x in arrays])  # NumPy's own errors
    labels, answer = _spelled_out(subscripts, [x.ndim for x in arrays])
    for k, label in enumerate(labels):
        for c in dict.fromkeys(label):
            while labels[k].count(c) > 1:  # twice in one operand: its diagonal
                i = labels[k].index(c)
                j = labels[k].index(c, i + 1)
                arrays[k] = np.diagonal(arrays[k], 0, i, j)
                labels[k] = labels[k][:i] + labels[k][i + 1 : j] + labels[k][j + 1 :] + c
    sizes: dict[str, int] = {}
    for label, x in zip(labels, arrays, strict=True):
        for c, n in zip(label, x.shape, strict=True):
            sizes[c] = n if sizes.get(c, 1) == 1 else sizes[c]
    for k, (label, x) in enumerate(zip(labels, arrays, strict=True)):  # axes of length one are spread
        arrays[k] = np.broadcast_to(x, [sizes[c] for c in label])
    return apply("einsum", *arrays, subscripts=",".join(labels) + "->" + answer)


def _as_text(operands: Sequence[Any]) -> tuple[Any, ...]:
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) in its other form."""
    arrays, lists = list(operands[0 : len(operands) // 2 * 2 : 2]), list(operands[1::2])
    answer = operands[-1] if len(operands) % 2 else None

    def text(axes: Any) -> str:
        return "".join("..." if k is Ellipsis else ascii_letters[k] for k in axes)

    arrow = "" if answer is None else "->" + text(answer)
    return (",".join(map(text, lists)) + arrow, *arrays)


def _spelled_out(subscripts: str, ranks: list[int]) -> tuple[list[str], str]:
    """The labels of every operand and of the answer, with letters for `...`."""
    left, arrow, right = subscripts.partition("->")
    labels = left.split(",")
    free = [c for c in ascii_letters if c not in subscripts]
    most = max((n - len(label.replace("...", "")) for n, label in zip(ranks, labels, strict=True) if "..." in label),
               default=0)  # fmt: skip
    dots = "".join(free[:most])
    spelled = []
    for n, label in zip(ranks, labels, strict=True):
        extra = n - len(label.replace("...", ""))
        spelled.append(label.replace("...", dots[len(dots) - extra :]))
    if arrow:
        return spelled, right.replace("...", dots)
    once = sorted(c for c in set("".join(labels)) - {"."} if "".join(labels).count(c) == 1)
    return spelled, dots + "".join(once)


@implements(np.convolve)
def convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = np.atleast_1d(like_array(a)), np.atleast_1d(like_array(v))
    if len(v) > len(a):
        a, v = v, a
    if not len(v):
        raise ValueError("v cannot be empty")
    n, m = len(a), len(v)
    padded = np.concatenate([np.zeros(m - 1), a, np.zeros(m - 1)])
    full = np.matmul(padded[np.arange(n + m - 1)[:, None] + np.arange(m)], np.flip(v))
    cut = {"full": slice(None), "same": slice((m - 1) // 2, (m - 1) // 2 + n), "valid": slice(m - 1, n)}
    if mode not in cut:
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    return full[cut[mode]]


@implements(np.correlate)
def correlate(a: Any, v: Any, mode: Literal["valid", "same", "full"] = "valid") -> Any:
    a, v = like_arrays(a, v)
    if len(v) > len(a):
        return np.flip(np.correlate(v, a, mode))
    full = np.convolve(a, np.flip(v))
    n, m = len(a), len(v)
    cut = {"full": slice(None), "same": slice(m // 2 - 1 + m % 2, m // 2 - 1 + m % 2 + n), "valid": slice(m - 1, n)}
    return full[cut[mode]]
