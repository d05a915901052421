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
import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from symdiff import balls
from symdiff.balls import precision
from symdiff.crosscheck.places.exact_numbers import (
    NOTHING,
    Number,
    Opaque,
    absolute,
    add,
    atan2,
    cbrt,
    exp,
    inverse,
    key,
    letter,
    log,
    multiply,
    of_exponentials,
    of_rationals,
    of_turns,
    power,
    rational,
    sinc,
    sqrt,
    to_the,
    without_denominators,
)
from symdiff.graph import CONST, INPUT, Graph, run

MOST_STEPS = 2_000  # of the function, beneath what is compared
MOST_WORK = 100_000  # terms squared, of all steps
BITS = 192  # for what the balls show of a point
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
    "sin": functools.partial(of_turns, "sin"), "cos": functools.partial(of_turns, "cos"),
    "tan": functools.partial(of_turns, "tan"), "sinc": sinc, "atan2": atan2, "abs": absolute,
    "max": of_rationals("max", max), "min": of_rationals("min", min), "relu": of_rationals("relu", lambda a: max(a, 0)),
    "clip": of_rationals("clip", lambda a, low, high: min(max(a, low), high)),
    "floor": of_rationals("floor", math.floor), "ceil": of_rationals("ceil", math.ceil),
    "sign": of_rationals("sign", lambda a: (a > 0) - (a < 0)),
}  # fmt: skip


class ExactValues:
    """The exact values of a function's steps at a point, along a ray from it (`direction`), or as functions of its
    inputs where there is no point (`x` is None), computed where they are asked for. Equal functions are equal wherever
    both are defined. `chosen` are the steps that are another one, times 1, -1 or 0: at a point the balls show them."""

    def __init__(
        self, graph: Graph, x: Sequence[float] | None = None, direction: Sequence[Fraction] | None = None
    ) -> None:  # fmt: skip
        self.graph, self.x, self.direction = graph, x, direction
        self.chosen: dict[int, tuple[int, int]] | None = None if x is not None and direction is None else {}
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

    def rational(self, a: int) -> Fraction | None:
        """The rational number that a node certainly is. None: not proven."""
        if self.is_zero(a):
            return Fraction(0)
        found = self._known.get(a)
        return found[NOTHING] if found is not None and set(found) == {NOTHING} else None

    def _is_nothing(self, number: Callable[[], Number]) -> bool:
        try:
            return not without_denominators(number())
        except (Opaque, ArithmeticError, RecursionError):
            return False

    def _reached(self, *nodes: int) -> bool:
        needed = self.graph.live(nodes)
        if len(needed) > MOST_STEPS:
            return False
        if self.chosen is None:
            self.chosen = _seen(self.graph, self.x or ())
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
                k = self.graph.inputs.index(i)
                here = rational(self.x[k])
                if self.direction is None or not self.direction[k]:
                    return here
                return add(here, multiply(rational(self.direction[k]), letter("along")))
            if node.op == CONST:
                return rational(node.value) if node.kind == "f" else letter("truth", node.value)  # type: ignore[arg-type]  # a scalar
            if self.chosen and i in self.chosen:
                sign, other = self.chosen[i]
                return multiply(rational(sign), self._known[other])
            if node.op in ("max", "min") and self._known[node.args[0]] == self._known[node.args[1]]:
                return self._known[node.args[0]]
            if node.op in RULES and self._left > 0:
                found = RULES[node.op](*(self._known[a] for a in node.args), **dict(node.params))
                self._left -= len(found) ** 2
                return found
        except (Opaque, ArithmeticError, ValueError, RecursionError):  # too large, or inf and nan
            if not node.args:
                return letter("step", i)
        return letter("op", node.op, node.params, *(key(self._known[a]) for a in node.args))


def _seen(graph: Graph, x: Sequence[float]) -> dict[int, tuple[int, int]]:
    """What balls show of the steps that choose, at a point."""
    found: dict[int, tuple[int, int]] = {}
    choosing = [i for i in graph.live(graph.ends) if graph.nodes[i].op in ("abs", "max", "min", "where")]
    if not choosing:
        return found
    with precision(BITS):
        values = run(graph, "ball", [balls.const(v) for v in x], balls.const, graph.live(choosing))
        for i in choosing:
            op, args = graph.nodes[i].op, graph.nodes[i].args
            if op == "where":
                if isinstance(values[args[0]], bool):
                    found[i] = 1, args[1 if values[args[0]] else 2]
                continue
            gap = values[args[0]].value - (values[args[1]].value if len(args) == 2 else 0)
            if gap > 0 or gap < 0:
                sign = 1 if gap > 0 else -1
                found[i] = (sign, args[0]) if op == "abs" else (1, args[(sign > 0) != (op == "max")])
    return found
