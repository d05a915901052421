"""Faults of the chaining: the reverse sweep, or one mode over the other, with one thing wrong in it, while every row
is right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import numpy as np

from symdiff.crosscheck.check import crosscheck
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import Graph
from symdiff.methods.modes import SECOND
from symdiff.methods.tape import record, sweep
from symdiff.methods.tape.compositions import Composition
from symdiff.ops import TABLE
from symdiff.selftest.planting import patched
from symdiff.selftest.score import KILLED, SURVIVED, Mutant

FAULTS = (
    "adjoint overwritten instead of summed", "first adjoint kept", "adjoints subtracted", "seed doubled",
    "where sends its adjoint into the other branch", "the answer in place of the cotangent",
    "the cotangent in place of the answer", "arguments in reverse", "only the first argument",
    "the second rule for the first argument", "the last step skipped", "the first steps skipped",
)  # fmt: skip


def f(x: Any, y: Any) -> Any:
    """Every value is used more than once, with a branch on the way."""
    return np.sin(x) * np.exp(y) + np.where(x > y, x / y, y * x) + np.exp(y)


def broadcast(x: Any, y: Any) -> Any:
    return np.sum(np.sin(x) * y * np.array([[0.5, 1.5], [-0.7, 0.3]]))


def faulty_sweep(fault: str) -> Callable[..., list[Any]]:  # noqa: C901 -- twelve faults in one sweep
    """The reverse sweep written once more, of numbers, with one fault in it ("" for none)."""

    def sum_up(known: Any, share: Any) -> Any:
        if known is None or fault == "adjoint overwritten instead of summed":
            return share
        if fault == "first adjoint kept":
            return known
        return known - share if fault == "adjoints subtracted" else known + share

    def swept(
        graph: Graph, values: Sequence[Any], seeds: Mapping[int, Any], varies: Sequence[bool] | None = None, **_: Any
    ) -> list[Any]:
        adjoints: list[Any] = [None] * len(graph.nodes)
        for i, seed in seeds.items():
            adjoints[i] = seed + seed if fault == "seed doubled" else seed
        varies = graph.varying() if varies is None else varies
        last = 4 if fault == "the first steps skipped" else 0
        for i in range(max(seeds) - (fault == "the last step skipped"), last - 1, -1):
            ct, node = adjoints[i], graph.nodes[i]
            if ct is None or not node.args or not varies[i]:
                continue
            args, rules = [values[a] for a in node.args], list(TABLE[node.op].vjp)
            if node.op == "where":
                taken = 1 if bool(args[0]) != (fault == "where sends its adjoint into the other branch") else 2
                rules = [None, *(lambda ct, *_, take=k == taken: ct if take else None for k in (1, 2))]
            if fault == "arguments in reverse":
                args.reverse()
            if fault == "the second rule for the first argument":
                rules.reverse()
            for a, rule in zip(node.args, rules[:1] if fault == "only the first argument" else rules, strict=False):
                if rule is None or not varies[a]:
                    continue
                ct_, y = ct, values[i]
                if fault == "the answer in place of the cotangent":
                    ct_ = y
                if fault == "the cotangent in place of the answer":
                    y = ct
                share = rule(ct_, y, *args, **dict(node.params))
                if share is not None:
                    adjoints[a] = sum_up(adjoints[a], share)
        return adjoints

    return swept


def not_unbroadcast(share: Any, shape: Sequence[int]) -> Any:
    """Broadcasting is not summed over: the first entry stands for all."""
    have = np.shape(share) if not hasattr(share, "shape") else share.shape
    if tuple(have) == tuple(shape):
        return share
    lead = len(have) - len(shape)
    key = (*[0] * lead, *(slice(0, 1) if n == 1 and have[lead + k] != 1 else slice(None) for k, n in enumerate(shape)))
    return share[key] if lead >= 0 else np.broadcast_to(share, tuple(shape))


def chaining() -> Iterator[Mutant]:
    """The tape alone is accused of each of them."""
    x, y = np.array([[0.3, 1.2], [-0.8, 0.5]]), np.array([0.9, -1.4])

    def swept(fault: str) -> AbstractContextManager[None]:
        return patched(record, "sweep", faulty_sweep(fault))

    cases: list[tuple[str, AbstractContextManager[None], Callable[..., Any], tuple[Any, ...]]] = [
        *((fault, swept(fault), f, (1.37, 0.61)) for fault in FAULTS),
        ("not unbroadcast", patched(sweep, "fitted", not_unbroadcast), broadcast, (x, y)),
    ]
    for fault, plant, function, args in cases:
        with plant:
            report = crosscheck(function, *args, wrt=(0, 1))
        accused = {q.method for q in report.findings if q.verdict is Verdict.DIFFER}
        said = f"{report.verdict}: {', '.join(sorted(accused)) or 'nobody'} accused"
        fate = KILLED if accused == {"tape"} else SURVIVED
        yield Mutant("sweep", function.__name__, fault, fate, said=said)


def compositions() -> Iterator[Mutant]:
    """Faults of one mode over the other, each in all second derivatives and a third one."""
    slope, gradient, pushed = Composition.slope, Composition.gradient, Composition.pushed
    faults: dict[str, tuple[str, Callable[..., Any]]] = {
        "the tangent forgotten": ("slope", lambda self, y, mode, t: slope(self, y, mode, [1.0] * len(t))),
        "a tangent of the wrong sign": ("pushed", lambda self, w, t: pushed(self, w, [-v for v in t])),
        "only the first variable moves": ("pushed", lambda self, w, t: pushed(self, w, [*t[:1], *[0.0] * len(t[1:])])),
        "the gradient in reverse order": ("gradient", lambda self, y: gradient(self, y)[::-1]),
        "the gradient of the value": (
            "gradient", lambda self, y: gradient(self, self.recorder.problem.graph.outputs[0])),
    }  # fmt: skip
    for fault, (where, mutant) in faults.items():
        with patched(Composition, where, mutant):
            report = crosscheck(f, 1.37, 0.61, wrt=(0, 1), methods=("tape",), operators=(*SECOND, "tvp"))
        wrong = {q.operator for q in report.findings if q.verdict is Verdict.DIFFER}
        said = f"{report.verdict}: {', '.join(sorted(wrong)) or 'nothing'} is wrong"
        yield Mutant("compositions", f.__name__, fault, KILLED if wrong else SURVIVED, said=said)
