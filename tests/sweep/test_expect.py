"""Expected verdicts: where they hold, where they are not met, and the versions they are for."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path

import pytest

import symdiff as sd
from symdiff.sweep import check, read
from symdiff.sweep.expect import Expectation, outcome


def held(folder: Path, expect: str, expr: str = "x**3", claimed: str = ""):
    """The outcome of a formula with an expectation."""
    claim = f"claimed = '{claimed}'" if claimed else ""
    text = f"[formula.f]\nexpr = '{expr}'\nat = {{ x = 2 }}\nmethods = 'tape'\n{claim}\nexpect = {expect}"
    file = folder / "mine.symdiff.toml"
    file.write_text(text, encoding="utf-8")
    (formula,) = read(file).formulas
    assert formula.fault == ""
    return outcome(check(formula), formula.expect)


BY_CLAIM = "{ method = 'claimed', verdict = 'DIFFER', reason = 'issue 1' }"


def test_a_known_fault_is_no_failure(tmp_path: Path) -> None:
    found = held(tmp_path, BY_CLAIM, claimed="3*x")
    assert found.ok
    assert found.known == ("expected DIFFER by claimed: issue 1",)
    assert {f.method for f in found.report.findings} == {"tape"}
    assert found.report.lamps["D"].state == "green"  # that of the others


def test_a_repaired_one_is_a_failure(tmp_path: Path) -> None:
    found = held(tmp_path, BY_CLAIM, claimed="3*x**2")
    assert not found.ok
    (said,) = found.surprises
    assert said.startswith("expected DIFFER by claimed, found AGREE: repaired? Delete the expectation")


def test_another_fault_beside_the_known_one_is_a_failure(tmp_path: Path) -> None:
    found = held(tmp_path, "{ method = 'tape', verdict = 'AGREE' }", claimed="3*x")
    assert not found.ok
    assert found.surprises == ()
    assert str(found.report.verdict) == "DIFFER"


def test_a_method_that_was_not_asked_is_said(tmp_path: Path) -> None:
    found = held(tmp_path, "{ method = 'jax', verdict = 'DIFFER' }")
    assert found.surprises == ("expected DIFFER by jax, but nothing was checked by jax",)


@pytest.mark.parametrize(("versions", "applies"), [
    ("numpy>=1", True), ("numpy<1", False), ("numpy>=1,<999", True), ("numpy>=998,<999", False),
    ("numpy!=1.0", True), ("no-such-library<9", False), ("", True),
])  # fmt: skip
def test_the_range_of_versions(versions: str, applies: bool, tmp_path: Path) -> None:
    wanted = f"{{ method = 'claimed', verdict = 'DIFFER', versions = '{versions}' }}"
    assert held(tmp_path, wanted, claimed="3*x").ok is applies  # outside, the wrong claim is a failure as ever
    assert held(tmp_path, wanted, claimed="3*x**2").ok is not applies


def test_a_version_is_compared_by_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.10.0rc1")
    for versions, applies in {"jax<0.11": True, "jax<0.9": False, "jax==0.10": True, "jax<=0.10.0": True}.items():
        assert Expectation.read({"verdict": "DIFFER", "versions": versions}).applies is applies, versions


def test_a_verdict_of_the_whole(tmp_path: Path) -> None:
    assert held(tmp_path, "'AGREE'").ok
    assert held(tmp_path, "'KINK'", expr="abs(x - 2)").ok
    assert held(tmp_path, "'DIFFER'", claimed="3*x").known
    assert held(tmp_path, "'KINK'").surprises == ("expected KINK, found AGREE",)
    assert not held(tmp_path, "'KINK'").ok


def test_an_operator_of_a_method(tmp_path: Path) -> None:
    wanted = "[{ method = 'claimed', operator = 'hessian', verdict = 'DIFFER' }]"
    found = held(tmp_path, wanted, claimed="3*x")
    assert found.surprises == ("expected DIFFER by claimed for hessian, but nothing was checked by claimed",)


FAULTS = {
    "3": "expect: expected a verdict, or a table of texts with some of verdict, method,",
    "'WRONG'": "expect: expected verdict = one of UNSUPPORTED, OUTSIDE_DOMAIN, DIFFER,",
    "{ verdict = 'DIFFER', versions = 'jax' }": "expect: expected versions of one library, such as",
    "{ verdict = 'DIFFER', versions = 'jax<1,numpy<2' }": "expect: expected versions of one library, such as",
    "{ verdict = 'DIFFER', operator = 'grad' }": "expect: expected a method beside operator",
    "{ verdikt = 'DIFFER' }": "expect: expected a verdict, or a table of texts",
    "{ method = 'jax' }": "expect: expected verdict = one of",
}


@pytest.mark.parametrize(("value", "says"), FAULTS.items(), ids=FAULTS)
def test_a_faulty_expectation_is_said(value: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.symdiff.toml"
    file.write_text(f"[formula.f]\nexpr = 'x'\nat = {{ x = 1 }}\nexpect = {value}\n", encoding="utf-8")
    (formula,) = read(file).formulas
    assert formula.fault.startswith(f"mine.symdiff.toml:4: formula 'f': {says}")


def test_only_the_findings_of_its_method_are_taken_out() -> None:
    report = sd.crosscheck("x**3", 2.0, claimed="3*x", methods=["tape"])
    wrong = [f for f in report.findings if f.method == "claimed"]
    assert outcome(report, [Expectation(wrong[0].verdict, "claimed")]).ok
    assert not outcome(report, [Expectation(wrong[0].verdict, "tape")]).ok
