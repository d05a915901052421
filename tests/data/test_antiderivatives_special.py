"""Tables of integrals with special functions: the derivative of the antiderivative is the integrand, as a claim.

The pairs that are real and not elementary: error functions, integrals of sines and exponentials, polylogarithms,
incomplete gamma functions, elliptic integrals, hypergeometric functions, Lambert's W. What a method or the language
lacks is named and counted, and nobody who is right is accused.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import Any

import symdiff as sd
from symdiff.crosscheck import Report, Verdict
from symdiff.errors import ExpressionError
from tests.data.test_antiderivatives import COMPLEX, problems, real_points
from tests.data_files import RIGHT, cases, listed, sample, say

NAMES = {
    "elliptic_e2": "ellipeinc", "elliptic_f": "ellipkinc", "elliptic_pi3": "elliptic_pi", "hurwitz_zeta": "zeta",
}  # fmt: skip
# What JAX has wrong itself, or is not exact in, and may be accused of or be undecided in; its other faults are ours
JAX_FAULTS = {
    "hyp2f1": "hyp2f1's derivative comes from a series that is cut off, or from 0/0",
    "polylog": "spence's slope is nan between 1 and 2",
    "hyp1f1": "hyp1f1's series is cut off",
    "uppergamma": "igamma's derivatives have ten digits",
}


def pairs() -> list[dict[str, Any]]:
    found = [c for c in cases("antiderivatives") if c["level"] != "elementary" and c["status"] == "real"]
    return sample(found, 80)


def test_the_derivative_of_the_antiderivative_is_the_integrand() -> None:
    decided: dict[str, Counter[str]] = defaultdict(Counter)
    lacking: dict[str, list[str]] = defaultdict(list)
    of_jax: dict[str, list[str]] = defaultdict(list)
    faults, judged = [], 0
    for case in pairs():
        try:
            antiderivative, integrand = problems(case, NAMES)
        except ExpressionError as e:
            lacking[COMPLEX if "not a finite real number" in str(e) else unnumbered(str(e))].append(case["id"])
            continue
        points = real_points(case, antiderivative, integrand)
        if not points:
            lacking[COMPLEX].append(case["id"])
            continue
        judged += 1
        report = sd.crosscheck(antiderivative, at=points, wrt=case["var"], claimed=integrand.source)
        for method in ("symbolic", "tape", "jax", "claimed"):
            verdict = worst(report, method)
            decided[method][verdict] += 1
            excuse = next((why for f, why in JAX_FAULTS.items() if f in case["funcs"]), "") if method == "jax" else ""
            if verdict in (*RIGHT, Verdict.UNSUPPORTED):
                continue
            (of_jax[excuse] if excuse else faults).append(f"{case['id']} {method}: {verdict}")
    shares = {m: share(found) for m, found in decided.items()}
    say(f"Special antiderivatives: {judged} of {len(pairs())} pairs judged; agreed where supported: {shares}")
    say(f"{ {m: dict(found) for m, found in decided.items()} }\n{listed(lacking)}\n{listed(of_jax)}")
    assert faults == []
    named = r"unknown (function|name)|orders? |complex|must be|whole"
    assert all(re.search(named, why) for why in lacking), lacking
    assert judged >= 0.8 * len(pairs())
    assert all(s >= 0.9 for m, s in shares.items() if m != "jax")


def worst(report: Report, method: str) -> str:
    """The verdict on a method at all points together."""
    order = (Verdict.DIFFER, Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN, Verdict.INACCURATE, Verdict.UNSUPPORTED)
    said = {f.verdict for f in report.findings if f.method == method}
    return next((v for v in order if v in said), Verdict.AGREE)


def share(found: Counter[str]) -> float:
    """Of what the method supports, how much it is agreed to be right in."""
    supported = sum(found.values()) - found[Verdict.UNSUPPORTED]
    return round((found[Verdict.AGREE] + found[Verdict.INACCURATE]) / max(supported, 1), 4)


def unnumbered(reason: str) -> str:
    """A reason without its column."""
    return re.sub(r"(: the variables are .*)? at column \d+[\s\S]*", "", reason)


def test_a_wrong_integrand_is_seen() -> None:
    report = sd.crosscheck("x*polylog(3, x/2) + Si(x)", at={"x": 0.868}, claimed="polylog(3, x/2) + sin(x)/x")
    assert [f.verdict for f in report.findings if f.method == "claimed"] == ["DIFFER"]
