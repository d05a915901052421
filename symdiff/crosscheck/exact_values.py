"""The value of a step at a point, exactly: a polynomial with rational coefficients in roots, logarithms and the like.

Inputs and constants are doubles, and so rational numbers; what is added, multiplied and divided of them stays one. The
root of a number that is no square, a logarithm, a sine are letters, by what they are of, with the few rules that hold
for all real numbers: sqrt(a)**2 is a, exp(log(a)) is a, exp(a + b) is exp(a) exp(b), cos(a)**2 is 1 - sin(a)**2. Equal
polynomials are equal numbers, which balls cannot show, however many digits they have. Different ones may still be
equal: then nothing is proven here (whether such numbers are equal is not known to be decidable: D. Richardson, "How
to recognize zero", Journal of Symbolic Computation 24, 1997).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from symdiff.crosscheck.exact_numbers import (
    Number,
    Opaque,
    add,
    cbrt,
    exp,
    inverse,
    key,
    letter,
    log,
    multiply,
    of_exponentials,
    power,
    rational,
    sqrt,
    to_the,
    without_denominators,
)
from symdiff.graph import CONST, INPUT, Graph

MOST_STEPS = 2_000  # of the function, beneath what is compared
MOST_WORK = 100_000  # terms squared, of all steps
ONE, TWO = rational(1), rational(2)
RULES: dict[str, Callable[..., Number]] = {
    "add": add, "sub": lambda a, b: add(a, b, -1), "neg": lambda a: add({}, a, -1), "mul": multiply,
    "div": lambda a, b: multiply(a, inverse(b)), "integer_power": to_the, "power": power, "sqrt": sqrt,
    "euler_e": lambda: exp(ONE), "exp": exp, "log": log, "expm1": lambda a: add(exp(a), ONE, -1),
    "log1p": lambda a: log(add(ONE, a)),
    "hypot": lambda a, b: sqrt(add(multiply(a, a), multiply(b, b))),
    "cbrt": cbrt, "exp2": lambda a: exp(multiply(a, log(TWO))), "log2": lambda a: multiply(log(a), inverse(log(TWO))),
    "log10": lambda a: multiply(log(a), inverse(log(rational(10)))),
    "sinh": lambda a: of_exponentials(a, (1, -1)), "cosh": lambda a: of_exponentials(a, (1, 1)),
    "tanh": lambda a: of_exponentials(a, (1, -1), (1, 1)), "sigmoid": lambda a: inverse(add(ONE, exp(add({}, a, -1)))),
    "softplus": lambda a: log(add(ONE, exp(a))), "logaddexp": lambda a, b: log(add(exp(a), exp(b))),
    "total": lambda *terms, of: functools.reduce(add, terms, {}),
    "product": lambda *factors: functools.reduce(multiply, factors, ONE),
    "sin": lambda a: letter("sin", key(a)) if a else {}, "cos": lambda a: letter("cos", key(a)) if a else ONE,
}  # fmt: skip


class ExactValues:
    """The exact values of a function's steps at a point, or as functions of its inputs where there is none (`x` is
    None), computed where they are asked for. Equal functions are equal wherever both are defined."""

    def __init__(self, graph: Graph, x: Sequence[float] | None = None) -> None:
        self.graph, self.x = graph, x
        self._known: dict[int, Number] = {}
        self._left = MOST_WORK

    def equal(self, a: int, b: int) -> bool:
        """Whether two nodes are certainly one number. False: not proven."""
        if not self._reached(a, b):
            return False
        return self._known[a] == self._known[b] or self._is_nothing(lambda: add(self._known[a], self._known[b], -1))

    def is_zero(self, a: int) -> bool:
        """Whether a node is certainly zero. False: not proven."""
        return self._reached(a) and self._is_nothing(lambda: self._known[a])

    def _is_nothing(self, number: Callable[[], Number]) -> bool:
        try:
            return not without_denominators(number())
        except (Opaque, ArithmeticError, RecursionError):
            return False

    def _reached(self, *nodes: int) -> bool:
        needed = self.graph.live(nodes)
        if len(needed) > MOST_STEPS:
            return False
        for i in needed:
            if i not in self._known:
                self._known[i] = self._value(i)
        return True

    def _value(self, i: int) -> Number:
        node = self.graph.nodes[i]
        try:
            if node.op == INPUT:
                if self.x is None:
                    return letter("input", i)
                return rational(self.x[self.graph.inputs.index(i)])
            if node.op == CONST:
                return rational(node.value) if node.kind == "f" else letter("truth", node.value)  # type: ignore[arg-type]  # a scalar
            if node.op in ("max", "min") and self._known[node.args[0]] == self._known[node.args[1]]:
                return self._known[node.args[0]]
            if node.op in RULES and self._left > 0:
                found = RULES[node.op](*(self._known[a] for a in node.args), **dict(node.params))
                self._left -= len(found) ** 2
                return found
        except (Opaque, ArithmeticError, ValueError, RecursionError):  # too large, or inf and nan
            return letter("step", i)
        return letter(node.op, node.params, *(key(self._known[a]) for a in node.args))
