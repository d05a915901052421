"""A point on a kink: what is differentiable all the same is judged as anywhere, the rest against all pieces.

An entry that is the same on every piece has a derivative, and the ordinary verdicts. The other entries of a
gradient (of a row of the Jacobian, of a vjp; of a jvp each by itself) are held together against the convex
hull of the pieces' gradients: a member is a convention, and what it takes at the kink is read off its weights.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from flint import arb

from symdiff import balls
from symdiff.balls import precision
from symdiff.crosscheck import sides
from symdiff.crosscheck.hull import Place, place
from symdiff.crosscheck.judging import LIBRARY, Case, judged
from symdiff.crosscheck.pieces import NARROW, Piece, Pieces, Seeds, TooMany, Unclear, supported, without_clip
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.rounding import Bounds, bounds
from symdiff.crosscheck.stage1 import Certified, certify
from symdiff.crosscheck.terrain import Terrain
from symdiff.crosscheck.verdict import Judgement, Verdict
from symdiff.graph import Graph, run
from symdiff.methods import method as find_method
from symdiff.methods.base import Answer, Program

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
    with precision(terrain.bits, order=1):
        pieces = Pieces(graph, case.x, case.task.wrt)
        rows = [_Row(pieces, case, *row) for row in _rows(case, graph)]
        settled = {entry for row in rows for entry in row.settled}
        if case.task.operator == "value_and_grad":
            settled.add(0)
    limits, flipped = _limits(case, answers)
    found = _ordinary(case, answers, terrain, graph, rows, sorted(settled), limits, flipped)
    with precision(terrain.bits, order=1):
        for row in rows:
            for name, answer in answers.items():
                found |= _on_the_kink(case, name, answer, row, limits, flipped, terrain)
    return [found[name, k] for name in answers for k in range(len(case.indices))]


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
        narrow = [bool(b.is_finite()) and float(b.rad()) <= NARROW * s for b, s in zip(self.box, sizes, strict=True)]
        self.pattern: dict[int, int] = {}
        if not all(narrow):
            self._enumerate()
        if self.images and not self.open:
            narrow = [n or _one(column) for n, column in zip(narrow, zip(*self.images, strict=True), strict=True)]
        self.settled = [e for e, n in zip(entries, narrow, strict=True) if n]
        self.kinked = [k for k, n in enumerate(narrow) if not n]

    def _enumerate(self) -> None:
        try:
            self.found = self.pieces.all(self.seeds)
        except TooMany:
            self.open = "more pieces meet here than can be looked at"
            self.found = [next(self.pieces.each(self.seeds, prefer)) for prefer in (-1, 1)]
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
        """The settled entries, by any of the pieces, at the precision in force."""
        gradient, _, _ = pieces.sweep(self.seeds, self.pattern)
        image = dict(zip(self.entries, self._image(gradient), strict=True))
        return {e: image[e] for e in self.settled}


def _one(column: Sequence[arb]) -> bool:
    """Whether an entry is the same on all pieces."""
    whole = column[0]
    for ball in column[1:]:
        if not ball.overlaps(column[0]):
            return False
        whole = whole.union(ball)
    return bool(whole.is_finite()) and bool(whole.rad() <= NARROW * abs(whole.mid()) or whole.rad() == 0)


def _ordinary(
    case: Case, answers: Mapping[str, Answer], terrain: Terrain, graph: Graph, rows: Sequence[_Row],
    settled: list[int], limits: Mapping[str, list[Bounds]], flipped: Mapping[str, str],
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

    programs = {n: _only(a.program, settled) for n, a in answers.items() if a.program is not None and n not in flipped}
    mine = {n: [each[e] for e in settled] for n, each in limits.items()}
    certified = certify(case.problem, case.task, case.x, case.vector, programs, mine, terrain.bits, entries)
    everywhere = Certified(
        _spread(certified.reference, settled, case), certified.bits,
        {n: _spread(r, settled, case) for n, r in certified.rules.items()}, {**certified.reasons, **flipped},
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


# -- what rounding may do --------------------------------------------------------------------------------


def _limits(case: Case, answers: Mapping[str, Answer]) -> tuple[dict[str, list[Bounds]], dict[str, str]]:
    """Bounds for the branches that the programs take at the kink, and whose floats decide otherwise than exact
    numbers would, with the place in words."""
    programs = {n: a.program for n, a in answers.items() if a.program is not None}
    lender = None
    if len(programs) < len(answers) and "tape" not in programs:  # somebody has to lend bounds to a closed program
        lender = find_method("tape").answer(case.problem, case.task, case.x, case.vector).program
    point, limits, flipped = [*case.x, *case.vector], {}, {}
    for name, program in (({"tape": lender} if lender is not None else {}) | programs).items():
        decisions, place = _decisions(program, point)
        if place and name in answers:
            flipped[name] = f"rounding decides the branch at {place}"
        limits[name] = bounds(replace(program, guards=tuple(decisions.items())), point)
    return limits, flipped


def _decisions(program: Program, point: Sequence[float]) -> tuple[dict[int, Any], str]:
    """What exact numbers decide at every comparison and jump of a program, and where its floats do not."""
    graph = program.graph
    with precision(192):
        exact = run(graph, "ball", [balls.const(v) for v in point], balls.const)
    with np.errstate(all="ignore"):
        floats = run(graph, "forward", [np.float64(v) for v in point], np.float64)
    decisions: dict[int, Any] = dict(program.guards)
    place = ""
    for i in graph.live():
        node, value = graph.nodes[i], exact[i]
        if isinstance(value, bool):
            decisions.setdefault(i, value)
            place = place or ("" if bool(floats[i]) == value else node.where or graph.names()[i])
        elif node.op == "sign" and exact[node.args[0]].value == 0:
            decisions[i] = 0.0
            place = place or ("" if floats[i] == 0.0 else node.where or graph.names()[i])
    return decisions, place


def _limit(name: str, limits: Mapping[str, list[Bounds]], k: int) -> float:
    if name in limits:
        return limits[name][k].program
    borrowed = limits["tape"][k].program if "tape" in limits else math.inf
    return borrowed if name.startswith("claimed") else borrowed * LIBRARY


# -- what has none ---------------------------------------------------------------------------------------


def _on_the_kink(
    case: Case, name: str, answer: Answer, row: _Row, limits: Mapping[str, list[Bounds]],
    flipped: Mapping[str, str], terrain: Terrain,
) -> dict[tuple[str, int], Finding]:  # fmt: skip
    """The verdicts on the entries of a row that are not the same on every piece."""
    found: dict[tuple[str, int], Finding] = {}
    fit: list[int] = []  # positions in the row
    for k in row.kinked:
        e = row.entries[k]
        value, limit = answer.entries[e], _limit(name, limits, e)
        judgement = _alone(value, row, k, limit, flipped.get(name, ""), terrain)
        if judgement is None:
            fit.append(k)
        else:
            found[name, e] = replace(case.finding(name, e, value, judgement), bound=limit)
    if not fit:
        return found
    values = [answer.entries[row.entries[k]] for k in fit]
    tolerance = [_limit(name, limits, row.entries[k]) for k in fit]
    judgement = _together(values, row, fit, tolerance, flipped.get(name, ""), terrain)
    for k, value, limit in zip(fit, values, tolerance, strict=True):
        e = row.entries[k]
        found[name, e] = replace(case.finding(name, e, value, judgement), bound=limit)
    return found


def _alone(value: float, row: _Row, k: int, limit: float, flipped: str, terrain: Terrain) -> Judgement | None:
    """The verdict on an entry that no piece comes near to, or that says nothing; None for one that may do."""
    if not math.isfinite(limit):
        return Judgement(Verdict.UNDECIDED, "", f"kink: {terrain.kink}; what rounding may do cannot be enclosed")
    where = f"kink: {terrain.kink}"
    if not math.isfinite(value):
        return Judgement(Verdict.DIFFER, "certified", f"{value}, and every piece has a number here ({where})")
    columns = [image[k] for image in row.images] if row.images and not row.open else [row.box[k]]
    low, high = min(c.lower() for c in columns), max(c.upper() for c in columns)
    if bool(arb(value) + limit < low) or bool(arb(value) - limit > high):
        if flipped:
            return Judgement(Verdict.UNDECIDED, "", f"{where}; {flipped}")
        between = f"not between {float(low):.9g} and {float(high):.9g}, the least and the largest of the pieces"
        return Judgement(Verdict.DIFFER, "certified", f"{between} ({where})")
    return None


def _together(
    values: list[float], row: _Row, fit: list[int], tolerance: list[float], flipped: str, terrain: Terrain
) -> Judgement:
    """The verdict on the entries that belong together, as one vector."""
    where = f"kink: {terrain.kink}"
    certain = [j for j, p in enumerate(row.found) if p.certain]
    gradients = [[image[k] for k in fit] for image in row.images]
    if certain:
        at = place(values, [gradients[j] for j in certain], tolerance)
        if at.inside:
            weights = [(row.found[certain[j]], w) for j, w in at.weights]
            return Judgement(Verdict.KINK, "certified", f"{where}; {convention(row.pieces, weights)}")
        if not row.open and len(certain) < len(gradients):
            at = place(values, gradients, tolerance)
            at = at if at.inside is False else Place(None)
    else:
        at = Place(None)
    if row.open or at.inside is None or flipped:
        near = "the value is too near the edge of what the pieces allow, or only doubtful pieces allow it"
        return Judgement(Verdict.UNDECIDED, "", f"{where}; {row.open or flipped or near}")
    pieces = f"the {len(gradients)} pieces that meet here"
    return Judgement(Verdict.DIFFER, "certified", f"as a whole outside the convex hull of {pieces} ({where})")


def convention(pieces: Pieces, weights: Sequence[tuple[Piece, float]]) -> str:
    """What a gradient takes at the kinks, in words: `relu' = 0 at 0`."""
    taken: dict[str, set[tuple[float, ...]]] = {}
    for i in {i for piece, _ in weights for i in piece.pattern}:
        node = pieces.graph.nodes[i]
        args = [pieces.values[a] for a in node.args]
        sides_taken = [(w, piece.pattern[i]) for piece, w in weights if i in piece.pattern]
        share = sum(w for w, s in sides_taken if s > 0) / sum(w for w, _ in sides_taken)
        count = 2 if node.op in ("max", "min") else 1
        both = [[float(sides.slope(node.op, s, args, k)) for k in range(count)] for s in (1, -1)]
        taken.setdefault(node.op, set()).add(
            tuple(round(share * p + (1.0 - share) * m, 6) + 0.0 for p, m in zip(*both, strict=True))
        )
    said = []
    for op, slopes in taken.items():
        if len(slopes) > 1:
            said.append(f"{op} not the same at every place")
        elif op in ("max", "min"):
            a, b = next(iter(slopes))
            said.append(f"{op} shares {a:.6g} and {b:.6g} at a tie")
        else:
            said.append(f"{op}' = {next(iter(slopes))[0]:.6g} at 0")
    return ", ".join(sorted(said))
