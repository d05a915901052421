"""A program on numbers as Python source: floats and `math`, which cost a fraction of NumPy's scalars.

Where `math` raises (a division by zero, an overflow, a root of a negative number) the same lines are run again with
NumPy's functions, which give inf or nan. `math` and NumPy may differ in the last bit of a function's value, never
in a sum or a product: with NumPy's functions the program is the reverse sweep bit for bit, and that is what is
checked before it is used.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from symdiff import straightline
from symdiff.graph import CONST, INPUT, Graph, Node
from symdiff.methods.tape.source import commented
from symdiff.ops import TABLE
from symdiff.ops.piecewise import where
from symdiff.ops.powers import integer_power
from symdiff.ops.shaping import getitem

DEEPEST = 12  # levels of parentheses; Python's own limit is 200
LONGEST_ENTRY = 2_000  # steps: a longer program is not compiled once more for its arguments' sake
RAISES = (ZeroDivisionError, OverflowError, ValueError)

# by what a row computes with; the names are those of `math`, which NumPy's functions answer to as well
WRITTEN: dict[Any, str] = {
    operator.add: "{0} + {1}", operator.sub: "{0} - {1}", operator.mul: "{0} * {1}", operator.neg: "-{0}",
    np.divide: "{0} / {1}", np.less: "{0} < {1}", np.less_equal: "{0} <= {1}", np.greater: "{0} > {1}",
    np.greater_equal: "{0} >= {1}", np.equal: "{0} == {1}", np.not_equal: "{0} != {1}",
    where.forward: "{1} if {0} else {2}", np.abs: "abs({0})",
}  # fmt: skip
# not tanh and cbrt: there the two lie up to 3 ulps apart
FUNCTIONS: dict[Any, tuple[str, Callable[..., float]]] = {
    np.exp: ("exp", math.exp), np.expm1: ("expm1", math.expm1), np.exp2: ("exp2", math.exp2), np.log: ("log", math.log),
    np.log1p: ("log1p", math.log1p), np.log2: ("log2", math.log2), np.log10: ("log10", math.log10),
    np.sqrt: ("sqrt", math.sqrt), np.hypot: ("hypot", math.hypot),
    np.sin: ("sin", math.sin), np.cos: ("cos", math.cos), np.tan: ("tan", math.tan), np.arcsin: ("asin", math.asin),
    np.arccos: ("acos", math.acos), np.arctan: ("atan", math.atan), np.arctan2: ("atan2", math.atan2),
    np.sinh: ("sinh", math.sinh), np.cosh: ("cosh", math.cosh),
    np.arcsinh: ("asinh", math.asinh), np.arccosh: ("acosh", math.acosh), np.arctanh: ("atanh", math.atanh),
    np.power: ("power", math.pow),
}  # fmt: skip


class NumberPlan:
    """A program of numbers; `numbers(*floats)` is the list of its outputs, or None where a guard does not hold."""

    __slots__ = ("_exact", "_fast", "_writer", "source", "steps")

    def __init__(
        self, graph: Graph, own: Mapping[str, Callable[..., Any]], title: str = "", primal: Container[int] = ()
    ) -> None:
        writer = _Writer(graph, own, title, primal)
        self.source, self.steps = writer.text, len(writer.lines)
        meanings = [{**writer.objects, **writer.fast}, {**writer.objects, **writer.exact}]
        self._fast, self._exact = straightline.functions(self.source, "run", meanings)
        self._writer = writer if self.steps <= LONGEST_ENTRY else None

    def numbers(self, *x: float) -> list[float] | None:
        try:
            return self._fast(*x)
        except RAISES:
            return self.with_numpy(*x)

    def entry(self, valued: bool, single: bool) -> Callable[..., Any] | None:
        """The program as a function of plain finite floats, its answer as `grad` or, `valued`, `value_and_grad` shapes
        it; None for arguments of any other kind, and where a guard does not hold. It may raise as `math` does."""
        writer = self._writer
        if writer is None:
            return None
        return straightline.function(writer.checked(valued, single), "checked", {**writer.objects, **writer.fast})

    def with_numpy(self, *x: float) -> list[float] | None:
        """The same lines with NumPy's functions: inf and nan, not exceptions; the bits of the sweep."""
        with np.errstate(all="ignore"):
            found = self._exact(*map(np.float64, x))
        return None if found is None else list(map(float, found))

    def __call__(self, inputs: Sequence[Any]) -> list[np.ndarray] | None:
        found = self.numbers(*map(float, inputs))
        return None if found is None else list(map(np.array, found))

    def __len__(self) -> int:
        return self.steps


def in_python(node: Node) -> bool:
    """Whether a step is written in Python itself, and need not be opened."""
    row = TABLE.get(node.op)
    return row is None or row.forward is integer_power.forward or row.forward in WRITTEN or row.forward in FUNCTIONS


def _by_node(guards: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    """What was decided by each node."""
    found: dict[int, list[Any]] = {}
    for i, was in guards:
        found.setdefault(i, []).append(was)
    return found


class _Writer:
    """`text` is the source; `fast` and `exact` are math's and NumPy's functions of the same names."""

    def __init__(
        self, graph: Graph, own: Mapping[str, Callable[..., Any]], title: str, primal: Container[int]
    ) -> None:
        self.own, self.objects = own, {}
        self.fast: dict[str, Any] = {"abs": abs, "float": float, "type": type}
        self.exact: dict[str, Any] = {"abs": abs, "float": np.float64}
        self.lines: list[str] = []
        self.graph, self.guards = graph, _by_node(graph.guards)
        order = graph.live([*graph.outputs, *self.guards])
        self.uses = self.counted(order)
        self.texts: dict[int, str] = {i: f"v{i}" for i in graph.inputs}
        self.deep: dict[int, int] = {}  # how many steps are in a text
        self.wrapped: set[int] = set()  # texts with parentheses that only an operator needs
        forward = bool(primal)
        for i in order:
            node = graph.nodes[i]
            if node.op == INPUT:
                continue
            if node.op == CONST:
                self.texts[i] = self.constant(i, node.value)
                continue
            if forward and i not in primal:
                forward = False
                self.lines.append("# backward")
            self.step(i, node)
        self.outputs = [self.bare(o) for o in graph.outputs]
        self.given = [f"v{i}" for i in graph.inputs]
        self.text = f"{commented(title).strip()}\n" + self.function("run", [], f"[{', '.join(self.outputs)}]")

    def counted(self, order: Sequence[int]) -> list[int]:
        """How often each node is read. An output or a guard is read twice at least: it gets a line of its own."""
        uses = [0] * len(self.graph.nodes)
        for i in order:
            for a in self.graph.nodes[i].args:
                uses[a] += 1
        for i in (*self.graph.outputs, *self.guards):
            uses[i] += 2
        return uses

    def step(self, i: int, node: Node) -> None:
        """A step as a part of the one line that reads it, or as a line of its own with what guards it."""
        texts, once = self.texts, self.uses[i] == 1
        text, whole = self.written(node)
        depth = 1 + max([self.deep.get(a, 0) for a in node.args], default=0)
        if once or text[0] == "v":
            again = next((a for a in node.args if texts[a] == text), None)
            if again is not None:  # times one
                texts[i], self.deep[i] = text, depth - 1
                if again in self.wrapped:
                    self.wrapped.add(i)
                return
        if once and depth < DEEPEST:
            texts[i], self.deep[i] = text if whole else f"({text})", depth
            if not whole:
                self.wrapped.add(i)
            return
        texts[i] = f"v{i}"
        self.lines.append(f"v{i} = {text}{commented(node.name, node.where)}")
        for was in self.guards.get(i, ()):
            same = f"v{i}" if isinstance(was, bool | np.bool_) and was else f"v{i} == {self.constant(i, was)}"
            self.lines += [f"if not {same}:", "    return None"]

    def function(self, name: str, before: list[str], answer: str) -> str:
        lines = [*before, *self.lines, f"return {answer}"]
        return f"def {name}({', '.join(self.given)}):\n" + "".join(f"    {line}\n" for line in lines)

    def checked(self, valued: bool, single: bool) -> str:
        """The source with a look at its arguments before, and its answer in the caller's structure."""
        floats = [f"type({v}) is float" for v in self.given]
        finite = f"({' + '.join(self.given)}) * 0.0 == 0.0"  # inf and nan stay in a sum
        value, gradient = self.outputs[: int(valued)], self.outputs[int(valued) :]
        answer = gradient[0] if single else f"({', '.join(gradient)}{',' * (len(gradient) == 1)})"
        answer = f"({value[0]}, {answer})" if valued else answer
        return self.function("checked", [f"if not ({' and '.join([*floats, finite])}):", "    return None"], answer)

    def constant(self, i: int, value: Any) -> str:
        if isinstance(value, bool | np.bool_):
            return str(bool(value))
        number = float(value)
        if math.isfinite(number):
            return repr(number) if math.copysign(1.0, number) > 0 else f"({number!r})"
        self.objects[f"c{i}"] = number
        return f"c{i}"

    def written(self, node: Node) -> tuple[str, bool]:
        """A step as an expression, and whether that needs no parentheses inside another."""
        args = [self.texts[a] for a in node.args]
        row, params = TABLE.get(node.op), dict(node.params)
        forward = self.own[node.op] if row is None else row.forward
        if forward is integer_power.forward:
            if params["n"] == 2:
                return f"{args[0]} * {args[0]}", False
            return self.called(np.power, [self.bare(node.args[0]), f"{float(params['n'])}"]), True
        if forward is getitem.forward and params["index"].key == ():
            return args[0], True
        if forward is operator.mul and "1.0" in args:
            return args[args.index("1.0") - 1], True
        if forward in WRITTEN:
            return WRITTEN[forward].format(*args), forward is np.abs
        if forward in FUNCTIONS:
            return self.called(forward, list(map(self.bare, node.args))), True
        name = f"{node.op.replace(' ', '_')}_{len(self.objects)}"
        self.objects[name] = partial(forward, **params) if params else forward
        call = f"{name}({', '.join(map(self.bare, node.args))})"
        return call if row is not None and (row.boolean or row.whole) else f"float({call})", True

    def bare(self, i: int) -> str:
        """The text of a node without the parentheses that only an operator needs."""
        return self.texts[i][1:-1] if i in self.wrapped else self.texts[i]

    def called(self, f: Any, args: Sequence[str]) -> str:
        name, self.fast[name] = FUNCTIONS[f][0], FUNCTIONS[f][1]
        self.exact[name] = f
        return f"{name}({', '.join(args)})"
