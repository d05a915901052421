"""A point on a kink: what is differentiable all the same is judged as anywhere, the rest against all pieces.

An entry that is the same on every piece has a derivative, and the ordinary verdicts. The other entries of a
gradient (of a row of the Jacobian, of a vjp; of a jvp each by itself) are held together against the convex
hull of the pieces' gradients: a member is a convention, and what it takes at the kink is read off its weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flint import arb

from symdiff import balls
from symdiff.balls import Ball, precision
from symdiff.crosscheck.certified.rounding import Bounds
from symdiff.crosscheck.certified.stage1 import ZERO_BITS, Certified, _run, certify, is_narrow
from symdiff.crosscheck.judging import Case, judged
from symdiff.crosscheck.kinks.branches import Decided, limit_of, limits_of
from symdiff.crosscheck.kinks.conventions import asked, read_off
from symdiff.crosscheck.kinks.edges import Seeds, Unclear, supported, without_clip
from symdiff.crosscheck.kinks.hull import Place, place
from symdiff.crosscheck.kinks.pieces import Piece, Pieces
from symdiff.crosscheck.places.terrain import Terrain
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Judgement, Verdict
from symdiff.graph import Graph, run
from symdiff.methods.base import Answer, Program

COARSE = 1e-3
OPERATORS = ("grad", "value_and_grad", "jacobian", "vjp", "jvp")


def decidable(case: Case, terrain: Terrain) -> bool:
    """Whether this operator at this kink is looked at here."""
    known = case.task.operator in OPERATORS and len(set(case.task.wrt)) == len(case.task.wrt)
    return known and not terrain.unsure and supported(case.problem.graph, terrain.kinks)


def findings(case: Case, answers: Mapping[str, Answer], terrain: Terrain) -> list[Finding]:
    """The verdict on every entry of every method and claim."""
    if not answers:
        return []
    graph = without_clip(case.problem.graph)
    rows = _looked_at(case, graph, terrain.bits)
    if any(row.zeros for row in rows) and terrain.bits < ZERO_BITS:  # a true zero is narrow beside nothing but itself
        terrain = replace(terrain, bits=ZERO_BITS)
        rows = _looked_at(case, graph, ZERO_BITS)
    settled = {entry for row in rows for entry in row.settled}
    if case.task.operator == "value_and_grad":
        settled.add(0)
    limits, decided = limits_of(case, answers)
    found = _ordinary(case, answers, terrain, graph, rows, sorted(settled), limits, decided)
    kinked = any(row.kinked for row in rows)
    conventions = {name: _convention(case, name, terrain) if kinked else "" for name in answers}
    with precision(terrain.bits, order=1):
        for name, answer in answers.items():
            for row in rows:
                found |= _on_the_kink(case, name, answer, row, limits, decided.get(name), terrain, conventions[name])
    return [found[name, k] for name in answers for k in range(len(case.indices))]


def _looked_at(case: Case, graph: Graph, bits: int) -> list[_Row]:
    with precision(bits, order=1):
        pieces = Pieces(graph, case.x, case.task.wrt)
        return [_Row(pieces, case, *row) for row in _rows(case, graph)]


# -- what has a derivative -----------------------------------------------------------------------------


def _rows(case: Case, graph: Graph) -> list[tuple[Seeds, list[int]]]:
    """The scalar functions whose gradients are asked for, and the entries that each gives."""
    n, operator = len(case.task.wrt), case.task.operator
    if operator == "vjp":
        return [(list(zip(graph.outputs, case.vector, strict=True)), list(range(n)))]
    each = [[(o, 1.0)] for o in graph.outputs]
    if operator == "jvp":
        return [(seeds, [k]) for k, seeds in enumerate(each)]
    first = 1 if operator == "value_and_grad" else 0
    return [(seeds, list(range(first + k * n, first + (k + 1) * n))) for k, seeds in enumerate(each)]


class _Row:
    """The entries that belong together: which of them are settled, and the pieces of the others."""

    def __init__(self, pieces: Pieces, case: Case, seeds: Seeds, entries: list[int]) -> None:
        self.pieces, self.case, self.seeds, self.entries = pieces, case, seeds, entries
        self.found: list[Piece] = []
        self.images: list[list[arb]] = []
        self.open = ""
        gradient, size, _ = pieces.sweep(seeds, {}, default=0)
        self.box = self._image(gradient)
        sizes = self._sizes(size)
        narrow = [is_narrow(b, s) for b, s in zip(self.box, sizes, strict=True)]
        self.pattern: dict[int, int] = {}
        if not all(narrow):
            self._enumerate()
        if self.images and not self.open:
            columns = zip(narrow, zip(*self.images, strict=True), sizes, strict=True)
            narrow = [n or _one(column, s) for n, column, s in columns]
        self.settled = [e for e, n in zip(entries, narrow, strict=True) if n]
        self.kinked = [k for k, n in enumerate(narrow) if not n]
        columns = list(zip(*self.images, strict=True)) if self.images else [(b,) for b in self.box]
        self.zeros = any(all(b.is_finite() and b.contains(0) for b in columns[k]) for k in self.kinked)

    def _enumerate(self) -> None:
        try:
            self.found, complete = self.pieces.all(self.seeds)
            if not complete:
                self.open = f"more than {len(self.found)} pieces meet here"
                self.found += [next(self.pieces.each(self.seeds, prefer)) for prefer in (-1, 1)]
        except Unclear as e:
            self.open = str(e)
            return
        self.found.sort(key=lambda piece: len(set(piece.pattern.values())))  # whose convention is simple to say
        self.images = [self._image(piece.gradient) for piece in self.found]
        self.pattern = self.found[0].pattern

    def _image(self, gradient: list[arb]) -> list[arb]:
        if self.case.task.operator != "jvp":
            return gradient
        return [sum((g * arb(v) for g, v in zip(gradient, self.case.vector, strict=True)), arb(0))]

    def _sizes(self, size: list[float]) -> list[float]:
        if self.case.task.operator != "jvp":
            return size
        return [sum(s * abs(v) for s, v in zip(size, self.case.vector, strict=True))]

    def truth(self, pieces: Pieces) -> dict[int, arb]:
        """The settled entries, by any of the pieces, at the precision in force; nan if it is not enough."""
        gradient, size, adjoint = pieces.sweep(self.seeds, self.pattern)
        image = dict(zip(self.entries, self._image(gradient), strict=True))
        try:
            if pieces.const is balls.const:  # a writer's decimals are balls that are wide on purpose
                pieces.certify(self.seeds, self.pattern, gradient, size, adjoint)
        except Unclear:
            return {e: arb.nan() for e in self.settled}
        return {e: image[e] for e in self.settled}


def _one(column: Sequence[arb], size: float) -> bool:
    """Whether an entry is the same on all pieces."""
    whole = column[0]
    for ball in column[1:]:
        if not ball.overlaps(column[0]):
            return False
        whole = whole.union(ball)
    return is_narrow(whole, size)


def _ordinary(
    case: Case, answers: Mapping[str, Answer], terrain: Terrain, graph: Graph, rows: Sequence[_Row],
    settled: list[int], limits: Mapping[str, list[Bounds]], decided: Mapping[str, Decided],
) -> dict[tuple[str, int], Finding]:  # fmt: skip
    """The verdicts on the entries that are the same on every piece."""
    if not settled:
        return {}

    def entries(const: Any) -> list[arb]:
        pieces = Pieces(graph, case.x, case.task.wrt, const)
        known = {0: pieces.values[graph.outputs[0]].value} if case.task.operator == "value_and_grad" else {}
        for row in rows:
            known |= row.truth(pieces)
        return [known[e] for e in settled]

    programs = {
        n: _only(decided[n].program if n in decided else a.program, settled)
        for n, a in answers.items() if a.program is not None
    }  # fmt: skip
    mine = {n: [each[e] for e in settled] for n, each in limits.items()}
    certified = certify(case.problem, case.task, case.x, case.vector, programs, mine, terrain.bits, entries)
    flipped = {n: d.why for n, d in decided.items() if d.why}
    rules = {n: [r or None for r in each] if n in flipped else each for n, each in certified.rules.items()}
    everywhere = Certified(  # on the branch that rounding took a rule may be seen to be right, and not to be wrong
        _spread(certified.reference, settled, case), certified.bits,
        {n: _spread(r, settled, case) for n, r in rules.items()}, {**certified.reasons, **flipped},
    )  # fmt: skip
    with precision(certified.bits):
        each = [(n, e, a.entries[e]) for n, a in answers.items() for e in settled]
        found = {(n, e): judged(case, n, e, value, everywhere, limits) for n, e, value in each}
    smooth = f" (kink: {terrain.kink}; all its pieces have this derivative)"
    return {at: replace(f, reason=f.reason + smooth) if f.verdict is Verdict.DIFFER else f for at, f in found.items()}


def _spread(values: Sequence[Any], settled: Sequence[int], case: Case) -> list[Any]:
    known = dict(zip(settled, values, strict=True))
    return [known.get(k) for k in range(len(case.indices))]


def _only(program: Program, entries: Sequence[int]) -> Program:
    graph = program.graph.copy()
    graph.outputs = tuple(program.graph.outputs[e] for e in entries)
    return replace(program, graph=graph)


def _convention(case: Case, name: str, terrain: Terrain) -> str:
    """What a method takes at the kinks; "" for a claim, which is no method to ask, and for a JAX function's own rules,
    which are not those of the ops."""
    origin = case.problem.origin
    if name.startswith("claimed") or (name == "jax" and origin is not None and origin.native is not None):
        return ""
    graph = case.problem.graph
    values = run(graph, "ball", [balls.const(v) for v in case.x], balls.const)
    numbers = [float(v.value.mid()) if isinstance(v, Ball) else math.nan for v in values]
    for i in terrain.kinks:
        if graph.nodes[i].op in ("max", "min"):  # they tie, whatever the last places are
            numbers[graph.nodes[i].args[1]] = numbers[graph.nodes[i].args[0]]
    return asked(name, graph, terrain.kinks, numbers)


# -- what has none ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Vector:
    """What is held against the hull: a method's own program in exact numbers, where it can be opened, else its
    floats. How far off each entry may be, why nothing can be said of it ("" if something can), and what the method
    takes at the kinks, if it can be asked."""

    entries: list[arb]
    tolerance: list[arb]
    limits: list[float]
    silent: str = ""
    convention: str = ""


def _vector(
    case: Case, name: str, answer: Answer, row: _Row, limits: Mapping[str, list[Bounds]], decided: Decided | None
) -> _Vector:
    at = [row.entries[k] for k in row.kinked]
    may = [limit_of(name, limits, e) for e in at]
    floats = [arb(answer.entries[e]) for e in at]
    why = decided.why if decided is not None else ""
    if answer.program is not None and not why:
        program, point = _only(decided.program if decided is not None else answer.program, at), [*case.x, *case.vector]
        exact = _run(program, point, loose=False)
        wide = _run(program, point, loose=True) if program.loose else exact
        if all(e.is_finite() and w.is_finite() for e, w in zip(exact, wide, strict=True)):
            return _Vector([arb(e.mid()) for e in exact], [w.rad() for w in wide], may)
    return _Vector(floats, [arb(t) for t in may], may, why)


def _on_the_kink(
    case: Case, name: str, answer: Answer, row: _Row, limits: Mapping[str, list[Bounds]],
    decided: Decided | None, terrain: Terrain, convention: str,
) -> dict[tuple[str, int], Finding]:  # fmt: skip
    """The verdict on the entries of a row that are not the same on every piece."""
    where = f"kink: {terrain.kink}"
    convention = "" if decided is not None and decided.why else convention
    vector = replace(_vector(case, name, answer, row, limits, decided), convention=convention)
    judgements: dict[int, Judgement] = {}
    for j, k in enumerate(row.kinked):
        value = answer.entries[row.entries[k]]
        alone = _apart(value, vector, j, row, k, where)
        if alone is not None:
            judgements[j] = alone
    fit = [j for j in range(len(row.kinked)) if j not in judgements]
    if fit:
        judgements |= dict.fromkeys(fit, _together(vector, fit, row, where))
    found = {}
    for j, k in enumerate(row.kinked):
        e = row.entries[k]
        finding = case.finding(name, e, answer.entries[e], judgements[j])
        found[name, e] = replace(finding, bound=vector.limits[j])
    return found


def _apart(value: float, vector: _Vector, j: int, row: _Row, k: int, where: str) -> Judgement | None:
    """The verdict on an entry that no piece comes near to, or of which nothing is known; None for any other."""
    if not math.isfinite(value):
        return Judgement(Verdict.DIFFER, "certified", f"{value}, and every piece has a number here ({where})")
    limit, tolerance, exact = vector.limits[j], vector.tolerance[j], vector.entries[j]
    if not (math.isfinite(limit) and tolerance.is_finite()):
        return Judgement(Verdict.UNDECIDED, "", f"{where}; what rounding may do cannot be enclosed")
    if abs(arb(value) - exact) > limit:
        return Judgement(Verdict.DIFFER, "certified", f"further off than rounding can take this program ({where})")
    columns = [image[k] for image in row.images] if row.images and not row.open else [row.box[k]]
    low, high = min(c.lower() for c in columns), max(c.upper() for c in columns)
    if exact + tolerance < low or exact - tolerance > high:
        if vector.silent:
            return Judgement(Verdict.UNDECIDED, "", f"{where}; {vector.silent}")
        between = f"not between {float(low):.9g} and {float(high):.9g}, the least and the largest of the pieces"
        return Judgement(Verdict.DIFFER, "certified", f"{between} ({where})")
    if tolerance > COARSE * max(abs(float(low)), abs(float(high))):  # a wrong rule would fit in, too
        return Judgement(Verdict.UNDECIDED, "", f"{where}; rounding alone may change this value by more than 0.1 %")
    return None


def _together(vector: _Vector, fit: Sequence[int], row: _Row, where: str) -> Judgement:
    """The verdict on the entries that belong together, as one vector."""
    values, tolerance = [vector.entries[j] for j in fit], [vector.tolerance[j] for j in fit]
    columns = [row.kinked[j] for j in fit]
    gradients = [[image[k] for k in columns] for image in row.images]
    certain = [j for j, piece in enumerate(row.found) if piece.certain]
    at = place(values, [gradients[j] for j in certain], tolerance) if certain else Place(None)
    if at.inside:
        weights = [(row.found[certain[j]], w) for j, w in at.weights]
        taken = vector.convention or read_off(row.pieces, weights)
        return Judgement(Verdict.KINK, "certified", f"{where}; {taken}")
    if at.inside is False and len(certain) < len(gradients):
        at = place(values, gradients, tolerance)
    if row.open or vector.silent or at.inside is not False:
        near = "whether the value belongs to the pieces that meet here cannot be told"
        return Judgement(Verdict.UNDECIDED, "", f"{where}; {row.open or vector.silent or near}")
    pieces = f"the {len(gradients)} pieces that meet here"
    return Judgement(Verdict.DIFFER, "certified", f"as a whole outside the convex hull of {pieces} ({where})")
