"""JAX on arrays: the JAX column of an array graph, differentiated by JAX's own transformations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from jax.extend import core

from symdiff.arrays import ArrayProblem, dtype_of, run_in
from symdiff.errors import BrokenRule, UnsupportedError
from symdiff.graph import Shape, run
from symdiff.methods.base import MATRICES, TANGENTS, Program, Task, count, in_flat_order
from symdiff.methods.jax.compositions import DEFAULT, composed, lacks, of_some, traced
from symdiff.methods.jax.jaxpr import evaluate
from symdiff.methods.jax.reading import to_graph
from symdiff.problem import Problem


def as_jax(problem: Problem | ArrayProblem) -> Callable[..., list[Any]]:
    """The function in JAX's language, from numbers or leaves to a list of outputs: the caller's own one, if it is
    JAX's, else the JAX column of its graph."""
    if isinstance(problem, ArrayProblem) and problem.native is not None:
        return problem.native
    graph = problem.graph
    needed = graph.live()
    dtype = getattr(problem, "dtype", "float64")

    def f(*leaves: Any) -> list[Any]:
        if dtype != "float64":
            values = run_in(graph, "jax", leaves, dtype_of(dtype), needed)
            return [jax.numpy.asarray(values[o], dtype_of(dtype)) for o in graph.outputs]
        values = run(graph, "jax", leaves, _constant, needed)
        return [jax.numpy.asarray(values[o], dtype=float) for o in graph.outputs]

    return f


def _constant(value: Any) -> Any:
    return value if isinstance(value, np.ndarray) else float(value)


def derivative(problem: ArrayProblem, task: Task, way: str = "") -> Callable[..., list[Any]]:
    """The task as a JAX function of the leaves and the vectors; the entries in the order of `Method.arrays`.
    `way`: "forward" or "reverse" only, by default what is quicker."""
    f, n, wrt, operator = as_jax(problem), len(problem.names), task.wrt, task.operator

    def entries(*args: Any) -> list[Any]:
        leaves, vector = args[:n], tuple(args[n:])
        chosen = tuple(leaves[k] for k in wrt)
        every = tuple(range(len(wrt)))
        if operator == "value":
            return f(*leaves)
        values, first = of_some(f, leaves, wrt), of_some(lambda *x: f(*x)[0], leaves, wrt)
        if operator == "vjp":
            return list(jax.vjp(values, *chosen)[1](list(vector)))
        if not wrt:
            return _of_nothing(f(*leaves), operator)
        if operator == "jvp":
            return list(jax.jvp(values, chosen, vector)[1])
        if operator == "grad":
            return list(jax.grad(first, every)(*chosen))
        if operator == "value_and_grad":
            y, g = jax.value_and_grad(first, every)(*chosen)
            return [y, *g]
        if operator == "tvp" or task.modes:
            return list(composed(first, task.modes or DEFAULT, task.tangents(vector))(*chosen))
        if operator == "hvp":
            return _along(jax.grad(first, every), chosen, vector, way)
        if operator == "jacobian":
            few = sum(v.size for v in chosen) < count(problem.answers)
            forward = way == "forward" or (few and not way)
            jacobian = (jax.jacfwd if forward else jax.jacrev)(values, every)(*chosen)
            return [block for row in jacobian for block in row]
        return _higher(values, chosen, MATRICES[operator], way)

    return entries


def _of_nothing(answers: list[Any], operator: str) -> list[Any]:
    """What is left where nothing is differentiated by."""
    if operator == "jvp":
        return jax.tree.map(jax.numpy.zeros_like, answers)
    return answers[:1] if operator == "value_and_grad" else []


def _along(gradient: Callable[..., Any], chosen: tuple[Any, ...], vector: tuple[Any, ...], way: str) -> list[Any]:
    """The gradient's slope along a vector; in reverse, since the Hessian is symmetric."""
    if way == "reverse":
        return list(jax.vjp(gradient, *chosen)[1](vector))
    return list(jax.jvp(gradient, chosen, vector)[1])


def _higher(f: Callable[..., Any], chosen: tuple[Any, ...], order: int, way: str) -> list[Any]:
    """All second or third derivatives, forward over reverse or one `way` only: nested lists and tuples of blocks, in
    their order."""
    every = tuple(range(len(chosen)))
    inner = jax.jacfwd if way == "forward" else jax.jacrev
    outer = jax.jacrev if way == "reverse" else jax.jacfwd
    blocks: Any = inner(f, every)
    for _ in range(order - 1):
        blocks = outer(blocks, every)
    return jax.tree.leaves(blocks(*chosen))


def vector_shapes(problem: ArrayProblem, task: Task) -> list[Shape]:
    """The shapes of the arrays that a tangent or cotangent is made of."""
    if task.operator in TANGENTS:
        return [problem.shapes[k] for k in task.wrt] * TANGENTS[task.operator]
    return problem.answers if task.operator == "vjp" else []


# operators that have a second way, for functions of the caller's that JAX differentiates forwards only (a
# `while_loop`) or in reverse only (a `custom_vjp`)
TWO_WAYS = ("jacobian", "hessian", "third", "hvp")


Derivative = Callable[..., list[Any]]


def trace(
    problem: ArrayProblem, task: Task, arguments: Sequence[np.ndarray], whole: Callable[[Derivative], Derivative],
    stages: list[Any] | None = None,
) -> core.ClosedJaxpr:  # fmt: skip
    """The jaxpr of what `whole` makes of the derivative. `stages` gets what JAX has traced of a caller's own
    function, to be lowered without tracing it again.

    Raises `UnsupportedError` where JAX has none of a caller's own function, `BrokenRule` where a rule in it fails.
    """
    if problem.native is None:
        return traced(whole(derivative(problem, task)), *arguments)
    why: Exception | str = ""
    for way in ("", "reverse", "forward") if task.name in TWO_WAYS else ("",):
        try:
            stage = jax.jit(whole(derivative(problem, task, way))).trace(*arguments)
            if not _one_way_inside(stage.jaxpr.jaxpr):
                if stages is not None:
                    stages.append(stage)
                return stage.jaxpr
            why = why or "can't apply forward-mode autodiff (jvp) to a custom_vjp function"
        except Exception as e:  # noqa: BLE001 - a rule of the caller's may raise anything
            why = why or e
            if not _one_way(e):
                break
    said = why if isinstance(why, str) else f"{type(why).__name__}: {str(why).partition(chr(10))[0][:300]}"
    if isinstance(why, str | NotImplementedError) or _one_way(why) or lacks(why):
        raise UnsupportedError(f"JAX has no {task.name} of it: {said}")
    # it could be traced, so this is no fault of the function's
    what = f"JAX cannot differentiate {problem.source}: a rule of its own (custom_jvp, custom_vjp) fails"
    raise BrokenRule(f"{what}: {said}")


def _one_way(e: Exception) -> bool:
    """Whether JAX says that a function is differentiated forwards only, or in reverse only."""
    return any(words in str(e) for words in ("everse-mode differentiation", "orward-mode"))


def _one_way_inside(jaxpr: Any) -> bool:
    """The same, where JAX would say it when the program is run: tangents of a `custom_vjp`."""
    for eqn in jaxpr.eqns:
        if eqn.primitive.name == "custom_lin":
            return True
        for value in eqn.params.values():
            for inner in value if isinstance(value, tuple | list) else [value]:
                within = getattr(inner, "jaxpr", inner)
                if hasattr(within, "eqns") and _one_way_inside(within):
                    return True
    return False


@contextmanager
def refusing_leaks() -> Iterator[None]:
    """`UnsupportedError` for a tracer that has left its trace: exp1, twice, of jax 0.10."""
    try:
        yield
    except (jax.errors.UnexpectedTracerError, TypeError) as e:
        if isinstance(e, jax.errors.UnexpectedTracerError) or "No constant handler" in str(e):  # where it is compiled
            raise UnsupportedError("a function of JAX's own leaks a tracer where it is differentiated so") from e
        raise


LONG, OFTEN = 1_000, 100  # equations of a program, whose compilation takes as long as so many runs without it


class Traced:
    """One derivative of a function of arrays as a jaxpr: compiled it runs, and entry by entry it is shown.

    A loop of the caller's comes as one long program, and compiling that takes XLA minutes: it is run equation
    by equation until it has been asked for often.
    """

    def __init__(self, problem: ArrayProblem, task: Task) -> None:
        self._shapes = [*problem.shapes, *vector_shapes(problem, task)]
        self._dtype = dtype_of(problem.dtype)
        self.jaxpr = self._trace(problem, task, [np.zeros(shape, self._dtype) for shape in self._shapes])
        self._compiled: Callable[..., Sequence[Any]] | None = None
        self._runs = 0
        self._shown = Shown(self.jaxpr, self._shapes)

    def _trace(self, problem: ArrayProblem, task: Task, arguments: Sequence[np.ndarray]) -> core.ClosedJaxpr:
        return trace(problem, task, arguments, lambda f: f)

    def _compile(self, given: Sequence[np.ndarray]) -> Callable[..., Sequence[Any]]:
        return jax.jit(core.jaxpr_as_fun(self.jaxpr))

    def run(self, leaves: Sequence[Any], vectors: Sequence[Any]) -> list[np.ndarray]:
        """The arrays of `Method.arrays`."""
        given = [np.asarray(a, self._dtype) for a in (*leaves, *vectors)]
        self._runs += 1
        return [np.array(y) for y in self._results(self.jaxpr, given, OFTEN)]

    def _results(self, whole: core.ClosedJaxpr, given: Sequence[np.ndarray], often: float) -> Sequence[Any]:
        """What a program gives: equation by equation where it is long and has not run often yet."""
        eagerly = len(whole.eqns) > LONG and self._runs < often
        with refusing_leaks():
            if eagerly:
                return evaluate(whole, given)
            self._compiled = self._compiled or self._compile(given)
            return self._compiled(*given)

    def program(self, problem: Problem, task: Task, point: Sequence[float]) -> Program | None:
        """The program with one output for each flat entry; `problem` is the function entry by entry."""
        return self._shown.program(problem, task, point)


class Shown:
    """A jaxpr entry by entry: read once, or for every point anew where it does something else there."""

    def __init__(self, jaxpr: core.ClosedJaxpr, shapes: Sequence[Shape]) -> None:
        self._jaxpr, self._shapes = jaxpr, shapes
        self._program: Program | None = None
        self._read: tuple[float, ...] | str = "never"  # the point it was read for, "always" for any

    def program(self, problem: Problem, task: Task, point: Sequence[float]) -> Program | None:
        """The program with one output for each flat entry; `problem` is the function entry by entry."""
        if self._read not in ("always", tuple(point)):
            numbers = len(point) - len(problem.names)
            read = to_graph(self._jaxpr, problem, numbers, self._shapes, point)
            self._read = tuple(point) if read.here_only else "always"
            self._program = read.program
            if read.program is not None:
                outputs = in_flat_order(read.results, problem.origin, task)
                read.program.graph.outputs = tuple(int(i) for i in outputs)
        return self._program
