"""`net.formula("W1")`: the delta recursion of the lecture, read off the net's own recorded risk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp
from sympy.core.symbol import Str

from symdiff.errors import InputError
from symdiff.graph import Graph
from symdiff.inputs.recorded import Recorded
from symdiff.methods.symbolic.recursion import BAR, Recursion, recursion
from symdiff.methods.symbolic.written import function_latex, function_text, latex, text
from symdiff.nets.activations import suggestion
from symdiff.nets.risk import Risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from symdiff.nets.mlp import MLP
    from symdiff.nets.proof import Proof

# A net of this size is recorded whatever the widths; nothing else in a risk divides by these numbers.
EXAMPLES, OUTPUTS, HIDDEN = 101, 103, 2


@dataclass(frozen=True)
class Formula:
    """The derivative of the risk by one matrix of a net, step by step from the last layer down.

    Attributes:
        net: the net.
        name: "W1", "b1", "u1", "z1", "z0".
        rows: whether examples are rows, as they are computed, or columns, as the lecture writes them.
        forward: (name, SymPy matrix expression) of u1, z1, u2, ...
        recursion: (name, SymPy matrix expression), from the last layer's adjoint down to this one's.
        functions: what sigma, sigma' and l' are, as SymPy's Lambdas.
    """

    net: MLP
    name: str
    rows: bool
    forward: tuple[tuple[str, Any], ...]
    recursion: tuple[tuple[str, Any], ...]
    functions: dict[str, sp.Lambda]

    @property
    def steps(self) -> tuple[tuple[str, Any], ...]:
        """All steps in the order in which they are computed: the forward ones, then the recursion."""
        return (*self.forward, *self.recursion)

    def __str__(self) -> str:
        lines = [text(name, e) for name, e in self.recursion]
        return "\n".join([*lines, *[function_text(names, f) for names, f in self._slopes()]])

    def latex(self) -> str:
        """The same for LaTeX: an `aligned` block, for use in a displayed equation (amsmath)."""
        lines = [latex(name, e) for name, e in self.recursion]
        lines += [function_latex(names, f) for names, f in self._slopes()]
        body = " \\\\\n".join(line.replace(" = ", " &= ", 1) for line in lines)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def prove(
        self,
        *,
        widths: Sequence[int] | None = None,
        batch: int = 2,
        seconds: float = 60.0,
        digits: int = 50,
        seed: int = 0,
    ) -> Proof:
        """The steps as they are written, against SymPy's `diff` of the risk expanded entry by entry, on small shapes.

        Args:
            widths: to expand on; by default 2 and 3 in turn, or 2 where that is too large.
            batch: the number of examples.
            seconds: when to give up.
            digits: of agreement at random rational points in ball arithmetic, where SymPy does not decide.
            seed: of those points.

        Returns:
            A `Proof`: true if every entry of every step is shown; `print` says how, and names the layer that is wrong.

        Raises:
            InputError: widths or a batch that are none.
            UnsupportedError: SymPy's derivative is too large to be written out, or the time is over.

        >>> import symdiff as sd
        >>> print(sd.mlp([64, 128, 10], "tanh", "softmax_cross_entropy").formula("W1").prove())
        PROVED: u2bar, u1bar, W1bar against SymPy's derivative of the expanded risk (widths 2, 3, 2, batch 2)
        of 16 entries 16 identical; on the edge of a piece nothing is said
        """
        from symdiff.nets.proof import prove

        return prove(self, widths, batch, seconds, digits, seed)

    def _slopes(self) -> list[tuple[list[str], sp.Lambda]]:
        """The slopes that this recursion uses; layers of one activation share a line."""
        used = {str(name) for _, e in self.recursion for name in e.atoms(Str)}
        shared: dict[sp.Lambda, list[str]] = {}
        for name, f in self.functions.items():
            if name in used:
                shared.setdefault(f, []).append(name)
        return [(names, f) for f, names in shared.items()]


def formula(net: MLP, name: str, rows: bool = False) -> Formula:
    """The derivative by one matrix of a net; `MLP.formula` says it all."""
    wanted = known_name(net, name)
    whole = derived(net) if rows else derived(net).columns()
    last = f"z{net.depth}"
    if wanted == last and net.activations[-1].linear:
        wanted = f"u{net.depth}"
    chosen = [(n, e) for n, e in whole.adjoint if n == wanted + BAR]
    layer = int(wanted[1:])
    before = [(n, e) for n, e in whole.adjoint if n[0] == "u" and _level(n) >= layer and n != wanted + BAR]
    if wanted[0] in "uz":
        before = [(n, e) for n, e in before if _level(n) > layer]
    return Formula(net, name, rows, whole.forward, (*before, *chosen), whole.functions)


def names(net: MLP) -> list[str]:
    """The matrices that a formula may be asked for."""
    layers = range(1, net.depth + 1)
    return [f"{letter}{i}" for letter in "Wb" for i in layers] + ["z0"] + [f"{v}{i}" for i in layers for v in "uz"]


def known_name(net: MLP, name: str) -> str:
    """The name; x is z0. Raises `InputError` for one that this net does not have."""
    known = names(net)
    if name not in known and name != "x":
        raise InputError(f"{name!r} is no matrix of this net{suggestion(name, known)}, and x for z0")
    return "z0" if name == "x" else name


def _level(name: str) -> int:
    return int(name.removesuffix(BAR)[1:])


@lru_cache(maxsize=64)
def derived(net: MLP) -> Recursion:
    """The whole recursion of a net, examples as rows. The widths are letters, so a small net of the same kind
    is recorded in its place."""
    n = net.depth
    sizes = [HIDDEN] * n + [OUTPUTS]
    graph, N = Graph(), sp.Symbol("N", integer=True, positive=True)
    d = [sp.Symbol(f"d{i}", integer=True, positive=True) for i in range(n + 1)]
    leaves: dict[int, Any] = {}

    def leaf(symbol: Any, shape: tuple[int, ...]) -> Recorded:
        index = graph.input(symbol.name, shape)
        leaves[index] = symbol
        return Recorded(graph, index, np.ones(shape)[()])

    params = []
    for i in range(1, n + 1):
        W = leaf(sp.MatrixSymbol(f"W{i}", d[i], d[i - 1]), (sizes[i], sizes[i - 1]))
        params.append({"W": W, "b": leaf(sp.MatrixSymbol(f"b{i}", d[i], 1), (sizes[i],))})
    x = leaf(sp.MatrixSymbol("z0", N, d[0]), (EXAMPLES, sizes[0]))
    t = leaf(sp.MatrixSymbol("t", N, d[n]), (EXAMPLES, sizes[n]))
    penalty = leaf(sp.Symbol("l2", positive=True), ()) if net.l2 else 0.0
    with np.errstate(all="ignore"):
        risk = Risk(replace(net, widths=tuple(sizes), l2=penalty))(params, x, t)
    graph.outputs = (risk.index,)
    batch = {f"{v}{i}": sp.MatrixSymbol(f"{v}{i}", N, d[i]) for i in range(n + 1) for v in "uz"}
    batch["t"] = sp.MatrixSymbol("t", N, d[n])
    return recursion(graph, leaves, {EXAMPLES: N, OUTPUTS: d[n]}, _functions(net), batch)


def _functions(net: MLP) -> dict[str, str]:
    """z1: sigma, z2: sigma; the last layer's is sigma3 if it is another one; sigma1, sigma2 where hidden ones differ.
    A hidden layer without one has z1 = u1."""
    *hidden, last = net.activations
    bent = {sigma for sigma in hidden if not sigma.linear}
    found = {}
    for i, sigma in enumerate(net.activations, 1):
        common = len(bent) <= 1 and (i < net.depth or not bent or last in bent)
        found[f"z{i}"] = "" if sigma.linear else "sigma" if common else f"sigma{i}"
    if last.linear:
        del found[f"z{net.depth}"]  # the loss is one of u3
    return found
