"""A fault in a method's own rules: blame names the layer of the net, and the op, in small nets and in large ones."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck.blaming.blame import CHAINING
from symdiff.crosscheck.report import Report
from symdiff.graph import Graph
from symdiff.methods.tape import record
from symdiff.methods.tape import sweep as sweeping
from symdiff.ops import TABLE
from tests.faults import Rule, accused, patched, pull_back, row, times

PATHS = ("certified", "measured")
# Layer 3 is square; a fault is planted where the width is its width: in layers 2 and 3.
WIDTHS = {"certified": [2, 4, 3, 3, 2], "measured": [20, 40, 36, 36, 10]}


def check(path: str, sigma: str = "tanh", **options: Any) -> Report:
    widths, rng = WIDTHS[path], np.random.default_rng(5)
    net, count = sd.mlp(widths, sigma, "softmax_cross_entropy", l2=0.125), 3 if path == "certified" else 20
    X, y = rng.normal(size=(count, widths[0])), rng.integers(0, widths[-1], count)
    report = sd.crosscheck(net.risk, net.init(seed=1), X, y, methods=("tape", "jax"), **options)
    measured = any("measured noise" in note for note in report.notes)
    assert measured == (path == "measured")
    return report


def only_where(width: Callable[[int], bool], wrong: Rule) -> Callable[[Rule], Rule]:
    """The rule is wrong for some widths of the answer."""

    def mutate(rule: Rule) -> Rule:
        def mutated(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
            shape = np.shape(y)
            return (wrong if len(shape) > 1 and width(shape[-1]) else rule)(ct, y, *args, **params)

        return mutated

    return mutate


def square_matmul(argument: int) -> Callable[[Rule], Rule]:
    """The second factor, or the product for the first one, is not transposed, where that has the right shape: in the
    square layer of the last hidden width."""
    wrong = {
        0: lambda ct, y, a, b: np.matmul(ct, b),
        1: lambda ct, y, a, b: np.swapaxes(np.matmul(np.swapaxes(a, -1, -2), ct), -1, -2),
    }[argument]

    def mutate(rule: Rule) -> Rule:
        def mutated(ct: Any, y: Any, a: Any, b: Any) -> Any:
            return (wrong if np.shape(b) in ((3, 3), (36, 36)) else rule)(ct, y, a, b)

        return mutated

    return mutate


def last_hidden(n: int) -> bool:
    return n in (3, 36)


def sum_missing(share: Any, shape: tuple[int, ...]) -> Any:
    """Broadcasting is not undone: the first row alone is taken."""
    while len(np.shape(share)) > len(shape):
        share = share[0]
    return healthy_fitted(share, shape)


healthy_fitted = sweeping.fitted

# what is planted: the activation, the fault, and what is to be said
FAULTS: dict[str, tuple[str, Callable[[], AbstractContextManager[None]], str]] = {
    "weight not transposed": (
        "tanh", lambda: pull_back("matmul", square_matmul(0), 0),
        "in layer 3, between z2 and u3: matmul with W3",
    ),
    "gradient of the weight transposed": (
        "tanh", lambda: pull_back("matmul", square_matmul(1), 1),
        "in layer 3, between z2 and u3: matmul with W3",
    ),
    "tanh' of the output": (
        "tanh",
        lambda: pull_back("tanh", only_where(last_hidden, lambda ct, y, u: ct * (1 - np.tanh(y) ** 2))),
        "in layer 2, between u2 and z2: tanh",
    ),
    "sigmoid' squared": (
        "sigmoid",
        lambda: pull_back("sigmoid", only_where(last_hidden, lambda ct, y, u: ct * (y * (1 - y)) ** 2)),
        "in layer 2, between u2 and z2: sigmoid",
    ),
    "mask of relu missing": (
        "relu", lambda: pull_back("relu", only_where(last_hidden, lambda ct, y, u: ct)),
        "in layer 2, between u2 and z2: relu",
    ),
    "bias doubled": (
        "tanh", lambda: pull_back("add", only_where(last_hidden, lambda ct, y, a, b: 2.0 * ct), 1),
        "in layer 2, between z1 and u2: add with b2",
    ),
    "sum of the bias missing": (
        "tanh", lambda: patched(sweeping, "fitted", sum_missing), "in layer 1, before u1: add with b1",
    ),
    "softmax over the wrong axis": (
        "tanh",
        lambda: pull_back("logsumexp", lambda _: lambda ct, y, x, axis: np.exp(x) / np.sum(np.exp(x), 0) * ct[:, None]),
        "after u4: logsumexp",
    ),
    "mean instead of sum": (
        "tanh", lambda: pull_back("sum", lambda rule: lambda ct, y, x, **p: rule(ct, y, x, **p) / np.shape(x)[0]),
        "after u4: sum",
    ),
    "penalty halved": (
        "tanh", lambda: pull_back("integer_power", times(0.5)), "integer_power with W1",
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_of_a_healthy_net_nobody_is_blamed(path: str) -> None:
    report = check(path)
    assert report.ok
    assert report.blame == []


@pytest.mark.parametrize("path", PATHS)
def test_the_layer_and_the_op_of_every_planted_rule_are_named(path: str) -> None:
    caught, unnamed = 0, []
    for fault, (sigma, plant, words) in FAULTS.items():
        with plant():
            report = check(path, sigma)
        caught += accused(report) == {"tape"}
        said = report.blame
        if len(said) != 1 or not said[0].startswith(words + " at ") or "tape says" not in said[0]:
            unnamed.append((fault, said))
    print(f"{path}: caught {caught}, named {len(FAULTS) - len(unnamed)} of {len(FAULTS)}")  # noqa: T201 -- the figures, with -s
    print(*unnamed, sep="\n")  # noqa: T201 -- the figures, for whoever runs it with -s
    assert caught == len(FAULTS)
    assert unnamed == []


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_column_of_jax_is_blamed_on_jax(path: str) -> None:
    healthy = TABLE["tanh"].jax
    with row("tanh", jax=lambda u: healthy(1.01 * u)):
        report = check(path)
    assert "jax" in accused(report)
    assert report.blame[0].startswith("in layer 1, between u1 and z1: tanh at ")
    assert "jax says" in report.blame[0]


@pytest.mark.parametrize("path", PATHS)
def test_a_small_error_of_a_rule_is_seen_in_a_large_step_too(path: str) -> None:
    """A part in 1e9 is below what two methods' arrays are compared to: the first entries, in balls, show it."""
    with pull_back("tanh", times(1 + 1e-9)):
        report = check(path)
    assert report.blame[0].startswith("in layer 1, between u1 and z1: tanh at ")


def test_a_fault_of_the_sweep_is_not_blamed_on_a_step_of_a_large_net() -> None:
    """The last adjoint of a long sweep is doubled: no op by itself is wrong."""
    healthy = record.sweep

    def doubled(graph: Graph, *rest: Any, **options: Any) -> list[Any]:
        adjoints = healthy(graph, *rest, **options)
        if len(graph.inputs) == 8:  # the whole net: four weights, four biases
            adjoints[graph.inputs[0]] = adjoints[graph.inputs[0]] * 2.0
        return adjoints

    with patched(record, "sweep", doubled):
        report = check("measured")
    assert accused(report) == {"tape"}
    assert report.blame == [CHAINING]
