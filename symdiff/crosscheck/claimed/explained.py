"""A function that knows what it is made of may say what is wrong with a claim about it.

The protocol: the object that is checked has a method

    explain(args, operator, found, right) -> str

`args` are the arguments that it was called with, by position; `found` are the claim's arrays and `right` the right
ones, one for each leaf (after the value, for value_and_grad). What it returns, a sentence or "", becomes the
`diagnosis` of the findings. It is asked about a claimed grad or value_and_grad that differs, and never about a method.
Nobody's verdict depends on it, and whatever it raises only means that nothing is said.

A function around such an object, `lambda p: net.risk(p, X, y)`, is explained by the object where the value is its
value, and the arguments are its arguments (`inputs.made`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.crosscheck.claimed.claimed_arrays import called
from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.sites import Place, Taken
from symdiff.crosscheck.verdict import DECIDED, Verdict
from symdiff.inputs.code import Code
from symdiff.inputs.leaves import plain_copy
from symdiff.methods import method as find_method
from symdiff.methods.base import Task

ASKED_ABOUT = ("grad", "value_and_grad")


def explained(
    code: Code, taken: Sequence[Taken], claims: Sequence[Claim], findings: Sequence[Finding], kwargs: dict[str, Any]
) -> list[Finding]:
    """The findings, with the function's own explanation of a claim that differs. `kwargs` are its arguments by name."""
    said: dict[tuple[str, str, int], str] = {}
    for claim in claims:
        for number, place in enumerate(taken):
            about = [x for x in findings if (x.method, x.operator, x.point) == (claim.name, claim.operator, number)]
            if claim.operator in ASKED_ABOUT and any(x.verdict is Verdict.DIFFER for x in about):
                said[claim.name, claim.operator, number] = _asked(code, kwargs, claim, place, about, findings)
    wrong = Verdict.DIFFER
    return [
        replace(x, diagnosis=said.get((x.method, x.operator, x.point), "")) if x.verdict is wrong else x
        for x in findings
    ]


def _asked(
    code: Code, kwargs: dict[str, Any], claim: Claim, place: Taken, about: Sequence[Finding],
    findings: Sequence[Finding],
) -> str:  # fmt: skip
    try:
        explain = getattr(code.f, "explain", None)
        if callable(explain):
            args, order = code.by_position(place[2], dict(kwargs)), None
        else:
            explain, args, order = _maker(place)
        if explain is None:
            return ""
        found, right = _arrays(claim, place, about, findings)
        if order is not None:
            first = int(claim.operator == "value_and_grad")
            found, right = ([*v[:first], *(v[first + k] for k in order)] for v in (found, right))
        text = explain(tuple(plain_copy(a) for a in args), claim.operator, found, right)
    except Exception:  # noqa: BLE001 - an explanation is a courtesy: it must not take the check down
        return ""
    return text if isinstance(text, str) else ""


def _maker(place: Taken) -> tuple[Callable[..., Any] | None, tuple[Any, ...], list[int]]:
    """Who made the function's value, as a lambda around it says nothing itself; the arguments, and which leaf of the
    lambda's each of their leaves is that is not data. None where something was done to a leaf before."""
    recording, leaves, _ = place
    graph = recording.problem.graph
    made = graph.makers.get(graph.outputs[0]) if len(graph.outputs) == 1 else None
    places = {node: k for k, node in enumerate(graph.inputs)}
    if made is None or any(node is not None and node not in places for node in made.nodes):
        return None, (), []
    order = [places[node] for node in made.nodes if node is not None]
    values = [v if n is None else leaves[places[n]] for v, n in zip(made.leaves, made.nodes, strict=True)]
    return getattr(made.maker, "explain", None), made.tree.build(values), order


def _arrays(
    claim: Claim, place: Taken, about: Sequence[Finding], findings: Sequence[Finding]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The claim's arrays and the right ones: the reference's, or those of a method that is right here."""
    recording, leaves, args = place
    problem, task = recording.problem, Task(claim.operator, tuple(range(len(leaves))))
    claimed = called(replace(claim, site=Place(recording, args)), problem, task, leaves, [])
    truth = [x.reference for x in about]
    first = int(claim.operator == "value_and_grad")
    if len(truth) == first + sum(leaf.size for leaf in leaves) and None not in truth:
        right = [np.asarray(v, np.float64) for v in problem.leaves(truth[first:])]
        return claimed, [*(np.asarray(v) for v in truth[:first]), *right]
    point, operator = about[0].point, claim.operator
    same = [x for x in findings if (x.operator, x.point) == (operator, point)]
    good = [m for m in ("tape", "jax", "symbolic") if _right(m, same)]
    return claimed, [np.asarray(v, np.float64) for v in find_method(good[0]).arrays(problem, task, leaves, [])]


def _right(method: str, findings: Sequence[Finding]) -> bool:
    verdicts = [x.verdict for x in findings if x.method == method]
    return bool(verdicts) and all(v in DECIDED and v is not Verdict.DIFFER for v in verdicts)
