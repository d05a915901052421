"""Pieces: every branch is really reached, and at the kink the rule says what the row says it says."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from symdiff import balls
from symdiff.graph import Graph, run
from symdiff.ops import TABLE

from .rows import CASES, REAL, SLOPES, Case, as_tuple
from .test_digits import sample

KINKED = [(c, k) for c, k in SLOPES if c.row.kink is not None]


@pytest.mark.parametrize(("case", "k"), KINKED, ids=str)
def test_at_the_kink_the_rule_is_the_slope(case: Case, k: int) -> None:
    at = case.kinks()
    assert at
    slope = case.row.kink.slope[k]
    if slope is not None:
        assert case.rule_in_floats(k, at) == pytest.approx(slope, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("name", "at", "slopes"),
    [  # slopes that depend on where the kink is
        ("power", (0.0, 0.5), (np.inf, 0.0)),
        ("power", (0.0, 0.0), (0.0, 0.0)),
        ("elu", (0.0, 0.3), (0.3, 0.0)),
        ("clip", (2.0, 2.0, 5.0), (0.0, 1.0, 0.0)),
        ("clip", (5.0, 2.0, 5.0), (0.0, 0.0, 1.0)),
        ("clip", (3.0, 5.0, 2.0), (0.0, 0.0, 1.0)),  # lo > hi: the answer is hi
        ("mod", (6.0, 2.0), (1.0, -3.0)),
        ("atan2", (0.0, -2.0), (-0.5, 0.0)),
    ],
)
def test_slopes_that_the_row_leaves_open(name: str, at: tuple[float, ...], slopes: tuple[float, ...]) -> None:
    case = Case(TABLE[name], {})
    assert tuple(case.rule_in_floats(k, [at])[0] for k in range(len(at))) == pytest.approx(slopes, abs=0)


@pytest.mark.parametrize("case", [c for c in CASES if c.row.arity and not c.conditions], ids=str)
def test_domain_and_kink_answer_for_balls_as_for_floats(case: Case) -> None:
    values = (-6.5, -3.0, -1.0, -0.5, 0.0, 1e-8, 0.5, 1.0, 2.0, 3.0)
    row = case.row
    for point in itertools.product(values if row.arity == 1 else values[::2], repeat=row.arity):
        with balls.precision(200):
            args = case.as_balls(point)
            if row.domain.outside is not None:
                assert bool(row.domain.outside(*args, **case.params)) == case.outside(point), point
            if row.kink is not None and not case.outside(point):
                at = row.kink.at(*args, **case.params)
                zero = [v.value == 0 if isinstance(v, balls.Ball) else v == 0 for v in as_tuple(at)]
                assert any(zero) == case.at_kink(point), point


@pytest.mark.parametrize("case", [c for c in REAL if c.row.kink is not None], ids=str)
def test_points_off_the_kink_are_not_called_kinks(case: Case) -> None:
    assert not any(case.at_kink(p) for p in case.drawn(50))


@pytest.mark.parametrize(("case", "k"), SLOPES, ids=str)
def test_every_branch_of_a_rule_is_reached_twice(case: Case, k: int) -> None:
    rule, at = case.rule(k), sample(case)
    with np.errstate(all="ignore"):
        values = run(rule, "forward", [np.ones(len(at)), *case.columns(at)], float)
    for i in rule.live():
        node = rule.nodes[i]
        if node.op in TABLE and TABLE[node.op].boolean:
            held = np.broadcast_to(values[i], len(at))
            assert (~held).sum() >= 2
            if node.op != "equal" and not equalities_only(rule, i):  # a tie: the test of the kink goes there
                assert held.sum() >= 2


def equalities_only(rule: Graph, i: int) -> bool:
    return rule.nodes[i].op == "logical_and" and all(rule.nodes[a].op == "equal" for a in rule.nodes[i].args)
