"""A jaxpr, equation by equation, as NumPy on recorded values.

The jaxpr is that of the function itself, traced before anything is differentiated: a custom rule (`jax.custom_jvp`,
`jax.custom_vjp`) is never entered, the function under it is. What the arguments do not touch stays a plain array:
whole numbers and truth values are computed by JAX itself, floats only moved; a float that is computed becomes a step.

What arithmetic a primitive does stands in `elementwise.py` and `sums.py`, which entries it moves where in `moving.py`,
how it solves linear equations in `solving.py`, in what order it puts numbers in `ordering.py`, what has jaxprs of
its own in `control.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jaxlib
import numpy as np
from jax.extend import core

from symdiff.errors import SymdiffError, UnsupportedError
from symdiff.graph import Graph
from symdiff.inputs.jax import control, elementwise, moving, ordering, solving, sums
from symdiff.inputs.jax.values import Located, Refused, is_recorded, lifted, located
from symdiff.inputs.recorded import Recorded, written

CUSTOM = ("custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr")
CALLS = frozenset((*"pjit jit closed_call core_call remat2 remat checkpoint".split(), *CUSTOM))
RULES = frozenset((*CUSTOM, "custom_linear_solve"))
MOVES = frozenset(moving.EXACT) | elementwise.EXACT  # what rounds nothing: plain floats stay plain
READERS: dict[str, Callable[..., Any]] = {
    **elementwise.READERS, **moving.READERS, **sums.READERS, **solving.READERS, **ordering.READERS,
}  # fmt: skip
WHOLE: dict[str, Callable[..., Any]] = {"signbit": np.signbit}  # functions of JAX's own that look at bits
MEANING = {  # of primitives that cannot be recorded, why not
    "pure_callback": "it calls back into Python", "io_callback": "it calls back into Python",
    "pallas_call": "it is a kernel of its own", "ffi_call": "it is compiled code",
    "custom_partitioning": "it is compiled code",
    "qr": "for an orthonormal basis use jnp.linalg.cholesky", "eig": "of a symmetric matrix use jnp.linalg.eigh",
}  # fmt: skip


class Reading:
    """Reads jaxprs into a graph."""

    def __init__(self, graph: Graph, name: str) -> None:
        self.graph, self.name = graph, name
        self.has_rules = False  # whether it met a function with a rule of somebody's own
        self.rounds_constants = False  # whether it met floats of a narrower dtype that JAX computes
        self.where = ""  # of the equation that is read: `model.py, line 7`

    def read(self, closed: Any, args: Sequence[Any]) -> list[Any]:
        """The results of a whole jaxpr for these arguments: recorded values, or plain arrays that are constant."""
        try:
            return self.opened(closed, args)
        except Located as e:
            raise UnsupportedError(str(e)) from None

    def opened(self, closed: Any, args: Sequence[Any]) -> list[Any]:
        """The same for a jaxpr within."""
        jaxpr, consts = (closed.jaxpr, closed.consts) if hasattr(closed, "consts") else (closed, ())
        env: dict[Any, Any] = {}

        def read(v: Any) -> Any:
            return constant(v.val) if isinstance(v, core.Literal) else env[v]

        env.update(zip(jaxpr.constvars, map(constant, consts), strict=True))
        env.update(zip(jaxpr.invars, args, strict=True))
        outer = self.where
        ours = bool(outer) and of_jax(jaxpr)
        try:
            for eqn in jaxpr.eqns:
                # JAX traces its own functions once: what is in them comes from the line that calls them now
                self.where = outer if ours else place(eqn) or outer
                env.update(zip(eqn.outvars, self.equation(eqn, [read(v) for v in eqn.invars]), strict=True))
        finally:
            self.where = outer
        return [read(v) for v in jaxpr.outvars]

    def equation(self, eqn: Any, inputs: list[Any]) -> list[Any]:
        """The results of one equation."""
        name = eqn.primitive.name
        if name in CALLS and eqn.params.get("name") in WHOLE and is_recorded(*inputs):
            return [WHOLE[eqn.params["name"]](*inputs)]
        if name in CALLS:
            self.has_rules = self.has_rules or name in RULES
            return self.opened(called(eqn), inputs)
        graph = next((v.graph for v in inputs if isinstance(v, Recorded)), self.graph)
        start, before = len(graph.nodes), f"{self.where}: " if self.where else ""
        try:
            return self._results(name, eqn, inputs)
        except UnsupportedError as e:
            raise located(e, before, self.name, f"JAX's {name!r}") from None
        finally:
            for node in graph.nodes[start:]:
                if node.args and not node.where:
                    node.where = self.where

    def _results(self, name: str, eqn: Any, inputs: list[Any]) -> list[Any]:
        self.has_rules = self.has_rules or name in RULES
        if name in control.READERS:
            return control.READERS[name](self, eqn, inputs)
        if not is_recorded(*inputs):
            if name not in READERS or not any(_is_float64(v) for v in (*eqn.outvars, *eqn.invars)):
                rounded = name not in MOVES and any(map(_is_narrow, eqn.outvars))
                self.rounds_constants = self.rounds_constants or rounded
                return computed(eqn, inputs)
            if name not in MOVES:
                inputs = [lifted(self.graph, v) for v in inputs]
        elif any(_is_narrow(v) for v in eqn.outvars):
            raise Refused(
                "it computes in a narrower dtype than float64 on the way, whatever the arguments are: use the dtype of "
                "the arguments, x.dtype"
            )
        if name not in READERS:
            raise Refused(MEANING.get(name, "symdiff has no meaning for this primitive"))
        found = READERS[name](eqn, *inputs)
        return list(found) if eqn.primitive.multiple_results else [found]


def _is_float64(v: Any) -> bool:
    return v.aval.dtype == np.float64


def _is_narrow(v: Any) -> bool:
    return jax.numpy.issubdtype(v.aval.dtype, np.floating) and v.aval.dtype != np.float64


def of_jax(jaxpr: Any) -> bool:
    """Whether a jaxpr is that of a function of JAX's own."""
    about = getattr(jaxpr, "debug_info", None)
    home = str(getattr(about, "func_filename", "") or "").replace("\\", "/")
    return home.startswith(_homes())


def constant(value: Any) -> Any:
    """A constant of a jaxpr as a NumPy array; a key of random numbers as it is."""
    try:
        return np.asarray(value)
    except TypeError:
        return value


def computed(eqn: Any, inputs: Sequence[Any]) -> list[Any]:
    """What JAX itself makes of arrays that nothing is differentiated by."""
    results = eqn.primitive.bind(*inputs, **eqn.params)
    return [constant(v) for v in (results if eqn.primitive.multiple_results else [results])]


def called(eqn: Any) -> Any:
    """The jaxpr that a call calls: of a function with a rule of its own, the function."""
    for key in ("jaxpr", "call_jaxpr", "fun_jaxpr"):
        if eqn.params.get(key) is not None:
            return eqn.params[key]
    raise SymdiffError(f"JAX's {eqn.primitive.name!r} has no jaxpr: this version of JAX is not known")


def place(eqn: Any) -> str:
    """`model.py, line 7` of the caller's code that this equation comes from, as far as JAX has kept it."""
    frames = getattr(getattr(eqn.source_info, "traceback", None), "frames", ())
    for frame in frames:
        path = frame.file_name.replace("\\", "/")
        if not path.startswith(("<", *_homes())):
            return written(path, frame.line_num)
    return ""


@functools.cache
def _homes() -> tuple[str, ...]:
    """Where the code lives that is not the caller's."""
    files = (*(str(m.__file__) for m in (jax, jaxlib, np)), str(Path(__file__).parents[1]))
    return tuple(file.replace("\\", "/").rpartition("/")[0] + "/" for file in files)
