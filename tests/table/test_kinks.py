"""Pieces: every branch is really reached, and at the kink the rule says what the row says it says."""

from __future__ import annotations

import numpy as np
import pytest

from symdiff.graph import run
from symdiff.ops import TABLE

from .rows import REAL, SLOPES, Case
from .test_digits import sample

KINKED = [(c, k) for c, k in SLOPES if c.row.kink is not None]


@pytest.mark.parametrize(("case", "k"), KINKED, ids=str)
def test_at_the_kink_the_rule_is_the_slope(case: Case, k: int) -> None:
    at = case.kinks()
    assert at
    slope = case.row.kink.slope[k]
    if slope is not None:
        assert case.rule_in_floats(k, at) == pytest.approx(slope, rel=1e-15, abs=0)


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


def equalities_only(rule, i) -> bool:
    return rule.nodes[i].op == "logical_and" and all(rule.nodes[a].op == "equal" for a in rule.nodes[i].args)
