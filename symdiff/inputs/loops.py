"""Loops that are recorded as one step, and functions whose intermediate values are computed again.

`scan` has JAX's meaning. With plain arrays it is the loop it says. Where values are recorded, the step runs once, on
values of a graph of its own; what it takes from outside becomes an argument of the loop.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded, as_number, is_complex, record
from symdiff.inputs.steps import Body, innermost
from symdiff.loops import Loop
from symdiff.ops.loops import scan as SCAN  # noqa: N812 - the row, beside the function of that name
from symdiff.pytrees import Tree, flatten

Keep = Literal["all", "log", "nothing"]
COMPLEX = "complex values go through a scan or a checkpoint as two real ones: give their real and imaginary parts"
ONCE = "a loop is recorded as one step"


def scan(
    step: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any = None, length: int | None = None,
    reverse: bool = False, checkpoint: bool | str = False,
) -> tuple[Any, Any]:  # fmt: skip
    """`carry, y = step(carry, x)` for every x along the first axis of `xs`: JAX's `lax.scan`.

    Where it is differentiated the step is recorded once, and the loop is one op of the graph: the program of its
    gradient is as long as one step. So the step may not decide by its values (`if`, `while`, an index): write
    `np.where`. It may use values from outside, such as weights. Every number in it is a float.

    The gradient has the bits of the same loop in Python, but for the sign of a zero, and except where sums are taken
    in another order: where a loop in a loop shares a weight, and where the carry is used in the next step and given
    away as well.

    Args:
        step: takes the carry and one entry of `xs`, returns the next carry and what this step gives (or None).
        init: the first carry: a number, an array or a pytree of them. Structure, shapes and dtypes stay.
        xs: an array or a pytree of arrays, all of the same length; or None.
        length: how many steps; needed where `xs` is None.
        reverse: begin with the last entry. What the steps give stands in the order of `xs` all the same.
        checkpoint: True or "log": of the carries few are kept for the way back and the others computed again, so
            that the memory grows with log2(length), and the steps forward are done up to log2(length) / 2 times more.

    Returns:
        The last carry, and what the steps gave, stacked along a new first axis.

    Raises:
        InputError: no steps, arrays of different lengths, a carry that changes its structure, shape or dtype.
        UnsupportedError: the step decides by its values where it is recorded.

    Source: J. Bradbury et al., JAX, `jax.lax.scan`. The checkpoints: A. Griewank, "Achieving logarithmic growth of
    temporal and spatial complexity in reverse automatic differentiation", Optimization Methods and Software 1 (1992).

    >>> import numpy as np, symdiff as sd
    >>> sd.scan(lambda total, x: (total + x, total), 0.0, np.array([1.0, 2.0, 3.0]))
    (np.float64(6.0), array([0., 1., 3.]))
    >>> def logistic(r):
    ...     return sd.scan(lambda x, _: (r * x * (1.0 - x), None), 0.25, length=10)[0]
    >>> round(sd.grad(logistic)(3.0), 6)
    0.436739
    """
    if checkpoint not in (False, True, "log"):
        raise InputError(f"checkpoint={checkpoint!r}: expected False, True or 'log'")
    first, carry_tree = flatten(init)
    scanned, xs_tree = flatten(xs)
    scanned = [x if isinstance(x, Recorded) else np.asarray(x) for x in scanned]
    length = _length(scanned, xs_tree, length)
    turn = _Turn(step, carry_tree, xs_tree)
    order = range(length)[::-1] if reverse else range(length)
    graph = innermost([v for v in (*first, *scanned) if isinstance(v, Recorded)])
    if graph is None:
        carry, given, tree = turn.plain(first, [x[order[0]] for x in scanned])
        if any(is_complex(v) and not _is_plain(v) for v in (*first, *carry, *given)):
            raise UnsupportedError(COMPLEX)
        graph = innermost([v for v in (*carry, *given) if isinstance(v, Recorded)])
        if graph is None:
            return turn.loop(carry, given, tree, scanned, order)
    keep: Keep = "log" if checkpoint else "all"
    return turn.recorded(graph, first, scanned, order, keep)


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """The same function; its intermediate values are not kept for the way back, but computed again there.

    Takes memory for time: one more run of `f`, of what it computes from its arguments. Arguments and results are
    numbers, arrays or pytrees of them; like the step of a `scan`, `f` may not decide by its values where it is
    recorded. Of an argument that is used again outside, `f` adds up its own shares first: the last bits may differ
    from those without. For JAX it is `jax.checkpoint`.

    Raises:
        UnsupportedError: `f` decides by its values where it is recorded.

    >>> import numpy as np, symdiff as sd
    >>> layer = sd.checkpoint(lambda x: np.tanh(np.sin(x) * x))
    >>> round(sd.grad(lambda x: layer(layer(x)))(0.5), 6)
    0.399376
    """

    @functools.wraps(f)
    def again(*args: Any, **kwargs: Any) -> Any:
        leaves, tree = flatten((args, kwargs))
        here = [k for k, v in enumerate(leaves) if isinstance(v, Recorded) and v.graph.nodes[v.index].kind == "f"]
        if not here:
            return f(*args, **kwargs)

        def step(carry: Any, x: Sequence[Any]) -> Any:
            inside = dict(zip(here, x, strict=True))
            positional, named = tree.build([inside.get(k, v) for k, v in enumerate(leaves)])
            return carry, f(*positional, **named)

        graph = innermost([leaves[k] for k in here])
        turn = _Turn(step, flatten(())[1], flatten([0.0] * len(here))[1])
        _, found = turn.recorded(graph, [], [leaves[k][None] for k in here], range(1), "nothing")
        results, structure = flatten(found)
        return structure.build([y[0] for y in results])

    return again


class _Turn:
    """The step of a loop, on leaves; what it returns is looked at."""

    def __init__(self, step: Callable[[Any, Any], Any], carry: Tree, xs: Tree) -> None:
        self.step, self.carry, self.xs = step, carry, xs

    def plain(self, carry: Sequence[Any], x: Sequence[Any]) -> tuple[list[Any], list[Any], Tree]:
        """The next carry, what the step gave, and the structure of that."""
        found = self.step(self.carry.build(carry), self.xs.build(x))
        if not isinstance(found, tuple) or len(found) != 2:
            what = f"a {type(found).__name__}" + (f" of {len(found)}" if isinstance(found, tuple) else "")
            raise InputError(f"the step of a scan returns {what}: expected a pair, the next carry and what it gives")
        after, tree = flatten(found[0])
        if tree != self.carry:
            raise InputError(
                f"the carry of a scan goes into the step as {self.carry} and comes out as {tree}: expected the same"
            )
        for path, before, now in zip(tree.paths("carry"), carry, after, strict=True):
            _same_kind(path, before, now)
        return (after, *flatten(found[1]))

    def loop(
        self, carry: list[Any], given: list[Any], tree: Tree, scanned: list[Any], order: range
    ) -> tuple[Any, Any]:
        """The steps after the first, one by one."""
        rows = [given]
        for t in order[1:]:
            carry, given, now = self.plain(carry, [x[t] for x in scanned])
            if now != tree or any(map(_apart, given, rows[0])):
                raise InputError(f"the step of a scan gives {now} of other shapes than before ({tree}): expected alike")
            rows.append(given)
        rows = rows[:: order.step]
        stack = _stack if any(isinstance(v, Recorded) for row in rows for v in row) else np.stack
        return self.carry.build(carry), tree.build([stack(column) for column in zip(*rows, strict=True)])

    def recorded(
        self, graph: Graph, first: list[Any], scanned: list[Any], order: range, keep: Keep
    ) -> tuple[Any, Any]:
        """The loop as one op of `graph`."""
        if any(map(is_complex, (*first, *scanned))):
            raise UnsupportedError(COMPLEX)
        body = Body(graph)
        t = order[0]
        names = self.carry.paths("carry")
        carry = [body.given(n, _number(v)) for n, v in zip(names, first, strict=True)]
        xs = [body.given(n, _number(v)[t]) for n, v in zip(self.xs.paths("x"), scanned, strict=True)]
        after, given, tree = self.plain(carry, xs)
        for path, before, now in zip(names, carry, after, strict=True):
            if np.shape(now) != before.shape:
                raise InputError(
                    f"{path} of a scan goes into the step with shape {before.shape} and comes out with "
                    f"{np.shape(now)}: expected the same"
                )
        paths = [*names, *tree.paths("y")]
        body.outputs = tuple(_output(body, v, path) for v, path in zip((*after, *given), paths, strict=True))
        if body.guards:
            where = body.nodes[body.guards[0][0]].where
            raise UnsupportedError(
                f"{where + ': ' if where else ''}a decision by a value (if, while, an index) in the step of a scan or "
                f"in a checkpoint would hold for all steps: {ONCE}; write np.where"
            )
        body.places = False
        graph.wrote = graph.wrote or body.wrote
        if not body.outputs:
            return self.carry.build([]), tree.build([])
        loop = Loop(body.copy(), len(first), len(scanned), len(order), order.step < 0, keep)
        args = [v if isinstance(v, Recorded) else np.asarray(v, float)[()] for v in (*first, *scanned, *body.shared)]
        if not any(isinstance(v, Recorded) for v in args):  # nothing that is differentiated is in it
            parts = loop.parts(SCAN.forward(*args, loop=loop))
        else:
            parts = loop.parts(record(graph, "scan", tuple(args), (("loop", loop),)))
        return self.carry.build(parts[: len(first)]), tree.build(parts[len(first) :])


def _length(scanned: Sequence[Any], tree: Tree, length: int | None) -> int:
    if length is not None and (isinstance(length, bool) or not isinstance(length, int | np.integer) or length < 0):
        raise InputError(f"length={length!r}: expected a whole number of steps")
    found = {} if length is None else {int(length): "length"}
    for path, x in zip(tree.paths("xs"), scanned, strict=True):
        if not x.shape:
            raise InputError(f"{path} is a number: a scan goes along the first axis of an array")
        found.setdefault(x.shape[0], path)
    if len(found) > 1:
        said = " and ".join(f"{path} says {n}" for n, path in found.items())
        raise InputError(f"a scan of different lengths: {said}")
    if not found:
        raise InputError("a scan without xs: say how many steps with length=")
    (n,) = found
    if n == 0:
        raise InputError("a scan of no steps: nobody can say what its step would have given; expected one or more")
    return n


def _number(value: Any) -> Any:
    return value.value if isinstance(value, Recorded) else np.asarray(value, float)[()]


def _output(body: Body, value: Any, path: str) -> int:
    if isinstance(value, Recorded):
        value = value if value.graph is body else body.taken(value)
    if is_complex(value):
        raise UnsupportedError(COMPLEX)
    if not isinstance(value, Recorded):
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise InputError(f"the step of a scan returns {type(value).__name__} as {path}: expected numbers or arrays")
        return body.const(array.astype(float) if array.ndim else float(array))
    kind = body.nodes[value.index].kind
    return as_number(value).index if kind == "b" else (value * 1.0).index if kind == "i" else value.index


def _same_kind(path: str, before: Any, now: Any) -> None:
    """Raise `InputError` where a leaf of the carry comes out in another shape or dtype."""
    if np.shape(before) != np.shape(now):
        raise InputError(
            f"{path} of a scan goes into the step with shape {np.shape(before)} and comes out with {np.shape(now)}: "
            "expected the same"
        )
    if type(before) in (int, float) or not (_is_plain(before) and _is_plain(now)):
        return
    old, new = np.asarray(before).dtype, np.asarray(now).dtype
    if old != new and new.kind != "c":  # the complex step comes through here
        raise InputError(f"{path} of a scan goes into the step as {old} and comes out as {new}: expected the same")


def _is_plain(value: Any) -> bool:
    return isinstance(value, np.ndarray | np.generic | int | float | complex)


def _apart(a: Any, b: Any) -> bool:
    return np.shape(a) != np.shape(b)


def _stack(values: Sequence[Any]) -> Any:
    return np.stack([v if isinstance(v, Recorded) else np.asarray(v, float) for v in values])
