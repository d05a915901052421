"""Slips of the chain rule, made on purpose: which one, at which step of the function, gives what was claimed?

The tape's sweep is done again with the rule of one step changed: a term left out, a factor forgotten, a sign turned.
It names the likely mistake and decides no verdict.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from symdiff.crosscheck.blaming.blame_arrays import expression
from symdiff.crosscheck.claimed.nearness import Seen, all_near, to_its_digits
from symdiff.graph import Graph, Node, run
from symdiff.methods.tape.sweep import rules_of, sweep
from symdiff.ops import TABLE

MOST = 20_000_000  # entries that all trials together may touch
Rules = Callable[[Node], Sequence[Any]]


class Trial:
    """The function at one point: its values, and what a sweep with other rules gives."""

    def __init__(self, graph: Graph, leaves: Sequence[Any], wrt: Sequence[int]) -> None:
        self.graph, self.inputs = graph, [graph.inputs[k] for k in wrt]
        with np.errstate(all="ignore"):
            self.values = run(graph, "forward", leaves, lambda c: c)
        self.varies = graph.varying()
        self.expression = functools.cache(functools.partial(expression, graph))  # all slips name the same steps
        self.size = sum(int(np.size(v)) for v in self.values if v is not None)

    def gradient(self, rules: Rules = rules_of) -> list[np.ndarray]:
        with np.errstate(all="ignore"):
            seeds = {self.graph.outputs[0]: 1.0}
            found = sweep(self.graph, self.values, seeds, self.varies, rules)
        shapes = [np.shape(self.values[i]) for i in self.inputs]
        each = zip((found[i] for i in self.inputs), shapes, strict=True)
        return [np.zeros(s) if a is None else np.broadcast_to(np.asarray(a, float), s) for a, s in each]


def slip(trials: Sequence[Trial], seen: Sequence[Seen]) -> str:
    """The slip that gives the claimed gradients at all points, and not the right ones, in words; "" if none does."""
    graph, first = trials[0].graph, trials[0]
    if all(all_near(p.claimed, p.right) for p in seen):
        return ""  # an error so small is no slip of a whole term
    cost = sum(t.size for t in trials)
    for tried, (said, rules) in enumerate(_slips(graph, first)):
        if tried * cost > MOST:
            break
        made = _made(trials, seen, rules)
        if made and not all(all_near(m, p.right) for m, p in zip(made, seen, strict=True)):
            return said
    return ""


def _made(trials: Sequence[Trial], seen: Sequence[Seen], rules: Rules) -> list[list[np.ndarray]]:
    """The gradients by these rules, if they are what was claimed at all points; empty if not."""
    found: list[list[np.ndarray]] = []
    for trial, p in zip(trials, seen, strict=True):
        try:
            found.append(trial.gradient(rules))
        except Exception:  # noqa: BLE001 - a changed rule may not fit the shapes of its step
            return []
        if not to_its_digits(p, found[-1]):
            return []
    return found


def _slips(graph: Graph, trial: Trial) -> Iterator[tuple[str, Rules]]:
    live = [i for i in graph.live() if graph.nodes[i].args and trial.varies[i] and graph.nodes[i].op != "scan"]
    kinds = (_missing_terms, _missing_factors, _signs, _powers, _at_the_result, _constants, _swapped)
    for kind in kinds:
        for i in reversed(live):
            for said, rules in kind(graph, i, trial):
                yield said, _only(graph.nodes[i], rules)


def _only(target: Node, rules: Sequence[Any]) -> Rules:
    return lambda node: rules if node is target else rules_of(node)


def _edges(graph: Graph, i: int, trial: Trial) -> list[tuple[int, int, Any]]:
    """(position, argument, rule) of what varies."""
    node = graph.nodes[i]
    each = zip(range(len(node.args)), node.args, rules_of(node), strict=False)
    return [(k, a, rule) for k, a, rule in each if rule is not None and trial.varies[a]]


def _with(node: Node, k: int, rule: Any) -> list[Any]:
    rules = list(rules_of(node))
    rules[k] = rule
    return rules


def _missing_terms(graph: Graph, i: int, trial: Trial) -> Iterator[tuple[str, Sequence[Any]]]:
    edges = _edges(graph, i, trial)
    for k, a, _ in edges:
        if len(edges) > 1 or _uses(graph, a, trial) > 1:
            yield (
                f"the term through {trial.expression(a)} in {_step(graph, i, trial)} is missing",
                _with(graph.nodes[i], k, None),
            )


def _missing_factors(graph: Graph, i: int, trial: Trial) -> Iterator[tuple[str, Sequence[Any]]]:
    node = graph.nodes[i]
    if TABLE[node.op].partials is None:
        return
    for k, a, _ in _edges(graph, i, trial):
        others = [b for j, b in enumerate(node.args) if j != k]
        said = f"the derivative of {node.op} by {trial.expression(a)}, a factor in the chain rule,"
        if node.op == "mul" and others:
            said = f"the factor {trial.expression(others[0])} of the chain rule"
        said = f"{said} is missing at {_step(graph, i, trial)}"
        yield said, _with(node, k, lambda ct, y, *_, **__: ct * np.ones_like(y))


def _signs(graph: Graph, i: int, trial: Trial) -> Iterator[tuple[str, Sequence[Any]]]:
    for k, a, rule in _edges(graph, i, trial):
        said = f"the term through {trial.expression(a)} in {_step(graph, i, trial)} has the wrong sign"
        yield said, _with(graph.nodes[i], k, lambda *v, rule=rule, **p: -rule(*v, **p))


def _powers(graph: Graph, i: int, trial: Trial) -> Iterator[tuple[str, Sequence[Any]]]:
    node = graph.nodes[i]
    if node.op not in ("power", "integer_power", "square") or not any(k == 0 for k, _, _ in _edges(graph, i, trial)):
        return
    rule = rules_of(node)[0]
    known = {"square": lambda: 2.0, "integer_power": lambda: float(dict(node.params)["n"])}
    exponent = known.get(node.op, lambda: trial.values[node.args[1]])()
    n = f"{float(exponent):g}" if np.ndim(exponent) == 0 else "n"
    yield (f"the factor {n} of the derivative of {_step(graph, i, trial)} is missing",
           _with(node, 0, lambda *v, **p: rule(*v, **p) / exponent))  # fmt: skip
    yield (f"the exponent of {_step(graph, i, trial)} is not lowered",
           _with(node, 0, lambda *v, **p: rule(*v, **p) * v[2]))  # fmt: skip


def _at_the_result(graph: Graph, i: int, trial: Trial) -> Iterator[tuple[str, Sequence[Any]]]:
    node = graph.nodes[i]
    row = TABLE[node.op]
    if len(node.args) != 1 or row.partials is None or node.params:
        return
    rule = rules_of(node)[0]
    if rule is not None:
        said = f"the derivative of {_step(graph, i, trial)} is taken at its result instead of its argument"
        yield said, [lambda ct, y, x: rule(ct, row.forward(y), y)]


def _constants(graph: Graph, i: int, trial: Trial) -> Iterator[tuple[str, Sequence[Any]]]:
    yield f"{_step(graph, i, trial)} is treated as a constant", [None] * len(rules_of(graph.nodes[i]))


def _swapped(graph: Graph, i: int, trial: Trial) -> Iterator[tuple[str, Sequence[Any]]]:
    edges = _edges(graph, i, trial)
    if len(edges) == 2 and len(graph.nodes[i].args) == 2:
        yield f"the two arguments of {_step(graph, i, trial)} are swapped", list(rules_of(graph.nodes[i]))[::-1]


def _uses(graph: Graph, a: int, trial: Trial) -> int:
    return sum(n.args.count(a) for k, n in enumerate(graph.nodes) if trial.varies[k])


def _step(graph: Graph, i: int, trial: Trial) -> str:
    node = graph.nodes[i]
    return f"{trial.expression(i)}{f' ({node.where})' if node.where else ''}"
