"""`net.formula("W1").prove()`: the printed recursion against SymPy's derivative of the expanded risk, entry by entry.

The recursion is taken as it is written: its own expressions are expanded on small shapes, step after step. A step by
u_i or z_i is compared for all values of that matrix, with the layers above it expanded; the last one is expanded down
to z_0 (of a formula by W_i or b_i). Two expressions are identical if they are the same polynomial in their functions
and pieces (see `methods.symbolic.identical`); where that does not decide, both are enclosed by balls at random
rational points.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from flint import arb

from symdiff import balls
from symdiff.crosscheck.verdict import Verdict
from symdiff.errors import InputError, UnsupportedError
from symdiff.graph import Graph, run
from symdiff.inputs.sympy import translate
from symdiff.methods.symbolic.expression import as_expression
from symdiff.methods.symbolic.identical import Letters
from symdiff.methods.symbolic.notation import entries
from symdiff.methods.symbolic.recursion import BAR
from symdiff.nets.elementwise import L2, WrittenOut, shapes, written_out

if TYPE_CHECKING:
    from symdiff.nets.formula import Formula

IDENTICAL, DIGITS, WRONG, OPEN = "identical", "digits", "wrong", "undecided"
MOST_OPS = 200_000  # of one entry of SymPy's derivative, written out
POINTS, BITS = 3, (400, 1600)


@dataclass(frozen=True)
class StepProof:
    """One step of a recursion. `entries`: how each entry was shown, "identical", "digits", "wrong" or "undecided".

    `why` is about the first entry that was not shown.
    """

    name: str
    entries: np.ndarray
    why: str = ""

    @property
    def layer(self) -> int:
        """W3bar, u3bar: 3; z0bar: 0."""
        return int(self.name.removesuffix(BAR)[1:])

    @property
    def ok(self) -> bool:
        """Whether every entry was shown."""
        return not self.why


@dataclass(frozen=True)
class Proof:
    """What `Formula.prove` found. `print` it.

    Attributes:
        formula: what was proved.
        widths, batch: the shapes it was expanded on.
        digits: to how many digits values agree where SymPy does not decide.
        steps: the steps in their order, up to the first one that is not right.
    """

    formula: Formula
    widths: tuple[int, ...]
    batch: int
    digits: int
    steps: tuple[StepProof, ...]

    @property
    def counts(self) -> Counter[str]:
        """How many entries were shown how."""
        return Counter(str(how) for step in self.steps for how in step.entries.flat)

    @property
    def failed(self) -> StepProof | None:
        """The first step that is not shown."""
        return next((step for step in self.steps if not step.ok), None)

    @property
    def verdict(self) -> Verdict:
        """PROVED: every entry is identical. AGREE: some only to so many digits. DIFFER; UNDECIDED."""
        for how, verdict in ((WRONG, Verdict.DIFFER), (OPEN, Verdict.UNDECIDED), (DIGITS, Verdict.AGREE)):
            if self.counts[how]:
                return verdict
        return Verdict.PROVED

    @property
    def ok(self) -> bool:
        """Whether every entry was shown."""
        return self.failed is None

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        counts, where = self.counts, f"widths {', '.join(map(str, self.widths))}, batch {self.batch}"
        how = f"{counts[IDENTICAL]} identical"
        if counts[DIGITS]:
            how += f", {counts[DIGITS]} equal to {self.digits} digits at {POINTS} random points"
        steps = ", ".join(step.name for step in self.steps)
        lines = [f"{self.verdict}: {steps} against SymPy's derivative of the expanded risk ({where})"]
        lines.append(f"of {counts.total()} entries {how}; on the edge of a piece nothing is said")
        if self.failed:
            lines[1] = f"layer {self.failed.layer}, {self.failed.name}: {self.failed.why}"
        return "\n".join(lines)


def prove(formula: Formula, widths: Any, batch: int, seconds: float, digits: int, seed: int) -> Proof:
    """See `Formula.prove`."""
    if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
        raise InputError(f"batch={batch!r}: expected a number of examples, 1 or more")
    sizes = _sizes(formula, widths, batch)
    drawn = Random(seed)  # noqa: S311  # points to look at, no secrets
    run_ = _Run(formula, sizes, batch, digits, drawn, time.monotonic() + seconds)
    return Proof(formula, sizes, batch, digits, tuple(run_.steps()))


def _sizes(formula: Formula, widths: Any, batch: int) -> tuple[int, ...]:
    """The shapes to expand on: 2 and 3 in turn, so that a transposed factor does not fit, else 2."""
    depth = formula.net.depth
    if widths is not None:
        if len(widths) != depth + 1:
            raise InputError(f"widths={list(widths)}: expected {depth + 1}, of the input and of each layer")
        tried = [tuple(widths)]
    else:
        tried = [shapes(depth, lambda i: 2 + i % 2), shapes(depth, lambda i: 2)]
    sizes, ops = tried[0], 0
    for sizes in tried:
        ops = _largest(formula, sizes, batch)
        if ops <= MOST_OPS:
            return sizes
    raise UnsupportedError(
        f"UNSUPPORTED: with {depth} layers of width {min(sizes)} and more, {batch} examples, an entry of SymPy's "
        f"derivative by {formula.name} has about {ops:.1e} ops when written out (limit {MOST_OPS:,}); a net of fewer "
        "layers has the same steps"
    )


def _largest(formula: Formula, sizes: tuple[int, ...], batch: int) -> int:
    first = formula.recursion[-1][0].removesuffix(BAR)
    whole = written_out(replace(formula.net, widths=sizes), batch, _start(first))
    return whole.ops(whole.leaves[first].flat[0])


def _start(name: str) -> str:
    """What a step is a function of: u2 and z2 of themselves, parameters of the input."""
    return "z0" if name[0] in "Wb" else name


@dataclass
class _Run:
    """One proof on its way."""

    formula: Formula
    sizes: tuple[int, ...]
    batch: int
    digits: int
    random: Random
    until: float

    def steps(self) -> list[StepProof]:
        found: list[StepProof] = []
        for name, _ in self.formula.recursion:
            found.append(self._step(name))
            if not found[-1].ok:  # what is computed from it is wrong as well
                break
        return found

    def _step(self, name: str) -> StepProof:
        by = name.removesuffix(BAR)
        whole = written_out(replace(self.formula.net, widths=self.sizes), self.batch, _start(by))
        try:
            written = self._literal(name, whole)
        except ValueError:  # NumPy's, of shapes that do not fit
            return StepProof(name, np.array([WRONG], object), "the shapes of its factors do not fit")
        symbols = whole.leaves[by]
        if written.shape != symbols.shape:
            why = f"it has shape {written.shape}, {by} has {symbols.shape}"
            return StepProof(name, np.array([WRONG], object), why)
        letters, how, why = Letters(), np.empty(symbols.shape, object), ""
        for at in np.ndindex(*symbols.shape):
            if time.monotonic() > self.until:
                raise UnsupportedError(
                    f"UNSUPPORTED: the time was over at {name}[{', '.join(str(k + 1) for k in at)}], an entry of about "
                    f"{whole.ops(symbols[at])} ops; give it more seconds, or smaller widths"
                )
            how[at], said = self._compare(written[at], whole.slope(symbols[at]), whole, letters)
            if how[at] in (WRONG, OPEN) and not why:
                why = f"entry [{', '.join(str(k + 1) for k in at)}] {said}"
        return StepProof(name, how, why)

    def _literal(self, wanted: str, whole: WrittenOut) -> np.ndarray:
        """A step as it is written, with everything that it takes from earlier steps expanded. Examples are rows in
        the answer."""
        net = self.formula.net
        lengths: dict[Any, Any] = {sp.Symbol("N", integer=True, positive=True): sp.Integer(self.batch), L2: L2}
        lengths |= {sp.Symbol(f"d{i}", integer=True, positive=True): sp.Integer(d) for i, d in enumerate(self.sizes)}
        values = {name: self._turned(name, table) for name, table in whole.leaves.items() if name != "l2"}
        level = _place(_start(wanted.removesuffix(BAR)))
        ahead = [(n, e) for n, e in self.formula.forward if _place(n) > level]
        for name, e in (*ahead, *self.formula.recursion):
            needed = {m.name for m in e.atoms(sp.MatrixSymbol)}
            if needed <= values.keys():
                values[name] = entries(e, values, lengths, whole.held.replace)
            if name == wanted:
                break
        if wanted not in values:
            raise UnsupportedError(f"{wanted} of {net} takes what lies below it: it cannot be compared by itself")
        return self._turned(wanted, values[wanted])

    def _turned(self, name: str, table: np.ndarray) -> np.ndarray:
        """With examples as the formula has them, and back."""
        return table if self.formula.rows or name[0] in "Wb" else table.T

    # -- one entry ------------------------------------------------------------------------------------

    def _compare(self, written: Any, expected: Any, whole: WrittenOut, letters: Letters) -> tuple[str, str]:
        for compared, symbol in whole.held.symbols.items():
            letters.means(symbol, compared)
        if letters.identical(written, expected):
            return IDENTICAL, ""
        try:
            graph = Graph()
            at = {s: graph.input(s.name) for s in whole.inputs}
            for compared, symbol in whole.held.symbols.items():
                at[symbol] = translate(compared, graph, at)
            graph.outputs = tuple(translate(as_expression(e), graph, at) for e in (written, expected))
        except UnsupportedError as e:
            return OPEN, f"is not decided: {e}"
        for _ in range(POINTS):
            point = {s: self._number(s) for s in whole.inputs}
            how, said = self._at(graph, list(point.values()))
            if how != DIGITS:
                return how, said
        return DIGITS, ""

    def _number(self, symbol: sp.Symbol) -> Fraction:
        most = 997
        return Fraction(self.random.randint(1 if symbol is L2 else -most, most), 499)

    def _at(self, graph: Graph, point: list[Fraction]) -> tuple[str, str]:
        for bits in BITS:
            with balls.precision(bits):
                values = run(graph, "ball", [balls.const(x) for x in point], balls.const)
                a, b = (values[o].value for o in graph.outputs)
                gap = a - b
                if gap.is_finite() and not gap.contains(0):
                    return WRONG, f"is {float(a):.6g} where SymPy's derivative is {float(b):.6g}"
                size = max(abs(a).upper(), abs(b).upper())
                if gap.is_finite() and (size == 0 or abs(gap).upper() < size * arb(10) ** -self.digits):
                    return DIGITS, ""
        return OPEN, f"is not decided at a random point with {BITS[-1]} bits"


def _place(name: str) -> tuple[int, str]:
    """The order of the forward steps: z0, u1, z1, u2."""
    return int(name[1:]), name[0]
