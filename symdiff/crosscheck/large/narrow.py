"""A function computed in a narrower arithmetic: float32, float16, bfloat16.

The rules are judged in float64, as those of any large function; then every method's digits are held against the
gradient in float64, within the measured noise of the narrower arithmetic. Basis `measured`. Where the function is small
enough for balls, the rules are certified in float64: see `narrow_certified`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symdiff.arrays import ArrayProblem, dtype_of
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.large import noise_floor
from symdiff.crosscheck.large.noise import FACTOR
from symdiff.crosscheck.large.noise_floor import Judged, Outcome, lamp_of, worst_at
from symdiff.crosscheck.orders import asked_for
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.sites import too_large
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import UnsupportedError
from symdiff.methods import method as find_method

LOST = 0.5  # of the largest entry: an error above it leaves no digit


def check(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], operators: Sequence[str], methods: Sequence[str],
    claimed: Sequence[Claim], reason: str, number: int, seed: int,
) -> Outcome:  # fmt: skip
    """Judge every method's arrays, and every claim's, as they are computed in `problem.dtype`."""
    if not too_large(problem.in_float64(), leaves):
        from symdiff.crosscheck.large import narrow_certified

        return narrow_certified.check(problem, leaves, operators, methods, claimed, reason, number, seed)
    seen: dict[str, Judged] = {}
    exact = noise_floor.check(problem.in_float64(), leaves, operators, methods, [], reason, number, seed, seen)
    found: list[Finding] = []
    for operator, wide in seen.items():
        judged = Narrow(problem, wide.task, leaves, wide.vector, wide.witness, number, {}, wide)
        judged.ruled = [f for f in exact.findings if f.operator == operator and f.verdict is not Verdict.AGREE]
        found += judged.findings(asked_for(operator, methods), [c for c in claimed if c.operator == operator])
    said = f"the rules are judged in float64, the digits by the noise of {problem.dtype}"
    return Outcome(found, exact.lamps | {"D": lamp_of(found)}, [*exact.notes, said])


class Narrow(Judged):
    """The digits of a narrower arithmetic, against the gradient in float64."""

    ruled: list[Finding]  # what was not right in float64

    def findings(self, methods: Sequence[str], claimed: Sequence[Claim]) -> list[Finding]:
        arrays, refused = self._gathered(methods)
        theirs, result = self._claimed(claimed, [v.astype(dtype_of(self.problem.dtype)) for v in self.leaves])
        arrays |= theirs
        for k in range(len(self.tape)):
            truths = {n: self._truth(n, k) for n in arrays}
            ratios = {n: self._ratio((n, "tape"), k, *self._unlike(a[k], truths[n])) for n, a in arrays.items()}
            worst = worst_at(np.max(list(ratios.values()), 0) if ratios else np.abs(self.tape[k]))
            result += [self._judged(n, k, worst, a[k], ratios[n], truths[n]) for n, a in arrays.items()]
            result += [self._finding(n, k, worst, None, Verdict.UNSUPPORTED, "", why) for n, why in refused.items()]
        return result

    def _arrays(self, name: str) -> list[np.ndarray]:
        return [np.asarray(v, np.float64) for v in self._answer(name)]

    def _truth(self, name: str, k: int) -> np.ndarray:
        """What a method's array is held against."""
        return self.tape[k]

    def _unlike(self, value: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both, as they are compared."""
        return value, truth

    def _answer(self, name: str) -> list[np.ndarray]:
        if name not in ("tape", "jax", "symbolic"):
            raise UnsupportedError(f"this method does not compute in {self.problem.dtype}")
        return find_method(name).digits(self.problem, self.task, self.leaves, self.vector)

    def _judged(
        self, name: str, k: int, worst: tuple[int, ...], value: np.ndarray, ratio: np.ndarray, truth: np.ndarray
    ) -> Finding:
        at = worst if not ratio.size or np.max(ratio) <= FACTOR else worst_at(ratio)
        here = self._finding(name, k, at, value, Verdict.AGREE, "measured", "")
        known = [f for f in self.ruled if _array(f) == _array(here)]
        for f in known:
            if f.method == name and f.verdict is Verdict.DIFFER:
                return replace(here, verdict=Verdict.DIFFER, basis=f.basis, reason=f"in float64: {f.reason}")
        if any(f.method == "tape" and f.verdict is not Verdict.UNSUPPORTED for f in known):
            return replace(here, verdict=Verdict.UNDECIDED, basis="", reason="the gradient in float64 is in doubt")
        scale = float(np.max(np.abs(truth), initial=0.0))
        if ratio.size and not ratio[at] <= FACTOR:
            if np.all(np.isfinite(value)) and self._drowned(k, scale):
                return self._beyond_measure(here, scale)
            why = f"{ratio[at]:.3g} times the measured noise of {self.problem.dtype} from the gradient in float64"
            return replace(here, verdict=Verdict.DIFFER, reason=why)
        if value.size and np.max(np.abs(value - truth)) > LOST * scale:
            why = f"{self.problem.dtype} keeps no digit of it: the largest entry is {scale:.3g}"
            return replace(here, verdict=Verdict.INACCURATE, reason=why)
        return here

    def _drowned(self, k: int, scale: float) -> bool:
        """Whether rounding moves some entry by as much as the largest is: as where a pole of tan lies within
        rounding. There the noise has no root mean square to speak of, and some run is always far beyond it."""
        floor = self._own_floor("tape")
        return floor is not None and float(np.max(floor[k], initial=0.0)) > LOST * scale

    def _beyond_measure(self, here: Finding, scale: float) -> Finding:
        """Of a method the rule is known to be right in float64; of a claim nothing is known."""
        why = f"{self.problem.dtype} keeps no digit of it: the largest entry is {scale:.3g}"
        if here.method in self._claims:
            return replace(here, verdict=Verdict.UNDECIDED, basis="", reason=f"{why}, and so is the noise")
        return replace(here, verdict=Verdict.INACCURATE, reason=why)


def _array(f: Finding) -> tuple[str, bool]:
    """The array that a finding is about."""
    return f.array, bool(f.component)
