"""A program as Python source: the forward and the backward pass as a patient engineer writes them by hand.

`workspace()` takes the arrays that are there before the call and returns `run`, which fills them. Every name is
ours: v and a number for what a step computes, c for constants, k for indices, f for functions that are no NumPy
call of one name.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Container, Sequence
from functools import partial
from typing import Any

import numpy as np

from symdiff.graph import number
from symdiff.methods.tape.kernels import chosen, to_the_larger
from symdiff.methods.tape.places import VIEWS, Places
from symdiff.methods.tape.reading import Reading
from symdiff.methods.tape.regions import Region

INFIX = {operator.add: "+", operator.sub: "-", operator.mul: "*", np.divide: "/"}
NUMPY = (np.dot, np.where, chosen, to_the_larger, np.array, np.array_equal, np.broadcast_to, np.copyto)
LARGE = 4096  # entries: arrays made in the call that are let go at once
SAFE = re.compile(r"[^\w\s.,:=<>()\[\]'*+/-]", re.ASCII)


class Source:
    """`text` is the source, `objects` what its free names stand for.

    `units` are the steps in order; `write` puts those of a region into the source. `in_place` is for `Places`.
    """

    def __init__(
        self, reading: Reading, title: str = "", primal: Container[int] = (),
        units: Sequence[int | Region] = (), write: Callable[[Source, Region], None] | None = None,
        in_place: Callable[[Region], bool] = lambda region: False,
    ) -> None:  # fmt: skip
        self.r = r = reading
        units = units or reading.order
        self.places = Places(reading, units, in_place)
        self.objects: dict[str, Any] = {}
        self._names: dict[int, str] = {}
        self._functions: dict[int, str] = {}
        self._others = 0
        self.setup: list[str] = []
        self.body: list[str] = []
        self.ready: set[int] = set()  # views that are made before the call
        self.solid: set[int] = set()  # those that are all of an array, in its order
        self.title, self.primal, self.forward = title, primal, bool(primal)
        self.ending = self._ending()
        given = [self.name(i) for i in r.graph.inputs]
        for time, unit in enumerate(units):
            if isinstance(unit, Region):
                self.region(unit, write)
            else:
                self.step(unit)
            if time in self.ending:
                self.body.append(f"del {', '.join(self.ending[time])}")
        self.body.append(f"return [{', '.join(map(self.output, range(len(r.outputs))))}]")
        self.text = self.written(given)

    # -- names -------------------------------------------------------------------------------------

    def name(self, i: int) -> str:
        if i not in self._names:
            known = i in self.r.known
            self._names[i] = f"{'c' if known else 'v'}{i}"
            if known:
                self.objects[f"c{i}"] = self.r.known[i]
        return self._names[i]

    def function(self, f: Callable[..., Any], op: str = "f") -> str:
        """The name of a function: NumPy's own where it is NumPy's, else that of the op and a number."""
        if id(f) not in self._functions:
            numpys = isinstance(f, np.ufunc) or f in NUMPY
            name = f.__name__ if numpys else f"{op.replace(' ', '_')}_{len(self.objects)}"
            self._functions[id(f)] = name
            self.objects[name] = f
        return self._functions[id(f)]

    def another(self, letter: str) -> str:
        """A name that is not taken yet."""
        self._others += 1
        return f"{letter}{self._others}"

    def constant(self, value: Any) -> str:
        name = f"k{len(self.objects)}"
        self.objects[name] = value
        return name

    # -- steps -------------------------------------------------------------------------------------

    def step(self, i: int) -> None:
        r, places = self.r, self.places
        over = places.written_over.get(i)
        if over is not None:
            self._names[i] = self.name(over)
        target, args, call = self.name(i), [self.name(a) for a in r.args[i]], r.calls[i]
        makes = places.is_own(i) and places.of[i].first == i
        if makes:
            self.setup.append(f"{target} = {self.memory(i)}")
        if call.kind in VIEWS and self.may_be_ready(i):
            self.ready.add(i)
            self.setup.append(f"{target} = {self.view(i, args[0])}{self.remark(i)}")
        elif call.kind in VIEWS:
            self.put(f"{target} = {self.view(i, args[0])}", i)
        elif makes or over is not None:
            self.put(self.into(i, args, target), i)
        else:
            self.put(f"{target} = {self.plain(i, args)}", i)
        for was in r.guards.get(i, ()):
            self.guard(target, was)

    def region(self, region: Region, write: Callable[[Source, Region], None] | None) -> None:
        """The places of its outputs, and what computes them."""
        places = self.places
        for o in region.outputs:
            over = places.written_over.get(o)
            if over is not None:
                self._names[o] = self.name(over)
            elif places.is_own(o):
                self.setup.append(f"{self.name(o)} = {self.memory(o)}")
            else:
                self.objects["new"] = np.empty
                self.body.append(f"{self.name(o)} = new({self.r.shape(o)}, {self.type(self.r.kind(o))})")
        if any(i not in self.primal for i in region.outputs):
            self.backward()
        assert write is not None
        write(self, region)

    def may_be_ready(self, i: int) -> bool:
        """Whether a view can be taken before the call: of an array that is there by then, and sure not to be a copy."""
        r, (a,) = self.r, self.r.args[i]
        call = r.calls[i]
        if not r.shape(i) or not (a in self.ready or self.places.is_own(a)):
            return False
        if call.kind == "reshape":  # what was repeated or cut is copied
            solid = a in self.solid or (a in r.c_order and self.places.is_own(a))
            self.solid |= {i} if solid else set()
            return solid
        return call.kind != "getitem" or call.param.basic

    def memory(self, i: int) -> str:
        place = self.places.of[i]
        if place.over is None:
            return f"empty({self.r.shape(i)}, {self.type(self.r.kind(i))})"
        earlier = place.over.first
        shape = self.r.shape(i)
        return self.name(earlier) + ("" if self.r.shape(earlier) == shape else f".reshape({shape})")

    def type(self, kind: str) -> str:
        """The name of the dtype of numbers ("f") or conditions ("b")."""
        dtype = self.r.dtype if kind == "f" else np.dtype(bool)
        name = {"float64": "double", "float32": "single", "bool": "truth"}.get(str(dtype), "half")
        self.objects[name] = dtype
        return name

    def view(self, i: int, a: str) -> str:
        call, shape = self.r.calls[i], self.r.shape(i)
        if call.kind == "reshape":
            return f"{a}.reshape({shape})"
        if call.kind == "transpose":
            axes = tuple(int(k) for k in call.param)
            return f"{a}.T" if axes == tuple(range(len(axes)))[::-1] else f"{a}.transpose({axes})"
        if call.kind == "broadcast":
            return f"{self.function(np.broadcast_to)}({a}, {shape})"
        key = call.param.key
        simple = all(type(k) is int or isinstance(k, slice) for k in key) and key
        return f"{a}[{', '.join(map(_bracket, key))}]" if simple else f"{a}[{self.constant(key)}]"

    def into(self, i: int, args: list[str], target: str) -> str:
        call = self.r.calls[i]
        if call.kind == "sum":
            return f"{self.total(call.f)}({args[0]}, {_axes(call.param)}, None, {target})"
        return self.call_into(i, args, target)

    def call_into(self, i: int, args: list[str], target: str) -> str:
        """An elementwise step or a product whose result goes into an array that is there."""
        f = self.r.calls[i].f
        place = f"out={target}" if f in (np.maximum, np.minimum) else target  # by position it is deprecated there
        return f"{self.function(f)}({', '.join([*args, place])})"

    def plain(self, i: int, args: list[str]) -> str:
        r, call = self.r, self.r.calls[i]
        if call.kind == "sum":
            return f"{self.total(call.f)}({args[0]}, {_axes(call.param)})"
        if call.kind == "number":
            f, params = call.f, call.param
            if f is operator.neg:
                return f"-{args[0]}"
            if f in INFIX:
                return f"{args[0]} {INFIX[f]} {args[1]}"
            f = partial(f, **params) if params else f
            return f"{self.function(f, r.nodes[i].op)}({', '.join(args)})"
        return f"{self.function(call.f, r.nodes[i].op)}({', '.join(args)})"

    def total(self, f: Callable[..., Any]) -> str:
        name = {np.add: "add_up", np.maximum: "largest", np.minimum: "smallest"}[f.__self__]  # type: ignore[attr-defined]  # a ufunc's reduce
        self.objects[name] = f
        return name

    def guard(self, target: str, was: Any) -> None:
        name = self.constant(was)
        test = f"{self.function(np.array_equal)}({target}, {name})" if np.ndim(was) else f"{target} == {name}"
        self.body += [f"if not {test}:", "    return None"]

    def output(self, k: int) -> str:
        o = self.r.outputs[k]
        place = self.places.of.get(o)
        as_it_is = place is not None and self.places.returned.get(place) == k
        return self.name(o) if as_it_is else f"{self.function(np.array)}({self.name(o)})"

    # -- text --------------------------------------------------------------------------------------

    def _ending(self) -> dict[int, list[str]]:
        """Large arrays made in the call, by the time after which nobody reads them."""
        r, places = self.r, self.places
        large = {p for p in places.all if p.kind == "made" and p.last < math.inf and np.prod(r.shape(p.first)) >= LARGE}
        found: dict[int, list[str]] = {}
        for i in places.when:
            place = places.of.get(i)
            if place in large and i not in places.written_over:
                found.setdefault(int(place.last), []).append(f"v{i}")
        return found

    def backward(self) -> None:
        """Say where the backward pass begins, once."""
        if self.forward:
            self.forward = False
            self.body.append("# backward")

    def put(self, line: str, i: int) -> None:
        if i not in self.primal:
            self.backward()
        self.body.append(line + self.remark(i))

    def remark(self, i: int) -> str:
        return commented(self.r.nodes[i].name, self.r.nodes[i].where)

    def written(self, given: list[str]) -> str:
        lines = [commented(self.title).strip()]
        for name, value in self.objects.items():
            if name[0] == "c" and name[1:].isdigit() and not np.ndim(value):
                lines.append(f"# {name} = {number(np.asarray(value).item())}")
        lines.append("def workspace():")
        lines += [f"    {line}" for line in self.setup]
        lines.append(f"    def run({', '.join(given)}):")
        lines += [f"        {line}" for line in self.body]
        lines.append("    return run")
        self.objects["empty"] = poisoned
        return "\n".join(lines) + "\n"


def commented(*words: str) -> str:
    """Words as a comment at the end of a line: plain characters, nothing that could end it."""
    kept = ", ".join(w for w in words if w)
    return "  # " + SAFE.sub("?", kept.replace("\n", " ")) if kept else ""


def _axes(axes: tuple[int, ...]) -> Any:
    return axes[0] if len(axes) == 1 else tuple(axes)


def _bracket(part: Any) -> str:
    if not isinstance(part, slice):
        return str(part)
    start, stop = ("" if end is None else str(end) for end in (part.start, part.stop))
    return f"{start}:{stop}" + ("" if part.step is None else f":{part.step}")


def poisoned(shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
    """An array that nobody has filled yet, and nobody may read: of nan, so that it would be seen."""
    return np.full(shape, np.nan if dtype.kind == "f" else True, dtype)
