"""Rows and rules in float32: what goes in as float32 comes out as float32, or the row is listed here."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.ops import TABLE, Lacking
from tests.fast_path import watched_answers

from .array_case import ArrayCase
from .arrays import CASES

# Rows that come out wider. They are rounded step by step in the sweep, and none of them is in a net but amax, whose
# count of winners is exact either way.
WIDER = {"amax", "amin", "det", "eigvalsh", "eigenvectors"}
NULLARY = {name for name, row in TABLE.items() if row.elementwise and row.arity == 0}
ELEMENTWISE = sorted(name for name, row in TABLE.items() if row.elementwise and name not in NULLARY)


def dtypes(row, args, params) -> set[str]:
    """The dtypes of the value and of every share of a cotangent, those of floats."""
    with np.errstate(all="ignore"):
        y = row.forward(*args, **params)
        found = [y]
        if np.asarray(y).dtype.kind == "f":
            ct = np.ones(np.shape(y), np.float32)[()]
            known = (ct, np.asarray(y, np.float32)[()], *args)
            found += [rule(*known, **params) for rule in row.rules(len(args)) if not isinstance(rule, Lacking | None)]
    return {str(np.asarray(v).dtype) for v in found if np.asarray(v).dtype.kind == "f"}


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_an_elementwise_row_stays_in_float32(name: str):
    row = TABLE[name]
    conditions = row.examples.get("conditions", ())
    args = [
        np.array([True, False]) if k in conditions else np.array([0.3, 0.6], np.float32) for k in range(row.arity)
    ]
    assert dtypes(row, args, dict.fromkeys(row.params, 2)) <= {"float32"}


def _of(case: ArrayCase) -> set[str]:
    return dtypes(case.row, case.seen([np.asarray(a, np.float32)[()] for a in case.args]), case.params)


@pytest.mark.parametrize("name", sorted(CASES.keys() - WIDER))
def test_an_array_row_stays_in_float32(name: str):
    for case in CASES[name]:
        assert _of(case) <= {"float32"}, case


@pytest.mark.parametrize("name", sorted(WIDER))
def test_the_list_is_no_longer_than_it_must_be(name: str):
    assert any("float64" in _of(case) for case in CASES[name])


@pytest.mark.parametrize("activation", ["gelu", "gelu_tanh", "tanh", "relu", "selu", "softplus", "silu", "elu"])
def test_a_net_in_float32_has_a_program(activation: str, monkeypatch: pytest.MonkeyPatch):
    """Without one every call is a sweep, several times as slow, and nobody says so."""
    answers = watched_answers(monkeypatch)
    net = sd.mlp([3, 5, 4], activation=activation, loss="softmax_cross_entropy")
    x = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    gradient = sd.grad(net.risk)
    found = [gradient(net.init(seed=1, dtype=np.float32), x, np.arange(7) % 4) for _ in range(3)]
    assert answers == [True]
    assert all(np.array_equal(a["W"], b["W"]) for a, b in zip(found[0], found[2], strict=True))
