"""Points that the expression points at: zeros, ties, edges, tails, both sides; each with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.certified import check as certified
from symdiff.crosscheck.places import sharp as sharp_points
from symdiff.crosscheck.places.points import chosen, chosen_arrays, generate
from symdiff.crosscheck.places.sharp import sharp
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import formula_of
from symdiff.inputs.code import from_code
from tests.faults import accused, patched, pull_back


def found(text: str, count: int = 12) -> dict[str, tuple[float, ...]]:
    """Why, and the point."""
    return {c.why: tuple(map(float, c.x)) for c in chosen(formula_of(text), 2 * count, 0) if c.why}


def begins(text: str, start: str) -> list[tuple[float, ...]]:
    return [x for why, x in found(text).items() if why.startswith(start)]


PLACES = {  # where a step is special, and what the first such point is
    "relu(x - 2)": ("the argument of relu at column 1 is zero", (2.0,)),
    "abs(3*x + 1.5)": ("the argument of abs at column 1 is zero", (-0.5,)),
    "where(x**2 > 9, x, 2*x)": ("both sides of greater at column 12 are equal", (-3.0,)),
    "max(x, 2*x - 4)": ("both sides of max at column 1 are equal", (4.0,)),
    "clip(x, -1, 5)": ("clip at column 1 is at its upper bound", (5.0,)),
    "cbrt(x**2 - 4)": ("the argument of cbrt at column 1 is zero", (-2.0,)),
    "where(x != 3, sin(x - 3)/(x - 3), 1)": ("both sides of not_equal at column 9 are equal", (3.0,)),
    "abs(x**2 - 2*x + 1)": ("the argument of abs at column 1 is zero", (1.0,)),
    "x**3": ("the argument of integer_power at column 2 is zero", (0.0,)),
    "tanh(4*x)": ("the argument of tanh at column 1 is 20", (5.0,)),
    "floor(x) + x": ("the argument of floor at column 1 is 1", (1.0,)),
    "x**2 - 4 + sin(0*x)": ("the function is zero", (-2.0,)),
}  # fmt: skip


@pytest.mark.parametrize("text", PLACES)
def test_the_place_itself(text: str) -> None:
    why, point = PLACES[text]
    assert found(text)[why] == point


def test_a_tie_of_two_variables_is_a_tie() -> None:
    (x, y), *_ = begins("max(x, y) + x*y", "both sides of max")
    assert x == y


def test_a_place_that_no_float_hits_is_looked_at_from_both_sides() -> None:
    """x = sqrt(2) is no float: there rounding would decide which branch it is."""
    of = found("abs(x**2 - 2)")
    assert "the argument of abs at column 1 is zero" not in of
    below, above = (of[f"just {side}: the argument of abs at column 1 is zero"][0] for side in ("below", "above"))
    assert below < above
    assert all(1e-9 < abs(abs(x) - np.sqrt(2)) < 1e-5 for x in (below, above))


def test_a_pole_is_looked_at_from_both_sides_and_never_hit() -> None:
    of = found("1/(x - 2)")
    assert "the denominator of div at column 2 is zero" not in of
    assert "the function is zero" not in of  # its sign changes, though
    assert of["just below: the denominator of div at column 2 is zero"] == (1.999998,)
    assert of["just above: the denominator of div at column 2 is zero"] == (2.000002,)


@pytest.mark.parametrize("text", ["sqrt(x)*y", "log(x) + y", "x**y", "asin(x) + y", "sqrt(x*y)"])
def test_the_edge_of_the_domain_is_looked_at_from_inside(text: str) -> None:
    problem = formula_of(text)
    for c in chosen(problem, 24, 0):
        for k in range(2):
            for factor in (1 - 1e-12, 1 + 1e-12):
                beside = [v * factor - (1e-13 if v == 0 else 0.0) * (j == k) for j, v in enumerate(c.x)]
                assert np.isfinite(problem.evaluate(beside)[0]), c


def test_sizes_of_all_kinds() -> None:
    of = found("x*y + z**2*sin(x)", 14)
    assert of["all variables are zero"] == (0.0, 0.0, 0.0)
    assert sorted(of["scales are mixed"]) == [1e-8, 1.0, 1e8]
    values = [v for x in of.values() for v in x]
    assert any(0 < abs(v) <= 1e-300 for v in values)
    assert any(v == 0 and np.signbit(v) for v in values)


def test_half_of_the_points_are_generic_and_the_first_are_the_sharp_ones() -> None:
    problem = formula_of("relu(x)*abs(y - 1)*max(x, y)")
    for count in (1, 2, 7, 10):
        points = chosen(problem, count, seed=4)
        assert len(points) == count
        special = [bool(c.why) for c in points]
        assert special == [True] * (count // 2) + [False] * (count - count // 2)
        generic = [c.x for c in points if not c.why]
        assert generic == generate(problem, count, seed=4)[: len(generic)]


def test_the_same_seed_gives_the_same_points() -> None:
    problem = formula_of("hypot(x - y, z)*log(2 + x*y) + 1/(x + y + z)")
    assert chosen(problem, 20, seed=3) == chosen(problem, 20, seed=3)
    assert chosen(problem, 20, seed=3) != chosen(problem, 20, seed=5)


def test_nothing_is_special_about_a_constant() -> None:
    assert chosen(formula_of("2 + 3"), 8, 0) == []
    assert sharp(formula_of("x"), 0, 0, [(np.float64(1.0),)]) == []


# -- what they are for ------------------------------------------------------------------------------------------


def one_zero(report: Report, method: str = "claimed") -> set[Any]:
    return {report.points[f.point]["x"] for f in report.findings
            if f.method == method and f.verdict is Verdict.DIFFER}  # fmt: skip


def test_a_slope_that_is_wrong_at_one_point_only_is_found() -> None:
    """relu(x) - relu(-x) is x: JAX's own slope at 0 is wrong there, and nowhere else."""
    report = crosscheck("relu(x) - relu(-x)", points=4)
    assert one_zero(report, "jax") == {0.0}
    assert "the argument of relu at column 1 is zero" in str(report)


def test_a_rule_that_is_wrong_far_out_only_is_found() -> None:
    def broken(rule: Any) -> Any:
        return lambda ct, y, x: np.where(np.abs(x) > 15.0, 0.0, 1.0) * rule(ct, y, x)

    with pull_back("tanh", broken):
        assert accused(crosscheck("tanh(3*x)", points=1, methods=("tape",))) == set()
        assert accused(crosscheck("tanh(3*x)", points=6, methods=("tape",), strict=True)) == {"tape"}


def test_the_where_trap_is_found() -> None:
    """JAX multiplies the infinite slope of the branch not taken by 0, and only where it is infinite."""
    report = crosscheck("where(x > 0, cbrt(x)**3, x)", points=6, methods=("tape", "jax"))
    assert one_zero(report, "jax") == {0.0}


def test_the_report_says_why() -> None:
    report = crosscheck("abs(x - 2)*y", points=6, methods=("tape",))
    assert report.why[0] == "the argument of abs at column 1 is zero"
    assert report.why[-1] == ""
    assert "at #0 x = 2, y = 2, where the argument of abs at column 1 is zero" in str(report)
    assert report.to_dict()["why"] == report.why
    assert crosscheck("x*y", 1.0, 2.0, methods=("tape",)).why == [""]


def test_a_special_point_that_nothing_can_be_said_about_is_left_out_and_said() -> None:
    """Nobody asked for this point, and undecided is no failure of the function."""
    healthy = certified._at_site

    def unsure(site: Any, *args: Any) -> list[Any]:
        verdict = Verdict.UNDECIDED if site.why else Verdict.AGREE
        return [replace(f, verdict=verdict) for f in healthy(site, *args)]

    with patched(certified, "_at_site", unsure):
        report = crosscheck("abs(x)*y", points=4, methods=("tape",))
    assert report.why == ["", ""]
    assert {f.point for f in report.findings} == {0, 1}
    (note,) = report.notes
    assert note.startswith("generated points that were left out, as not everything can be decided there: the argument")


def test_without_a_look_around_the_edge_of_the_domain_would_be_a_point() -> None:
    with patched(sharp_points, "_at_an_edge", lambda problem, x: False):
        assert begins("x**y", "the argument of power at column 2 is zero")
    assert not begins("x**y", "the argument of power at column 2 is zero")


# -- functions of arrays ----------------------------------------------------------------------------------------


def hinges(x: Any) -> Any:
    return np.sum(np.maximum(x[1:] - x[:-1], 0.0) ** 2) / (x[0] - 2.0)


def branching(x: Any) -> Any:
    return np.sum(np.log(x)) if x[0] > 1.0 else np.sum(x)


def test_an_array_function_is_looked_at_where_its_entries_are_special() -> None:
    x = np.array([0.5, 1.75, 3.0])
    problem, leaves = from_code(hinges).recorded((x,), {}, None)[0].problem, [x]
    points = chosen_arrays(problem, leaves, 10, 0)
    assert len(points) == 10
    assert sum(bool(why) for _, why in points) == 5
    ties = [made[0] for made, why in points if why.startswith("both sides of max at test_sharp.py")]
    assert ties
    assert all(np.any(np.diff(made) == 0) for made in ties)


def test_a_branch_of_an_array_function_is_crossed() -> None:
    report = crosscheck(branching, np.array([1.5, 2.5]), points=8)
    assert report.why[0] == ""
    assert any("greater at test_sharp.py, line " in why for why in report.why)
    assert {p["x"][0] > 1.0 for p in report.points} == {True, False}
    assert report.verdict is Verdict.KINK  # at the jump itself, where the slope of either branch is a convention
    assert {f.verdict for f in report.findings} == {Verdict.AGREE, Verdict.KINK}


def test_a_large_function_has_generic_points_only() -> None:
    x = np.linspace(0.1, 1.0, 2000)
    problem = from_code(hinges).recorded((x,), {}, None)[0].problem
    assert [why for _, why in chosen_arrays(problem, [x], 4, 0)] == [""] * 4
