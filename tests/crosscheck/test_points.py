"""Generated points: inside the domain, off the kinks, on every branch twice, the same for the same seed."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.places.points import chosen, generate
from symdiff.crosscheck.places.terrain import survey
from symdiff.errors import InputError
from symdiff.inputs import function
from symdiff.ops import TABLE

FORMULAS = (
    "log(x)*sqrt(y)", "asin(x)*acos(y)", "acosh(x)/y", "atanh(x)", "x**y", "gamma(x)", "1/(x - y)",
    "sqrt(1 - x**2 - y**2)",
    "log(log(x))", "relu(x)*y", "max(x, y, z)", "where(x > y, log(x), sqrt(y))", "abs(x)*abs(y)", "floor(x)",
    "clip(x, -1, 1)",
    "exp(x)*y", "x1**2*(x2*x3 - 2*x1**2)", "mod(x, y)", "sqrt(x - 100)", "log(x - 1e3)*y",
)  # fmt: skip
BRANCHES = (  # as many switching functions in each formula at every point
    "relu(x)", "abs(x)*y", "max(x, y)", "relu(x)*relu(y)", "where(x > 1, x**2, x)", "leaky_relu(x)",
    "clip(x, -1, 1)", "max(x, y, 0)",
    "where(x > y, abs(x), relu(y))", "min(x, y)*abs(x - y)", "selu(x) + sign(y)", "max(x, y, z)",
    "relu(x - 2*y) + abs(z)",
)  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_every_point_is_ordinary(text: str) -> None:
    problem = function(text)
    points = generate(problem, 12, seed=0)
    if text not in ("sqrt(x - 100)", "log(x - 1e3)*y"):  # defined far from where people look
        assert len(points) == 12
    for x in points:
        assert survey(problem, x).ordinary
        assert all(np.isfinite(v) for v in (*x, *problem.evaluate(x)))


@pytest.mark.parametrize("text", BRANCHES)
@pytest.mark.parametrize("seed", range(3))
def test_every_branch_is_reached_twice(text: str, seed: int) -> None:
    """Every switching function is found on both sides of zero, by two points each."""
    problem = function(text)
    patterns = [survey(problem, x).sides for x in generate(problem, 16, seed=seed)]
    (length,) = {len(p) for p in patterns}
    for k in range(length):
        sides = Counter(p[k] for p in patterns)
        if "clip" in text and k == 2:  # the two bounds, which do not move
            continue
        assert set(sides) == {-1, 1}
        assert min(sides.values()) >= 2


def test_both_sides_of_elu_are_reached_although_it_has_no_kink() -> None:
    signs = Counter(x[0] > 0 for x in generate(function("elu(x)"), 16, seed=0))
    assert min(signs[True], signs[False]) >= 2


def test_the_same_seed_gives_the_same_points_and_another_seed_others() -> None:
    problem = function("relu(x)*log(y)")
    assert generate(problem, 9, seed=3) == generate(problem, 9, seed=3)
    assert generate(problem, 9, seed=3) != generate(problem, 9, seed=4)


def test_generating_does_not_touch_numpys_own_random_numbers() -> None:
    np.random.seed(7)  # noqa: NPY002 -- the global generator is the subject
    expected = np.random.random()  # noqa: NPY002 -- the same
    np.random.seed(7)  # noqa: NPY002 -- the same
    generate(function("x*y"), 10, seed=0)
    assert np.random.random() == expected  # noqa: NPY002 -- the same


def test_the_scales_are_mixed() -> None:
    """Over all points: small and large, both signs, and the two variables not of one size."""
    points = np.array(generate(function("x*y"), 60, seed=0))
    sizes = np.log10(np.abs(points))
    assert sizes.max() - sizes.min() > 2
    assert np.abs(sizes[:, 0] - sizes[:, 1]).max() > 1
    assert (points > 0).any(axis=0).all()
    assert (points < 0).any(axis=0).all()


def test_half_of_the_points_are_near_the_callers_own() -> None:
    """Where a function is defined far from 1, the caller's point says so."""
    problem = function("sqrt(x - 100)*y")
    around = (250.0, 1e-6)
    points = generate(problem, 10, seed=0, around=around)
    assert len(points) == 10
    near = [x for x in points if all(0.4 < a / b < 1.6 for a, b in zip(x, around, strict=True))]
    assert len(near) >= 4


def test_points_lie_close_to_a_branch() -> None:
    problem = function("where(x > 1, x**2, x)")
    points = generate(problem, 16, seed=0)
    assert min(abs(x[0] - 1.0) for x in points) < 1e-5


def test_the_report_shows_the_points_that_were_tried() -> None:
    report = crosscheck("x*y", at={"x": 1.0, "y": 2.0}, points=3, methods=("tape",))
    assert len(report.points) == 4
    assert report.points[0] == {"x": 1.0, "y": 2.0}
    assert {f.point for f in report.findings} == {0, 1, 2, 3}
    assert all(repr(p["x"]).removesuffix(".0") in str(report) for p in report.points)


def test_no_points_are_asked_for_or_found() -> None:
    assert generate(function("x"), 0, seed=0) == []
    assert generate(function("2 + 3"), 5, seed=0) == []
    with pytest.raises(InputError, match="no point was found"):
        crosscheck("log(-1 - x**2)", points=3)


@pytest.mark.parametrize("text", ["abs(x)", "max(x, y)", "relu(x)*y", "where(x > 0, sin(x), x)"])
def test_a_fault_of_one_branch_is_found_whatever_the_seed(text: str) -> None:
    """A claim that is right for large x only, as for one side of the branch."""
    problem = function(text)
    for seed in range(5):
        sides = {survey(problem, x).sides for x in generate(problem, 8, seed=seed)}
        assert len(sides) >= 2


def test_scipy_s_sum_that_does_not_end_does_not_hold_up_the_points() -> None:
    """SciPy's hyp1f1 takes a step for every 1 in its argument: at exp(60) it would take longer than anybody waits."""
    from scipy.special import hyp1f1

    ours = TABLE["hyp1f1"].forward
    for a in (1.5, -1.5, -3.0, 900.5):
        for z in (1e3, 1e6, 2e6, 1e8):
            assert ours(a, 2.0, z) == hyp1f1(a, 2.0, z)
    assert ours(1.5, 2.0, 1e20) == math.inf
    assert ours(-3.0, 2.0, 1e20) == pytest.approx(-1e60 / 24, rel=1e-12)
    points = chosen(function("hyp1f1(1.5, 2, exp(x))"), 20, 0, None)
    assert len(points) == 20
