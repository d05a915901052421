"""`net.formula("W1", expanded=True)`: every entry of the derivative as one SymPy expression, for a small net."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from symdiff.errors import InputError, UnsupportedError
from symdiff.methods.symbolic.expression import shown
from symdiff.nets.elementwise import L2, WrittenOut, entry_symbol, written_out

if TYPE_CHECKING:
    from symdiff.nets.mlp import MLP

MOST_SHOWN = 20_000  # ops, of all entries together
MOST_WEIGHTS = 500  # each used once for each example


@dataclass(frozen=True)
class Expanded:
    """SymPy's derivative of the risk by one matrix of a net, entry by entry. `print` it.

    Attributes:
        net, name: of what by what.
        examples: N.
        entries: SymPy expressions, in the shape of the matrix; an input or latent representation of one example is a
            row. `W1_12` is the entry of W1 in row 1 and column 2, `b1_1` and `z0_1` are entries of vectors.
        conditions: what `c0`, `c1`, ... in `c0 > 0` are, where the condition of a piece has pieces itself.
    """

    net: MLP
    name: str
    examples: int
    entries: np.ndarray
    conditions: dict[str, Any]

    def __str__(self) -> str:
        return "\n".join(f"{name} = {sp.sstr(shown(e), full_prec=False)}" for name, e in self._lines())

    def latex(self) -> str:
        r"""The same for LaTeX, an `aligned` block: `\bar{W}_{1;12} &= ...`."""
        names = {s: _latex_name(s.name) for _, e in self._lines() for s in e.free_symbols}
        lines = [f"{_latex_name(n)} &= {sp.latex(shown(e), symbol_names=names)}" for n, e in self._lines()]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    def _lines(self) -> list[tuple[str, Any]]:
        lines = [
            (entry_symbol(f"{self.name}bar", _place(self.name, at, self.examples)), self.entries[at])
            for at in np.ndindex(*self.entries.shape)
        ]
        return [*lines, *self.conditions.items()]


def expanded(net: MLP, name: str, examples: int) -> Expanded:
    """See `MLP.formula`."""
    if isinstance(examples, bool) or not isinstance(examples, int) or examples < 1:
        raise InputError(f"examples={examples!r}: expected a number of examples, 1 or more")
    start = "z0" if name[0] in "Wb" else name
    _refuse_at_once(net, name, examples)
    whole = written_out(net, examples, start)
    table = whole.leaves[name]
    ops = whole.ops(table.flat[0]) * table.size  # its entries are alike
    if ops > MOST_SHOWN:
        raise _too_large(net, name, examples, ops)
    (plain, nested), names = _conditions(whole), _names(whole, examples)
    found = np.empty(table.shape, object)
    for at in np.ndindex(*table.shape):
        found[at] = whole.slope(table[at]).xreplace(plain).xreplace(names)
    used = {s.name for e in [*found.flat, *nested.values()] for s in e.free_symbols}
    conditions = {s.name: e.xreplace(names) for s, e in nested.items() if s.name in used}
    return Expanded(net, name, examples, found[:, 0] if name[0] == "b" else found, conditions)


def _refuse_at_once(net: MLP, name: str, examples: int) -> None:
    """A net that is not even taken apart: every entry of its derivative holds every weight, for each example."""
    weights = sum(a * b for a, b in zip(net.widths[:-1], net.widths[1:], strict=True))
    layer = int(name[1:])
    size = net.widths[layer] * {"W": net.widths[layer - 1], "b": 1}.get(name[0], examples)
    if weights * examples > MOST_WEIGHTS:
        raise _too_large(net, name, examples, weights * examples * size)


def _too_large(net: MLP, name: str, examples: int, ops: int) -> UnsupportedError:
    return UnsupportedError(
        f"UNSUPPORTED: written out, the derivative of {net} by {name} has {float(ops):.1e} ops or more for "
        f"{examples} example{'s' * (examples > 1)} (limit {MOST_SHOWN:,}); without expanded=True it is short"
    )


def _conditions(whole: WrittenOut) -> tuple[dict[sp.Symbol, Any], dict[sp.Symbol, Any]]:
    """What the symbols in conditions stand for: those to put in, and those that have pieces in them again. SymPy
    does not write conditions of that kind down."""
    _ = whole.risk  # makes them
    plain: dict[sp.Symbol, Any] = {}
    nested: dict[sp.Symbol, Any] = {}
    for compared, symbol in whole.held.symbols.items():
        (nested if compared.has(sp.Piecewise, sp.Abs, sp.sign) else plain)[symbol] = compared
    return plain, {symbol: compared.xreplace(plain) for symbol, compared in nested.items()}


def _names(whole: WrittenOut, examples: int) -> dict[sp.Symbol, sp.Symbol]:
    """Symbols as they are shown: vectors have one index."""
    found = {}
    for name, table in whole.leaves.items():
        for at in np.ndindex(*table.shape):
            if name != "l2":
                found[table[at]] = sp.Symbol(entry_symbol(name, _place(name, at, examples)), real=True)
    return {old: new for old, new in found.items() if old is not L2}


def _place(name: str, at: tuple[int, ...], examples: int) -> tuple[int, ...]:
    if name[0] == "b":
        return at[:1]
    return at[1:] if examples == 1 and name[0] in "uzt" else at


def _latex_name(name: str) -> str:
    r"""`W1bar_12` is `\bar{W}_{1;12}`, `t_1` is `t_{1}`, `l2` is `l_{2}`."""
    matched = re.fullmatch(r"([A-Za-z]+?)(\d*)(bar)?(?:_([\d_]+))?", name)
    stem, layer, bar, places = matched.groups()  # type: ignore[union-attr]  # all names here are of this form
    stem = rf"\bar{{{stem}}}" if bar else stem
    inside = ";".join(part for part in (layer, (places or "").replace("_", ",")) if part)
    return f"{stem}_{{{inside}}}"
