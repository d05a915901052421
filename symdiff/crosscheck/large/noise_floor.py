"""Functions too large to be taken apart into scalar steps: judged by the measured noise floor.

The tape and JAX differentiate the arrays, independently; where they differ by more than rounding, measured on
the tape's own program, the caller's function says who is right: its slope along a direction, by the complex
step or by differences. Basis `measured`, or `estimated` where only the differences spoke: never a proof.
A narrower arithmetic than float64 is judged in `narrow`, on what is here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, entry_name
from symdiff.crosscheck.claimed.claim_faults import ClaimFault
from symdiff.crosscheck.claimed.claimed_arrays import examined, recorded
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.draws import weights
from symdiff.crosscheck.large.least import least
from symdiff.crosscheck.large.noise import FACTOR, MANY_RUNS, Disturbed, smoothed
from symdiff.crosscheck.large.own_slopes import Witness
from symdiff.crosscheck.large.replay import replayed
from symdiff.crosscheck.orders import asked_for
from symdiff.crosscheck.report import Finding, Lamp
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph, Shape
from symdiff.methods import method as find_method
from symdiff.methods.base import TANGENTS, Task
from symdiff.methods.disturbance import UNIT, UNITS
from symdiff.methods.modes import split
from symdiff.methods.tape.record_arrays import ArrayRecorder

OPERATORS = ("value", "grad", "value_and_grad", "jvp", "vjp", "hvp", "tvp")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: the findings, and the lamps V, D, R, B."""

    findings: list[Finding]
    lamps: dict[str, Lamp]
    notes: list[str]


def check(
    problem: ArrayProblem,
    leaves: Sequence[np.ndarray],
    operators: Sequence[str],
    methods: Sequence[str],
    claimed: Sequence[Claim],
    reason: str,
    number: int = 0,
    seed: int = 0,
    seen: dict[str, Judged] | None = None,
) -> Outcome:
    """Judge every method's arrays, and every claim's. `reason` says why the function is not taken apart. Given `seen`,
    only the rules are asked for, by somebody who has the function in a narrower dtype: nothing is compiled that need
    not be, and what was judged of each operator is put there."""
    from symdiff.crosscheck.large.modes import Composed  # it is made of what is here

    refuse_matrices(operators, reason)
    found: list[Finding] = []
    judged: Judged | None = None
    rng = np.random.default_rng([seed, number])
    witness = Witness(problem, leaves, rng)
    known = _both(problem, leaves, seen is not None) if "grad" in operators and "jax" in methods else {}
    for operator in operators:
        task = Task.named(operator, tuple(range(len(leaves))))
        vector = vectors(problem, task, rng)
        mine = [c for c in claimed if c.operator == operator]
        judged = (Composed if task.modes else Judged)(problem, task, leaves, vector, witness, number, known)
        judged.rules_only = seen is not None
        found += judged.findings(asked_for(operator, methods), mine)
        if operator == "grad":
            witness.gradient = judged.tape
        if seen is not None:
            seen[operator] = judged
    values = Judged(problem, Task("value", ()), leaves, [], witness, number, known, judged)
    values.rules_only = seen is not None
    shown = values.findings([m for m in methods if m in ("tape", "jax")], [])
    r = replayed(problem, leaves, rng, values.tape, witness.along[1])  # before B calls the function many times
    lamps = {"V": lamp_of(shown), "D": lamp_of(found), "R": r, "B": witness.lamp()}
    return Outcome(found, lamps, [f"{reason}: judged by the measured noise floor"])


def refuse_matrices(operators: Sequence[str], reason: str) -> None:
    """`InputError` for an operator whose answer is not one array for each output or leaf."""
    unknown = [o for o in operators if split(o)[0] not in OPERATORS]
    if unknown:
        asked = "grad, jvp, vjp, hvp or tvp"
        raise InputError(f"{unknown[0]} of this function cannot be checked: {reason}; ask for {asked}")


def _both(problem: ArrayProblem, leaves: Sequence[np.ndarray], rules_only: bool) -> dict[str, list[np.ndarray]]:
    """JAX's value and gradient together: compiled once, or not at all."""
    task, jax = Task("value_and_grad", tuple(range(len(leaves)))), find_method("jax")
    y, *gradient = (jax.rules if rules_only else jax.digits)(problem, task, leaves, [])
    return {"value": [y], "grad": gradient}


def vectors(problem: ArrayProblem, task: Task, rng: np.random.Generator) -> list[np.ndarray]:
    return drawn(problem.answers if task.operator == "vjp" else problem.shapes * TANGENTS.get(task.operator, 0), rng)


def drawn(shapes: Sequence[Shape], rng: np.random.Generator) -> list[np.ndarray]:
    """Tangents or cotangents without special entries, array by array."""
    return [weights(rng, s) for s in shapes]


class Judged:
    """One operator: the arrays of every method, and the verdict on each of them."""

    def __init__(
        self, problem: ArrayProblem, task: Task, leaves: Sequence[np.ndarray], vector: Sequence[np.ndarray],
        witness: Witness, number: int, known: dict[str, list[np.ndarray]], same: Judged | None = None,
    ) -> None:  # fmt: skip
        """`same`: another operator where this is the value, else the same in another dtype; what it has computed in
        float64 is taken."""
        self.problem, self.task, self.leaves, self.vector = problem, task, leaves, vector
        self.witness, self.number, self.known = witness, number, known
        self._floors: dict[str, list[np.ndarray] | None] = {}
        self._claims: dict[str, Claim] = {}
        self._with_tape: list[str] = []  # methods that agree with the tape on the array at hand
        self.unit = UNITS[problem.dtype]
        self.rules_only = False  # whether somebody else has the digits of a narrower dtype judged
        self._certain: dict[int, np.ndarray] = {}  # of an array, what `_at_least` says
        self._values: dict[int, Any] = {}  # of the steps of the tape's program, as long as they may be asked for
        exact = problem.in_float64()
        if task.operator == "value":
            values = exact.evaluate(leaves) if same is None else same.values
            self.graph, self.tape = problem.graph, [np.asarray(y, float) for y in values]
            self.values = self.tape
            return
        if same is not None:
            self.graph, self.tape, self.__dict__["least"] = same.graph, same.tape, same.least
            return
        with np.errstate(all="ignore"):
            recorder = ArrayRecorder(exact, task, leaves, vector)
            self._values.update((i, v.value) for i, v in enumerate(recorder.tape))
            recorder.graph.kept = self._values
            entries = recorder.entries()
        recorder.graph.outputs, recorder.graph.kept = tuple(e.index for e in entries), None
        self.tape = [np.asarray(e.value, float) for e in entries]
        self.values = [recorder.tape[o].value for o in problem.graph.outputs]  # of the function
        self.graph = recorder.graph

    @cached_property
    def least(self) -> list[np.ndarray | None]:
        """The least that rounding does to an entry, in units of the unit roundoff; None where that is not known."""
        found = [least(self.graph, self._values, o) for o in self.graph.outputs]
        self._values = {}
        return found

    def _at_least(self, k: int) -> np.ndarray:
        """What rounding does to an entry for certain: to its last place, and in its last step."""
        if k not in self._certain:
            size, known = self.unit * np.abs(self.tape[k]), self.least[k]
            self._certain[k] = size if known is None else np.fmax(size, self.unit * known)
        return self._certain[k]

    @cached_property
    def floor(self) -> list[np.ndarray]:
        """The noise of the tape's program, entry by entry, measured where two programs are not equal at once."""
        found = Disturbed(self.graph, [*self.leaves, *self.vector], self.number, self.unit).floor(self.tape)
        return [np.fmax(f, self.unit * np.abs(t)) for f, t in zip(found, self.tape, strict=True)]

    def findings(self, methods: Sequence[str], claimed: Sequence[Claim]) -> list[Finding]:
        """One finding for each method and array: the verdict on its worst entry."""
        arrays, refused = self._gathered(methods)
        theirs, result = self._claimed(claimed, self.leaves)
        arrays |= theirs
        others = [n for n in arrays if n != "tape"]
        for k in range(len(self.tape)):
            ratios = {n: self._ratio((n, "tape"), k, arrays[n][k], self.tape[k]) for n in others}
            against = dict.fromkeys(others, self.tape[k])
            agree = [m for m in others if m in methods and np.all(ratios[m] <= FACTOR)]  # independent of the tape
            if "tape" in arrays and others:
                first = [*agree, *others][0]
                against["tape"], ratios["tape"] = arrays[first][k], ratios[first]
            self._with_tape = agree if "tape" in arrays else []
            worst = worst_at(np.max(list(ratios.values()), 0) if ratios else np.abs(self.tape[k]))
            result += [self._verdict(n, k, worst, a[k], against.get(n), ratios.get(n)) for n, a in arrays.items()]
            result += [self._finding(n, k, worst, None, Verdict.UNSUPPORTED, "", why) for n, why in refused.items()]
        return result

    def _gathered(self, methods: Sequence[str]) -> tuple[dict[str, list[np.ndarray]], dict[str, str]]:
        """The arrays of every method, and why a method has none."""
        arrays: dict[str, list[np.ndarray]] = {}
        refused: dict[str, str] = {}
        for name in methods:
            try:
                arrays[name] = self._arrays(name)
            except UnsupportedError as e:
                refused[name] = str(e)
        return arrays, refused

    def _arrays(self, name: str) -> list[np.ndarray]:
        return self.tape if name == "tape" else self._answer(name)

    def _claimed(
        self, claimed: Sequence[Claim], leaves: Sequence[np.ndarray]
    ) -> tuple[dict[str, list[np.ndarray]], list[Finding]]:
        """The arrays of every claim, and a finding for each array of one that has none."""
        arrays: dict[str, list[np.ndarray]] = {}
        found: list[Finding] = []
        for claim in claimed:
            self._claims[claim.name] = claim
            try:
                arrays[claim.name] = examined(claim, self.problem, self.task, leaves, self.vector)
            except ClaimFault as e:
                each = range(len(self.tape))
                found += [self._finding(claim.name, k, (), None, Verdict.DIFFER, "", str(e)) for k in each]
        return arrays, found

    def _answer(self, name: str) -> list[np.ndarray]:
        if name not in ("jax", "symbolic"):
            raise UnsupportedError("the function is too large to be taken apart for this method")
        if name == "jax" and self.task.operator in self.known:
            return self.known[self.task.operator]
        if name == "jax" and self.rules_only:
            return find_method(name).rules(self.problem, self.task, self.leaves, self.vector)
        return find_method(name).digits(self.problem, self.task, self.leaves, self.vector)

    def _ratio(self, names: tuple[str, str], k: int, value: np.ndarray, other: np.ndarray) -> np.ndarray:
        """How many times the noise the entries lie apart: that of the tape's program, or of their own where
        they lose other digits."""
        with np.errstate(all="ignore"):
            gap = np.abs(value - other)
            ratio = np.divide(gap, self._at_least(k), out=np.zeros(gap.shape), where=gap != 0.0)
            if not ratio.size or np.max(ratio) <= FACTOR:
                return ratio
            ratio = np.where(gap == 0.0, 0.0, gap / self.floor[k])
            if ratio.size and not np.max(ratio) <= FACTOR:
                own = [f[k] for f in map(self._own_floor, names) if f is not None]
                if own:
                    ratio = np.fmin(ratio, np.where(gap == 0.0, 0.0, gap / np.max([*own, self.floor[k]], 0)))
        return np.where(np.isfinite(value) & np.isfinite(other) & ~np.isnan(ratio), ratio, np.inf)

    def _own_floor(self, name: str) -> list[np.ndarray] | None:
        """The noise of a method's or a claim's own program, measured when it is needed."""
        if name not in self._floors:
            point = (self.problem, self.task, self.leaves, self.vector)
            graph = self._program(name)
            if graph is not None:
                self._floors[name] = self._many_runs(graph, self.tape if name == "tape" else None)
            elif name != "jax":
                self._floors[name] = None
            else:
                found = find_method(name).floor(*point)
                self._floors[name] = None if found is None else [smoothed(f) for f in found]
        return self._floors[name]

    def _program(self, name: str) -> Graph | None:
        """The array program of a method or a claim, where there is one."""
        if name == "tape":
            return self.graph
        if name in self._claims:
            return recorded(self._claims[name], self.problem, self.task, self.leaves, self.vector)
        if name == "symbolic":
            try:
                return find_method(name).array_program(self.problem, self.task)  # type: ignore[attr-defined]  # it has one
            except UnsupportedError:  # small enough to go entry by entry
                return None
        return None

    def _many_runs(self, graph: Graph, known: Sequence[np.ndarray] | None) -> list[np.ndarray]:
        """The noise, and a quarter of that of four times the roundoff: where rounding may turn a branch, as of a
        relu whose argument is nearly zero, few runs of the usual noise need see it."""
        runs = [Disturbed(graph, [*self.leaves, *self.vector], 1, w * self.unit) for w in (1.0, 4.0)]
        once, wide = (r.floor(known, MANY_RUNS) for r in runs)
        return [np.fmax(a, b / 4.0) for a, b in zip(once, wide, strict=True)]

    def _verdict(
        self, name: str, k: int, at: tuple[int, ...], value: np.ndarray, other: np.ndarray | None, ratio: Any
    ) -> Finding:
        if other is None:
            return self._finding(name, k, at, value, Verdict.UNDECIDED, "", "nothing to compare with")
        if ratio.size == 0 or np.max(ratio) <= FACTOR:
            return self._finding(name, k, at, value, Verdict.AGREE, "measured", "")
        at = worst_at(ratio)
        return self._accused(name, k, at, value, other, float(ratio[at]))

    def _floor_at(self, k: int, at: tuple[int, ...]) -> float:
        if "floor" in self.__dict__:
            return float(self.floor[k][at])
        return float(self._at_least(k)[at])

    def _accused(
        self, name: str, k: int, at: tuple[int, ...], value: np.ndarray, other: np.ndarray, times: float
    ) -> Finding:
        """Two programs differ by more than rounding: the caller's own function is asked who is right."""
        says = f"{times:.3g} times the measured noise from the other program"
        mine, theirs = float(value[at]), float(other[at])
        if not math.isfinite(mine) and math.isfinite(theirs):
            return self._finding(name, k, at, value, Verdict.DIFFER, "measured", f"{mine} where the other has a number")
        right = self.witness.right(self.task, k, at, (mine, theirs))
        if right is None and self._with_tape and name not in ("tape", *self._with_tape):
            why = f"{says}; tape and {' and '.join(self._with_tape)} agree without it"
            return self._finding(name, k, at, value, Verdict.DIFFER, "measured", why)
        if right is None:
            return self._finding(name, k, at, value, Verdict.UNDECIDED, "", f"{says}; the own function cannot tell")
        who, slope, basis = right
        if who == 0:
            return self._finding(name, k, at, value, Verdict.AGREE, basis, "it is the own function's slope")
        why = f"{says}; the own function's slope is {slope:.9g}"
        return self._finding(name, k, at, value, Verdict.DIFFER, basis, why)

    def _finding(
        self, name: str, k: int, at: tuple[int, ...], value: np.ndarray | None, verdict: Verdict, basis: str, why: str
    ) -> Finding:
        operator = self.task.operator
        by_output = operator in ("value", "jvp") or (operator == "value_and_grad" and k == 0)
        leaf = self.problem.names[k - (operator == "value_and_grad")] if not by_output else ""
        mine = None if value is None or not value.size else float(value[at])
        truth = None if value is None or not value.size else float(self.tape[k][at])
        ulp = 0.0 if truth is None else math.ulp(truth) * (self.unit / UNIT)  # a product with the unit would underflow
        noise = self._floor_at(k, at) if mine is not None else None
        ulps = None if mine is None or truth is None or truth == 0.0 else abs(mine - truth) / ulp
        return Finding(
            name, self.task.name, entry_name(leaf, at) if leaf else "", at, self.number, mine, truth, ulps,
            FACTOR * noise if noise is not None else None, basis, verdict, why,
            component=str(list(at)) if by_output and at else "", noise=noise,
        )  # fmt: skip


def worst_at(ratio: np.ndarray) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(int(np.argmax(ratio)), ratio.shape)) if ratio.size else ()


def lamp_of(found: Sequence[Finding]) -> Lamp:
    wrong = [f for f in found if f.verdict is Verdict.DIFFER]
    if wrong:
        return Lamp("red", f"{', '.join(dict.fromkeys(f.method for f in wrong))}: {wrong[0].reason}")
    open_ = [f for f in found if f.verdict is Verdict.UNDECIDED]
    if open_:
        return Lamp("unsure", open_[0].reason)
    return Lamp("green") if any(f.verdict is Verdict.AGREE for f in found) else Lamp("off", "nothing to look at")
