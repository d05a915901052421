"""The report on a net calls its parameters W1, b1, W2, ..., layer by layer, with the noise floor where measured."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict

LAYERS = ["W1", "b1", "W2", "b2", "W3", "b3"]


def arguments(net: Any, count: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(3)
    params = [{k: rng.normal(size=v.shape) / 3 for k, v in layer.items()} for layer in net.init()]
    return params, rng.normal(size=(count, net.widths[0])), rng.integers(0, net.widths[-1], count)


def check(widths: list[int], count: int, **options: Any) -> Report:
    net = sd.mlp(widths, "tanh", "softmax_cross_entropy")
    return sd.crosscheck(net.risk, *arguments(net, count), **{"methods": ("tape", "jax"), **options})


@pytest.fixture(scope="module")
def large() -> Report:
    return check([20, 40, 40, 10], 30)


@pytest.fixture(scope="module")
def small() -> Report:
    return check([3, 3, 3, 2], 2)


def lines(report: Report, start: str) -> list[str]:
    return [line for line in str(report).splitlines() if line.startswith(start)]


def test_a_large_net_has_a_part_for_each_layer_with_its_noise_floor(large: Report) -> None:
    assert list(dict.fromkeys(f.array for f in large.findings)) == LAYERS
    (header,) = lines(large, "grad ")
    assert header.split() == ["grad", "method", "value", "error", "noise", "floor", "verdict"]
    rows = lines(large, "d/d")
    assert [row.split("[")[0] for row in rows] == [f"d/d{name}" for name in LAYERS]
    firsts = [next(f for f in large.findings if f.array == name) for name in LAYERS]
    for row, f in zip(rows, firsts, strict=True):
        name, who, _, floor, basis = re.split(r"\s{2,}", row)
        assert (name, who, basis) == (f"d/d{f.argument}", "reference", "measured")
        assert floor == f"{f.noise:.1e}"
    assert "params" not in str(large)


def test_the_noise_floor_is_what_the_bound_rests_on(large: Report) -> None:
    for f in large.findings:
        assert f.bound == 16 * f.noise
        assert f.noise >= 2.0**-53 * abs(f.reference)
        assert f.error_ulps * np.spacing(abs(f.reference)) <= 1.001 * f.bound


def test_a_small_net_has_the_same_names_and_no_noise_floor(small: Report) -> None:
    assert list(dict.fromkeys(f.array for f in small.findings)) == LAYERS
    assert {f.noise for f in small.findings} == {None}
    assert "noise floor" not in str(small)
    rows = [line.split() for line in lines(small, "grad d/d")]
    sizes = {"W1": 9, "b1": 3, "W2": 9, "b2": 3, "W3": 6, "b3": 2}
    assert [row[1:4] for row in rows] == [[f"d/d{n}", m, str(sizes[n])] for n in LAYERS for m in ("tape", "jax")]
    assert lines(small, "at W1 = 3 x 3, ")
    assert "params" not in str(small)


def test_json_has_both_names(large: Report, small: Report) -> None:
    for report in (large, small):
        record = json.loads(report.to_json())
        assert record["variables"] == LAYERS
        assert record["paths"] == {n: f"params[{int(n[1]) - 1}]['{n[0]}']" for n in LAYERS}
        assert list(record["points"][0]) == LAYERS
    assert json.loads(large.to_json())["findings"][0]["noise"] == large.findings[0].noise


def test_a_deep_net_has_a_line_for_each_layer() -> None:
    report = check([25] * 12, 20)
    rows = lines(report, "grad d/d")
    assert [row.split()[1] for row in rows] == [f"d/d{n}{i}" for i in range(1, 12) for n in ("W", "b")]
    for row in rows:
        assert row.split()[2:5] == ["tape,", "jax", "2"]
        assert row.endswith("2 AGREE")
        assert float(row.split()[-3]) > 0


def test_a_wrong_claim_is_said_by_its_layer() -> None:
    net = sd.mlp([3, 3, 3, 2], "tanh", "softmax_cross_entropy")

    def wrong(params: Any, X: Any, y: Any) -> Any:
        found = sd.grad(net.risk)(params, X, y)
        found[1]["W"][0, 2] *= 2.0
        return found

    report = sd.crosscheck(net.risk, *arguments(net, 2), claimed=wrong, methods=("tape",))
    assert [f.argument for f in report.findings if f.verdict is Verdict.DIFFER] == ["W2[0, 2]"]
    assert lines(report, "DIFFER claimed grad d/dW2[0, 2]: ")


def test_the_data_keep_their_names() -> None:
    report = check([3, 2], 2, wrt=(0, 1))
    assert list(dict.fromkeys(f.array for f in report.findings)) == ["W1", "b1", "X"]
    assert report.paths == {"W1": "params[0]['W']", "b1": "params[0]['b']"}


def test_a_function_that_has_no_names_has_paths() -> None:
    net = sd.mlp([3, 2], "tanh", "softmax_cross_entropy")
    params, X, y = arguments(net, 2)
    report = sd.crosscheck(partial(net.risk, y=y), params, X, methods=("tape",))
    assert list(dict.fromkeys(f.array for f in report.findings)) == ["params[0]['W']", "params[0]['b']"]
    assert report.paths == {}


class Named:
    """A function with names of its own for what it is given."""

    __name__ = "named"

    def __init__(self, leaf_names: Any) -> None:
        self.leaf_names = leaf_names

    def __call__(self, p: Any) -> Any:
        return np.sum(p["a"] ** 2) * p["c"]


@pytest.mark.parametrize(
    ("leaf_names", "expected"),
    [({"p['a']": "alpha"}, ["alpha", "p['c']"]), ({"q": "alpha"}, ["p['a']", "p['c']"]), (7, ["p['a']", "p['c']"])],
)
def test_any_function_may_name_its_leaves(leaf_names: Any, expected: list[str]) -> None:
    report = sd.crosscheck(Named(leaf_names), {"a": np.array([1.0, 2.0]), "c": 3.0}, methods=("tape",))
    assert report.ok
    assert list(dict.fromkeys(f.array for f in report.findings)) == expected
    assert report.paths == ({"alpha": "p['a']"} if "alpha" in expected else {})
