"""Lamp R of a function too large to be taken apart: does the graph replay the caller's own function?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.large.noise import FACTOR, Disturbed, of_constants
from symdiff.crosscheck.report import Lamp
from symdiff.methods.disturbance import UNIT


def replayed(
    problem: ArrayProblem, leaves: Sequence[np.ndarray], rng: np.random.Generator,
    graph_here: Sequence[np.ndarray] | None = None, own_here: Sequence[np.ndarray] | None = None,
) -> Lamp:  # fmt: skip
    """R: the graph against the caller's own function, at the point and a little away from it. What they give at the
    point may be known, `own_here` to a few last places."""
    for step in (0.0, 1e-3):
        moved = [v * (1 + step * rng.uniform(-1, 1, v.shape)) if step else v for v in leaves]
        if not problem.holds(moved):
            continue
        known = graph_here if not step else None
        of_graph = problem.evaluate(moved) if known is None else known
        if known is not None and own_here is not None and near(known, own_here):
            continue
        both = list(zip(of_graph, problem.own(moved), strict=True))
        if near(*map(list, zip(*both, strict=True))):
            continue
        floor = Disturbed(problem.graph, moved).floor()
        if problem.rounds_constants:
            floor = [np.fmax(a, b) for a, b in zip(floor, of_constants(problem, moved), strict=True)]
        for (graph, own), noise in zip(both, floor, strict=True):
            if np.shape(graph) != np.shape(own):
                return Lamp("red", f"own function gives shape {np.shape(own)}, the graph {np.shape(graph)}")
            with np.errstate(all="ignore"):
                gap = np.abs(graph - own)
            same = (graph == own) | np.isnan(graph)
            if np.any(~(gap <= FACTOR * np.maximum(noise, UNIT * np.abs(graph))) & ~same):
                where = f"{step:.0e} away from the point" if step else "at the point"
                return Lamp("red", f"{where} the own function gives another value than the graph")
    return Lamp("green")


def near(graph: Sequence[np.ndarray], own: Sequence[np.ndarray]) -> bool:
    """Whether all numbers are the same to a few last places, which is within any noise."""
    return all(map(_near, graph, own))


def _near(a: np.ndarray, b: np.ndarray) -> bool:
    if np.shape(a) != np.shape(b):
        return False
    with np.errstate(all="ignore"):
        close = np.abs(a - b) <= FACTOR * UNIT * np.abs(a)
    return bool(np.all(close | (a == b) | (np.isnan(a) & np.isnan(b))))
