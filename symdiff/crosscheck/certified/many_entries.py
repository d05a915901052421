"""The weights of rounding errors for many entries at once: one reverse sweep with a vector for each node.

What `rounding` does entry by entry in ball arithmetic is done here in midpoints and radii that are floats,
every operation's own rounding added to the radius. The nodes that are equally far from the outputs take one
step together. An order of magnitude faster from a few dozen entries on.

Where every entry depends on a handful of steps and perhaps on a few results that all entries share (softmax's
sum), entry by entry is faster again: `shared_steps` says when.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from flint import arb

from symdiff.graph import CONST, INPUT, Graph

SLACK = 2.0**-50  # of each product and sum: what the floats of this sweep themselves may be off by
SMALLEST = 2.0**-1074
AT_ONCE = 512  # entries; a vector of this length per live node is kept
ROOM = 2**24  # numbers kept: fewer entries at once where many nodes are live

USERS = 256  # of a step that is taken as a whole
FEW_SHARED = 64
CHEAPER = 200  # how much a step of one entry costs beside one of a vector's for each entry

Slopes = Callable[[int], list[tuple[int, arb]]]


@dataclass(frozen=True, slots=True)
class _Level:
    """Nodes whose weights come from earlier levels alone. Weights are kept in rows, used again when nobody needs
    them. The edges are sorted by the node they lead to: the rows they come from, where each node's begin, and
    the slopes as midpoints and radii."""

    nodes: np.ndarray
    rows: np.ndarray
    sources: np.ndarray
    starts: np.ndarray
    mid: np.ndarray
    radius: np.ndarray
    slack: np.ndarray


def shared_steps(graph: Graph, outputs: Sequence[int], slopes: Slopes) -> set[int] | None:
    """The steps at which a sweep entry by entry can stop, since what lies beneath them is the same for every entry;
    None where the entries depend on too many steps for such sweeps. A slope of zero is no dependence: of a largest
    entry, the branches that were not taken are a chain as long as the array, and nothing comes through it."""
    users = Counter(a for node in graph.nodes for a in set(node.args))
    beneath = {i for i, n in users.items() if n >= USERS and graph.nodes[i].op not in (INPUT, CONST)}
    if len(beneath) > FEW_SHARED:
        return None
    left = len(graph.nodes) * len(outputs) // CHEAPER
    for output in outputs:
        cone, todo = {output}, [output]
        while todo:
            i = todo.pop()
            new = {a for a, _ in slopes(i)} - cone if i not in beneath else set()
            cone |= new
            todo += new
            if len(cone) > left:
                return None
        left -= len(cone)
    return beneath


def sums(
    graph: Graph,
    order: Sequence[int],
    outputs: Sequence[int],
    sizes: dict[int, float],
    errors: dict[int, float],
    slopes: Slopes,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each output: sum of |weight| error over steps and inputs; of |weight| |value| over the inputs; and of
    |weight| |value| over both. `sizes` are the |values|."""
    levels, rows = _levels(graph, order, outputs, slopes)
    width = max(1, min(AT_ONCE, ROOM // rows))
    values = np.array([sizes.get(i, 0.0) for i in range(len(graph.nodes))])
    noise = np.array([errors.get(i, 0.0) for i in range(len(graph.nodes))])
    inputs = np.array([node.op == INPUT for node in graph.nodes], bool)
    chunks = [outputs[k : k + width] for k in range(0, len(outputs), width)]
    with np.errstate(all="ignore"):
        parts = [_swept(levels, rows, chunk, values, noise, inputs) for chunk in chunks]
    total, problem, magnitude = (np.concatenate(p) for p in zip(*parts, strict=True))
    return total, problem, magnitude


def _levels(graph: Graph, order: Sequence[int], outputs: Sequence[int], slopes: Slopes) -> tuple[list[_Level], int]:
    """The nodes that the outputs depend on, by their longest way to one, and how many rows they need."""
    depth = dict.fromkeys(outputs, 0)
    edges: defaultdict[int, list[tuple[int, arb]]] = defaultdict(list)
    for i in reversed(order):
        if i in depth and graph.nodes[i].op != INPUT:
            for a, slope in slopes(i):
                depth[a] = max(depth.get(a, 0), depth[i] + 1)
                edges[a].append((i, slope))
    together: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for i, d in depth.items():
        together[d].append(i)
    leaving: defaultdict[int, list[int]] = defaultdict(list)  # by the level that is the last to need them
    last = dict(depth)
    for a, into in edges.items():
        for i, _ in into:
            last[i] = max(last[i], depth[a])
    for i, d in last.items():
        leaving[d].append(i)
    row: dict[int, int] = {}
    free: list[int] = []
    count, levels = 0, []
    for d, nodes in enumerate(together):
        for i in nodes:
            if free:
                row[i] = free.pop()
            else:
                row[i], count = count, count + 1
        levels.append(_level(nodes, edges, row))
        free += [row[i] for i in leaving[d]]
    return levels, count


def _level(nodes: Sequence[int], edges: dict[int, list[tuple[int, arb]]], row: dict[int, int]) -> _Level:
    nodes = sorted(nodes, key=lambda i: not edges[i])  # an output that nothing else needs has no edges
    all_edges = [(row[i], slope, len(edges[a])) for a in nodes for i, slope in edges[a]]
    counts = [len(edges[a]) for a in nodes if edges[a]]
    mid = np.array([float(s.mid()) for _, s, _ in all_edges])
    radius = np.array([float(s.rad()) * (1 + SLACK) for _, s, _ in all_edges])
    return _Level(
        np.array(nodes), np.array([row[i] for i in nodes]), np.array([k for k, _, _ in all_edges], int),
        np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int) if counts else np.zeros(0, int),
        mid, radius, np.array([SLACK * (1 + k) for _, _, k in all_edges]),
    )  # fmt: skip


def _swept(
    levels: Sequence[_Level], rows: int, outputs: Sequence[int], values: np.ndarray, noise: np.ndarray,
    inputs: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """The sums for some of the outputs."""
    count = len(outputs)
    total, problem, magnitude = np.zeros(count), np.zeros(count), np.zeros(count)
    mids, radii = np.zeros((rows, count)), np.zeros((rows, count))
    own: defaultdict[int, list[int]] = defaultdict(list)
    for k, o in enumerate(outputs):
        own[o].append(k)
    for level in levels:
        here, spread = np.zeros((len(level.nodes), count)), np.zeros((len(level.nodes), count))
        reached = len(level.starts)
        if reached:
            here[:reached], spread[:reached] = _gathered(level, mids, radii)
        for k, i in enumerate(level.nodes.tolist()):
            if i in own:
                here[k, own[i]] += 1.0
                spread[k] += SLACK * np.abs(here[k])
        mids[level.rows], radii[level.rows] = here, spread
        size = np.abs(here) + spread
        magnitude += _summed(size, values[level.nodes])
        is_input = inputs[level.nodes]
        if is_input.any():
            problem += _summed(size[is_input], values[level.nodes][is_input])
        noisy = noise[level.nodes] != 0.0
        total += _summed(size[noisy], noise[level.nodes][noisy])
    return total, problem, magnitude


def _gathered(level: _Level, mids: np.ndarray, radii: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The weights of a level's nodes: over all edges into each, weight times slope, as midpoints and radii."""
    mid, radius = mids[level.sources], radii[level.sources]
    bad = ~(np.isfinite(level.mid) & np.isfinite(level.radius))
    m, r = (np.where(bad, 0.0, s)[:, None] for s in (level.mid, level.radius))
    product, size = mid * m, np.abs(mid)
    spread = radius * (np.abs(m) + r) + size * r + level.slack[:, None] * np.abs(product)
    moved = mid[level.mid != 0.0]
    if np.count_nonzero(product) != np.count_nonzero(moved):  # underflow, perhaps
        spread += np.where((product == 0.0) & (mid != 0.0) & (m != 0.0), SMALLEST, 0.0)
    if bad.any():
        product[bad] = 0.0
        spread[bad] = np.where(size[bad] + radius[bad] == 0.0, 0.0, np.nan)
    return np.add.reduceat(product, level.starts, axis=0), np.add.reduceat(spread, level.starts, axis=0)


def _summed(size: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """The sum of the rows times their factors: zero is zero there, whatever the factor."""
    finite = np.isfinite(factors)
    if finite.all():
        return factors @ size
    return factors[finite] @ size[finite] + np.where(size[~finite] == 0.0, 0.0, np.inf).sum(axis=0)
