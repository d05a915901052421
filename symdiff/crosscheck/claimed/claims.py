"""The user's own derivative, judged beside the methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, flat
from symdiff.crosscheck.claimed import claimed_arrays, claimed_jax
from symdiff.crosscheck.claimed.claim_faults import LONGER, ClaimFault, asked, linear, repeated
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError, SymdiffError
from symdiff.graph import CONST, Graph, is_short
from symdiff.inputs import formula_of
from symdiff.inputs.made import made_at
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import TANGENTS, Answer, Program, Task
from symdiff.methods.modes import split
from symdiff.problem import Problem


@dataclass(frozen=True, slots=True)
class Claim:
    """A derivative somebody wrote by hand: its name in the report, its operator, and how to call it."""

    name: str
    operator: str
    call: Callable[..., Any]
    formulas: Problem | None = None
    site: Any = None
    remarks: list[str] = field(default_factory=list)  # for the report's notes

    def remark(self, sentence: str) -> None:
        if sentence not in self.remarks:
            self.remarks.append(sentence)

    def whereabouts(self) -> str:
        """Which of the caller's functions it is, and the line: `claimed is my_gradient (model.py, line 3)`; of formulas
        there is nothing to say."""
        place = made_at(self.call) if self.formulas is None else ""
        return f"{self.name} is {getattr(self.call, '__name__', 'yours')} ({place})" if place else ""

    def at(self, site: Any) -> Claim:
        """The claim about a Python function, with the arguments it is called with here."""
        return replace(self, site=site) if site.recording is not None else self

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float]) -> Answer:
        """The claimed entries, and the claim's own program if it can be recorded."""
        count = len(task.indices(problem))
        if self.formulas is not None:
            entries = [float(v) for v in self.formulas.evaluate(x)]  # numbers: the formulas are ours
            return Answer(counted(entries, count, self), program_of(self.formulas.graph, problem))
        if self.site is not None:
            return claimed_arrays.answer(self, task, vector)
        arguments = _arguments(task, x, vector)
        once, again = (
            counted([number(v, self) for v in _flat(self._called(arguments))], count, self)
            for _ in range(2)
        )
        repeated(self, [np.array(once)], [np.array(again)])
        if vector:
            longer = _arguments(task, x, [LONGER * v for v in vector])
            more = counted([number(v, self) for v in _flat(self._called(longer))], count, self)
            linear(self, [np.array(once)], [np.array(more)], LONGER ** TANGENTS.get(task.operator, 1))
        program = self._recorded(problem, task, x, vector, count)
        return Answer(once, program or self._traced(problem, task, x, vector, once))

    def _called(self, arguments: Sequence[Any]) -> Any:
        result = asked(lambda: claimed_jax.in_64_bits(lambda: self.call(*arguments)), self)
        claimed_jax.remark_64_bits(self, result)
        return result

    def _traced(
        self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float], once: list[float]
    ) -> Program | None:
        """The claim's program by its jaxpr, if it computes with JAX."""
        n = len(x)
        given = [np.asarray(v, np.float64) for v in (*x, *vector)]

        def entries(*values: Any) -> list[Any]:
            return _traced_flat(self.call(*_arguments(task, values[:n], values[n:])))

        closed = claimed_jax.traced(entries, given)
        if closed is None:
            return None
        return claimed_jax.opened(closed, problem, given, flat, np.array(once))

    def _recorded(
        self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float], count: int
    ) -> Program | None:
        """Run the claim once more on recorded values. Whatever stops that only closes the program."""
        graph = Graph()
        point = [Recorded(graph, graph.input(name)) for name in problem.names]
        tangent = [Recorded(graph, graph.input(f"v{k + 1}")) for k in range(len(vector))]
        try:
            results = _flat(self.call(*_arguments(task, point, tangent)))
            if len(results) != count:
                return None
            graph.outputs = tuple(r.index if isinstance(r, Recorded) else graph.const(float(r)) for r in results)
        except (Exception, SystemExit):  # noqa: BLE001 - the user's code may object to a recorded value in any way it likes
            return None
        return program_of(graph, problem)


def program_of(graph: Graph, problem: Problem) -> Program:
    """A claim's program. A literal that somebody had to round, 0.6931471805599453 for log 2, is known to
    its last place only; one of the function's own is what it is."""
    own = {node.value for node in problem.graph.nodes if node.op == CONST}
    written = {node.value for node in graph.nodes if node.op == CONST and node.value is not None} - own
    return Program(graph, loose=frozenset(float(v) for v in written if not is_short(v)))


def claims(claimed: Any, problem: Problem | ArrayProblem, operators: Sequence[str]) -> list[Claim]:
    """Read the `claimed` argument: a callable, formulas, or a mapping from operator names to these, or to mappings of
    labels to these where there are several under one operator."""
    if claimed is None:
        return []
    if isinstance(claimed, Mapping):
        if not claimed:
            raise InputError("claimed is an empty mapping: expected {operator: a function or formulas}")
        unasked = [str(o)[:60] for o in claimed if o not in operators]
        if unasked:
            raise InputError(f"claimed has {unasked[0]}, which is not checked: operators are {', '.join(operators)}")
        found = [(operator, label, c) for operator, given in claimed.items() for label, c in _labels(given, operator)]
    else:
        found = [(operators[0], "", claimed)]
    several = len(found) > 1
    made = [(label, _claim(c, operator, problem, several)) for operator, label, c in found]
    return [replace(c, name=f"claimed:{label}") if label else c for label, c in made]


def _labels(given: Any, operator: str) -> list[tuple[str, Any]]:
    """One claim without a label, or several with theirs."""
    if not isinstance(given, Mapping):
        return [("", given)]
    odd = next((label for label in given if not isinstance(label, str) or not label.strip()), None)
    if odd is not None or not given:
        what = f"the label {odd!r}" if given else "an empty mapping"
        raise InputError(f"claimed[{operator!r}] has {what}: expected {{'a label': a function or formulas}}")
    return list(given.items())


def whereabouts(claimed: Sequence[Claim], found: Sequence[Finding]) -> list[str]:
    """Which of the caller's functions the claims are that differ."""
    wrong = {f.method for f in found if f.verdict is Verdict.DIFFER}
    return [said for c in claimed if c.name in wrong and (said := c.whereabouts())]


def labelled(claimed: Mapping[str, Any], name: str) -> Any:
    """The claims under one operator reduced to the one that the report calls `name`."""
    label = name.removeprefix("claimed:")
    return {label: claimed[label]} if label in claimed else claimed


def _claim(claimed: Any, operator: str, problem: Problem | ArrayProblem, several: bool) -> Claim:
    Task.named(operator, ()).check(problem)
    if split(operator)[1]:
        raise InputError(f"claimed: {operator} is a way to a derivative: claim the derivative itself, hvp or tvp")
    if callable(claimed) and not hasattr(claimed, "free_symbols") and not isinstance(claimed, Problem):
        label = getattr(claimed, "__name__", type(claimed).__name__)
        return Claim(f"claimed:{label}" if several else "claimed", operator, claimed)
    if isinstance(problem, ArrayProblem):
        kind = type(claimed).__name__
        raise InputError(f"claimed: expected a function of the arguments of {problem.source}, got {kind}")
    if operator not in ("value", "grad", "jacobian", "hessian", "third", "value_and_grad"):
        raise InputError(f"claimed formulas cannot be judged under {operator}: give a function")
    if not isinstance(claimed, str | list | tuple | Problem) and not hasattr(claimed, "free_symbols"):
        kind = type(claimed).__name__
        raise InputError(f"claimed: expected a function, a formula or a list of formulas, got {kind}")
    parts = [claimed] if isinstance(claimed, str) or hasattr(claimed, "free_symbols") else _flat(claimed)
    try:
        formulas = formula_of(parts, problem.names)
    except SymdiffError as e:
        raise type(e)(f"claimed: {e}") from e
    return Claim(f"claimed:{operator}" if several else "claimed", operator, formulas, formulas)


def _arguments(task: Task, x: Sequence[Any], vector: Sequence[Any]) -> tuple[Any, ...]:
    """As the operator itself takes them: the point; for jvp, vjp and hvp (primals, tangents), two of them for tvp."""
    if task.operator == "vjp":
        return tuple(x), tuple(vector)
    tangents = task.tangents(vector)
    return (tuple(x), *map(tuple, tangents)) if tangents else tuple(x)


def _traced_flat(result: Any) -> list[Any]:
    """The parts of nested tuples and lists, in order, as JAX takes them."""
    return [v for part in result for v in _traced_flat(part)] if isinstance(result, list | tuple) else [result]


def _flat(result: Any) -> list[Any]:
    """Numbers out of nested tuples, lists and arrays, in order."""
    if isinstance(result, Recorded):
        return [result]
    if isinstance(result, np.ndarray):
        return list(result.ravel())
    if isinstance(result, list | tuple):
        return [leaf for part in result for leaf in _flat(part)]
    if getattr(result, "ndim", 0):  # a JAX or torch array
        return list(np.asarray(result).ravel())
    return [result]


def number(value: Any, claim: Claim) -> float:
    try:
        if np.iscomplexobj(value) or isinstance(value, bool | np.bool_):  # float() would drop the imaginary part
            raise TypeError
        return float(value)
    except (TypeError, ValueError) as e:
        kind = type(value).__name__
        raise ClaimFault(f"{claim.name} returns {kind} for {claim.operator}: expected real numbers") from e


def counted(entries: list[float], count: int, claim: Claim) -> list[float]:
    if len(entries) != count:
        kind = ClaimFault if claim.formulas is None else InputError
        raise kind(f"{claim.name} gives {len(entries)} number(s) for {claim.operator}, expected {count}")
    return entries
