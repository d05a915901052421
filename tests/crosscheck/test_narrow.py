"""Functions in float32: what a right derivative must not be accused of, and a wrong one must."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck

SQUARE = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(x[[0, 1, 1]] ** 2),
        lambda x: np.sum(np.diagonal(x) ** 2),
        lambda x: np.sum(np.tile(x, 2) * np.tril(np.tile(x, 2))),
        lambda x: np.sum(np.where(np.arange(2) % 2 == 0, x, -x) ** 2),
    ],
)
def test_what_is_indexed_is_checked_in_float32(f: Callable[..., Any]) -> None:
    """JAX took the same indices for 64 bits wide, having met them with 64 bits on, and stopped."""
    assert crosscheck(f, SQUARE).ok
    assert {f.method for f in crosscheck(f, SQUARE, claimed=lambda x: 2.02 * x).findings if f.verdict == "DIFFER"} == {
        "claimed"
    }


@pytest.mark.parametrize(("factor", "said"), [(2.0, "AGREE"), (2.002, "DIFFER")])
def test_a_claim_is_judged_without_any_method(factor: float, said: str) -> None:
    report = crosscheck(lambda x: np.sum(x**2), SQUARE, claimed=lambda x: np.float32(factor) * x, methods=())
    assert {(f.method, str(f.verdict)) for f in report.findings} == {("claimed", said)}
