"""What SymPy's own test-suite says about derivatives, where our table has the functions.

Each assertion d(F)/d(wrt) = dF goes in as SymPy expressions; dF is the claim. SymPy is the library here
that reads the file, not the judge: that is the ball reference.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
import sympy as sp

import symdiff as sd
from symdiff.errors import InputError, SymdiffError
from tests.data_files import cases, floats, listed, say, wrong

CHECKED = 59  # at least; more is better


def test_every_assertion_whose_functions_we_have() -> None:
    reasons: dict[str, list[str]] = defaultdict(list)
    checked, faults = [], []
    for case in cases("sympy_derivative_asserts"):
        name = f"d {case['F']} / d {' '.join(case['wrt'])}"
        try:
            report = judged(case)
        except SymdiffError as e:
            reasons[str(e).partition(":")[0][:90]].append(name)
            continue
        checked.append(name)
        lacking = (": UNSUPPORTED jax ", "only that by")  # JAX has no such function, or nobody a rule by this argument
        faults += [f for f in wrong(report) if not any(words in f for words in lacking)]
    total = len(cases("sympy_derivative_asserts"))
    say(f"SymPy: {len(checked)} of {total} assertions judged; the others:\n{listed(reasons)}")
    assert faults == []
    assert len(checked) >= CHECKED


def judged(case: dict[str, Any]) -> Any:
    """The report with dF as the claim. `InputError` says why there is none."""
    if case["verified"] != "yes":
        raise InputError("not machine-checked in the file")
    if any(a.get("imaginary") or a.get("real") is False for a in case["assumptions"].values()):
        raise InputError("about complex numbers")
    symbols = {name: sp.Symbol(name, real=True) for name in case["symbols"]}
    function, derivative = (sp.sympify(case[k], locals=symbols) for k in ("F", "dF"))
    variables = [w for w in case["wrt"] if not w.isdecimal()]
    order = sum(int(w) if w.isdecimal() else 1 for w in case["wrt"]) - sum(w.isdecimal() for w in case["wrt"])
    if order > 2 or len(set(variables)) > 1:
        raise InputError(f"of order {order}")
    f = sd.function(function, case["symbols"])
    options = {"wrt": variables[0], "claimed": derivative, "operators": "grad" if order == 1 else "hessian"}
    given = floats(case["at"])
    report = sd.crosscheck(f, at=given, **options)
    if report.verdict == "OUTSIDE_DOMAIN":  # the file's points may lead through complex numbers
        return sd.crosscheck(f, points=3, **options)
    return report


@pytest.mark.parametrize("text", ["Min(1, x)", "Max(1, x)", "a*b + sin(b**5)"])
def test_the_black_box_does_not_accuse_near_a_branch(text: str) -> None:
    names = {n: sp.Symbol(n, real=True) for n in "abx"}
    given = {"a": 0.536, "b": 0.803} if "b" in text else {"x": 0.742}
    report = sd.crosscheck(sp.sympify(text, locals=names), at=given, points=20)
    assert [said for said in wrong(report) if ": KINK " not in said] == []  # at the branch itself there is no slope
