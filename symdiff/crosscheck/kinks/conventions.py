"""What a method takes for a slope where there is none: asked of it, op by op, at run time.

Libraries choose, and change their minds between versions; so nothing of this is written down anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.crosscheck.kinks.edges import Edges
from symdiff.crosscheck.kinks.pieces import Piece
from symdiff.crosscheck.kinks.sides import SIDES, slope
from symdiff.errors import SymdiffError
from symdiff.graph import CONST, Graph
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.problem import Problem

MOST_ASKED = 8  # of one method at one point: each costs JAX a trace


def asked(method: str, graph: Graph, kinks: Sequence[int], values: Sequence[float]) -> str:
    """What a method says of each kinked op by itself, at the numbers that it meets: `abs' = 1 at 0`."""
    steps: dict[tuple[str, tuple[bool, ...], tuple[float, ...]], None] = {}
    for i in kinks:
        node = graph.nodes[i]
        steps[node.op, tuple(graph.nodes[a].op != CONST for a in node.args), tuple(values[a] for a in node.args)] = None
    found = ((op, _alone(method, op, moving, args)) for op, moving, args in list(steps)[:MOST_ASKED])
    return ", ".join(dict.fromkeys(_words(op, slopes) for op, slopes in found if slopes is not None))


def _alone(method: str, op: str, moving: tuple[bool, ...], args: tuple[float, ...]) -> tuple[float, ...] | None:
    graph = Graph()
    each = enumerate(zip(moving, args, strict=True), 1)
    nodes = [graph.input(f"x{k}") if m else graph.const(v) for k, (m, v) in each]
    graph.outputs = (graph.apply(op, *nodes),)
    point = tuple(v for m, v in zip(moving, args, strict=True) if m)
    problem = Problem(graph, tuple(graph.nodes[k].name for k in graph.inputs), op, "text")
    try:
        return tuple(find_method(method).entries(problem, Task("grad", tuple(range(len(point)))), point))
    except SymdiffError:
        return None


def read_off(edges: Edges, weights: Sequence[tuple[Piece, float]]) -> str:
    """What a vector that is nobody's program takes, going by its weights of the pieces. Others may give the same
    vector: `as if abs' = 1 at 0`."""
    taken: dict[str, set[tuple[float, ...]]] = {}
    for i in {i for piece, _ in weights for i in piece.pattern}:
        node = edges.graph.nodes[i]
        args = [edges.values[a] for a in node.args]
        known = [(w, piece.pattern[i]) for piece, w in weights if i in piece.pattern]
        share = sum(w for w, s in known if s > 0) / sum(w for w, _ in known)
        count = sum(map(bool, SIDES[node.op].weights))
        both = [[float(slope(node.op, s, args, k)) for k in range(count)] for s in (1, -1)]
        taken.setdefault(node.op, set()).add(
            tuple(round(share * p + (1.0 - share) * m, 6) for p, m in zip(*both, strict=True))
        )
    said = [_words(op, next(iter(s))) for op, s in taken.items() if len(s) == 1]
    return f"as if {', '.join(sorted(said))}" if len(said) == len(taken) else "a mixture of the pieces"


def _words(op: str, slopes: Sequence[float]) -> str:
    each = [f"{s + 0.0:.6g}" for s in slopes]
    where = "0" if SIDES.get(op) and len(SIDES[op].weights) == 1 else "the kink"
    return f"{op}' = {each[0] if len(each) == 1 else '(' + ', '.join(each) + ')'} at {where}"
