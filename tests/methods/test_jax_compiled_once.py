"""A function recorded anew is not compiled anew by JAX: and never mistaken for another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.inputs.code import from_code
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.methods.jax import arrays
from symdiff.methods.shared import Shared
from symdiff.ops import TABLE


def gradient(f: Any, x: np.ndarray) -> np.ndarray:
    """By a recording of its own, as every check makes one."""
    recording, leaves = from_code(f).recorded((x,), {}, 0)
    return method("jax").arrays(recording.problem, Task("grad", (0,)), leaves, [])[0]


@pytest.fixture
def traced(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    real = arrays.Traced.__init__
    monkeypatch.setattr(arrays.Traced, "__init__", lambda self, *a: (calls.append(1), real(self, *a))[1])
    monkeypatch.setattr(method("jax"), "_shared", Shared())
    return calls


def bowl(x: Any) -> Any:
    return np.sum(np.sin(x) * 2.0)


def test_equal_functions_are_traced_once(traced: list[int]) -> None:
    x = np.arange(3.0)
    for k in range(4):
        assert gradient(bowl, x + k) == pytest.approx(2.0 * np.cos(x + k))
    assert len(traced) == 1


def test_functions_that_differ_in_anything_are_not_mistaken(traced: list[int]) -> None:
    x, ones, other = np.arange(3.0) + 0.5, np.ones(3), np.array([1.0, 1.0, 2.0])
    others = [
        bowl, lambda v: np.sum(np.sin(v) * 2.5), lambda v: np.sum(np.cos(v) * 2.0),
        lambda v: np.sum(np.sin(v[::-1]) * ones), lambda v: np.sum(np.sin(v[::-1]) * other),
        lambda v: np.sum(v**2), lambda v: np.sum(v**3), lambda v: np.sum(v * -0.0), lambda v: np.sum(v * 0.0),
    ]  # fmt: skip
    for f in others * 2:
        assert gradient(f, x) == pytest.approx(sd.grad(f)(x))
    assert len(traced) == len(others)
    gradient(bowl, np.ones(4))
    gradient(bowl, x.astype(np.float32))
    assert len(traced) == len(others) + 2


def test_a_row_that_is_another_one_now_is_traced_anew(traced: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: a wrong column of JAX's is not hidden by what was compiled before."""
    x = np.arange(3.0)
    right = gradient(bowl, x)
    row = TABLE["sin"]
    monkeypatch.setitem(TABLE, "sin", replace(row, jax=lambda v: 1.001 * row.jax(v)))
    assert gradient(bowl, x) == pytest.approx(1.001 * right)
    assert len(traced) == 2


def test_few_are_kept(traced: list[int]) -> None:
    for k in range(40):
        gradient(lambda v, k=k: np.sum(v * float(k)), np.ones(2))
    assert len(method("jax")._shared._known) <= 16
