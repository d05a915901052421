"""What a report says: ok, verdict, strict, Disagreement, JSON."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from symdiff import Disagreement, assert_agree, crosscheck
from symdiff.crosscheck.report import Finding, Lamp, Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError, SymdiffError
from tests.faults import pull_back, times

V = Verdict


def finding(verdict: Verdict, method: str = "tape", index: int = 0, point: int = 0) -> Finding:
    return Finding(method, "grad", "x", (index,), point, 1.0, 1.0, 0.0, 0.0, "certified", verdict)


def report(*findings: Finding, strict: bool = False, red: str = "") -> Report:
    lamps = {name: Lamp("red") if name in red else Lamp("off") for name in "VDRB"}
    return Report("x", ("x",), [{"x": 1.0}], list(findings), lamps, ("tape",), strict)


VERDICTS: list[tuple[list[Verdict], Verdict, bool]] = [
    ([V.AGREE], V.AGREE, True),
    ([V.PROVED], V.PROVED, True),
    ([V.AGREE, V.PROVED], V.AGREE, True),
    ([V.KINK, V.AGREE], V.KINK, True),
    ([V.AGREE, V.INACCURATE], V.INACCURATE, True),
    ([V.AGREE, V.DIFFER], V.DIFFER, False),
    ([V.AGREE, V.UNDECIDED], V.UNDECIDED, False),
    ([V.UNDECIDED, V.DIFFER], V.DIFFER, False),
    ([V.OUTSIDE_DOMAIN], V.OUTSIDE_DOMAIN, False),
    ([V.OUTSIDE_DOMAIN, V.AGREE], V.OUTSIDE_DOMAIN, False),
    ([V.OUTSIDE_DOMAIN, V.DIFFER], V.DIFFER, False),
    ([V.UNSUPPORTED, V.AGREE], V.AGREE, True),
    ([V.UNSUPPORTED, V.UNSUPPORTED], V.UNSUPPORTED, False),
    ([V.UNSUPPORTED, V.INACCURATE], V.INACCURATE, True),
    ([], V.UNSUPPORTED, False),
]


@pytest.mark.parametrize(("found", "verdict", "ok"), VERDICTS)
def test_the_verdict_of_a_report(found: list[Verdict], verdict: Verdict, ok: bool) -> None:
    made = report(*[finding(v, f"m{k}") for k, v in enumerate(found)])
    assert made.verdict is verdict
    assert made.ok is ok
    assert bool(made) is ok


def test_every_entry_wants_one_method_that_decides_it() -> None:
    """The second entry is decided by nobody."""
    assert report(finding(V.AGREE), finding(V.UNSUPPORTED, "jax"), finding(V.AGREE, "jax", 1)).ok
    assert not report(finding(V.AGREE), finding(V.UNSUPPORTED, index=1)).ok
    assert not report(finding(V.AGREE), finding(V.UNSUPPORTED, point=1)).ok


def test_the_same_index_of_another_argument_is_another_entry() -> None:
    decided, other = finding(V.AGREE), replace(finding(V.UNSUPPORTED), argument="y")
    assert report(decided, other).verdict is V.UNSUPPORTED
    assert report(decided, replace(decided, argument="y")).verdict is V.AGREE
    assert report(decided, replace(decided, argument="y", reference=2.0)).reference == {"grad": [1.0, 2.0]}


def test_strict_forbids_inaccurate() -> None:
    assert not report(finding(V.INACCURATE), strict=True).ok
    assert report(finding(V.AGREE), strict=True).ok
    assert not crosscheck("sqrt(x**2 + 1) - x", 1e9, strict=True).ok
    assert crosscheck("sqrt(x**2 + 1) - x", 1e9).ok


@pytest.mark.parametrize("lamp", "VDRB")
def test_a_red_lamp_alone_is_a_difference(lamp: str) -> None:
    made = report(finding(V.AGREE), red=lamp)
    assert made.verdict is V.DIFFER
    assert not made.ok


# -- assert_agree --------------------------------------------------------------------------------------


def test_disagreement_is_an_assertion_error_that_holds_the_report() -> None:
    with pytest.raises(Disagreement) as caught:
        assert_agree("x**3", 2.0, claimed=lambda x: 3 * x)
    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value, SymdiffError)
    assert isinstance(caught.value.report, Report)
    assert "DIFFER" in str(caught.value)
    assert "claimed" in str(caught.value)


def test_a_method_that_cannot_is_accepted_only_when_allowed() -> None:
    """SymPy has no derivative of floor."""
    assert crosscheck("floor(x)*x", 2.5).ok
    with pytest.raises(Disagreement, match="not decided by symbolic"):
        assert_agree("floor(x)*x", 2.5)
    assert assert_agree("floor(x)*x", 2.5, allow_unsupported=True)
    assert assert_agree("floor(x)*x", 2.5, methods=("tape", "jax"))


def test_allow_unsupported_allows_nothing_else() -> None:
    for text, x in (("sqrt(x)", -1.0), ("log(x)", -1.0)):
        with pytest.raises(Disagreement):
            assert_agree(text, x, allow_unsupported=True)
    with pull_back("sin", times(2.0)), pytest.raises(Disagreement):
        assert_agree("sin(x)", 0.7, allow_unsupported=True)


def test_what_does_not_fit_is_an_input_error_and_no_disagreement() -> None:
    for options in (
        {"methods": ("tap",)},
        {"operators": ("gradd",)},
        {"wrt": "y"},
        {"points": -1},
        {"claimed": 3},
    ):
        with pytest.raises(InputError):
            crosscheck("x**2", 1.0, **options)


def test_a_claim_is_judged_under_its_operator_and_name() -> None:
    def slope(x):
        return 2 * x

    def curvature(x):
        return 3.0

    made = crosscheck(
        "x**2", 1.5, claimed={"grad": slope, "hessian": curvature}, operators=("grad", "hessian"), methods=()
    )
    assert [(f.method, f.operator, f.verdict) for f in made.findings] == [
        ("claimed:slope", "grad", V.AGREE), ("claimed:curvature", "hessian", V.DIFFER),
    ]  # fmt: skip


# -- JSON ----------------------------------------------------------------------------------------------


def test_the_json_is_the_report() -> None:
    made = crosscheck("x1**2*(x2*x3 - 2*x1**2)", at={"x1": 1, "x2": 2, "x3": 3}, operators=("grad", "hessian"))
    data = json.loads(made.to_json())
    assert data["verdict"] == "AGREE"
    assert data["ok"] is True
    assert data["points"] == [{"x1": 1.0, "x2": 2.0, "x3": 3.0}]
    assert len(data["findings"]) == len(made.findings) == 3 * (3 + 9)
    for plain, found in zip(data["findings"], made.findings, strict=True):
        back = Finding(**(plain | {"index": tuple(plain["index"]), "verdict": Verdict(plain["verdict"])}))
        assert back == found
    assert {name: Lamp(**lamp) for name, lamp in data["lamps"].items()} == made.lamps


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_json_has_no_infinity(value: float) -> None:
    made = report(replace(finding(V.DIFFER), value=value, bound=value))
    data = json.loads(made.to_json(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert data["findings"][0]["value"] == str(value)


def test_a_report_of_nan_and_inf_prints_and_is_json() -> None:
    made = crosscheck("where(x > 1, sqrt(x), sin(x))", 0.0)
    assert "DIFFER" in str(made)
    assert "nan" in str(made)
    json.loads(made.to_json(), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_the_reference_is_in_order() -> None:
    made = crosscheck(
        "x*y**2", at=[{"x": 2, "y": 3}, {"x": 5, "y": 7}], operators=("grad", "hessian"), methods=("tape",)
    )
    assert made.reference == {
        "grad": [9.0, 12.0, 49.0, 70.0],
        "hessian": [0.0, 6.0, 6.0, 4.0, 0.0, 14.0, 14.0, 10.0],
    }
