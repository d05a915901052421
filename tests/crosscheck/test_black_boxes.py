"""Functions that cannot be recorded: claims about them are judged by estimates, which are honest about their errors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, optimize

import symdiff as sd
from symdiff.crosscheck.verdict import Verdict
from tests.crosscheck.boxes import X, closed, estimates, verdicts


def test_a_distance_from_the_point_itself_is_not_taken_for_analytic() -> None:
    """|z - x| is the same all around a circle: its mean alone tells."""
    report = sd.crosscheck(lambda x: float(abs(x[0] - 1.3)), X[:1], claimed=lambda x: np.ones(1))
    assert report.verdict is Verdict.UNDECIDED
    assert "a kink" in report.findings[0].reason


def test_a_right_claim_agrees_and_says_that_it_is_an_estimate() -> None:
    f = closed(lambda x: np.sum(np.sin(x) * x))
    report = sd.assert_agree(f, X, claimed=lambda x: np.cos(x) * x + np.sin(x))
    assert {(str(v.verdict), v.basis) for v in report.findings} == {("AGREE", "estimated")}
    assert report.lamps["B"].state == "green"
    assert report.lamps["D"].state == "off"
    said = " ".join(str(report).split())
    assert said.count("is a black box here") == 1
    assert "a black box has no certificate" in said


@pytest.mark.parametrize("wrong", [-1.0, 2.0, 1 + 1e-7, 0.0, np.nan])
def test_a_wrong_claim_differs(wrong: float) -> None:
    f = closed(lambda x: np.sum(np.sin(x) * x))
    report = sd.crosscheck(f, X, claimed=lambda x: wrong * (np.cos(x) * x + np.sin(x)))
    assert verdicts(report) == ["DIFFER"] * 4


def test_one_wrong_entry_is_the_one_that_is_named() -> None:
    def claimed(x):
        g = optimize.rosen_der(x)
        g[2] *= 1 + 1e-8
        return g

    report = sd.crosscheck(closed(optimize.rosen), X, claimed=claimed)
    assert [f.argument for f in report.findings if f.verdict is Verdict.DIFFER] == ["x[2]"]


def test_the_likely_mistake_is_named() -> None:
    report = sd.crosscheck(closed(optimize.rosen), X, claimed=lambda x: -optimize.rosen_der(x))
    assert report.diagnosis == ["claimed = -1 x true: the sign"]
    f = lambda x: np.array([float(x[0] * x[1]), math.sin(x[0])])  # noqa: E731 - math: it is not recorded
    report = sd.crosscheck(f, X[:2], claimed=lambda x: np.array([[x[1], np.cos(x[0])], [x[0], 0.0]]))
    assert report.diagnosis == ["x is transposed"]


CLAIMS = {
    "value": optimize.rosen,
    "grad": optimize.rosen_der,
    "value_and_grad": lambda x: (optimize.rosen(x), optimize.rosen_der(x)),
    "hessian": optimize.rosen_hess,
    "hvp": optimize.rosen_hess_prod,
    "jvp": lambda x, v: optimize.rosen_der(x) @ v,
    "vjp": lambda x, c: c * optimize.rosen_der(x),
}


def analytic(x):
    """Not recorded, for it asks for a plain array of numbers; complex ones will do."""
    return optimize.rosen(np.asarray(x, complex if np.iscomplexobj(x) else float))


@pytest.mark.parametrize("f", [analytic, closed(optimize.rosen)], ids=["complex", "closed"])
def test_claims_of_every_kind(f) -> None:
    sd.assert_agree(f, X, claimed=CLAIMS, allow_unsupported=True)
    wrong = {name: _scaled(claim) for name, claim in CLAIMS.items()}
    report = sd.crosscheck(f, X, claimed=wrong)
    assert {f.operator for f in report.findings if f.verdict is Verdict.DIFFER} == set(CLAIMS)


def _scaled(claim):
    def scaled(*args):
        found = claim(*args)
        return tuple(1.001 * v for v in found) if isinstance(found, tuple) else 1.001 * found

    return scaled


def test_a_jacobian_of_several_arguments_and_answers() -> None:
    def f(p, t):
        r = [p["a"] * math.exp(-p["k"] * float(s)) for s in t]
        return {"r": np.array(r, float), "cost": float(np.sum(np.square(r)))}

    def by_hand(p, t):
        e = np.exp(-p["k"] * t)
        r, da, dk = p["a"] * e, e, -p["a"] * t * e
        return {"cost": {"a": 2 * r @ da, "k": 2 * r @ dk}, "r": {"a": da, "k": dk}}

    t = np.array([0.5, 1.0, 2.0])
    p = {"a": 1.5, "k": 0.7}
    sd.assert_agree(f, p, t, claimed={"jacobian": by_hand})
    report = sd.crosscheck(f, p, t, claimed={"jacobian": lambda p, t: {**by_hand(p, t), "cost": {"a": 1.0, "k": 2.0}}})
    wrong = {(v.component, v.argument) for v in report.findings if v.verdict is Verdict.DIFFER}
    assert wrong == {("[0]", "p['a']"), ("[0]", "p['k']")}


@pytest.mark.parametrize("f", [closed(optimize.rosen), lambda x: np.sum(x**2)], ids=["black box", "recorded"])
def test_several_claims_with_labels(f) -> None:
    right = optimize.rosen_der if f(X) != np.sum(X**2) else lambda x: 2 * x
    claimed = {"grad": {"by hand": right, "from the paper": lambda x: 2 * right(x)}}
    report = sd.crosscheck(f, X, claimed=claimed, methods=())
    found = {v.method: str(v.verdict) for v in report.findings}
    assert found == {"claimed:by hand": "AGREE", "claimed:from the paper": "DIFFER"}
    assert '"from the paper"' in report.shrink().code.replace("'", '"')
    with pytest.raises(sd.InputError, match="has an empty mapping"):
        sd.crosscheck(f, X, claimed={"grad": {}})
    with pytest.raises(sd.InputError, match="has the label 1"):
        sd.crosscheck(f, X, claimed={"grad": {1: right}})


def test_formulas_with_labels() -> None:
    report = sd.crosscheck("x**2", 3.0, claimed={"grad": {"a": "2*x", "b": "4*x"}}, methods=())
    assert {v.method: str(v.verdict) for v in report.findings} == {"claimed:a": "AGREE", "claimed:b": "DIFFER"}


# -- kinks and edges -------------------------------------------------------------------------------------


@pytest.mark.parametrize("slope", [-1.0, 0.0, 1.0])
@pytest.mark.parametrize("size", [1.0, 1e-6])
def test_a_kink_is_undecided_and_said_to_be_one(slope: float, size: float) -> None:
    def f(x):
        return float(size * abs(x[0]) + math.exp(x[0]) * x[1])

    def claimed(x):
        return np.array([size * slope + np.exp(x[0]) * x[1], np.exp(x[0])])

    report = sd.crosscheck(f, np.array([0.0, 2.0]), claimed=claimed)
    first, second = report.findings
    assert second.verdict is Verdict.AGREE
    assert "a kink" in first.reason
    assert first.verdict is (Verdict.UNDECIDED if size == 1.0 else Verdict.AGREE)
    assert first.bound >= size  # never a promise that the kink does not keep


def test_no_slope_between_those_that_meet_is_wrong_all_the_same() -> None:
    report = sd.crosscheck(lambda x: float(abs(x[0])), np.zeros(1), claimed=lambda x: np.array([5.0]))
    assert report.verdict is Verdict.DIFFER


@pytest.mark.parametrize("away", [1e-1, 1e-3, 1e-5])
def test_a_kink_nearby_is_no_alarm(away: float) -> None:
    report = sd.crosscheck(
        lambda x: float(abs(x[0] - (1 + away)) + x[1] ** 3), np.array([1.0, 2.0]),
        claimed=lambda x: np.array([-1.0, 3 * x[1] ** 2]),
    )  # fmt: skip
    assert verdicts(report) == ["AGREE", "AGREE"]


@pytest.mark.parametrize("away", [1.0, 1e-3, 1e-6])
def test_the_step_shrinks_at_an_edge_of_the_domain(away: float) -> None:
    f = lambda x: math.log(x[0]) + math.sqrt(x[1])  # noqa: E731 - a function that raises beyond the edge
    report = sd.crosscheck(f, np.array([away, 2.0]), claimed=lambda x: np.array([1 / x[0], 0.5 / np.sqrt(x[1])]))
    assert verdicts(report) == ["AGREE", "AGREE"]


def test_on_the_edge_one_side_speaks() -> None:
    f = lambda x: x[0] ** 2.5 * math.copysign(1.0, math.sqrt(x[0]) + 1) + 3 * float(x[0])  # noqa: E731 - as above
    report = sd.crosscheck(f, np.zeros(1), claimed=lambda x: np.array([3.0]))
    assert verdicts(report) == ["AGREE"]
    assert "one side only" in report.findings[0].reason
    assert verdicts(sd.crosscheck(f, np.zeros(1), claimed=lambda x: np.array([-3.0]))) == ["DIFFER"]
    infinite = sd.crosscheck(lambda x: math.sqrt(x[0]), np.zeros(1), claimed=lambda x: np.array([1e9]))
    assert infinite.verdict is Verdict.UNDECIDED


def test_what_oscillates_or_jumps_is_not_passed() -> None:
    stairs = sd.crosscheck(lambda x: round(1000 * float(x[0])) / 1000 + 0.0, X[:1], claimed=lambda x: np.ones(1))
    assert stairs.verdict is Verdict.UNDECIDED
    jump = sd.crosscheck(lambda x: float(x[0] >= 1.3) + 0.5, X[:1], claimed=lambda x: np.ones(1))
    assert jump.verdict is Verdict.UNDECIDED


# -- noise and solvers -----------------------------------------------------------------------------------


def test_float32_inside_widens_the_estimate() -> None:
    f = lambda x: float(np.sum(np.exp(np.asarray(x, np.float32))))  # noqa: E731 - noise in every value
    box, found = estimates(f, X)
    assert 1e-8 < np.max(box.noise) < 1e-4
    assert np.all(np.abs(found.values - np.exp(X)) <= found.errors)
    report = sd.crosscheck(f, X, claimed=np.exp)
    assert not {Verdict.DIFFER}.intersection(v.verdict for v in report.findings)
    assert verdicts(sd.crosscheck(f, X, claimed=lambda x: -np.exp(x))) == ["DIFFER"] * 4


def test_a_claim_that_lost_its_digits_is_not_accused_of_a_wrong_rule() -> None:
    def noisy(x):  # right, but for what the difference of two large numbers leaves of it
        return ((1e9 + x) - 1e9) * 2

    report = sd.crosscheck(closed(lambda x: np.sum(x**2)), X, claimed=noisy)
    assert set(verdicts(report)) <= {"AGREE", "INACCURATE"}


def test_solvers_are_black_boxes() -> None:
    root = sd.assert_agree(
        lambda a: optimize.brentq(lambda t: t**3 - a, 0.0, 10.0, xtol=1e-15), 1.2,
        claimed=lambda a: a ** (-2 / 3) / 3,
    )  # fmt: skip
    assert "float" in root.notes[-2]
    area = lambda a: integrate.quad(lambda t: math.exp(-a * t * t), 0, 1)[0]  # noqa: E731 - a claim in a line
    slope = lambda a: -integrate.quad(lambda t: t * t * math.exp(-a * t * t), 0, 1)[0]  # noqa: E731 - a claim in a line
    sd.assert_agree(area, 1.2, claimed=slope)


def test_the_accuracy_of_a_solver_can_be_said() -> None:
    def decayed(k):
        return integrate.solve_ivp(lambda t, y: -k * y, (0, 1), [1.0], rtol=1e-6, atol=1e-9).y[0, -1]

    right = lambda k: -math.exp(-k)  # noqa: E731 - a claim in a line
    report = sd.crosscheck(decayed, 1.2, claimed=right)  # the slope of what was computed is another one
    assert report.verdict is Verdict.DIFFER
    assert "accuracy=" in report.findings[0].reason
    sd.assert_agree(decayed, 1.2, claimed=right, accuracy=1e-6)
    assert sd.crosscheck(decayed, 1.2, claimed=lambda k: -1.01 * math.exp(-k), accuracy=1e-6).verdict is Verdict.DIFFER
    with pytest.raises(sd.InputError, match="accuracy="):
        sd.crosscheck(decayed, 1.2, claimed=right, accuracy=2)


# -- bad input -------------------------------------------------------------------------------------------

ONES = lambda x: np.ones(4)  # noqa: E731 - a claim in a line


@pytest.mark.parametrize(
    ("f", "says"),
    [
        (lambda x: None, "returns None: expected numbers or arrays; is there a return?"),
        (lambda x: np.asarray(x).astype(int), "returns an array of int64 as result: whole numbers have no slope"),
        (lambda x: int(x[0]), "returns the int 1 as result: whole numbers have no slope"),
        (lambda x: "text" + 0 * str(x), "returns str as result: expected real numbers"),
    ],
)
def test_answers_that_are_none(f, says: str) -> None:
    with pytest.raises(sd.InputError, match=says.replace("?", r"\?")):
        sd.crosscheck(f, X, claimed=ONES)


def test_a_function_that_raises_says_so_itself() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        sd.crosscheck(lambda x: float(x[0]) / 0, X, claimed=ONES)
    assert "raised this itself" in caught.value.__notes__[-1]


def test_a_function_that_writes_into_its_argument_is_noted() -> None:
    def f(x):
        x[0] = 2.0
        return float(np.sum(np.asarray(x, float)))

    report = sd.assert_agree(f, X, claimed=lambda x: np.array([0.0, 1.0, 1.0, 1.0]))
    assert any("writes into its argument" in note for note in report.notes)
    assert X[0] == 1.3


def test_a_random_function_is_no_function() -> None:
    draws = np.random.default_rng(0)
    report = sd.crosscheck(lambda x: float(np.sum(x)) * draws.random(), X, claimed=ONES)
    assert report.lamps["R"].state == "red"
    assert not report.ok


@pytest.mark.parametrize(
    ("claim", "says"),
    [
        (lambda x: np.ones(3), r"claimed returns shape (3,) for grad, expected (4,)"),
        (lambda x: None, "claimed returns None for grad"),
        (lambda x: 1 / 0, "claimed raises ZeroDivisionError"),
        (lambda x: x.__iadd__(1.0), "claimed writes into its argument x"),
    ],
)
def test_claims_that_are_none(claim, says: str) -> None:
    report = sd.crosscheck(closed(optimize.rosen), X, claimed=claim)
    assert {f.verdict for f in report.findings} == {Verdict.DIFFER}
    assert all(says in f.reason for f in report.findings)


def test_without_a_claim_there_is_nothing_to_judge() -> None:
    with pytest.raises(sd.UnsupportedError, match="no plain float"):
        sd.crosscheck(lambda x: math.sin(x[0]), X)


def test_operators_that_are_no_names_are_refused_as_of_any_function() -> None:
    f = closed(lambda x: np.sum(np.sin(x) * x))
    with pytest.raises(sd.InputError, match="operators: expected names such as 'grad', got int"):
        sd.crosscheck(f, X, claimed=lambda x: x, operators=0)


def test_methods_that_are_asked_for_by_name_say_why_they_cannot() -> None:
    f = closed(optimize.rosen)
    report = sd.crosscheck(f, X, claimed=optimize.rosen_der, methods="tape")
    assert {str(v.verdict) for v in report.findings if v.method == "tape"} == {"UNSUPPORTED"}
    with pytest.raises(sd.Disagreement, match="not decided by tape"):
        sd.assert_agree(f, X, claimed=optimize.rosen_der, methods="tape")


def test_more_points_are_generated_and_several_can_be_given() -> None:
    f = closed(optimize.rosen)
    report = sd.assert_agree(f, X, claimed=optimize.rosen_der, points=3)
    assert len(report.points) == 4
    report = sd.assert_agree(f, at=[{"x": X}, {"x": X + 1}], claimed=optimize.rosen_der)
    assert len(report.points) == 2


def test_a_failure_ends_with_a_program() -> None:
    with pytest.raises(sd.Disagreement) as caught:
        sd.assert_agree(closed(optimize.rosen), X, claimed=lambda x: -optimize.rosen_der(x))
    assert "to see it again" in str(caught.value)
    assert "methods=" not in str(caught.value)


def test_a_third_derivative_is_refused() -> None:
    with pytest.raises(sd.InputError, match="black box"):
        sd.crosscheck(closed(optimize.rosen), X, claimed={"third": lambda x: np.zeros((4, 4, 4))})
