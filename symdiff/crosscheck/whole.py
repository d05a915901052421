"""A large function certified without taking it apart, on request: its gradient in arrays of balls.

The tape's program is run in balls. Its rule is right where its product with random directions lies in FLINT's
own forward derivative of the function along them (see `reference`); then its entries are the reference for
everybody's digits, within the measured noise. JAX's program is run in balls, too, where it can be read
(`jaxpr_balls`); claims are judged by their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from flint import arb

from symdiff import balls
from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.ball_arrays import cost, entries, run_in_balls, variables
from symdiff.crosscheck.claims import Claim
from symdiff.crosscheck.large import FACTOR, Judged, Outcome, lamp_of, replayed, worst_at
from symdiff.crosscheck.own_slopes import Witness
from symdiff.crosscheck.reference import CERTAIN, PROJECTIONS, full_direction
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.stage1 import SMALL_GAP
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph
from symdiff.methods.base import Task

BITS, MOST_BITS = 128, 512
OPERATORS = ("grad", "value_and_grad")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Certificate:
    """`right`: True, False, or None where the balls were too wide. The tape's entries and, for each direction,
    the direction and FLINT's slope."""

    right: bool | None
    value: arb
    gradient: list[np.ndarray]
    slopes: list[tuple[list[np.ndarray], arb]]


def check(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], operators: Sequence[str], methods: Sequence[str],
    claimed: Sequence[Claim], reason: str, number: int = 0, seed: int = 0, progress: Progress | None = None,
) -> Outcome:  # fmt: skip
    """Judge every method's gradient, and every claim's, against a certified one.

    `progress(done, total)` is called after every op, in proportion to what it costs.

    Raises:
        InputError: another operator than grad and value_and_grad, or another dtype than float64.
        UnsupportedError: an op that cannot be run in arrays of balls.
    """
    other = [o for o in operators if o not in OPERATORS]
    if other:
        raise InputError(f"{other[0]} cannot be checked with full=True: ask for grad or value_and_grad")
    if problem.dtype != "float64":
        raise InputError(f"full=True certifies float64, and this is {problem.dtype}: leave full= out, or give float64")
    rng = np.random.default_rng([seed, number])
    witness = Witness(problem, leaves, rng)
    found: list[Finding] = []
    for operator in operators:
        task = Task(operator, tuple(range(len(leaves))))
        judged = _Whole(problem, task, leaves, [], witness, number, {})
        judged.progress = progress
        found += judged.findings(methods, [c for c in claimed if c.operator == operator])
        witness.gradient = judged.tape[-len(leaves) :]
    values = Judged(problem, Task("value", ()), leaves, [], witness, number, {})
    shown = values.findings([m for m in methods if m in ("tape", "jax")], [])
    lamps = {"V": lamp_of(shown), "D": lamp_of(found), "R": replayed(problem, leaves, rng), "B": witness.lamp()}
    return Outcome(found, lamps, [f"{reason}: the whole function was run in balls"])


def certificate(
    primal: Graph, program: Graph, leaves: Sequence[np.ndarray], progress: Progress | None = None
) -> Certificate:
    """Run the gradient program in balls and hold it against FLINT's forward derivative of the primal."""
    once = sum(cost(program, i) for i in program.live())
    total = once + PROJECTIONS * sum(cost(primal, i) for i in primal.live())
    bits = BITS
    while True:
        done = 0

        def tick(units: int) -> None:
            nonlocal done
            done += units
            if progress is not None:
                progress(done, total)

        found = _certificate(primal, program, leaves, bits, tick)
        if found.right is not None or bits >= MOST_BITS:
            return found
        bits *= 2


def _certificate(
    primal: Graph, program: Graph, leaves: Sequence[np.ndarray], bits: int, tick: Callable[[int], None]
) -> Certificate:
    with balls.precision(bits, 0):
        outputs = run_in_balls(program, [entries(v) for v in leaves], tick)
        gradient = [_values(y) for y in outputs[-len(leaves) :]]
    slopes, right, value = [], [], arb.nan()
    with balls.precision(bits, 1):
        for seed in range(PROJECTIONS):
            line = np.array(full_direction(sum(v.size for v in leaves), seed), object)
            cuts = np.cumsum([v.size for v in leaves])[:-1]
            v = [d.reshape(leaf.shape) for d, leaf in zip(np.split(line, cuts), leaves, strict=True)]
            (y,) = run_in_balls(primal, [variables(x, d) for x, d in zip(leaves, v, strict=True)], tick)
            value, slope = y.flat[0][0], y.flat[0][1]
            right.append(_holds(gradient, v, slope))
            slopes.append((v, slope))
    verdict = False if False in right else None if None in right else True
    return Certificate(verdict, value, gradient, slopes)


def _values(array: np.ndarray) -> np.ndarray:
    out = np.empty(array.shape, object)
    for k, e in enumerate(array.flat):
        out.flat[k] = e[0]
    return out


def _holds(gradient: Sequence[np.ndarray], direction: Sequence[np.ndarray], slope: arb) -> bool | None:
    """False: disjoint, the rule is wrong. None: too wide to say."""
    terms = [e * d for g, v in zip(gradient, direction, strict=True) for e, d in zip(g.flat, v.flat, strict=True)]
    total = sum(terms, arb(0))
    if not (total.is_finite() and slope.is_finite()):
        return None
    if not total.overlaps(slope):
        return False
    size = sum((abs(t).abs_upper() for t in terms), arb(0)) + abs(slope).abs_upper()
    return True if total.rad() <= CERTAIN * size and slope.rad() <= CERTAIN * size else None


class _Whole(Judged):
    """The verdicts on one operator, by the certificate."""

    progress: Progress | None = None
    looked_into: set[str]  # whose program was run in balls, and is right

    def findings(self, methods: Sequence[str], claimed: Sequence[Claim]) -> list[Finding]:
        cert = certificate(self.problem.graph, self.graph, self.leaves, self.progress)
        truth = [*([np.array(cert.value, object)] if len(self.tape) > len(self.leaves) else []), *cert.gradient]
        arrays, result = {}, []
        for name in methods:
            try:
                arrays[name] = self.tape if name == "tape" else self._answer(name)
            except UnsupportedError as e:
                result += [self._finding(name, k, (), None, Verdict.UNSUPPORTED, "", str(e)) for k in range(len(truth))]
        theirs, faulty = self._claimed(claimed, self.leaves)
        arrays, result = arrays | theirs, result + faulty
        self.looked_into = {"tape"} | ({"jax"} if cert.right and "jax" in arrays and self._jax_is(truth) else set())
        for name, found in arrays.items():
            if cert.right:
                result += [self._against(name, k, found[k], truth[k]) for k in range(len(truth))]
            else:
                result += self._projected(name, found, cert)
        return result

    def _jax_is(self, truth: Sequence[np.ndarray]) -> bool:
        """Whether JAX's own program, run in balls, has the certified entries: as it is, or as far as the rounding of
        its literals explains. Where it cannot be read this says no, and its numbers are judged."""
        from symdiff.crosscheck.jaxpr_balls import gradient

        with balls.precision(BITS, 0):
            for loose, width in ((False, CERTAIN), (True, SMALL_GAP)):
                try:
                    found = gradient(self.problem, self.task, self.leaves, loose)
                except UnsupportedError:
                    return False
                if all(_same(a, b, width) for a, b in zip(found, truth, strict=True)):
                    return True
            return False

    def _against(self, name: str, k: int, value: np.ndarray, truth: np.ndarray) -> Finding:
        """The digits: how far each entry lies from the certified one, in units of the noise."""
        with balls.precision(BITS):
            gap = [float(abs(arb(float(v)) - t).abs_upper()) for v, t in zip(value.flat, truth.flat, strict=True)]
        gaps = np.reshape(gap, value.shape)
        with np.errstate(all="ignore"):
            ratio = np.where(gaps == 0.0, 0.0, gaps / self.floor[k])
            own = self._own_floor(name) if ratio.size and not np.max(ratio) <= FACTOR else None
            if own is not None:
                ratio = np.where(gaps == 0.0, 0.0, gaps / np.fmax(own[k], self.floor[k]))
        ratio = np.where(np.isfinite(value), ratio, np.inf)
        at = worst_at(ratio)
        if not ratio.size or ratio[at] <= FACTOR:  # of claims the numbers are judged alone
            verdict, basis, why = Verdict.AGREE, "certified" if name in self.looked_into else "measured", ""
        else:
            verdict, basis = Verdict.INACCURATE if name in self.looked_into else Verdict.DIFFER, "certified"
            why = f"{ratio[at]:.3g} times the measured noise from the certified {float(truth[at]):.17g}"
        found = self._finding(name, k, at, value, verdict, basis, why)
        return replace(found, reference=float(truth[at])) if value.size else found

    def _projected(self, name: str, found: Sequence[np.ndarray], cert: Certificate) -> list[Finding]:
        """No entries are certified: numbers are held against FLINT's slopes along the random directions."""
        verdict, why = Verdict.UNDECIDED, "the balls are too wide to certify the gradient"
        if cert.right is False:
            why = "no entry is certified: the tape's program is not the derivative"
            if name == "tape":
                verdict, why = Verdict.DIFFER, "its program is not the derivative: disjoint from FLINT's forward slope"
            elif (floor := self._own_floor(name)) is not None:
                fits = all(_fits(found[-len(v) :], floor[-len(v) :], v, s) for v, s in cert.slopes)
                verdict = Verdict.AGREE if fits else Verdict.DIFFER
                why = "" if fits else "beyond the measured noise from FLINT's slope along a random direction"
        basis = {Verdict.UNDECIDED: "", Verdict.AGREE: "measured"}.get(verdict, "certified")
        return [self._finding(name, k, worst_at(np.abs(a)), a, verdict, basis, why) for k, a in enumerate(found)]


def _fits(found: Sequence[np.ndarray], floor: Sequence[np.ndarray], direction: Sequence[Any], slope: arb) -> bool:
    with balls.precision(BITS):
        total, noise = arb(0), 0.0
        for a, f, v in zip(found, floor, direction, strict=True):
            for x, n, d in zip(a.flat, np.ravel(f), v.flat, strict=True):
                total += arb(float(x)) * d
                noise += float(n) * abs(float(d))
        return bool(abs(total - slope) <= FACTOR * noise)


def _same(found: np.ndarray, truth: np.ndarray, width: float) -> bool:
    """Whether every ball meets the certified one, and is not wider than that share of the largest entry."""
    size = max((float(abs(t).abs_upper()) for t in truth.flat), default=0.0)
    return found.shape == truth.shape and all(
        e[0].is_finite() and e[0].overlaps(t) and e[0].rad() <= width * size
        for e, t in zip(found.flat, truth.flat, strict=True)
    )
