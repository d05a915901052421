"""The delta recursion of a net: its recorded graph, read as matrices of symbolic shape and walked in reverse.

Elementwise steps between two matrix products are one scalar expression in letters, a letter for the entry of each
matrix, so that SymPy's scalar `diff` gives every slope. What a product, a sum over an axis and logsumexp do to an
adjoint is stated here: Y = A B gives Abar = Ybar B^T and Bbar = A^T Ybar (M. Giles, "Collected matrix derivative
results for forward and reverse mode", 2008). Examples are rows; `columns` turns the steps for the lecture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, Graph
from symdiff.methods.symbolic.expression import as_expression, exact
from symdiff.methods.symbolic.notation import (
    Entrywise,
    Softmax,
    added,
    hadamard,
    ones,
    product,
    replaced,
    transposed,
)
from symdiff.methods.symbolic.pieces import merged
from symdiff.ops import TABLE

BAR = "bar"
LOSS_SLOPE = "l'"


@dataclass(frozen=True)
class Recursion:
    """The steps of a net and of its derivative: names and SymPy expressions, in the order in which they are computed.

    Attributes:
        forward: u1, z1, u2, ...
        adjoint: u3bar, z2bar, u2bar, ..., and those of the parameters, W3bar, b3bar, ...
        functions: what the names of functions mean: sigma, sigma', l'.
        batch: the symbols of which each example has a row (a column, after `columns`), by name.
    """

    forward: tuple[tuple[str, Any], ...]
    adjoint: tuple[tuple[str, Any], ...]
    functions: dict[str, sp.Lambda]
    batch: dict[str, sp.MatrixSymbol]

    def columns(self) -> Recursion:
        """The same with examples as columns: u1 = W1 z0 + b1 1^T."""
        turned = {m: transposed(sp.MatrixSymbol(m.name, *m.shape[::-1])) for m in self.batch.values()}

        def both(steps: tuple[tuple[str, Any], ...]) -> tuple[tuple[str, Any], ...]:
            new = ((name, replaced(e, turned)) for name, e in steps)
            return tuple((name, transposed(e) if name in self.batch else e) for name, e in new)

        batch = {name: turned[m].arg for name, m in self.batch.items()}
        return Recursion(both(self.forward), both(self.adjoint), self.functions, batch)


@dataclass
class _Letter:
    """What a letter stands for: the entry of a matrix. `kind` says how it came about, `of` from what."""

    kind: str  # "leaf", "step", "matmul", "transpose", "sum", "logsumexp", "given"
    matrix: Any
    of: tuple[Any, ...] = ()
    slope: str = ""  # the name of the derivative, where the step is a function of one matrix
    passed: bool = False  # whether its adjoint goes on as it is written, and not under its name


@dataclass
class _Walk:
    graph: Graph
    leaves: Mapping[int, Any]  # inputs: matrix symbols, or a scalar symbol
    lengths: Mapping[float, sp.Symbol]  # numbers of which a division is one by N or d
    activations: Mapping[str, str]  # z1: the name of the function that gives it, "" where z1 is u1
    batch: dict[str, sp.MatrixSymbol]
    fixed: frozenset[Any]  # what is not differentiated by: the targets
    letters: dict[sp.Symbol, _Letter] = field(default_factory=dict)
    entry: dict[int, Any] = field(default_factory=dict)
    functions: dict[str, sp.Lambda] = field(default_factory=dict)
    forward: list[tuple[str, Any]] = field(default_factory=list)
    adjoint: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def count(self) -> Any:
        """N."""
        return next(iter(self.batch.values())).shape[0]

    def letter(self, kind: str, matrix: Any, *of: Any, slope: str = "", passed: bool = False) -> sp.Symbol:
        made = sp.Dummy(f"m{len(self.letters)}", real=True)
        self.letters[made] = _Letter(kind, matrix, of, slope, passed)
        return made

    def inside(self, expression: Any) -> list[sp.Symbol]:
        """The letters of an expression, the oldest first."""
        return sorted((s for s in expression.free_symbols if s in self.letters), key=lambda s: s.dummy_index)  # type: ignore[attr-defined]  # SymPy is only partly typed

    def _apart(self, expression: Any) -> tuple[Any, Any]:
        """The factor without letters, and the rest."""
        return expression.as_independent(*self.inside(expression), as_Add=False)  # type: ignore[no-any-return]  # a pair

    # -- forward: nodes to letters --------------------------------------------------------------------

    def read(self) -> None:
        for i in self.graph.live():
            node = self.graph.nodes[i]
            if i in self.leaves:
                leaf = self.leaves[i]
                self.entry[i] = self.letter("leaf", leaf) if isinstance(leaf, sp.MatrixExpr) else leaf
                continue
            self.entry[i] = exact(node.value) if node.op == CONST else self._value(node)
            if node.name:
                self._named(i, node.name)

    def _value(self, node: Any) -> Any:
        args, params = [self.entry[a] for a in node.args], dict(node.params)
        if node.op == "div":
            below = self.graph.nodes[node.args[1]]
            if below.op == CONST and not below.shape and float(below.value) in self.lengths:
                return args[0] / self.lengths[float(below.value)]
        if node.op == "transpose" and args[0] in self.letters:
            return self.letter("transpose", transposed(self.letters[args[0]].matrix), *args)
        if node.op == "matmul" and all(a in self.letters for a in args):
            return self.letter("matmul", product(*[self.letters[a].matrix for a in args]), *args)
        if node.op in ("sum", "logsumexp"):
            return self.letter(node.op, None, *args)
        if TABLE[node.op].elementwise:
            return as_expression(TABLE[node.op].sympy(*args, **params))
        raise UnsupportedError(f"{node.op} has no matrix notation here")

    def _named(self, i: int, name: str) -> None:
        """A step of the net: u1 = z0 W1^T + b1 or z1 = sigma(u1)."""
        expression, function = self.entry[i], self.activations.get(name, "")
        if function:
            (u,) = self.inside(expression)
            if function not in self.functions:
                self._function(function, expression, u)
            matrix: Any = Entrywise(function, self.functions[function], self.letters[u].matrix)
        else:
            matrix = self.matrix(expression)
        self.forward.append((name, matrix))
        slope_ = f"{function}'" if function else ""
        self.entry[i] = self.letter("step", self.batch[name], expression, slope=slope_, passed=name[0] == "z")
        same = f"z{name[1:]}"
        if name[0] == "u" and self.activations.get(same) == "":
            self.forward.append((same, self.batch[name]))
            self.entry[i] = self.letter("step", self.batch[same], self.entry[i], passed=True)

    def _function(self, name: str, expression: sp.Expr, inside: sp.Symbol) -> None:
        """sigma and its derivative, as SymPy has it."""
        u = sp.Symbol("u", real=True)
        value = expression.xreplace({inside: u})
        self.functions[name] = sp.Lambda(u, value)
        self.functions[f"{name}'"] = sp.Lambda(u, slope(value, u))  # type: ignore[arg-type]  # SymPy is only partly typed

    # -- letters to matrices --------------------------------------------------------------------------

    def matrix(self, expression: Any, name: str = LOSS_SLOPE) -> Any:
        """An expression in letters, as a matrix expression; what is no sum or multiple of them is a function."""
        number, rest = self._apart(sp.factor_terms(expression))
        if rest in self.letters:
            return product(number, self._spread(rest))
        terms = sorted(sp.Add.make_args(rest), key=self._place)
        parts = [self._term(t) for t in terms]
        if all(p is not None for p in parts):
            return product(number, added(*parts))
        factor, lengths = number.as_coeff_Mul()
        return product(lengths, self._applied(name, factor * rest))

    def _place(self, term: sp.Expr) -> tuple[bool, bool, int]:
        """Where a term of a sum stands: products before symbols, what is taken away last."""
        first = min((s for s in term.free_symbols if s in self.letters), key=lambda s: s.dummy_index, default=None)  # type: ignore[attr-defined]  # SymPy is only partly typed
        plain = first is None or self.letters[first].kind not in ("given", "matmul")  # type: ignore[arg-type]  # SymPy is only partly typed
        return term.could_extract_minus_sign(), plain, first.dummy_index if first is not None else 0  # type: ignore[attr-defined]  # SymPy is only partly typed

    def _term(self, term: sp.Expr) -> Any:
        number, rest = self._apart(term)
        if rest in self.letters:
            return product(number, self._spread(rest))
        inside = self.inside(rest)
        if len(inside) == 1 and rest == sp.exp(inside[0]) / (1 + sp.exp(inside[0])):
            u = sp.Symbol("u", real=True)
            function = sp.Lambda(u, 1 / (1 + sp.exp(-u)))
            return product(number, Entrywise("sigmoid", function, self.letters[inside[0]].matrix))
        return None

    def _spread(self, letter: sp.Symbol) -> Any:
        """The matrix of a letter; of a vector b with a row for each example, 1 b^T."""
        matrix = self.letters[letter].matrix
        vector = matrix.shape[1] == 1 and matrix.shape[0] != self.count
        return product(ones(self.count), transposed(matrix)) if vector else matrix

    def _applied(self, name: str, expression: sp.Expr) -> Any:
        """A function of several matrices: l'(u, t), or l'(u - t) where only the difference matters."""
        inside = self.inside(expression)[::-1]
        u, t, e = (sp.Symbol(n, real=True) for n in "ute")
        matrices = [self.letters[s].matrix for s in inside]
        if len(inside) == 2:
            error = sp.expand(expression.xreplace({inside[0]: e + inside[1]}))
            if inside[1] not in error.free_symbols:
                self.functions[name] = sp.Lambda(e, merged(error, e))
                return Entrywise(name, self.functions[name], added(matrices[0], product(-1, matrices[1])))
        short = (u, t)[: len(inside)]
        if len(short) != len(inside):
            raise UnsupportedError(f"a function of {len(inside)} matrices has no notation here")
        self.functions[name] = sp.Lambda(short, expression.xreplace(dict(zip(inside, short, strict=True))))
        return Entrywise(name, self.functions[name], *matrices)

    # -- reverse --------------------------------------------------------------------------------------

    def back(self, output: int) -> None:
        shares: dict[sp.Symbol, list[Any]] = {}
        self._pass_on(self.entry[output], sp.Integer(1), shares)
        for letter, known in reversed(list(self.letters.items())):
            if letter in shares and known.matrix not in self.fixed:
                self._step_back(letter, known, sp.Add(*shares.pop(letter)), shares)

    def _step_back(self, letter: sp.Symbol, known: _Letter, ct: Any, shares: dict[sp.Symbol, list[Any]]) -> None:
        if known.kind in ("leaf", "step"):
            self._write(known, ct, shares)
        elif known.kind == "sum":
            self._pass_on(known.of[0], ct, shares)
        elif known.kind == "logsumexp":
            weight = self.letter("given", Softmax(self.matrix(known.of[0]), sp.Integer(1)))
            self._pass_on(known.of[0], ct * weight, shares)
        elif ct == 0:
            for s in known.of:
                shares.setdefault(s, []).append(ct)
        elif known.kind == "transpose":
            self._share(known.of[0], transposed(self.matrix(ct)), shares)
        elif known.kind == "matmul":
            a, b = known.of
            arrived = self.matrix(ct)
            self._share(a, product(arrived, transposed(self.letters[b].matrix)), shares)
            self._share(b, product(transposed(self.letters[a].matrix), arrived), shares)

    def _pass_on(self, expression: Any, ct: Any, shares: dict[sp.Symbol, list[Any]]) -> None:
        """To every letter of an expression its slope times ct. Term by term: a penalty has one for each layer."""
        slopes: dict[sp.Symbol, list[Any]] = {}
        for term in self._terms(expression):
            for s in self.inside(term):
                slopes.setdefault(s, []).append(sp.Integer(1) if term is s else sp.diff(term, s))
        for s, found in slopes.items():
            shares.setdefault(s, []).append(ct * sp.Add(*found))

    def _terms(self, expression: Any) -> Iterator[Any]:
        """The terms of a sum, and of a multiple of one: l2/2 (a + b) is two."""
        for term in sp.Add.make_args(expression):
            number, rest = self._apart(term)
            yield from (number * t for t in rest.args) if rest.is_Add else (term,)

    def _share(self, letter: sp.Symbol, matrix: Any, shares: dict[sp.Symbol, list[Any]]) -> None:
        shares.setdefault(letter, []).append(self.letter("given", matrix))

    def _write(self, known: _Letter, ct: Any, shares: dict[sp.Symbol, list[Any]]) -> None:
        """The adjoint of a named matrix is a step."""
        symbol = known.matrix
        name = symbol.name + BAR
        if symbol.name not in self.batch:
            found = self._of_parameter(symbol, ct)
        else:
            found = self.matrix(ct) if ct != 0 else sp.ZeroMatrix(*symbol.shape)
            self.batch[name] = sp.MatrixSymbol(name, *symbol.shape)
        self.adjoint.append((name, found))
        if known.kind == "leaf":
            return
        (expression,) = known.of
        barred = sp.Integer(0) if ct == 0 else self.letter("given", found if known.passed else self.batch[name])
        if not known.slope or ct == 0:
            self._pass_on(expression, barred, shares)
            return
        (u,) = self.inside(expression)
        by = self.functions[known.slope]
        if by.expr.is_number:
            shares.setdefault(u, []).append(by.expr * barred)
        else:
            self._share(u, hadamard(found, Entrywise(known.slope, by, self.letters[u].matrix)), shares)

    def _of_parameter(self, symbol: sp.MatrixSymbol, ct: Any) -> Any:
        if ct == 0:
            return sp.ZeroMatrix(*symbol.shape)
        found = self.matrix(ct)
        if found.shape != symbol.shape:  # a vector that was added to each example
            found = product(transposed(found), ones(self.count))
        return found


def slope(value: sp.Expr, u: sp.Symbol) -> sp.Expr:
    """SymPy's derivative by u. Raises `UnsupportedError` where it has none to show."""
    found = sp.diff(value, u)
    if found.has(sp.Derivative, sp.Subs):
        raise UnsupportedError(f"SymPy has no derivative of {value}")
    return found


def recursion(
    graph: Graph,
    leaves: Mapping[int, Any],
    lengths: Mapping[float, sp.Symbol],
    activations: Mapping[str, str],
    batch: Mapping[str, sp.MatrixSymbol],
) -> Recursion:
    """The steps of a recorded net and of the derivative of its only output.

    Args:
        graph: with the names u1, z1, ... at its steps.
        leaves: the matrix symbol, or number symbol, of each input.
        lengths: numbers that stand for a symbolic length where they divide.
        activations: the name of the function at each step that is one, {"z1": "sigma"}; "" where z1 is u1.
        batch: the matrix symbol of everything that has a row for each example.

    Raises:
        UnsupportedError: an op that has no notation, or no derivative in SymPy.
    """
    walk = _Walk(graph, leaves, lengths, activations, dict(batch), frozenset({batch["t"]}))
    walk.read()
    walk.back(graph.outputs[0])
    return Recursion(tuple(walk.forward), tuple(walk.adjoint), walk.functions, walk.batch)
