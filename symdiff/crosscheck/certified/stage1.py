"""Stage 1: is the rule right? The very program that produced the floats, run in balls. No tolerance.

Program and reference are computed with more and more bits until both are narrow beside the sum of the
magnitudes that were added up; a wide ball overlaps everything and proves nothing. Then they overlap,
or the rule is wrong.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from symdiff import balls
from symdiff.balls import Ball, precision
from symdiff.crosscheck.certified import reference
from symdiff.crosscheck.certified.literals import STANDS_FOR, sharpened, stood_for, width
from symdiff.crosscheck.certified.reference import Const
from symdiff.crosscheck.certified.rounding import UNIT, Bounds
from symdiff.crosscheck.certified.worlds import in_all
from symdiff.crosscheck.places.terrain import FIRST_BITS, LAST_BITS
from symdiff.graph import CONST, is_short
from symdiff.groups import run_groups
from symdiff.methods.ball import known_outputs, order
from symdiff.methods.base import Program, Task
from symdiff.problem import Problem

NARROW = 2.0**-64  # of the magnitude
SMALL_GAP = 2.0**-40  # what the last places of a program's literals may explain
SMALLEST, NORMAL = 2.0**-1074, 2.0**-1022  # of float64
WITNESSES = ("symbolic", "tape")  # whose programs may be certified in place of a sweep for every input
LITTLE = 1e-12  # of the largest entry: what constants that were rounded move beside others
APPROXIMATION = 2.0**-57  # relative: a sixteenth of the last place, which no float64 can show
ROUNDED = "what is missing may be the rounding of constants, which are too far from what they stand for to tell"
PIECES, MOST_IN_PIECES = 4, 2  # of a decimal; decimals
ZERO_BITS = 1536  # enough to tell a true zero from the smallest float64


@dataclass(frozen=True, slots=True)
class Certified:
    """The truth, one enclosure per entry (None where it cannot be enclosed), the precision that gave
    it, and per program the verdict on its rule, entry by entry."""

    reference: list[arb | None]
    bits: int
    rules: dict[str, list[bool | None]]
    reasons: dict[str, str]


def certify(
    problem: Problem,
    task: Task,
    x: Sequence[float],
    vector: Sequence[float],
    programs: dict[str, Program],
    bounds: dict[str, list[Bounds]],
    first_bits: int = FIRST_BITS,
    entries: Callable[[Const], list[arb]] | None = None,
    last_bits: int = LAST_BITS,
    allowed: Mapping[str, Sequence[float]] | None = None,
) -> Certified:
    """Enclose the truth, and hold every program against it.

    `entries` gives the truth at the precision in force, for what the constants of the function are, where the
    function's own Taylor series cannot: at a kink. With `last_bits` or more nothing is tried again. `allowed` says
    how far off the entries of a program's rule may be.
    """
    bits, rules, reasons = first_bits, {}, {}
    open_programs = dict(programs)
    while True:
        with precision(bits, order(task)):
            now = _Round(problem, task, x, vector, programs, bounds, entries, allowed or {}, bits)
            for name in list(open_programs):
                rules[name], final, why = now.judged(name)
                if final:
                    del open_programs[name]
                    reasons |= {name: why} if why else {}
        if (all(now.narrow) and not open_programs) or bits >= last_bits:
            for name in open_programs:
                if None in rules[name]:
                    reasons[name] = f"its program cannot be enclosed narrowly with {bits} bits"
            truth = [t if n else None for t, n in zip(now.truth, now.narrow, strict=True)]
            return Certified(truth, bits, rules, reasons)
        bits = max(2 * bits, ZERO_BITS) if now.may_be_zero() else 2 * bits


class _Round:
    """The truth and the programs at the precision in force; each is run when it is first asked for."""

    def __init__(
        self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float], programs: dict[str, Program],
        bounds: dict[str, list[Bounds]], entries: Callable[[Const], list[arb]] | None,
        allowed: Mapping[str, Sequence[float]], bits: int,
    ) -> None:  # fmt: skip
        self.problem, self.programs, self.bounds, self.allowed, self.bits = problem, programs, bounds, allowed, bits
        self.point = [*x, *vector]
        run = functools.partial(_run, point=self.point, loose=False)
        self.exact = {n: functools.cache(functools.partial(run, p)) for n, p in programs.items()}
        witnesses = [n for n in WITNESSES if n in programs]
        candidates = [self.exact[n] for n in witnesses]
        self.truth = entries(balls.const) if entries else reference.truth(problem, task, x, vector, candidates)
        self.magnitudes = _magnitudes(bounds, len(self.truth))
        self.narrow = [is_narrow(t, m) for t, m in zip(self.truth, self.magnitudes, strict=True)]
        asked = problem, task, x, vector, tuple(self.truth), [programs[n] for n in witnesses], entries
        meaning = functools.partial(_meant, *asked)
        self.decimals = functools.cache(functools.partial(meaning, _rounded_const))
        self.own = _decimals(problem)
        self.pieces = functools.cache(functools.partial(_in_pieces, self.own, meaning))

    def judged(self, name: str) -> tuple[list[bool | None], bool, str]:
        """The verdict on the rule of each entry of a program, whether it is final, and what it leaves open."""
        program, truth = self.programs[name], self.truth
        why = flipped(program, self.point)
        if why:
            return [None] * len(truth), True, why
        by_hand = name.startswith("claimed") or (name == "jax" and _has_rules(self.problem))
        if by_hand:  # who writes x**1.4 means 7/5, and 0.4 in its derivative
            own, meant, apart = self.magnitudes, self.decimals, self.pieces
        else:
            own, meant, apart = [b.magnitude for b in self.bounds[name]], lambda: truth, list
        near = self._near(name, program, by_hand)
        settled = bool(program.loose) and not by_hand and program.loose <= STANDS_FOR.keys() - self.own
        given = self.exact[name](), program, self.point, meant, apart, truth, self.magnitudes, own, near, settled
        rules, final = _compare(*given)
        if not final and self.bits >= ZERO_BITS > self.bits / 2:  # once: what more bits may not tell
            as_written = [arb(0)] * len(truth) if by_hand else near
            cases = program, self.point, truth, self.magnitudes, as_written, rules
            rules, final = _in_all_cases(*cases, sure=not (by_hand or program.loose))
        return rules, final, ROUNDED if None in rules else ""

    def _near(self, name: str, program: Program, by_hand: bool) -> list[arb]:
        """How far off the entries of a rule may be: a series may be cut off, a claim's where float64 ends, a library's
        where its rounding errors are."""
        near = [arb(0)] * len(self.truth)
        if by_hand:
            more = self.allowed.get(name, [0.0] * len(near))
            near = [APPROXIMATION * abs(t) + m for t, m in zip(self.truth, more, strict=True)]
        if program.approximate:
            near = [n + hidden(b, t) for n, b, t in zip(near, self.bounds[name], self.truth, strict=True)]
        return near

    def may_be_zero(self) -> bool:
        """Whether some entry that is not narrow yet may be zero: telling that takes many bits at once."""
        each = zip(self.truth, self.narrow, strict=True)
        return any(not n and t.is_finite() and t.contains(0) for t, n in each)


def _meant(
    problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float], truth: Sequence[arb],
    programs: Sequence[Program], entries: Callable[[Const], list[arb]] | None, meant: Const,
) -> Sequence[arb]:  # fmt: skip
    """The truth with the function's own decimals as what they are `meant` to be; `programs` may be certified for it."""
    own = _decimals(problem)
    if not own:
        return truth
    if entries is not None:
        return entries(meant)

    def run_with(program: Program, const: Const) -> list[arb]:
        return _run(program, [*x, *vector], False, lambda value: (const if value in own else balls.const)(value))

    candidates = [functools.partial(run_with, program) for program in programs]
    return reference.truth_in_a_box(problem, task, x, vector, candidates, meant)


def _decimals(problem: Problem) -> set[float | Fraction]:
    return {node.value for node in problem.graph.nodes if node.op == CONST and not is_short(node.value)}


def _in_pieces(
    decimals: Iterable[float | Fraction], meaning: Callable[[Const], Sequence[arb]]
) -> list[Sequence[arb]]:
    """The same for each piece of what one decimal or two may be: a comparison that meets the same decimal on both
    sides is undecided for all of it at once, and decided in every piece."""
    own = sorted(decimals)
    if not 0 < len(own) <= MOST_IN_PIECES:
        return []
    each = itertools.product(range(PIECES), repeat=len(own))
    return [meaning(functools.partial(_piece, dict(zip(own, chosen, strict=True)))) for chosen in each]


def _piece(number: Mapping[float | Fraction, int], value: float | Fraction) -> Ball:
    whole = _rounded_const(value)
    if value not in number:
        return whole
    rad = whole.value.rad() / PIECES
    return balls.const(whole.value.mid() + (2 * number[value] + 1 - PIECES) * rad + arb(0, rad))


def _has_rules(problem: Problem) -> bool:
    """Whether it is a JAX function with a rule that somebody wrote, as a claim is written."""
    return bool(getattr(getattr(problem.origin, "native", None), "has_rules", False))


def _magnitudes(bounds: dict[str, list[Bounds]], entries: int) -> list[float]:
    """For each entry the least sum of magnitudes that some program added up.

    The least: a program that adds up huge numbers must not buy itself a wide reference.
    """
    least = [float("inf")] * entries
    for per_entry in bounds.values():
        least = [min(m, b.magnitude) for m, b in zip(least, per_entry, strict=True)]
    return [m if m < float("inf") else SMALLEST for m in least]


def is_narrow(ball: arb, magnitude: float) -> bool:
    """Whether the ball is finite and narrow: beside itself, or beside what was added up."""
    if not ball.is_finite():
        return False
    # in arb: as floats, 2**-64 of a subnormal would be zero
    return bool(ball.rad() <= arb(NARROW) * max(magnitude, SMALLEST)) or bool(ball.rad() <= NARROW * abs(ball.mid()))


def _compare(
    exact: list[arb],
    program: Program,
    point: Sequence[float],
    meant: Callable[[], Sequence[arb]],
    pieces: Callable[[], Sequence[Sequence[arb]]],
    truth: list[arb],
    magnitudes: list[float],
    own: list[float],
    near: Sequence[arb],
    settled: bool,
) -> tuple[list[bool | None], bool]:
    """The verdict on the rule of each entry, and whether it is final: what wide balls leave open, more bits may
    tell; what rounded constants leave open stays so. `exact` is the program run in balls. `own` is what the program
    itself adds up: for a library, what a rounded literal may explain; a claim is not asked how much it would like to
    explain. `near`: how far off an entry may be. `settled`: all its literals are known for what they stand for.

    `meant` is asked for only where some entry misses the truth: where all overlap, decimals explain nothing;
    `pieces`, only where it is too wide to tell.
    """
    wide = _run(program, point, loose=True) if program.loose else exact
    all_overlap = all(e.overlaps(t) for e, t in zip(exact, truth, strict=True))
    stood = exact
    if not all_overlap and not program.loose.isdisjoint(STANDS_FOR):
        stood = _run(program, point, False, functools.partial(stood_for, program))
    decimals = truth if all_overlap else meant()
    most = [SMALL_GAP * max(abs(t), arb(reach)) for t, reach in zip(truth, own, strict=True)]
    if program.loose and any(w.overlaps(d) and w.rad() > s for w, d, s in zip(wide, decimals, most, strict=True)):
        wide = sharpened(program, point, exact, wide)
    result: list[bool | None] = []
    final, little = True, LITTLE * max((abs(t) for t in truth if t.is_finite()), default=arb(0))
    each = zip(exact, stood, wide, truth, decimals, magnitudes, most, near, strict=True)
    for k, (e, s, w, t, loose, m, small, off) in enumerate(each):
        if not (is_narrow(e, m) and is_narrow(t, m)):
            result.append(None)
            final = False
        elif e.overlaps(t) or (off > 0 and _nearest(e, t)):
            result.append(True)
        elif (program.approximate or off <= little) and abs(e - t) <= off:
            result.append(True)
        elif s.overlaps(t) and is_narrow(s, m):  # with its literals as what they stand for it is the truth
            result.append(True)
        elif settled and is_narrow(s, m):
            result.append(False)
        elif not w.is_finite():
            result.append(None)  # and stays it: a literal is as wide with more bits
        elif not w.overlaps(loose):
            result.append(bool(abs(e - t) <= off))
        else:  # right if rounded literals may explain the gap, and only a small one
            explained = bool(w.rad() + loose.rad() <= small)
            apart = [] if explained else [piece[k] for piece in pieces()]
            missed = bool(apart) and not any(w.overlaps(piece) for piece in apart)
            result.append(explained or (False if missed else None))
    return result, final


def _in_all_cases(
    program: Program, point: Sequence[float], truth: Sequence[arb], magnitudes: Sequence[float], near: Sequence[arb],
    rules: Sequence[bool | None], sure: bool,
) -> tuple[list[bool | None], bool]:  # fmt: skip
    """The verdicts once more, where the program's branches hang on what no precision tells apart: right if right in
    every case; wrong if wrong in every case, and `sure`: no constant that was rounded may explain it."""
    found = list(rules)
    for k, (t, m, off) in enumerate(zip(truth, magnitudes, near, strict=True)):
        if found[k] is None and is_narrow(t, m):
            cases = in_all(program.graph, program.graph.outputs[k], point) or [arb.nan()]
            right = [e.overlaps(t) or bool(abs(e - t) <= off) for e in cases if is_narrow(e, m)]
            if len(right) == len(cases) and (all(right) or (sure and not any(right))):
                found[k] = right[0]
    return found, None not in found


def hidden(bounds: Bounds, truth: arb) -> arb:
    """How much of a series may be missing: what rounding may do to the program, and no more than half of the digits."""
    half = arb(UNIT).sqrt() * abs(truth)
    return min(arb(bounds.program), half) if math.isfinite(bounds.program) else half


def _nearest(written: arb, truth: arb) -> bool:
    """Whether a number that is written down, 0 or a subnormal one, is what its few places can say of the truth."""
    if not (written.is_exact() and abs(written) < NORMAL and arb(float(written)) == written):
        return False
    return bool(2 * abs(written - truth) <= SMALLEST)


def _run(program: Program, point: Sequence[float], loose: bool, of: Const = balls.const) -> list[arb]:
    """The entries of a program in balls at the precision in force. `of` says what a constant is; `loose`: a library's
    literal is widened."""
    if not loose and of is balls.const:
        known = known_outputs(program.graph, point)
        if known is not None:
            return [y.value for y in known]

    def const(value: float | Fraction) -> Ball:
        ball = of(value)
        if loose and value in program.loose:
            return balls.const(ball.value + width(float(value)))
        return ball

    values = run_groups(program.graph, "ball", [balls.const(v) for v in point], const)
    return [values[o].value for o in program.graph.outputs]


def _rounded_const(value: float | Fraction) -> Ball:
    """A constant of the function as the decimal that its writer meant: within the last place of the double."""
    ball = balls.const(value)
    return ball if is_short(value) else balls.const(ball.value + arb(0, abs(float(value)) * 2.0**-53))


def flipped(program: Program, point: Sequence[float]) -> str:
    """A guard that the exact values decide differently from the floats, in words; "" if there is none."""
    if not program.guards:
        return ""
    ends = [g for g, _ in program.guards]
    values = run_groups(program.graph, "ball", [balls.const(v) for v in point], balls.const, ends)
    for node, was in program.guards:
        if values[node] is not None and values[node] != was:
            place = program.graph.nodes[node].where or program.graph.names()[node]
            return f"rounding decides the branch at {place}"
    return ""
