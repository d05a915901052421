"""The gradient of every row of a batch by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from symdiff.arrays import dtype_of
from symdiff.errors import InputError
from symdiff.inputs.code import Code, Recording
from symdiff.inputs.leaves import as_leaf, as_numpy, common_dtype
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.operators._bind import bind, placed
from symdiff.problem import Wrt
from symdiff.pytrees import Tree, flatten


def per_example_grad(
    f: Any, method: str = "jax", wrt: Wrt = None, device: Any = None, platform: str | None = None
) -> Callable[..., Any]:
    """A function that computes the gradient of `f` for every row of its data, stacked along a new first axis.

    Args:
        f: a Python function with one value, of a batch: `net.risk`, `lambda w, X, y: ...`.
        method: "jax" (`jax.vmap` of `jax.grad`, compiled once), or any other: one call for each row.
        wrt: see `grad`; the arguments that are not differentiated by are the data.
        device, platform: see `grad`.

    Returns:
        A callable of f's arguments. Every array of the data has the examples along its first axis, N of them;
        f is given one at a time, as a batch of one. Arguments without axes and those by keyword are the same
        for every example. The answer has the structure of `grad`'s, its leaves the shape (N, *leaf.shape) and
        the dtype of the leaves. For a mean over the batch its mean over N is the gradient.

    Raises:
        InputError: no array among the data, or arrays of several lengths; else see `grad`.

    >>> import numpy as np, symdiff as sd
    >>> loss = lambda w, X: np.mean((X @ w) ** 2)
    >>> sd.per_example_grad(loss)(np.array([1.0, 2.0]), np.array([[1.0, 0.0], [0.0, 1.0]])).tolist()
    [[2.0, 0.0], [0.0, 4.0]]
    """
    code = bind(f, "grad", method, wrt)
    if not isinstance(code, Code):
        raise InputError("per_example_grad is for Python functions of arrays: a formula has no batch")

    def gradients(*args: Any, **kwargs: Any) -> Any:
        return _Batch(code, code.by_position(args, kwargs), kwargs, wrt).gradients(method)

    return placed(gradients, method, device, platform)


class _Batch:
    """The arguments of one call, cut into examples.

    Data of floats are inputs of the recording, so that one recording does for all rows. Integers may be indices:
    they are constants of it, and rows with the same ones share a recording.
    """

    def __init__(self, code: Code, args: Sequence[Any], kwargs: dict[str, Any], wrt: Wrt) -> None:
        self.code, self.kwargs = code, kwargs
        self.chosen, self.single = code.select(wrt, len(args))
        self.args = list(args)
        self.data = [k for k in range(len(args)) if k not in self.chosen]
        leaves = [(self._name(k), v) for k in self.chosen for v in flatten(args[k])[0]]
        data = [(self._name(k), v) for k in self.data for v in flatten(args[k])[0]]
        self.dtype = dtype_of(common_dtype(leaves, data))  # what `grad` would compute in
        for k in self.data:
            self.args[k] = _wide(as_numpy(_as_array(args[k])))
        self._make_targets()
        self.count = self._length()
        self.moving = [k for k in self.data if _all_floats(self.args[k])]
        self.still = [k for k in self.data if k not in self.moving and _has_axes(self.args[k])]

    def _name(self, k: int) -> str:
        return self.code.names[k] if k < len(self.code.names) else f"arg{k}"

    def _make_targets(self) -> None:
        """The risk of a net turns labels into numbers: done for the whole batch, they are data of floats."""
        check = getattr(self.code.f, "__symdiff_data__", None)
        if check is not None and len(self.args) == 3 and self.data == [1, 2]:
            _, X, target = check(*self.args)
            self.args[1:] = [np.asarray(X), np.asarray(target, np.float64)]

    def _length(self) -> int:
        lengths: dict[int, str] = {}
        for k in self.data:
            values, tree = flatten(self.args[k])
            for value, path in zip(values, tree.paths(self._name(k)), strict=True):
                if np.ndim(value) and isinstance(value, np.ndarray):
                    if value.dtype.kind in "fiu":
                        as_leaf(value, path)
                    lengths.setdefault(len(value), path)
        if not lengths:
            raise InputError("per_example_grad: no array among the arguments that are not differentiated by")
        if len(lengths) > 1:
            (n, one), (m, two) = list(lengths.items())[:2]
            raise InputError(f"{one} has {n} rows and {two} has {m}: expected as many, one for each example")
        return next(iter(lengths))

    def row(self, n: int) -> list[Any]:
        """The arguments with example n alone, as a batch of one."""
        return [_cut(a, n, self.dtype) if k in self.data else a for k, a in enumerate(self.args)]

    def gradients(self, method: str) -> Any:
        left = list(range(self.count))
        found: list[np.ndarray] = []
        shape = None
        while left or shape is None:
            if not left:
                raise InputError("per_example_grad: the data have no rows, so there is no example to record f at")
            recording, leaves = self.code.recorded(self.row(left[0]), self.kwargs, (*self.chosen, *self.moving))
            mine = [n for n in left if n == left[0] or self._shares(recording, leaves, left[0], n)]
            width = sum(tree.leaves for tree in recording.trees[: len(self.chosen)])
            task = Task("grad", tuple(range(width)))
            task.check(recording.problem)
            rows = self._stacked(recording, mine)
            parts = _batched(method, recording, task, leaves[:width], rows)
            if not found:
                found = [np.zeros((self.count, *p.shape[1:]), p.dtype) for p in parts]
            for whole, part in zip(found, parts, strict=True):
                whole[mine] = part
            left = [n for n in left if n not in set(mine)]
            shape = recording
        return _built(shape.trees[: len(self.chosen)], iter(found), self.single)

    def _stacked(self, recording: Recording, rows: Sequence[int]) -> list[np.ndarray]:
        """The leaves of the data of floats for some rows: (rows, 1, ...)."""
        return [np.asarray(v, np.float64)[list(rows)][:, None] for k in self.moving for v in flatten(self.args[k])[0]]

    def _shares(self, recording: Recording, leaves: Sequence[Any], first: int, n: int) -> bool:
        for k in self.still:
            for value in flatten(self.args[k])[0]:
                if np.ndim(value) and not np.array_equal(value[n], value[first]):
                    return False
        if not recording.problem.graph.guards:
            return True
        width = len(leaves) - sum(flatten(self.args[k])[1].leaves for k in self.moving)
        return recording.problem.holds([*leaves[:width], *[v[0] for v in self._stacked(recording, [n])]])


def _batched(
    method: str, recording: Recording, task: Task, leaves: Sequence[Any], rows: Sequence[np.ndarray]
) -> list[np.ndarray]:
    """The gradients of some rows, stacked."""
    by = find_method(method)
    together = getattr(by, "per_example", None)
    if together is not None and rows:
        return together(recording.problem, task, leaves, rows)
    count = len(rows[0]) if rows else 1
    each = [by.arrays(recording.problem, task, [*leaves, *[r[n] for r in rows]], ()) for n in range(count)]
    return [np.stack(parts) for parts in zip(*each, strict=True)]


def _built(trees: Sequence[Tree], leaves: Iterator[np.ndarray], single: bool) -> Any:
    parts = [tree.build([next(leaves) for _ in range(tree.leaves)]) for tree in trees]
    return parts[0] if single else tuple(parts)


def _as_array(value: Any) -> Any:
    """A list of rows as an array."""
    if not isinstance(value, list | tuple):
        return value
    try:
        array = np.asarray(value)
    except ValueError:
        return value
    return array if array.dtype.kind in "fiu" else value


def _wide(value: Any) -> Any:
    """Floats as float64, which holds every value of a narrower dtype."""
    leaves, tree = flatten(value)
    return tree.build([v.astype(np.float64) if _is_floats(v) else v for v in leaves])


def _cut(value: Any, n: int, dtype: np.dtype) -> Any:
    """Row n as a batch of one; floats in the dtype of the call."""
    leaves, tree = flatten(value)
    rows = [v[n : n + 1] if isinstance(v, np.ndarray) and v.ndim else v for v in leaves]
    return tree.build([v.astype(dtype) if _is_floats(v) else v for v in rows])


def _is_floats(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.ndim > 0 and value.dtype.kind == "f"


def _all_floats(value: Any) -> bool:
    leaves, _ = flatten(value)
    return bool(leaves) and all(map(_is_floats, leaves))


def _has_axes(value: Any) -> bool:
    return any(np.ndim(v) for v in flatten(value)[0])
