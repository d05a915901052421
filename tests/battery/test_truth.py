"""Every case of the battery is what it says: decided by mpmath, from the function itself, without symdiff."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from mpmath import isfinite, isnan, mp, mpf
from scipy.optimize import nnls

from benchmarks.trust.battery import cases, truth
from benchmarks.trust.battery.case import Case

SEEN = 5e-13  # a wrong claim is off by at least 2000 ulp: no rounding of a well-conditioned formula does that
LOST = 1e-11  # an inaccurate one by at least 50 000 ulp
SMOOTH = [case for case in cases() if not case.kink]


def named(case: Any) -> str:
    return f"{case.family}: {case.name}"


def worst(case: Case, pairs: list[tuple[Any, Any]]) -> Any:
    """The greatest error relative to its entry, beyond the slack; infinite for nan, and where 0 is missed."""
    found = mpf(0)
    for error, true in pairs:
        if not isfinite(error):
            return mp.inf
        over = error - mpf(case.slack)
        found = max(found, mpf(0) if over <= 0 else over / abs(true) if true else mp.inf)
    return found


def without_rounding(case: Case) -> Any:
    """The error of the claim's formula, None where it is no formula that many digits could be put into."""
    claimed = truth.formula(case)
    if claimed is None or any(isnan(c) for g in claimed for c in np.ravel(g)):
        return None
    true = [np.asarray(g, dtype=object) for g in truth.gradient(case)]
    with mp.workdps(60):
        pairs = [(c, t) for g, h in zip(claimed, true, strict=True) for c, t in zip(g.flat, h.flat, strict=True)]
        return worst(case, [(abs(c - t), t) for c, t in pairs])


@pytest.mark.parametrize("case", [case for case in SMOOTH if case.kind == "right"], ids=named)
def test_a_right_claim_is_right_to_the_last_digits(case: Case) -> None:
    assert worst(case, truth.errors(case)) <= case.rtol <= 1e-12


@pytest.mark.parametrize("case", [case for case in SMOOTH if case.wrong], ids=named)
def test_a_wrong_claim_is_wrong_by_far_more_than_rounding(case: Case) -> None:
    assert worst(case, truth.errors(case)) > SEEN
    if all(np.isfinite(g).all() for g in truth.claim(case)):
        error = without_rounding(case)
        assert error is None or error > SEEN, "its formula is right: it belongs to the inaccurate ones"


@pytest.mark.parametrize("case", [case for case in SMOOTH if case.kind == "inaccurate"], ids=named)
def test_an_inaccurate_claim_has_the_right_formula_and_has_lost_digits(case: Case) -> None:
    assert worst(case, truth.errors(case)) > LOST
    error = without_rounding(case)
    assert error is not None
    assert error < 1e-30


def closed_forms() -> list[Case]:
    """One case for every function that has its truth as a closed form."""
    return list({(case.function, case.truth): case for case in cases() if case.truth is not None}.values())


@pytest.mark.parametrize("case", closed_forms(), ids=named)
def test_a_closed_form_is_the_derivative_of_its_function(case: Case) -> None:
    args = truth.exact(case.point)
    (found,) = truth.gradient(case)
    for i in (0, 3, len(found) // 2, len(found) - 1):
        with mp.workdps(60):
            assert abs(found[i] - truth.slope_by(case, args, 0, (i,))) <= mpf(10) ** -30


@pytest.mark.parametrize("case", [case for case in cases() if case.kink], ids=named)
def test_a_kink_has_the_set_that_it_says_and_the_claim_lies_in_it_if_right(case: Case) -> None:
    vertices = np.array(case.clarke)
    near = truth.nearby(case)
    apart = [[max(abs(a - mpf(b)) for a, b in zip(g, v, strict=True)) for v in vertices] for g in near]
    assert all(min(row) < 1e-15 for row in apart), "a gradient close by is none of the vertices"
    assert all(min(column) < 1e-15 for column in zip(*apart, strict=True)), "a vertex is no gradient close by"
    claimed = np.concatenate([np.ravel(g) for g in truth.claim(case)])
    assert inside(claimed, vertices) is not case.wrong


def inside(point: Any, vertices: Any) -> bool:
    """Whether the point is a convex combination of the vertices."""
    if not np.isfinite(point).all():
        return False
    return bool(nnls(np.vstack([vertices.T, np.ones(len(vertices))]), np.append(point, 1.0))[1] < 1e-12)


def test_the_decision_sees_a_derivative_of_known_value() -> None:
    def function(np: Any, x: Any) -> Any:
        return np.exp(x[0]) * x[1] ** 3

    case = Case("known", "test", "right", function, lambda np, x: x, (np.array([0.5, 2.0]),), "")
    first, second = truth.gradient(case)[0]
    with mp.workdps(60):
        assert abs(first - 8 * mp.exp(mpf("0.5"))) < 1e-40
        assert abs(second - 12 * mp.exp(mpf("0.5"))) < 1e-40


def test_convex_combinations_are_told_from_others() -> None:
    corners = np.array([[1.0, 0.0], [0.0, 1.0]])
    assert inside(np.array([0.25, 0.75]), corners)
    assert not inside(np.array([1.0, 1.0]), corners)
    assert not inside(np.array([np.nan, 0.0]), corners)


def test_nothing_of_the_battery_and_of_its_truth_asks_symdiff() -> None:
    modules = {inspect.getmodule(case.function) for case in cases()} | {truth, inspect.getmodule(Case)}
    for module in modules:
        lines = inspect.getsource(module).splitlines()
        assert not [line for line in lines if line.split()[:1] in (["import"], ["from"]) and "symdiff" in line]
