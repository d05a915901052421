"""Where there is nothing to differentiate by, or nothing to differentiate, no derivative is wrong; a claim may be."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import Disagreement

NONE = np.zeros(0)
LARGE = np.linspace(0.0, 1.0, 100_000)


def squares(x: Any) -> Any:
    return np.sum(x**2)


def in_a_box(x: Any) -> float:
    return math.cos(float(np.sum(x)))


FUNCTIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "numpy": (squares, NONE), "jax": (lambda x: jnp.sum(x**2), NONE), "two axes": (squares, np.zeros((0, 3))),
    "float32": (squares, np.zeros(0, np.float32)), "constant": (lambda x: 1.5, NONE),
    "pytree": (lambda p: np.sum(p["a"]) * np.sum(p["b"]), {"a": NONE, "b": np.zeros((2, 0))}),
    "without leaves": (lambda p: 1.0, {}), "several values": (lambda x: sd.array([1.0, 2.0]) * np.sum(x), NONE),
    "large": (lambda x: np.sum(np.concatenate([x, LARGE]) ** 2), NONE),
    "no values": (lambda x: 2.0 * x[:0], np.ones(2)),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_wrong(name: str) -> None:
    f, at = FUNCTIONS[name]
    report = sd.assert_agree(f, at)
    assert report.verdict == "AGREE"
    assert [note for note in report.notes if "there is nothing to differentiate" in note]
    assert "there is nothing to differentiate" in str(report)
    assert json.loads(report.to_json())["ok"] is True
    report.to_html()
    report.to_junit()


@pytest.mark.parametrize("order", [2, 3])
def test_of_any_order_and_at_any_points(order: int) -> None:
    assert sd.crosscheck(squares, NONE, order=order, points=2).verdict == "AGREE"


CLAIMS: dict[str, Callable[[Any], Any]] = {
    "three": lambda x: np.zeros(3), "a number": lambda x: 0.0, "raises": lambda x: 2 * x[0], "nothing": lambda x: None,
    "transposed": lambda x: np.zeros((2, 0)),
}  # fmt: skip


def large(x: Any) -> Any:
    return np.sum(np.concatenate([x, LARGE]) ** 2)


BOTH = [(f, name) for f in (squares, in_a_box) for name in CLAIMS]


@pytest.mark.parametrize(("f", "name"), [*BOTH, (large, "three")])
def test_a_claim_that_is_none_is_a_finding(f: Callable[..., Any], name: str) -> None:
    report = sd.crosscheck(f, NONE, claimed={"grad": {"mine": CLAIMS[name], "right": lambda x: 2 * x}})
    wrong = {finding.method for finding in report.findings if finding.verdict == "DIFFER"}
    assert (report.verdict, wrong) == ("DIFFER", {"claimed:mine"})
    with pytest.raises(Disagreement, match="claimed"):
        sd.assert_agree(f, NONE, claimed=CLAIMS[name])
    report.to_html()
    report.to_junit()


@pytest.mark.parametrize("f", [squares, in_a_box])
def test_a_claim_of_the_right_shape_passes(f: Callable[..., Any]) -> None:
    assert sd.assert_agree(f, NONE, claimed=lambda x: 2 * x).verdict == "AGREE"


def test_a_claim_beside_an_operator_that_has_an_entry() -> None:
    report = sd.crosscheck(squares, NONE, operators=("value", "grad"), claimed={"grad": lambda x: np.zeros(1)})
    assert report.verdict == "DIFFER"


def test_no_methods_at_an_ordinary_point_are_no_agreement() -> None:
    """That nobody was asked is not that there is nothing to ask."""
    assert not sd.crosscheck(squares, np.ones(2), methods=()).ok
