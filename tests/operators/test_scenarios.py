"""Every operator by every method, over the scenarios: the values, within stated ulps."""

from __future__ import annotations

import pytest

import symdiff as sd
from symdiff.errors import UnsupportedError
from tests.operators.scenarios import ALL, METHODS, SCENARIOS, Scenario, affordable, check, leaves, result, truth


def title(case: object) -> str:
    return case.name if isinstance(case, Scenario) else str(case)


CASES = [(m, s, o) for m in METHODS for s, o in ALL if affordable(s, o, m)]


@pytest.mark.parametrize(("method", "scenario", "operator"), CASES, ids=title)
def test_every_method_is_right(method: str, scenario: Scenario, operator: str) -> None:
    if method == "complex_step" and not scenario.analytic:
        with pytest.raises(UnsupportedError, match="not analytic"):
            result(scenario, operator, method)
    else:
        check(scenario, operator, method)


def test_the_truth_of_the_lecture() -> None:
    """The numbers everything above is held against, written down once by hand: x = (5/4, 5/2, 15/4)."""
    assert truth("the lecture", "value") == 9.765625
    assert truth("the lecture", "grad") == (7.8125, 5.859375, 3.90625)
    assert truth("the lecture", "hessian") == ((-18.75, 9.375, 6.25), (9.375, 0.0, 1.5625), (6.25, 1.5625, 0.0))
    assert truth("a vector of one variable", "jacobian") == (1.5, -1.0 / 0.5625, 0.0)
    assert truth("one variable twice", "grad") == (7.0, 1.5, 7.0)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_and_a_variable_that_does_not_occur_have_the_slope_zero(method: str) -> None:
    allowed = 1e-9 if method == "finite_difference" else 0.0
    constant, cube = sd.function("3.5", variables=["x", "y"]), sd.function("x**3", variables=["x", "t"])
    assert sd.grad(constant, method=method)(1.0, 2.0) == pytest.approx((0.0, 0.0), rel=0, abs=allowed)
    assert sd.grad(cube, method=method)(1.5, 7.0)[1] == pytest.approx(0.0, rel=0, abs=allowed)
    assert sd.grad(cube, method=method, wrt="t")(1.5, 7.0) == pytest.approx(0.0, rel=0, abs=allowed)


@pytest.mark.parametrize("method", METHODS)
def test_a_function_without_variables(method: str) -> None:
    assert sd.grad("3", method=method)() == ()
    assert sd.value_and_grad("3", method=method)() == (3.0, ())
    assert sd.hessian("3", method=method)() == ()
    assert sd.jacobian(["3", "4"], method=method)() == ((), ())
    assert sd.vjp("3", method=method)[1](1.0) == ()
    assert sd.hvp("3", (), (), method=method) == ()
    y, tangent = sd.jvp("3", (), (), method=method)
    assert y == 3.0
    assert tangent == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_by_name_and_by_position_is_the_same(method: str) -> None:
    f = sd.function("x/y", variables=["y", "x"])
    assert sd.grad(f, method=method)(3.0, 0.5) == sd.grad(f, method=method)(x=0.5, y=3.0)
    assert sd.value(f, method=method)(x=0.5, y=4.0) == 0.125


@pytest.mark.parametrize("method", ["symbolic", "tape", "jax"])
def test_wrt_of_the_operators_with_a_vector_through_the_check(method: str) -> None:
    """sd.jvp, vjp and hvp take all variables; a check may ask for some."""
    report = sd.crosscheck(
        "x1**2*(x2*x3 - 2*x1**2)", 1.25, 2.5, 3.75, wrt=["x3", "x1"], operators=["jvp", "vjp", "hvp"], methods=[method]
    )
    assert report.ok
    assert {f.argument for f in report.findings if f.operator == "vjp"} == {"x3", "x1"}


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.wrt is None], ids=title)
def test_jvp_and_vjp_are_transposes(scenario: Scenario) -> None:
    """c . (J v) = (c J) . v, to rounding."""
    f, x = scenario.problem, scenario.point
    v, c = scenario.tangents("jvp"), scenario.tangents("vjp")
    pushed = leaves(sd.jvp(f, x, v)[1])
    pulled = sd.vjp(f, *x)[1](c if f.vector else c[0])
    left = sum(a * b for a, b in zip(c, pushed, strict=True))
    assert left == pytest.approx(sum(a * b for a, b in zip(pulled, v, strict=True)), rel=1e-13, abs=1e-15)
