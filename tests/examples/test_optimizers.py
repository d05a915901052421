"""The example of hand-written derivatives for scipy.optimize: right ones pass, every slip is found where it is."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from examples.optimizers import __main__ as script
from examples.optimizers import curve_fits, logistic, rosenbrock
from examples.optimizers.case import Case, Slip
from tests.data_files import cases

CASES = script.all_cases()
SLIPS = [pytest.param(c, s, id=f"{c.title}: {name}") for c in CASES for name, s in c.slips.items()]
BLACK_BOXES = ("sklearn_loss",)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.title)
def test_right_derivatives_pass(case: Case) -> None:
    report = script.check(case)
    assert report.ok, report
    assert {f.operator for f in report.findings} == set(case.claimed)
    expected = {"estimated"} if case.f.__name__ in BLACK_BOXES else {"certified"}
    assert {f.basis for f in report.findings} == expected


@pytest.mark.parametrize(("case", "slip"), SLIPS)
def test_a_slip_is_found_where_it_is(case: Case, slip: Slip) -> None:
    report = script.check(case, slip)
    assert script.found_wrong(report) == slip.wrong
    assert slip.named in " ".join(report.diagnosis)


def test_the_functions_are_what_they_are_called() -> None:
    x = rosenbrock.X
    assert rosenbrock.valley(x) == pytest.approx(rosenbrock.rosen(x), rel=1e-14)
    pytest.importorskip("sklearn")
    assert logistic.loss(logistic.W) == pytest.approx(logistic.of_sklearn()[0](logistic.W), rel=1e-14)


def test_what_happens_inside_an_optimizer(capsys: pytest.CaptureFixture[str]) -> None:
    assert script.inside_an_optimizer()
    said = capsys.readouterr().out
    assert "3 calls of the gradient were checked" in said
    assert "least_squares was stopped" in said


MODELS = {
    "b1*(1-exp(-b2*x))": (curve_fits.saturation, curve_fits.saturation_jacobian),
    "b1*(x**2+x*b2)/(x**2+x*b3+b4)": (curve_fits.rational, curve_fits.rational_jacobian),
}


@pytest.mark.parametrize("formula", MODELS)
def test_nists_models_on_nists_data(formula: str) -> None:
    f, jacobian = MODELS[formula]
    found = [case for case in cases("nist_strd") if case["formula"].replace(" ", "") == formula]
    assert found
    for case in found:
        x = np.array([row[case["data_columns"].index("x")] for row in case["data"]])
        for which in ("start1", "certified"):
            b = np.array([float(v) for v in case[which]])
            sd.assert_agree(f, b, x, claimed=jacobian, methods=())
    # NIST's standard deviations know the Jacobian, too, and nobody of us
    y = np.array([row[case["data_columns"].index("y")] for row in case["data"]])
    r, j = f(b, x) - y, jacobian(b, x)
    sigma = np.sqrt(r @ r / case["dof"] * np.diag(np.linalg.inv(j.T @ j)))
    np.testing.assert_allclose(sigma, np.array(case["certified_sd"], float), rtol=1e-6)
