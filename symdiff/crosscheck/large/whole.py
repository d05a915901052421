"""A large function certified without taking it apart: its gradient in arrays of balls.

The tape's program is run in balls. Its rule is right where its product with random directions lies in FLINT's
own forward derivative of the function along them (see `reference`); then its entries are the truth. So are another
program's, where the tape is wrong. Every program that can be opened is run in balls, and its rule judged entry by
entry (`ball_programs`); everybody's digits are held against the truth, within the measured noise.

This is done where it takes a few seconds, and on request however long it takes.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from flint import arb

from symdiff import balls
from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.certified.reference import PROJECTIONS
from symdiff.crosscheck.certified.stage1 import APPROXIMATION
from symdiff.crosscheck.claimed import claimed_arrays, claimed_jax
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.large import ball_programs
from symdiff.crosscheck.large.ball_arrays import cost_of
from symdiff.crosscheck.large.ball_programs import Runs
from symdiff.crosscheck.large.certificates import BITS, Certificate, Progress, certificate, fits, holds
from symdiff.crosscheck.large.jaxpr_balls import jaxpr
from symdiff.crosscheck.large.noise import FACTOR, MANY_RUNS, Disturbed
from symdiff.crosscheck.large.noise_floor import Judged, Outcome, lamp_of, worst_at
from symdiff.crosscheck.large.own_slopes import Witness
from symdiff.crosscheck.large.replay import replayed
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import HALF_OF_THE_DIGITS, RULE, Verdict, digits_left
from symdiff.errors import InputError, UnsupportedError
from symdiff.methods.base import Task
from symdiff.ops import approximations

AFFORDABLE = 2_000_000  # of `cost`: two or three seconds, and as much again for all the other programs
OPERATORS = ("grad", "value_and_grad")


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
    asked = _asked(problem, leaves, operators, number, np.random.default_rng([seed, number]))
    certified = [(w, certificate(problem.graph, w.graph, leaves, progress)) for w in asked]
    return _outcome(certified, methods, claimed, reason, np.random.default_rng([seed, number]))


def if_affordable(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], operators: Sequence[str], methods: Sequence[str],
    claimed: Sequence[Claim], reason: str, number: int = 0, seed: int = 0,
) -> Outcome | None:  # fmt: skip
    """What `check` says where it can be had in a few seconds, and the balls tell; else None."""
    once = PROJECTIONS * cost_of(problem.graph)
    if problem.dtype != "float64" or any(o not in OPERATORS for o in operators) or once > AFFORDABLE:
        return None
    asked = _asked(problem, leaves, operators, number, np.random.default_rng([seed, number]))
    if any(once + cost_of(w.graph) > AFFORDABLE for w in asked):
        return None
    try:
        certified = [(w, certificate(problem.graph, w.graph, leaves)) for w in asked]
    except UnsupportedError:
        return None
    if any(cert.right is None for _, cert in certified):
        return None
    return _outcome(certified, methods, claimed, reason, np.random.default_rng([seed, number]))


def _asked(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], operators: Sequence[str], number: int, rng: np.random.Generator
) -> list[_Whole]:
    witness, wrt = Witness(problem, leaves, rng), tuple(range(len(leaves)))
    return [_Whole(problem, Task(o, wrt), leaves, [], witness, number, {}) for o in operators]


def _outcome(
    certified: Sequence[tuple[_Whole, Certificate]], methods: Sequence[str], claimed: Sequence[Claim], reason: str,
    rng: np.random.Generator,
) -> Outcome:  # fmt: skip
    found: list[Finding] = []
    for judged, cert in certified:
        found += judged.against(cert, methods, [c for c in claimed if c.operator == judged.task.operator])
    first = certified[0][0]
    problem, leaves, witness = first.problem, first.leaves, first.witness
    witness.gradient = first.tape[-len(leaves) :]
    values = Judged(problem, Task("value", ()), leaves, [], witness, first.number, {})
    shown = values.findings([m for m in methods if m in ("tape", "jax")], [])
    lamps = {"V": lamp_of(shown), "D": lamp_of(found), "R": replayed(problem, leaves, rng), "B": witness.lamp()}
    return Outcome(found, lamps, [f"{reason}: the whole function was run in balls"])


class _Whole(Judged):
    """The verdicts on one operator, by the certificate."""

    rules: dict[str, list[np.ndarray] | None]  # of every program, entry by entry; None where it cannot be opened

    def against(self, cert: Certificate, methods: Sequence[str], claimed: Sequence[Claim]) -> list[Finding]:
        arrays, refused = self._gathered(methods)
        result: list[Finding] = []
        for name, why in refused.items():
            each = range(len(self.tape))
            result += [self._finding(name, k, (), None, Verdict.UNSUPPORTED, "", why) for k in each]
        theirs, faulty = self._claimed(claimed, self.leaves)
        arrays, result = arrays | theirs, result + faulty
        with balls.precision(cert.bits, 0):
            programs = {n: self._opened(n, a) for n, a in arrays.items()}
            truth = self._truth(cert, programs)
            if truth is not None:
                self.rules = {n: self._ruled(n, runs, truth) for n, runs in programs.items()}
        for name, found in arrays.items():
            if truth is None:
                result += self._projected(name, found, cert)
            else:
                result += [self._against(name, k, found[k], truth[k]) for k in range(len(truth))]
        return result

    def _opened(self, name: str, found: Sequence[np.ndarray]) -> Runs | None:
        """The program of a method or a claim, to be run in balls."""
        own = self._own_numbers
        if name == "jax":
            if approximations(node.op for node in self.problem.graph.nodes):
                return None
            return ball_programs.of_jaxpr(jaxpr(self.problem, self.task, self.leaves), self.leaves, own)
        graph = self._program(name)
        if name not in self._claims:
            return None if graph is None else ball_programs.of_graph(graph, self.leaves, own)
        if graph is not None and claimed_arrays.same(graph, self.leaves, found):
            return ball_programs.of_graph(graph, self.leaves, own)
        closed = claimed_arrays.traced(self._claims[name], self.problem, self.task, self.leaves, [])
        if closed is None or not claimed_jax.same_jaxpr(closed, self.leaves, found):
            return None
        return ball_programs.of_jaxpr(closed, self.leaves, own)

    @functools.cached_property
    def _own_numbers(self) -> set[float]:
        return ball_programs.own_constants(self.problem.graph)

    def _truth(self, cert: Certificate, programs: dict[str, Runs | None]) -> list[np.ndarray] | None:
        """The entries of a program that FLINT's slopes certify: the tape's, or whoever's is right."""
        first = len(self.tape) - len(self.leaves)
        value = [np.array(cert.value, object)] * first
        if cert.right is not False:
            return [*value, *cert.gradient] if cert.right else None
        for runs in programs.values():
            try:
                gradient = runs(False)[first:] if runs is not None else []
            except UnsupportedError:
                continue
            if gradient and all(holds(gradient, v, slope) for v, slope in cert.slopes):
                return [*value, *gradient]
        return None

    def _ruled(self, name: str, runs: Runs | None, truth: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        if runs is None or name not in self._claims:
            return None if runs is None else ball_programs.rules(runs, truth)

        def meant() -> Sequence[np.ndarray]:
            wide = ball_programs.as_decimals(self.graph, self.leaves)
            return [w if all(map(_meets, w.flat, t.flat)) else t for w, t in zip(wide, truth, strict=True)]

        return ball_programs.rules(runs, truth, meant, APPROXIMATION)

    def _against(self, name: str, k: int, value: np.ndarray, truth: np.ndarray) -> Finding:
        """The rule, where the program could be opened; then the digits."""
        ruled = self.rules[name]
        rule = None if ruled is None else ruled[k]
        with balls.precision(BITS):
            gap = [float(abs(arb(float(v)) - t).abs_upper()) for v, t in zip(value.flat, truth.flat, strict=True)]
        gaps = np.reshape(gap, value.shape)
        if rule is not None and any(r is False for r in rule.flat):
            wrong = np.equal(rule, False)
            with np.errstate(all="ignore"):
                at = worst_at(np.where(wrong, gaps / np.abs(truth.astype(float)), -1.0))
            return self._judged(name, k, at, value, truth, Verdict.DIFFER, "certified", RULE)
        right = rule is not None and all(r is True for r in rule.flat)
        return self._digits(name, k, value, truth, gaps, right, rule is None)

    def _digits(
        self, name: str, k: int, value: np.ndarray, truth: np.ndarray, gaps: np.ndarray, right: bool, closed: bool
    ) -> Finding:
        """How far each entry lies from the certified one, in units of the noise. A claim that cannot be opened is held
        against the noise that the tape has in that entry, not in its neighbours: a small one has to be right, too."""
        basis = "certified" if right else "measured"
        floor = self._sharp_floor[k] if closed and name in self._claims else self.floor[k]
        ratio = _ratio(gaps, floor, value)
        at = worst_at(ratio)
        if not ratio.size or ratio[at] <= FACTOR:
            return self._judged(name, k, at, value, truth, Verdict.AGREE, basis, "")
        own = self._own_floor(name)
        beyond = ratio if own is None else _ratio(gaps, np.fmax(own[k], floor), value)
        worst = worst_at(beyond)
        if beyond[worst] > FACTOR:
            overflow = right and name not in self._claims and not np.isfinite(value[worst])
            verdict = Verdict.INACCURATE if overflow else Verdict.DIFFER
            why = f"{beyond[worst]:.3g} times the measured noise from the certified {float(truth[worst]):.17g}"
            return self._judged(name, k, worst, value, truth, verdict, "certified", why)
        size = np.abs(truth.astype(float))
        lost = np.where((ratio > FACTOR) & (gaps > HALF_OF_THE_DIGITS * size), ratio, 0.0)
        if right and np.any(lost):
            at = worst_at(lost)
            why = digits_left(float(gaps[at]), float(size[at]))
            return self._judged(name, k, at, value, truth, Verdict.INACCURATE, "certified", why)
        return self._judged(name, k, at, value, truth, Verdict.AGREE, basis, "")

    @functools.cached_property
    def _sharp_floor(self) -> list[np.ndarray]:
        found = Disturbed(self.graph, self.leaves, self.number, self.unit).floor(self.tape, MANY_RUNS, smooth=False)
        return [np.fmax(f, self.unit * np.abs(t)) for f, t in zip(found, self.tape, strict=True)]

    def _judged(
        self, name: str, k: int, at: tuple[int, ...], value: np.ndarray, truth: np.ndarray, verdict: Verdict,
        basis: str, why: str,
    ) -> Finding:  # fmt: skip
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
                in_line = all(fits(found[-len(v) :], floor[-len(v) :], v, s, FACTOR) for v, s in cert.slopes)
                verdict = Verdict.AGREE if in_line else Verdict.DIFFER
                why = "" if in_line else "beyond the measured noise from FLINT's slope along a random direction"
        basis = {Verdict.UNDECIDED: "", Verdict.AGREE: "measured"}.get(verdict, "certified")
        return [self._finding(name, k, worst_at(np.abs(a)), a, verdict, basis, why) for k, a in enumerate(found)]


def _ratio(gaps: np.ndarray, floor: np.ndarray, value: np.ndarray) -> np.ndarray:
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(value), np.where(gaps == 0.0, 0.0, gaps / floor), np.inf)


def _meets(a: arb, b: arb) -> bool:
    return bool(a.is_finite()) and bool(a.overlaps(b))
