"""What is said of claims and input that are handed over wrongly, and of residuals that are none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.cli import main
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import ExpressionError, InputError
from symdiff.methods.symbolic.residual import is_impossible, seems_zero, shortest

x, y, K, L = sp.symbols("x y K L", real=True)


def test_a_none_in_a_dict_is_named() -> None:
    p = {"W": np.ones((2, 2)), "v": 2.0}
    report = sd.crosscheck(lambda p: np.sum(p["W"] ** 2) + p["v"], p, claimed=lambda p: {"W": 2 * p["W"], "v": None})
    assert report.verdict is Verdict.DIFFER
    assert "claimed returns None for grad by p['v']: expected numbers" in str(report)


@pytest.mark.parametrize("f", ["x**2", lambda x: x**2])
def test_a_claim_that_exits_is_a_finding(f: Any) -> None:
    report = sd.crosscheck(f, 2.0, claimed=lambda x: sys.exit("enough"))
    assert "claimed raises SystemExit (test_words_of_bad_claims.py, line" in str(report)
    assert "enough" in str(report)


def test_an_interrupt_is_none() -> None:
    def interrupted(x: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sd.crosscheck("x**2", 2.0, claimed=interrupted)


def test_claims_by_variable_are_told_to_be_a_list() -> None:
    with pytest.raises(InputError, match="a derivative per variable give a list, in the order a, b"):
        sd.crosscheck("a*b", at={"a": 1, "b": 2}, claimed={"a": "b", "b": "a"})
    with pytest.raises(InputError, match="operator 'c' is not known: expected one of value"):
        sd.crosscheck("a*b", at={"a": 1, "b": 2}, claimed={"c": "b"})


@pytest.mark.parametrize(
    ("text", "says"),
    [("x\u20141", "EM DASH): write - at"), ("x*exp(1000)", "this constant overflows float64: exp(1000) at"),
     ("x*10**400", "this constant overflows float64: 10 ** 400"), ("x/0 + 1/0", "not a finite real number: 1 / 0")],
)  # fmt: skip
def test_text_that_cannot_be_read(text: str, says: str) -> None:
    with pytest.raises(ExpressionError) as e:
        sd.crosscheck(text, 1.0)
    assert says in str(e.value)


@pytest.mark.parametrize(
    ("source", "says"),
    [("import math\n\nraise ValueError('no data')\n", "ValueError (badmod.py, line 3): no data"),
     ("def f(x:\n    pass\n", "SyntaxError (badmod.py, line 1): '(' was never closed")],
)  # fmt: skip
def test_a_module_that_does_not_import_is_a_sentence(
    source: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "badmod.py").write_text(source)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "badmod", raising=False)
    assert main(["check", "badmod:f", "--at", "x=1"]) == 2
    said = capsys.readouterr().err
    assert said.strip() == f"symdiff: module badmod does not import: {says}"


@pytest.mark.parametrize(
    ("condition", "impossible"),
    [
        ((x > 1) & (x < 1), True), ((x > y) & (x < y), True), ((x > 2) & (x < 1), True), ((x > 1) & (2 * x < 2), True),
        ((x > 1) & (x < 2), False), ((x >= 1) & (x <= 1), False), ((x > y) & (y > 0), False),
    ],
)  # fmt: skip
def test_what_never_holds(condition: Any, impossible: bool) -> None:
    assert is_impossible(condition) == impossible


def test_impossible_pieces_are_dropped() -> None:
    e = sp.Piecewise((-1, sp.And(x > 1, x < 1, evaluate=False)), (0.1 * x, x > 1), (0, True))
    assert shortest(sp.Add(e, sp.Piecewise((1, x > 1), (0, True)), evaluate=False)) == sp.Piecewise(
        (0.1 * x + 1, x > 1), (0, True)
    )


def test_what_is_zero_in_the_domain() -> None:
    third = sp.Rational(3, 10)
    roots = (K / L) ** third - K**third / L**third
    assert seems_zero(roots, K**third * L ** sp.Rational(7, 10), {K: 2.0, L: 3.0})
    assert not seems_zero(roots + sp.Rational(1, 10**25), K**third * L ** sp.Rational(7, 10), {K: 2.0, L: 3.0})
    far = sp.sqrt((x - 100) ** 2) - (100 - x)  # 0 wherever it is drawn, but not where it is asked about
    assert not seems_zero(far, x, {x: 200.0})


def test_a_difference_that_is_zero_is_no_exact_difference() -> None:
    at = {"K": 2.0, "L": 3.0}
    report = sd.crosscheck("K**0.3*L**0.7", at=at, claimed=["0.3*(L/K)**0.7", "0.7*(K/L)**0.3"], prove=True)
    assert report.ok
    assert not [note for note in report.notes if "df/d" in note]
    assert [n for n in report.notes if "to 30 digits, its exponents as decimals, it is SymPy's derivative" in n]
    report = sd.crosscheck("K**0.3*L**0.7", at=at, claimed=["0.4*(L/K)**0.7", "0.7*(K/L)**0.3 + 0.1*K"])
    assert report.residuals == ["claimed[0] - df/dK = 0.1*L**0.7/K**0.7", "claimed[1] - df/dL = 0.1*K"]
