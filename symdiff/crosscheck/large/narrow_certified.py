"""A narrower arithmetic than float64, of a function small enough for balls.

In float64 every rule is certified, entry by entry, with its kinks and domains. What is left to ask of float32 is its
digits: each method's are held against the certified truth, at a kink against what the method takes there in float64,
within the measured noise of the narrower arithmetic. Basis `measured`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, cut, dtype_of, flat
from symdiff.crosscheck import lamps
from symdiff.crosscheck.certified.fusion import of_each_use
from symdiff.crosscheck.certified.rounding import UNIT, of_constants
from symdiff.crosscheck.claimed.claimed_arrays import recorded
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.large.narrow import LOST, Narrow
from symdiff.crosscheck.large.noise import FACTOR, MANY_RUNS, Disturbed
from symdiff.crosscheck.large.noise_floor import Outcome, lamp_of, refuse_matrices, vectors, worst_at
from symdiff.crosscheck.large.own_slopes import Witness
from symdiff.crosscheck.orders import asked_for
from symdiff.crosscheck.replay import replay
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.sites import Site
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.crosscheck.witness import black_box
from symdiff.errors import UnsupportedError
from symdiff.graph import run
from symdiff.methods import THREE
from symdiff.methods import method as find_method
from symdiff.methods.base import Program, Task, flat_task
from symdiff.scalars import MOST_OF_A_PROGRAM, to_scalars

OF_FLOAT64 = 1e-12  # of the largest entry: more than float64's own rounding, and far less than a narrower one's
A_FEW_TIMES = 4.0
SHORT = 8  # bits of a constant that nobody had to round, in float16 either
LEAST = {"float32": 2.0**-126, "float16": 2.0**-14, "bfloat16": 2.0**-126}  # normal numbers


def check(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], operators: Sequence[str], methods: Sequence[str],
    claimed: Sequence[Claim], reason: str, number: int, seed: int,
) -> Outcome:  # fmt: skip
    """Judge every method's arrays, and every claim's, as they are computed in `problem.dtype`."""
    refuse_matrices(operators, reason)
    exact = problem.in_float64()
    wide = [np.asarray(v, np.float64) for v in leaves]
    every = Task("grad", tuple(range(len(leaves))))
    scalars = exact.scalars(wide)
    site = Site(scalars, flat_task(exact, every).wrt, tuple(flat(wide)), number, {})
    terrain = site.survey()
    rng = np.random.default_rng([seed, number])
    witness = Witness(exact, wide, rng)
    found: list[Finding] = []
    for operator in operators:
        task = Task.named(operator, every.wrt)
        vector = vectors(problem, task, rng)
        case = Case(scalars, flat_task(exact, task), site.x, tuple(flat(vector)), number)
        judged = Certified(problem, task, leaves, vector, witness, number, {})
        asked = asked_for(operator, methods)
        judged.rule(case, findings(case, asked or ("tape",), [], terrain))  # a claim alone is held against the tape's
        found += judged.findings(asked, [c for c in claimed if c.operator == operator])
    there = [(site, terrain)]
    lit = {
        "V": lamps.values(there, [m for m in methods if m in THREE]),
        "D": lamp_of(found),
        "R": replay(there),
        "B": black_box(there, seed),
    }
    said = f"{reason}: the rules are certified in float64, the digits held against the measured noise"
    return Outcome(found, lit, [said])


class Certified(Narrow):
    """One operator whose entries are ruled on in float64: by method, an array of findings for each array."""

    case: Case
    by_method: dict[str, list[Any]]  # arrays of findings
    wide: dict[str, tuple[list[np.ndarray], list[np.ndarray]] | None]  # of claims, once for all their arrays

    def rule(self, case: Case, ruled: Sequence[Finding]) -> None:
        """Take what is known in float64. From then on `tape` holds the certified truth."""
        self.case, self.by_method, self.wide = case, {}, {}
        for name in dict.fromkeys(f.method for f in ruled):
            entries = np.empty(sum(y.size for y in self.tape), dtype=object)
            entries[:] = [f for f in ruled if f.method == name]
            self.by_method[name] = cut(entries, [y.shape for y in self.tape])
        known = [n for n in ("tape", *self.by_method) if n in self.by_method]
        if known:
            self.tape = [np.asarray(self._truth(known[0], k)) for k in range(len(self.tape))]

    @property
    def _point(self) -> list[float]:
        return [*self.case.x, *self.case.vector]

    def _entries_program(self, name: str) -> Program | None:
        """A method's own program in float64, entry by entry."""
        case = self.case
        return find_method(name).answer(case.problem, case.task, case.x, case.vector).program

    def _own_floor(self, name: str) -> list[np.ndarray] | None:
        """The noise of a method's own program, which is there entry by entry."""
        if name not in self._floors and name != "tape" and name in self.by_method:
            program = self._entries_program(name)
            if program is not None:
                runs = [Disturbed(program.graph, self._point, 1, w * self.unit) for w in (1.0, 4.0)]
                once, wide = (np.array(r.floor(runs=MANY_RUNS), np.float64).ravel() for r in runs)
                self._floors[name] = cut(np.fmax(once, wide / 4.0), [y.shape for y in self.tape])
        return super()._own_floor(name)

    def _entries(self, name: str, k: int) -> Any:
        """What is said in float64 of the entries of a method's array; of a claim, what is said of another's."""
        found = self.by_method.get(name)
        return (found or next(iter(self.by_method.values())))[k]

    def _truth(self, name: str, k: int) -> np.ndarray:
        """The certified entries; where there is none, at a kink, what the method itself takes in float64."""
        of = [f.value if f.reference is None else f.reference for f in self._entries(name, k).flat]
        numbers = [np.nan if v is None else v for v in of]
        return np.array(numbers, np.float64).reshape(self.tape[k].shape)

    def _unlike(self, value: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Both, with zeros where they are one number, infinite or not: as this dtype has it."""
        with np.errstate(all="ignore"):
            same = (value == truth) | (np.isinf(value) & (value == truth.astype(dtype_of(self.problem.dtype))))
        return np.where(same, 0.0, value), np.where(same, 0.0, truth)

    def _judged(
        self, name: str, k: int, worst: tuple[int, ...], value: np.ndarray, ratio: np.ndarray, truth: np.ndarray
    ) -> Finding:
        said = self._entries(name, k)
        own = name in self.by_method
        for at in np.ndindex(said.shape):
            if own and said[at].verdict is Verdict.DIFFER:
                why = f"in float64: {said[at].reason}"
                return self._finding(name, k, at, value, Verdict.DIFFER, said[at].basis, why)
        wrong = self._wrong_in_float64(name, k, said, truth) if name in self._claims else None
        if wrong is not None:
            return self._finding(name, k, wrong, value, Verdict.DIFFER, "certified", "in float64: the rule is wrong")
        settled = np.array([f.verdict in DECIDED for f in said.flat], bool).reshape(said.shape)
        within = np.where(settled, ratio, 0.0)
        beyond = bool(within.size) and not np.max(within) <= FACTOR
        if beyond and not self._fused(name, k, value, truth, settled):
            return self._beyond(name, k, worst_at(within), value, within, truth)
        for at in np.argwhere(~settled):
            f = said[tuple(at)]
            return self._finding(name, k, tuple(map(int, at)), value, f.verdict, "", f.reason)
        here = self._finding(name, k, worst, value, Verdict.AGREE, "measured", "")
        gap = np.abs(np.subtract(*self._unlike(value, truth)))
        lost = settled & (gap > math.sqrt(self.unit) * np.abs(truth))
        if np.any(lost) and np.any(lost & (gap > FACTOR * self.floor[k])):  # which the tape's program would have kept
            at = worst_at(np.where(lost & (gap > FACTOR * self.floor[k]), gap / np.fmax(np.abs(truth), 1e-300), 0.0))
            why = f"less than half of the digits of {self.problem.dtype} are left"
            return self._finding(name, k, at, value, Verdict.INACCURATE, "measured", why)
        scale = float(np.max(np.abs(truth), initial=0.0))
        if value.size and np.max(gap) > LOST * scale:
            why = f"{self.problem.dtype} keeps no digit of it: the largest entry is {scale:.3g}"
            return replace(here, verdict=Verdict.INACCURATE, reason=why)
        kinks = [f for f in said.flat if f.verdict is Verdict.KINK]
        return replace(here, verdict=Verdict.KINK, reason=kinks[0].reason) if kinks else here

    def _wrong_in_float64(self, name: str, k: int, said: Any, truth: np.ndarray) -> tuple[int, ...] | None:
        """The entry of a claim that is furthest off in float64, if one is by more than constants may be that somebody
        rounded to this dtype: those that are left of it as short ones, such as 1 for 0.99999999, are roundings of the
        entry itself."""
        if name not in self.wide:
            self.wide[name] = self._wide(name)
        wide = self.wide[name]
        if wide is None:
            return None
        values, allowed = wide[0][k], wide[1][k]
        due = [f.reference is not None and f.verdict is not Verdict.KINK for f in said.flat]
        gap = np.where(np.array(due, bool).reshape(said.shape), np.abs(values - truth), 0.0)
        rounded = A_FEW_TIMES * self.unit * np.abs(truth) + LEAST[self.problem.dtype]
        allowed = allowed + rounded + OF_FLOAT64 * np.max(np.abs(truth), initial=0.0)
        return worst_at(gap / allowed) if np.any(gap > allowed) else None

    def _wide(self, name: str) -> tuple[list[np.ndarray], list[np.ndarray]] | None:
        """What a claim that can be recorded gives in float64, and how far that moves with its constants and the
        function's in their last places; None where it cannot be."""
        claim, given = self._claims[name], [*self.leaves, *self.vector]
        narrow = [np.asarray(v).astype(dtype_of(self.problem.dtype)) for v in given]
        graph = recorded(claim, self.problem, self.task, narrow[: len(self.leaves)], narrow[len(self.leaves) :])
        tape = self._entries_program("tape")
        if graph is None or tape is None:
            return None
        numbers = [np.asarray(v, np.float64) for v in given]
        shapes = [y.shape for y in self.tape]
        try:
            scalars = to_scalars(graph, numbers, MOST_OF_A_PROGRAM)
        except UnsupportedError:
            return None
        point, with_guards = list(flat(numbers)), Program(scalars, tuple(scalars.guards))
        with np.errstate(all="ignore"):
            entries = run(scalars, "forward", point, np.float64)
        values = cut(np.array([float(entries[o]) for o in scalars.outputs]), shapes)
        programs = ((with_guards, point), (tape, self._point))
        moves = np.sum([of_constants(*each, short=SHORT) for each in programs], axis=0)
        return values, cut(moves * (self.unit / UNIT), shapes)

    def _fused(self, name: str, k: int, value: np.ndarray, truth: np.ndarray, settled: np.ndarray) -> bool:
        """Whether a compiler that computes a step anew for each of its uses may be as far off as this."""
        program = self._entries_program(name) if name in self.by_method else None
        if program is None or not program.arithmetic.fuses:
            return False
        may = np.array(of_each_use(program, self._point)) * (self.unit / UNIT)
        gap = np.abs(np.subtract(*self._unlike(value, truth)))
        return bool(np.all((gap <= cut(may, [y.shape for y in self.tape])[k]) | ~settled))

    def _beyond(
        self, name: str, k: int, at: tuple[int, ...], value: np.ndarray, ratio: np.ndarray, truth: np.ndarray
    ) -> Finding:
        """Further from what float64 has than the noise of this dtype. Its rule is right: was it the arithmetic?"""
        here = self._finding(name, k, at, value, Verdict.DIFFER, "measured", "")
        if self._entries(name, k)[at].verdict is Verdict.KINK:
            why = "a kink: float64 takes another value there"
            return replace(here, verdict=Verdict.UNDECIDED, basis="", reason=why)
        scale = float(np.max(np.abs(truth), initial=0.0))
        finite = bool(np.all(np.isfinite(value)))
        if finite and self._drowned(k, scale):
            return self._beyond_measure(here, scale)
        left = "" if finite or name not in self.by_method else self._out_of_range()
        if left:
            return replace(here, verdict=Verdict.INACCURATE, reason=f"{left} leaves the range of {self.problem.dtype}")
        why = f"{ratio[at]:.3g} times the measured noise of {self.problem.dtype} from the gradient in float64"
        return replace(here, reason=why)

    def _out_of_range(self) -> str:
        """A step of the tape's program that is too large or too small for this dtype, though not for float64."""
        with np.errstate(all="ignore"):
            values = run(self.graph, "forward", [*self.leaves, *self.vector], lambda c: c)
            for i in self.graph.live():
                size = np.abs(np.asarray(values[i], np.float64)) if self.graph.nodes[i].kind == "f" else np.zeros(())
                there = size[np.isfinite(size) & (size > 0.0)]
                narrow = there.astype(dtype_of(self.problem.dtype)).astype(np.float64)
                if np.any(np.isinf(narrow)) or np.any(there < LEAST[self.problem.dtype]):
                    return f"{self.graph.names()[i]} = {self.graph.nodes[i].op}"
        return ""
