"""The goals, as ratios within one run, and what was measured beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from benchmarks.tape.cases import LONG_CHAIN
from benchmarks.tape.findings import Findings
from benchmarks.tape.functions.mlp import flop_ratio
from benchmarks.tape.paired import Ratio
from benchmarks.tape.peers import BUFFERS, FRESH, FUNCTION, PYTHON, TAPE

JAX, TORCH, HIPS, FUSED = "jax.jit", "PyTorch eager", "HIPS autograd", "tape, fused"


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio of two peers over some cases, and its bound."""

    what: str
    cases: str  # a pattern of names
    above: str
    under: str
    bound: float
    at_most: bool = True


GOALS = [
    Goal("tape / hand-written, buffers: medium MLPs", "mlp medium *", TAPE, BUFFERS, 1.05),
    Goal("tape / hand-written, buffers: big MLPs", "mlp big *", TAPE, BUFFERS, 1.05),
    Goal("tape / hand-written, fresh outputs: tiny MLPs", "mlp tiny *", TAPE, FRESH, 1.10),
    Goal("PyTorch eager / tape: tiny MLPs", "mlp tiny *", TORCH, TAPE, 4.0, False),
    Goal("PyTorch eager / tape: medium MLPs", "mlp medium *", TORCH, TAPE, 1.25, False),
    Goal("PyTorch eager / tape: big MLPs", "mlp big *", TORCH, TAPE, 0.98, False),
    Goal("HIPS autograd / tape: tiny MLPs", "mlp tiny *", HIPS, TAPE, 15.0, False),
    Goal("HIPS autograd / tape: medium MLPs", "mlp medium *", HIPS, TAPE, 3.0, False),
    Goal("HIPS autograd / tape: big MLPs", "mlp big *", HIPS, TAPE, 1.2, False),
    Goal("jax.jit / tape: tiny MLPs", "mlp tiny *", JAX, TAPE, 1.5, False),
    Goal("jax.jit / tape: medium MLPs", "mlp medium *", JAX, TAPE, 1.0, False),
    Goal("jax.jit / tape, fused: medium MLPs", "mlp medium *", JAX, FUSED, 1.0, False),
    Goal("jax.jit / tape: big MLPs", "mlp big *", JAX, TAPE, 1.0, False),
    Goal("tape / hand-written Python: the lecture's scalar", "scalar", TAPE, PYTHON, 1.4),
    Goal("tape / hand-written Python: chain of 1e5 ops", "chain 100000 *", TAPE, PYTHON, 1.1),
    Goal("jax.jit / tape: hvp, n = 1000", "rosenbrock n=1000 hvp", JAX, TAPE, 2.0, False),
    Goal("jax.jit / tape: Hessian, n = 100", "rosenbrock n=100 hessian", JAX, TAPE, 1.4, False),
    Goal("jax.jit / tape: ba Jacobian, p = 2000", "ba *", JAX, TAPE, 2.5, False),
    Goal("tape / jax.jit: gmm", "gmm *", TAPE, JAX, 1.2),
    Goal("tape / jax.jit: Rosenbrock, n = 1e6", "rosenbrock n=1000000 grad", TAPE, JAX, 1.4),
    Goal("tape, fused / jax.jit: Rosenbrock, n = 1e6", "rosenbrock n=1000000 grad", FUSED, JAX, 1.4),
    Goal("tape / jax.jit: lstm, 127 steps", "lstm *", TAPE, JAX, 2.0),
    Goal("gradient / function: big MLPs, tape", "mlp big *", TAPE, FUNCTION, round(1.03 * flop_ratio("big"), 2)),
]


@dataclass(frozen=True, slots=True)
class Row:
    """A goal with what was measured. `met` is None where it could not be."""

    what: str
    measured: str
    goal: str
    met: bool | None
    miss: str = ""
    missed: tuple[str, ...] = ()  # cases


def rows(found: Findings) -> list[Row]:
    return [*(_row(goal, found) for goal in GOALS), *_alone(found)]


def _row(goal: Goal, found: Findings) -> Row:
    sign = "<=" if goal.at_most else ">="
    ratios = {
        name: r for name in found.results
        if fnmatchcase(name, goal.cases) and (r := found.ratio(name, goal.above, goal.under)) is not None
    }  # fmt: skip
    limit = f"{sign} {goal.bound:.3g}"
    if not ratios:
        return Row(goal.what, _why_not(goal, found), limit, None)
    bad = {n: r for n, r in ratios.items() if (r.median > goal.bound) == goal.at_most and r.median != goal.bound}
    worst = (max if goal.at_most else min)(ratios, key=lambda n: ratios[n].median)
    values = sorted(r.median for r in ratios.values())
    measured = f"{values[0]:.3g} to {values[-1]:.3g}" if len(values) > 1 else _with_interval(ratios[worst])
    by_cpu = sum(r.by == "CPU" for r in ratios.values())
    if by_cpu:
        measured += f"; {by_cpu if len(ratios) > 1 else ''} by CPU time".replace("  ", " ")
    if not bad:
        return Row(goal.what, measured, limit, True)
    off = ratios[worst].median / goal.bound if goal.at_most else goal.bound / ratios[worst].median
    unsure = " (the interval holds the goal)" if ratios[worst].low <= goal.bound <= ratios[worst].high else ""
    return Row(goal.what, measured, limit, False,
               f"by a factor {off:.3g} in {worst}; {len(bad)} of {len(ratios)} cases{unsure}", tuple(bad))  # fmt: skip


def _with_interval(r: Ratio) -> str:
    return f"{r.median:.3g} ({r.low:.3g} to {r.high:.3g})"


def _why_not(goal: Goal, found: Findings) -> str:
    for name, peers in found.results.items():
        if fnmatchcase(name, goal.cases):
            for peer in (goal.above, goal.under):
                if peer in peers and peers[peer].state != "ready":
                    return f"{peer}: {peers[peer].state}, {peers[peer].why}"
    return "not in this run"


def _alone(found: Findings) -> Iterator[Row]:
    """Goals about first calls and memory, measured in processes of their own."""
    tiny = [name for name in found.memory if name.startswith("mlp tiny")]
    for name in tiny:
        for key, what in (("another", "of a further function"), ("first", "in a new process")):
            ours, theirs = found.undisturbed(name, TAPE, key), found.undisturbed(name, JAX, key)
            if ours and theirs:
                yield _bound(f"first gradient {what}: jax.jit / tape, {name}", theirs / ours, 50, "", name, False)
    for name in found.memory:
        ops = float(name.split()[1]) if name.startswith("chain") else 0.0
        first, grown = found.undisturbed(name, TAPE, "first"), found.alone(name, TAPE, "grown_first")
        if ops and name != LONG_CHAIN.name and first is not None and grown is not None:
            yield _bound(f"build per op, {name}: time", first / ops * 1e6, 15, " us", name)
            yield _bound(f"build per op, {name}: memory", grown / ops, 500, " B", name)
    if LONG_CHAIN.name in found.memory:
        at = found.memory[LONG_CHAIN.name].get(TAPE, {})
        if at.get("state") == "ready":
            yield Row("a chain of 1e6 ops", f"completes in {at['first']:.1f} s", "completes", True)
            yield _bound("a chain of 1e6 ops: memory per op, recorded and swept", at["grown_first"] / 1e6, 200, " B",
                         LONG_CHAIN.name)  # fmt: skip
        else:
            yield Row("a chain of 1e6 ops", at.get("why", "not measured"), "completes", False, "it did not complete")


def _bound(what: str, value: float, bound: float, unit: str, case: str, at_most: bool = True) -> Row:
    met = value <= bound if at_most else value >= bound
    off = value / bound if at_most else bound / value
    sign = "<=" if at_most else ">="
    miss = "" if met else f"by a factor {off:.3g}"
    return Row(what, f"{value:.3g}{unit}", f"{sign} {bound:g}{unit}", met, miss, () if met else (case,))
