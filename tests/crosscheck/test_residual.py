"""What a wrong claim is more than the derivative, as a formula; and a claim that is PROVED right for every point."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.crosscheck.proving import proof
from symdiff.crosscheck.proving import residual as module
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.symbolic.residual import residual, text

X = np.array([2.0, 3.0])
x, y = sp.symbols("x y", real=True)


def quartic(x: Any) -> Any:
    return np.sum(x**4 - 2 * x**2)


@pytest.mark.parametrize(
    ("f", "args", "options", "lines"),
    [
        ("x1**2*(x2*x3 - 2*x1**2)", (2.0, 2.0, 3.0), {"wrt": "x1", "claimed": "2*x1*x2*x3 - 8*x1**2"},
         ["claimed - df/dx1 = 8*x1**2*(x1 - 1)"]),
        (quartic, (X,), {"claimed": lambda x: 4 * x**3 - 4 * x * x},
         ["claimed[0] - df/dx[0] = -4*x[0]*(x[0] - 1)", "claimed[1] - df/dx[1] = -4*x[1]*(x[1] - 1)"]),
        ("x**2*max(x, 0)", (3.0,), {"claimed": "where(x > 0, 2*x**2, 0)"},
         ["claimed - df/dx = -x**2 where x > 0, else 0"]),
        ("x**3*y", (2.0, 3.0), {"claimed": {"hessian": ["6*x*y", "3*x**2", "3*x**2", "x"]}},
         ["claimed[1, 1] - d2f/dy dy = x"]),
        (lambda a, b: a * np.sum(b**2), (2.0, X), {"wrt": (0, 1), "claimed": lambda a, b: (np.sum(b * b), a * b)},
         ["claimed[0] - df/db[0] = -a*b[0]", "claimed[1] - df/db[1] = -a*b[1]"]),
        ("x**3*y", (2.0, 3.0), {"claimed": {"hvp": lambda p, v: (
            6 * p[0] * p[1] * v[0] + 3 * p[0]**2 * v[1], 3 * p[0]**2 * v[1])}},
         ["claimed[1] - hvp by y = -3*x**2*(v1 - v2)"]),
        ("0.1*x**3", (2.0,), {"claimed": "0.2*x**2"}, ["claimed - df/dx = -0.1*x**2"]),
    ],
)  # fmt: skip
def test_the_residual_is_said_entry_by_entry(f: Any, args: Any, options: Any, lines: list[str]) -> None:
    report = sd.crosscheck(f, *args, methods=("tape",), **options)
    assert report.residuals[: len(lines)] == lines
    assert report.to_dict()["residuals"] == report.residuals
    assert f"exactly: {lines[0]}" in str(report)


def test_what_is_a_number_elsewhere_only_says_why() -> None:
    report = sd.crosscheck("x**2", 0.0, claimed="2*x*x/x", methods=("tape",))
    why = "its div needs a divisor that is not zero: x"
    assert report.residuals == [f"claimed - df/dx = 0 as a formula, but {why}"]


def test_only_the_first_entries_are_written_out() -> None:
    report = sd.crosscheck(quartic, np.arange(1.0, 8.0), claimed=lambda x: 4 * x**3, methods=("tape",))
    assert len(report.residuals) == module.MOST_SHOWN + 1
    assert report.residuals[-1] == "and 4 more entries"


def test_a_branch_that_code_took_is_said() -> None:
    report = sd.crosscheck(lambda x: x**2 if x > 0 else -x, 2.0, claimed=lambda x: x, methods=("tape",))
    assert report.residuals == ["claimed - df/dx = -x, where the code decides as it does at this point"]


def test_what_cannot_be_recorded_has_no_residual() -> None:
    report = sd.crosscheck(quartic, X, claimed=lambda x: np.array([float(v) for v in x]), methods=("tape",))
    assert report.verdict is Verdict.DIFFER
    assert report.residuals == []
    assert "exactly" not in str(report)


def test_it_is_worked_out_when_it_is_asked_for_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    real = module.residuals
    monkeypatch.setattr(module, "residuals", lambda *given: asked.append("") or real(*given))
    report = sd.crosscheck("x**2", 3.0, claimed="x", methods=("tape",))
    right = sd.crosscheck("x**2", 3.0, claimed="2*x", methods=("tape",))
    assert not asked
    assert str(report) == str(report)
    assert len(asked) == 1
    assert right.residuals == []
    assert right.exact is None


# -- SymPy's forms, within a budget ------------------------------------------------------------------------

S = 1 / (1 + sp.exp(-x))
EQUAL = [
    (S * (1 - S), sp.diff(S, x)),
    (2 * sp.sin(x) * sp.cos(x), sp.sin(2 * x)),
    (sp.Piecewise((2 * x, x > 0), (0, True)), sp.diff(sp.Piecewise((x, x >= 0), (0, True)) ** 2, x)),
    (x / sp.sqrt(x**2 + y**2), sp.diff(sp.sqrt(x**2 + y**2), x)),
    ((x + y) ** 2, x**2 + 2 * x * y + y**2),
    (1 - sp.tanh(x) ** 2, sp.diff(sp.tanh(x), x)),
]
OTHERS = [
    (8 * x**3, 8 * x**2), (S, S**2), (sp.exp(x) * sp.sin(y), sp.exp(x) * sp.cos(y)),
    (sp.Piecewise((x, x > 0), (0, True)), sp.sin(x)), (1 / (x + y) ** 2, 1 / (x + y) ** 3),
    ((x + y + 1) ** 30, (x - y) ** 30), (sp.exp(365 * x), 3 * x**2), (x + 2 ** (500 * x), 2 ** (x / 7)),
    (sp.sin(x + y) ** 6 * sp.cos(x - y) ** 5, sp.sin(x) * sp.cos(y) ** 5),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), EQUAL)
def test_equal_formulas_leave_nothing(a: Any, b: Any) -> None:
    assert residual(a, b) == 0
    assert residual(a + sp.Rational(1, 10**12), b) != 0


@pytest.mark.parametrize(("a", "b"), OTHERS)
def test_what_is_left_is_the_difference(a: Any, b: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sp, "simplify", lambda *_: pytest.fail("simplify may take forever"))
    left = residual(a, b)
    for at in ({x: sp.Rational(3, 7), y: sp.Rational(-2, 5)}, {x: sp.Rational(-8, 3), y: sp.Rational(1, 9)}):
        assert abs((left - (a - b)).xreplace(at).evalf(30)) < 1e-20


def test_what_is_too_large_is_left_alone() -> None:
    large = sum(sp.sin(k * x) ** k * y for k in range(1, 80))
    assert residual(large, sp.diff(large, y)) is None


def test_pieces_are_read_aloud() -> None:
    pieces = sp.Piecewise((x, x < 0), (sp.Float(0.25), x < 1), (0, True))
    assert text(pieces) == "x where x < 0, 0.25 where x < 1, else 0"


# -- PROVED ------------------------------------------------------------------------------------------------


def of_claim(report: Any) -> set[Verdict]:
    return {f.verdict for f in report.findings if f.method == "claimed"}


@pytest.mark.parametrize(
    ("f", "args", "claimed"),
    [
        (quartic, (X,), lambda x: 4 * x**3 - 4 * x),
        (quartic, (X,), lambda x: 4 * x * (x - 1) * (x + 1)),
        ("x**2*max(x, 0)", (3.0,), "where(x > 0, 3*x**2, 0)"),
        ("log(1 + exp(x))", (3.0,), "1/(1 + exp(-x))"),
        ("log(x)*y", (3.0, 2.0), ["y/x", "log(x)"]),
        ("x/(1 + x)", (3.0,), "1/(1 + x)**2"),
        ("sqrt(x**2 + y**2)", (3.0, 4.0), ["x/sqrt(x**2 + y**2)", "y/sqrt(x**2 + y**2)"]),
    ],
)
def test_a_claim_is_proved(f: Any, args: Any, claimed: Any) -> None:
    report = sd.crosscheck(f, *args, claimed=claimed, methods=("tape",), prove=True)
    assert of_claim(report) == {Verdict.PROVED}
    assert {f.basis for f in report.findings if f.method == "claimed"} == {"symbolic"}
    assert of_claim(sd.crosscheck(f, *args, claimed=claimed, methods=("tape",))) == {Verdict.AGREE}


@pytest.mark.parametrize(
    ("f", "args", "claimed", "says"),
    [
        ("x1**2*(x2*x3 - 2*x1**2)", (1.0, 2.0, 3.0), ["2*x1*x2*x3 - 8*x1**2", "x1**2*x3", "x1**2*x2"],
         "claimed is right here, and not proved: claimed[0] - df/dx1 = 8*x1**2*(x1 - 1)"),
        ("x**2*max(x, 0)", (3.0,), "3*x**2", "claimed - df/dx = 0 where x > 0, else 3*x**2"),
        ("0.1*x**3", (2.0,), "0.3*x**2", "e-17*x**2"),  # the double 0.3 is not three times the double 0.1
        ("x**2", (3.0,), "2*x*x/x", "but its div needs a divisor that is not zero: x"),
        ("x**2", (3.0,), "2*exp(log(x))", "but its log needs an argument above zero: x"),
        ("x**2/2 + x*y", (3.0, 1.0), ["sqrt(x + y)**2", "x"], "its sqrt needs an argument that is not negative: x + y"),
    ],
)  # fmt: skip
def test_what_is_right_here_only_is_not_proved(f: Any, args: Any, claimed: Any, says: str) -> None:
    report = sd.crosscheck(f, *args, claimed=claimed, methods=("tape",), prove=True)
    assert Verdict.AGREE in of_claim(report)
    assert any(says in note for note in report.notes), report.notes


def test_the_divisor_is_what_holds_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proof, "undefined", lambda *_: "")
    assert of_claim(sd.crosscheck("x**2", 3.0, claimed="2*x*x/x", methods=("tape",), prove=True)) == {Verdict.PROVED}


def test_nothing_is_proved_of_a_function_that_was_seen_on_one_branch_only() -> None:
    given = {"claimed": lambda x: 2 * x, "methods": ("symbolic", "tape"), "prove": True}
    report = sd.crosscheck(lambda x: x**2 if x > 0 else -x, 2.0, **given)
    assert report.verdict is Verdict.AGREE
    assert {f.verdict for f in report.findings} == {Verdict.AGREE}


def test_nothing_is_proved_of_a_claim_that_took_a_branch() -> None:
    claimed = lambda x: 4 * x**3 - 4 * x if x[0] > 0 else x  # noqa: E731 - the branch is the point
    assert of_claim(sd.crosscheck(quartic, X, claimed=claimed, methods=("tape",), prove=True)) == {Verdict.AGREE}
