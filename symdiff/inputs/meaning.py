"""What the words of the text language mean: numbers, ops and calls become nodes of a graph.

The parser (`text`) knows the order of things; this knows how many arguments a function takes, what may
be a condition, and which constants are too large.
"""

from __future__ import annotations

import math
from typing import NoReturn

from symdiff.graph import CONST, Graph, Params
from symdiff.inputs import composed
from symdiff.inputs import language as lang
from symdiff.inputs.tokens import complaint, show
from symdiff.ops import TABLE


class Builder:
    """A graph that grows, and the text of which it is made."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.literals: dict[str, int] = {}  # number as written -> node
        self.constants: dict[int, tuple[float, int]] = {}  # node -> value, and an upper bound of its bits
        self.truths: set[int] = set()  # nodes that are true or false

    def begin(self, text: str, label: str) -> None:
        """Start on a text; `label` goes before its columns."""
        self.text, self.label = text, label
        self.line, self.line_start = 0, 0
        self.lines = "\n" in text
        self.new_line(0)

    def new_line(self, start: int) -> None:
        """Another line begins at `start`; columns count from there."""
        self.line, self.line_start = self.line + 1, start
        self.place = f"{self.label}line {self.line}, column " if self.lines else f"{self.label}column "

    def fail(self, what: str, position: int) -> NoReturn:
        raise complaint(what, self.text, position, self.label)

    # -- constants -----------------------------------------------------------------------------------

    def literal(self, token: str, position: int) -> int:
        """The node of a number: the double nearest to it."""
        node = self.literals.get(token)
        if node is None:
            if len(token) > lang.MAX_DIGITS:
                self.fail(f"a number of {len(token)} characters: at most {lang.MAX_DIGITS} are read", position)
            value = float(token)
            if math.isinf(value):
                self.fail(f"the number {show(token)} is larger than any double", position)
            if value == 0 and token.lower().partition("e")[0].strip("0."):
                self.fail(f"the number {show(token)} is smaller than any double", position)
            node = self.literals[token] = self.constant(value)
        return node

    def constant(self, value: float) -> int:
        node = self.graph.const(value)
        above, below = value.as_integer_ratio()
        self.constants[node] = value, above.bit_length() + below.bit_length()
        return node

    def _note_constant(self, node: int, op: str, args: tuple[int, ...], params: Params, position: int) -> None:
        """Work out an op of constants, so that 9**9**9, 1/0 and log(-1) are refused at their column."""
        values = [self.constants[a][0] for a in args]
        bits = lang.size(op, [self.constants[a][1] for a in args], values)
        value = float(TABLE[op].forward(*values, **dict(params))) if bits <= lang.MAX_BITS else math.inf
        if not math.isfinite(value):
            why = "overflows float64" if math.isinf(value) and _overflows(op, values) else "is not a finite real number"
            why = why if bits <= lang.MAX_BITS else "has too many digits"
            self.fail(f"this constant {why}: {_spell(op, values)}", position)
        self.constants[node] = value, bits

    def _is_whole(self, node: int) -> bool:
        """Whether this is a number without fraction, written out, with a sign or without."""
        source = self.graph.nodes[node]
        if source.op == "neg":
            source = self.graph.nodes[source.args[0]]
        return source.op == CONST and self.constants[node][0].is_integer()

    def whole(self, node: int, limit: int, what: str, position: int) -> int:
        """The whole number that a literal says."""
        if not self._is_whole(node):
            self.fail(f"{what} must be a whole number, written out", position)
        value = self.constants[node][0]
        if abs(value) > limit:
            self.fail(f"{what} of {value:.6g}: at most {limit} is read", position)
        return int(value)

    # -- ops -----------------------------------------------------------------------------------------

    def apply(self, op: str, args: tuple[int, ...], position: int, params: Params = ()) -> int:
        """The node op(*args), after everything that could be wrong with it has been looked at."""
        if self.truths or op in lang.CONDITIONS:
            self._check_conditions(op, args, position)
        if op == "power":
            exponent, _ = self.constants.get(args[1], (0.0, 0))
            if abs(exponent) > lang.MAX_EXPONENT:
                self.fail(f"an exponent of {exponent:.6g}: at most {lang.MAX_EXPONENT} is read", position)
        if op in lang.ORDERED:
            order, _ = self.constants.get(args[0], (0.0, 0))
            if abs(order) > lang.MAX_ORDER:
                self.fail(f"the order of {op}, {order:.6g}: at most {lang.MAX_ORDER} is read", position)
        graph = self.graph
        known = len(graph.nodes)
        node = graph.apply(op, *args, params=params, where=f"{self.place}{position - self.line_start + 1}")
        if node < known:
            return node
        if known >= lang.MAX_NODES:
            self.fail(f"more than {lang.MAX_NODES} operations", position)
        if TABLE[op].boolean:
            self.truths.add(node)
        if all(map(self.constants.__contains__, args)):
            self._note_constant(node, op, args, params, position)
        return node

    def _check_conditions(self, op: str, args: tuple[int, ...], position: int) -> None:
        """Comparisons where conditions belong, numbers everywhere else."""
        conditions = lang.CONDITIONS.get(op, 0)
        for k, a in enumerate(args):
            if k < conditions and a not in self.truths:
                self.fail(f"{_spelling(op)} needs a condition, such as x > 0, but was given a number", position)
            if k >= conditions and a in self.truths:
                if op in _COMPARISONS:
                    self.fail("comparisons cannot be chained: write a < b and b < c", position)
                self.fail(
                    f"a comparison cannot be an operand of {_spelling(op)}: it may only be the condition of where(...)",
                    position,
                )

    def power_of(self, base: int, exponent: int, *, negative: bool, position: int) -> int:
        """base**n or base**-n with n written out: x**2 is a product, defined for every x."""
        if base in self.constants:
            power = self.apply("neg", (exponent,), position) if negative else exponent
            return self.apply("power", (base, power), position)
        n = self.whole(exponent, lang.MAX_EXPONENT, "an exponent", position)
        return self.apply("integer_power", (base,), position, (("n", -n if negative else n),))

    # -- calls ---------------------------------------------------------------------------------------

    def call(self, name: str, args: tuple[int, ...], position: int) -> int:
        """The node of name(*args)."""
        op = lang.ALIASES.get(name, name)
        if op in lang.RECIPROCALS:
            self._expect(name, args, 1, 1, position)
            below = self.apply(lang.RECIPROCALS[op], args, position)
            return self.apply("div", (self.constant(1.0), below), position)
        if op in lang.OF_RECIPROCALS:
            self._expect(name, args, 1, 1, position)
            inside = self.apply("div", (self.constant(1.0), *args), position)
            return self.apply(lang.OF_RECIPROCALS[op], (inside,), position)
        if op == "log" and len(args) == 2:
            above, below = (self.apply("log", (a,), position) for a in args)
            return self.apply("div", (above, below), position)
        if op in lang.COMPOSED:
            return self._composed(op, args, position)
        if name == "elliptic_e" and len(args) == 2:
            op = "ellipeinc"
        if op in lang.FOLDED and len(args) > 2:
            node = args[0]
            for a in args[1:]:
                node = self.apply(op, (node, a), position)
            return node
        if name == "pow" and len(args) == 2 and self._is_whole(args[1]):
            return self.power_of(*args, negative=False, position=position)
        return self._row(name, op, args, position)

    def _composed(self, name: str, args: tuple[int, ...], position: int) -> int:
        """A function that is a few steps of rows."""
        most = lang.COMPOSED[name]
        self._expect(name, args, most, most + (name == "polylog"), position)
        if name == "polylog":
            return self._polylogarithm(args, position)

        def apply(op: str, *nodes: int) -> int:
            return self.apply(op, nodes, position)

        if name == "li":
            return composed.logarithmic_integral(apply, *args)
        if name == "lowergamma":
            return composed.lower_gamma(apply, *args)
        order, _ = self.constants.get(args[0], (math.nan, 0))
        return apply("exp1", args[1]) if order == 1 else composed.exponential_integral(apply, self.constant, *args)

    def _polylogarithm(self, args: tuple[int, ...], position: int) -> int:
        """Li_n(x), or its derivative of the order that a third argument says."""
        order, x, *more = args
        n = self.whole(order, lang.MAX_ORDER, "the order of polylog", position)
        k = self.whole(more[0], lang.MAX_ORDER, "the third argument of polylog", position) if more else 0
        if k < 0:
            self.fail(f"the third argument of polylog counts derivatives, got {k}", position)

        def apply(op: str, *nodes: int) -> int:
            return self.apply(op, nodes, position)

        short = None if k else composed.polylogarithm(apply, self.constant, n, x)
        return self.apply("polylog", (x,), position, (("n", n), ("k", k))) if short is None else short

    def _row(self, name: str, op: str, args: tuple[int, ...], position: int) -> int:
        """A row of the table called by its name or an alias."""
        row = TABLE[op]
        parameters, most = len(row.params), row.arity + len(row.params)
        self._expect(name, args, most - len(row.defaults), most, position)
        params: Params = ()
        if parameters:  # one integer that is part of the op, not a node
            at = 0 if op in lang.INTEGER_FIRST else len(args) - 1
            limit = lang.MAX_ORDER if op in lang.INTEGER_FIRST else lang.MAX_EXPONENT
            n = self.whole(args[at], limit, f"the order of {name}", position)
            if n < 0 and op in lang.INTEGER_FIRST:
                self.fail(f"the order of {name} must not be negative, got {n}", position)
            params, args = ((row.params[0], n),), args[:at] + args[at + 1 :]
        order = self.constants.get(args[0], (0.0,))[0] if op in lang.OF_AN_ORDER else 0.0
        if abs(order) > lang.MAX_EXPONENT:  # a Bessel function of an order of 1e9 takes for ever
            self.fail(f"the order of {name} of {order:.6g}: at most {lang.MAX_EXPONENT} is read", position)
        missing = row.arity - len(args)
        if missing:
            args += tuple(self.constant(v) for v in row.defaults[-missing:])
        return self.apply(op, args, position, params)

    def _expect(self, name: str, args: tuple[int, ...], least: int, most: int, position: int) -> None:
        if not least <= len(args) <= most:
            wanted = str(most) if least == most else f"{least} to {most}"
            wanted = lang.COUNTS.get(lang.ALIASES.get(name, name), wanted)
            arguments = "argument" if wanted == "1" else "arguments"
            self.fail(f"{name} takes {wanted} {arguments}, {len(args)} given", position)


_SIGNS = {op: sign for sign, (_, op) in lang.BINARY.items() if sign != "^"}
_COMPARISONS = frozenset(op for binding, op in lang.BINARY.values() if binding == lang.COMPARE)


def _overflows(op: str, values: list[float]) -> bool:
    """Whether an op that gives infinity has a value, and one that is too large: exp(1000), and not 1/0."""
    powers = op in ("power", "integer_power") and values[0] != 0
    return powers or op in ("exp", "exp2", "expm1", "sinh", "cosh", "square", "mul", "add", "sub")


def _spelling(op: str) -> str:
    """An op as the text writes it."""
    return _SIGNS.get(op) or lang.PREFIX.get(op, op).strip()


def _spell(op: str, values: list[float]) -> str:
    """An op of constants as the text writes it: 9 ** 9, log(-1)."""
    words = [f"{v:.6g}" for v in values]
    return f" {_SIGNS[op]} ".join(words) if op in _SIGNS else f"{_spelling(op)}({', '.join(words)})"
