"""Faults planted into the recording of NumPy functions: lamp R sees each, and no derivative is accused.

All methods differentiate what was recorded; so they agree with one another, wrongly, and only the caller's own
function can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.inputs import recorded
from symdiff.inputs.numpy import functions, shaping
from symdiff.inputs.recorded import Recorded
from symdiff.overloads import Operators
from tests.faults import accused, patched, red

X = np.array([[0.7, -1.3, 0.4], [1.9, 0.2, -0.6], [0.3, 1.1, 2.3]])
HEALTHY = Operators.__dict__
SUM, MAX = (functions._table()[f] for f in (np.sum, np.max))


def smooth(x):
    return np.sum(np.sin(x) * x)


def branching(x):
    return np.sum(x**2) if np.sum(x) > 4.98 else np.sum(x**3)


def swapped(name: str) -> Callable[..., Any]:
    def plant(self: Any, other: Any) -> Any:
        return self._apply(name, (other, self))

    return plant


def in_table(function: Any, replacement: Callable[..., Any]) -> Callable[[], Any]:
    return lambda: PatchedItem(functions._table(), function, replacement)


class PatchedItem:
    """An entry of a dict is something else."""

    def __init__(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self.table, self.key, self.value = table, key, value

    def __enter__(self) -> None:
        self.healthy, self.table[self.key] = self.table[self.key], self.value

    def __exit__(self, *_: object) -> None:
        self.table[self.key] = self.healthy


def off_by_one(x: Any, key: Any) -> Any:
    if isinstance(key, slice) and key.stop is not None:
        key = slice(key.start, key.stop - 1, key.step)
    return healthy_getitem(x, key)


healthy_getitem = shaping.getitem
healthy_constant = recorded.constant


def to_float32(a: Any, name: str, as_it_is: bool) -> Any:
    value = healthy_constant(a, name, as_it_is)
    return np.asarray(value, np.float32).astype(np.float64)[()] if np.asarray(value).dtype == float else value


FAULTS: dict[str, Any] = {
    "swapped operands of -": (
        lambda: patched(Operators, "__sub__", swapped("sub")), lambda x: np.sum((x - x.T * 2) ** 3)),
    "swapped operands of **": (
        lambda: patched(Operators, "__pow__", swapped("power")), lambda x: np.sum((x + 3.0) ** (0.5 + x * 0.1))),
    "swapped operands of @": (
        lambda: patched(Recorded, "__matmul__", lambda self, other: np.matmul(other, self)),
        lambda x: np.sum((x @ (x * x)) ** 2)),
    "dropped minus": (lambda: patched(Operators, "__neg__", lambda self: self), lambda x: np.sum(np.exp(-x))),
    "constant rounded to float32": (
        lambda: patched(recorded, "constant", to_float32), lambda x: np.sum(np.sin(0.1 * x))),
    "wrong axis": (
        in_table(np.sum, lambda a, axis=None, **k: SUM(a, None if axis is None else 1 - axis, **k)),
        lambda x: np.sum(np.exp(np.sum(x, axis=0)))),
    "lost keepdims": (
        in_table(np.max, lambda a, axis=None, **_: MAX(a, axis)),
        lambda x: np.sum((x - np.max(x, axis=1, keepdims=True)) ** 2)),
    "slice off by one": (lambda: patched(shaping, "getitem", off_by_one), lambda x: np.sum(x[0:2] ** 2)),
    "branch frozen": (lambda: patched(recorded, "note", lambda graph, index, value: None), branching),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_the_recording_lights_r(name: str) -> None:
    plant, f = FAULTS[name]
    healthy = crosscheck(f, X)
    assert red(healthy) == ""
    assert healthy.ok
    with plant():
        report = crosscheck(f, X)
    assert "R" in red(report), name
    assert accused(report) == set()
    assert not report.ok


def test_a_random_draw_is_said() -> None:
    rng = np.random.default_rng(0)
    report = crosscheck(lambda x: np.sum(x * rng.normal(size=x.shape)), X)
    assert report.lamps["R"].state == "red"
    assert "random draw" in report.lamps["R"].note
    assert not report.ok


def test_a_global_that_changes_is_seen_elsewhere() -> None:
    """A state that the function keeps: its second call is not its first."""
    calls = {"n": 0}

    def f(x):
        calls["n"] += 1
        return np.sum(x**2) * calls["n"]

    assert crosscheck(f, X).lamps["R"].state == "red"


def test_a_value_taken_out_of_the_recording_is_seen_elsewhere() -> None:
    """`x.value` is a way round the recording that no method can see."""

    def f(x):
        scale = float(np.max(getattr(x, "value", x)))
        return np.sum(np.sin(x)) * scale

    report = crosscheck(f, X)
    assert report.lamps["R"].state == "red"
    assert "more than its arguments" in report.lamps["R"].note
    assert not report.ok


def test_a_branch_is_followed_where_it_was_noted() -> None:
    import symdiff as sd

    gradient = sd.grad(branching)
    low, high = np.full(3, 0.5), np.full(3, 2.0)
    for _ in range(2):
        np.testing.assert_allclose(gradient(low), 3 * low**2)
        np.testing.assert_allclose(gradient(high), 2 * high)
