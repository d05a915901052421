"""One random program through the check, and every accusation through mpmath."""

from __future__ import annotations

import math
import re
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from mpmath import mpf

import symdiff as sd
from benchmarks.trust.random_programs.program import Program
from benchmarks.trust.random_programs.truth import Truth, Unknown, within
from symdiff.arrays import flat
from symdiff.crosscheck.large.noise_floor import drawn
from symdiff.crosscheck.large.own_slopes import Witness
from symdiff.crosscheck.report import Finding, Report
from symdiff.crosscheck.sites import vector_of
from symdiff.crosscheck.verdict import RULE

AUDITED = 5  # every fifth program's green verdicts are held against mpmath, too
PLANTED = 6  # every sixth gradient is claimed as it is, and with one entry wrong
FINE = {"float64": 1e-12, "float32": 1e-5}  # relative: digits that nobody may complain about
WRONG = 1e-3  # relative: what no rounding of a sensible program explains; between the two somebody has to look
HALF = {"float64": 1e-8, "float32": 2e-4}  # relative: half of the digits
PATIENCE = 10.0  # seconds of the processor for one truth: digamma(1e16) in 900 digits takes minutes
SMALL = {"float64": ("times 1 + 1e-9", 1 + 1e-9), "float32": ("times 1 + 1e-3", 1 + 1e-3)}
# Wrong by more than rounding, less than WRONG: jax 0.10's series of log beta is off by 1e-6, from an argument of 8 on
KNOWN = {"jax": re.compile(r"\bbeta\(")}
ENTRY = re.compile(r"^(\w+)(?:\[([\d, ]+)\])?$")


def judged(program: Program) -> dict[str, Any]:
    """The record of one program: verdicts counted, and everything that is not as it should be."""
    record: dict[str, Any] = {"seed": program.seed, "where": program.where, "operator": program.operator}
    record |= {"form": "formula" if program.is_formula else "arrays", "dtype": program.dtype}
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            report = checked(program)
        except sd.SymdiffError as e:
            return record | {"refused": str(e)[:300], "seconds": time.perf_counter() - start}
        except Exception as e:  # noqa: BLE001 - a crash of the check, of whatever kind, is what is looked for
            said = f"{type(e).__name__}: {e}"[:300]
            return record | {"alarm": [{"what": "crash", "said": said}], "source": program.shown(), "seconds": 0.0}
        record["seconds"] = round(time.perf_counter() - start, 3)
        record["verdicts"] = dict(Counter(f"{f.method} {f.verdict}" for f in report.findings))
        open_ = [f for f in report.findings if f.verdict == "UNDECIDED"]
        record["undecided"] = sorted({f"{f.method}: {plain(f.reason)}" for f in open_})
        Looking(program, report, record).everything()
        if program.seed % PLANTED == 0 and program.operator == "grad":
            record["planted"] = planted(program)
    told = any(k in record for k in ("alarm", "look", "confirmed", "missed"))
    if told or not record.get("planted", {}).get("ok", True):
        record["source"] = program.shown()
    return record


def checked(program: Program, **options: Any) -> Report:
    """The check, with the derivative by every argument."""
    wrt = {} if program.is_formula else {"wrt": tuple(range(len(program.args)))}
    return sd.crosscheck(program.given(), *program.args, operators=program.operator, **wrt, **options)


def plain(reason: str) -> str:
    """A reason without its numbers and places."""
    return re.sub(r"[-+]?\d[\w.+-]*|line \d+|\bz\d+\b", "#", reason)[:160]


class Looking:
    """The findings of a report, each held against the truth where there is reason to."""

    def __init__(self, program: Program, report: Report, record: dict[str, Any]) -> None:
        self.program, self.report, self.record = program, report, record
        sizes = [int(np.size(x)) for x in program.args]
        self.first = dict(zip(program.names, [0, *np.cumsum(sizes).tolist()], strict=False))
        self.shapes = {n: np.shape(x) for n, x in program.named()}
        self.length = sum(sizes)
        self.truth = Truth(program)

    def everything(self) -> None:
        wrong = set()
        for f in self.report.findings:
            if f.verdict == "DIFFER":
                wrong.add(f.method)
                self.accused(f)
            elif f.verdict in ("INACCURATE", "OUTSIDE_DOMAIN") or self.program.seed % AUDITED == 0:
                self.audited(f)
        for name, lamp in self.report.lamps.items():
            if lamp.state == "red" and not (wrong and name in "DV"):
                known = name == "V" and lamp.note.endswith(f": {RULE}") and self.known(lamp.note.partition(":")[0])
                kind = "confirmed" if known else "look" if wrong else "alarm"
                self.say(kind, None, f"lamp {name} is red: {lamp.note}")

    def known(self, method: str) -> bool:
        """Whether the program has a function that this method's library is known to have wrong."""
        return method in KNOWN and bool(KNOWN[method].search(self.program.shown()))

    def say(self, kind: str, f: Finding | None, said: str, truth: Any = None) -> None:
        entry = {"what": said}
        if f is not None:
            entry |= {"method": f.method, "argument": f.argument, "index": str(f.index), "component": f.component}
            entry |= {"verdict": str(f.verdict), "value": repr(f.value), "reference": repr(f.reference)}
            entry |= {"reason": f.reason, "blame": f.blame}
        if truth is not None:
            entry["truth"] = repr(float(truth))
        self.record.setdefault(kind, []).append(entry)

    def accused(self, f: Finding) -> None:
        """DIFFER: confirmed, or an alarm, or for somebody to look at."""
        try:
            with within(PATIENCE):
                truth, smooth = self.true(f)
        except Unknown as e:
            return self.say("look", f, str(e))
        if f.value is None:
            return self.say("look", f, "no value")
        if not smooth:
            return self.at_a_kink(f)
        if abs(truth) == math.inf:
            return self.say("alarm" if f.value == truth else "confirmed", f, "the slope is infinite", truth)
        if not math.isfinite(f.value):
            kind = "confirmed" if abs(truth) < mpf(2) ** (1023 if self.program.dtype == "float64" else 127) else "alarm"
            return self.say(kind, f, "not finite where the derivative is", truth)
        error = abs(mpf(f.value) - truth)
        if error <= FINE[self.program.dtype] * abs(truth):
            return self.say("alarm", f, f"off by {float(error / abs(truth)) if truth else 0.0:.3g} only", truth)
        far = error > WRONG * abs(truth) or (f.reason == RULE and self.known(f.method))
        return self.say("confirmed" if far else "look", f, f"off by {float(error):.3g}", truth)

    def at_a_kink(self, f: Finding) -> None:
        if f.operator != "grad":
            return self.say("look", f, "no derivative on both sides")
        mine = [g for g in self.report.findings if g.method == f.method]
        if len(mine) != self.length or any(g.value is None for g in mine):
            return self.say("look", f, "no derivative on both sides")
        vector = [0.0] * self.length
        for g in mine:
            vector[self.position(g.argument)] = float(g.value)  # type: ignore[arg-type]  # just looked at
        inside = self.truth.in_clarke(vector)
        return self.say("alarm" if inside else "confirmed", f, f"{'in' if inside else 'out'}side Clarke's set")

    def audited(self, f: Finding) -> None:
        """A verdict that is no accusation: is it so?"""
        if f.verdict in ("UNDECIDED", "UNSUPPORTED") or f.value is None:
            return
        try:
            with within(PATIENCE):
                truth, smooth = self.true(f)
        except Unknown as e:
            self.record["audited in part"] = str(e)
            return
        if f.verdict == "OUTSIDE_DOMAIN":
            self.say("alarm", f, "defined on both sides", truth)
        elif not smooth:
            if f.verdict in ("AGREE", "PROVED") and f.operator == "grad":
                self.say("missed", f, "no derivative on both sides")
        elif not math.isfinite(f.value):
            if abs(truth) < mpf(2) ** 1020 and f.verdict != "INACCURATE":
                self.say("missed", f, "not finite where the derivative is", truth)
        elif abs(truth) == math.inf:
            self.say("missed", f, "the slope is infinite", truth)
        else:
            self._digits(f, truth)

    def _digits(self, f: Finding, truth: Any) -> None:
        error = abs(mpf(f.value) - truth)
        if f.verdict == "INACCURATE" and error < HALF[self.program.dtype] * abs(truth):
            self.say("alarm", f, f"off by {float(error):.3g} only", truth)
        elif f.verdict == "KINK" and f.operator == "grad" and self.truth.differentiable():
            self.say("look", f, "there is a derivative", truth)
        elif f.verdict == "AGREE" and self.program.dtype == "float64" and f.reference is not None:
            gap = abs(mpf(f.reference) - truth)
            if gap > 1e-12 * abs(truth) and gap > 1e-300:
                self.say("missed", f, "the reference is not the truth", truth)

    def position(self, argument: str) -> int:
        """Where `x[0, 1]` is among all numbers."""
        found = ENTRY.match(argument)
        if found is None:
            raise Unknown(f"no entry: {argument}")
        name, index = found[1], found[2]
        place = tuple(map(int, index.split(","))) if index else ()
        return self.first[name] + (int(np.ravel_multi_index(place, self.shapes[name])) if place else 0)

    def true(self, f: Finding) -> tuple[Any, bool]:
        """The derivative that a finding is about, and whether both sides have it."""
        by = [self.position(a) for a in f.argument.split("; ")] if f.argument else []
        if f.operator in ("grad", "hessian"):
            return self.truth.derivative(0, *by)
        component = self._component(f)
        if f.operator == "jacobian":
            return self.truth.derivative(component, *by)
        if f.operator == "vjp":
            return Truth(self.program, self._vector([self._answer()])).derivative(0, *by)
        along = self._vector(list(self.shapes.values()))
        first = by[:1] if f.operator == "hvp" else []
        parts = [self.truth.derivative(component, *first, i) for i in range(self.length)]
        return sum((mpf(v) * g for v, (g, _) in zip(along, parts, strict=True)), mpf(0)), all(s for _, s in parts)

    def _component(self, f: Finding) -> int:
        if not f.component:
            return 0
        place = tuple(map(int, f.component.strip("[]").split(",")))
        return int(np.ravel_multi_index(place, self._answer()))

    def _answer(self) -> tuple[int, ...]:
        """The shape of the program's value."""
        with np.errstate(all="ignore"):
            return np.shape(self.program.given()(*self.program.args))

    def _vector(self, shapes: Sequence[tuple[int, ...]]) -> tuple[float, ...]:
        """The tangent or cotangent that the check has drawn."""
        if self.program.dtype == "float64":
            return vector_of(sum(map(math.prod, shapes)), 0, 0)
        rng = np.random.default_rng([0, 0])
        Witness(None, self.program.args, rng)  # type: ignore[arg-type]  # in float32 it draws first, and then the arrays
        return tuple(flat(drawn(shapes, rng)).tolist())


def planted(program: Program) -> dict[str, Any]:
    """The true gradient is claimed, and must pass; with one entry wrong it must not."""
    try:
        with within(PATIENCE):
            gradient = Truth(program).gradient()
    except Unknown as e:
        return {"skipped": str(e)}
    if not all(smooth for _, smooth in gradient):
        return {"skipped": "a kink"}
    single = program.dtype == "float32"
    right = [float(np.float32(g) if single else g) for g, _ in gradient]
    rng = np.random.default_rng(program.seed)
    largest = 1e30 if single else 1e290
    entries = [k for k, g in enumerate(right) if 1.0 / largest < abs(g) < largest]
    if not entries:
        return {"skipped": "no entry that is not zero"}
    k = int(rng.choice(entries))
    result: dict[str, Any] = {"ok": True}
    for name, factor in (("right", 1.0), SMALL[program.dtype], ("the other sign", -1.0)):
        entries_ = [g * factor if j == k else g for j, g in enumerate(right)]
        try:
            report = checked(program, methods=["tape"], claimed=claim(program, entries_))
        except sd.SymdiffError as e:
            return {"skipped": str(e)[:200]}
        found = [f for f in report.findings if f.method.startswith("claimed")]
        said = sorted({str(f.verdict) for f in found})
        result[name] = said
        if name == "right" and "DIFFER" in said:
            result |= {"ok": False, "why": f"the true gradient is accused: {[f.reason for f in found]}"}
        if name != "right" and "DIFFER" not in said and "UNDECIDED" not in said:
            bound = max((f.bound or 0.0) for f in found)
            if abs(factor - 1.0) * abs(right[k]) > 2 * bound:
                result |= {
                    "ok": False,
                    "why": f"{name} of entry {k} ({right[k]!r}) passes; rounding explains {bound:.3g}",
                }
            result["within rounding"] = True
    return result


def claim(program: Program, entries: Sequence[float]) -> Any:
    """These numbers, in the shapes of the arguments, whatever the point is."""
    if program.is_formula:
        return lambda *_: list(entries)
    parts, start = [], 0
    for x in program.args:
        count = int(np.size(x))
        parts.append(np.array(entries[start : start + count], program.dtype).reshape(np.shape(x)))
        start += count
    return lambda *_: tuple(p.copy() for p in parts) if len(parts) > 1 else parts[0].copy()
