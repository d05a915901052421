"""SymPy's partials in the form that keeps the digits: identities of quotients of exponentials and of tanh.

e^u/(1 + e^u) is nan in float64 from u = 710 on, and 1 - tanh(u)^2 has no digits left from u = 19 on.
"""

from __future__ import annotations

from typing import Any, Protocol

from symdiff.graph import Graph


class Builds(Protocol):
    """What adds steps to a graph."""

    graph: Graph

    def __call__(self, op: str, *args: int, **params: Any) -> int: ...
    def is_number(self, i: int, number: float) -> bool: ...


def steady(build: Builds, op: str, args: list[int], params: dict[str, Any]) -> int:
    """The step op(*args), or another that means the same."""
    found = None
    if op == "div":
        found = _quotient(build, *args)
    elif op == "sub" and build.is_number(args[0], 1.0):
        found = _one_minus_square(build, args[1])
    return build(op, *args, **params) if found is None else found


def _quotient(build: Builds, above: int, below: int) -> int | None:
    """e^u/(e^u + e^v) = sigmoid(u - v), and e^u/(1 + e^u)^2 = sigmoid(u) sigmoid(-u)."""
    node = build.graph.nodes[below]
    if node.op == "add" and above in node.args and all(_exponential(build, a) for a in node.args):
        one, other = node.args if node.args[0] == above else node.args[::-1]
        if build.is_number(one, 1.0):
            return build("sigmoid", _negative(build, _exponent(build, other)))
        u = _exponent(build, one)
        return build("sigmoid", u if build.is_number(other, 1.0) else build("sub", u, _exponent(build, other)))
    if node.op != "integer_power" or dict(node.params)["n"] != 2:
        return None
    base, top = build.graph.nodes[node.args[0]], build.graph.nodes[above]
    factors = list(top.args) if top.op == "mul" else [above]
    inside = [a for a in base.args if a in factors] if base.op == "add" else []
    if len(inside) != 1 or not all(_exponential(build, a) for a in base.args):
        return None
    (e,) = inside
    other = base.args[0] if base.args[1] == e else base.args[1]
    if not build.is_number(other, 1.0) or build.is_number(e, 1.0):
        return None
    u = _exponent(build, e)
    slope = build("mul", build("sigmoid", u), build("sigmoid", _negative(build, u)))
    factors.remove(e)
    return build("mul", factors[0], slope) if factors else slope


def _one_minus_square(build: Builds, square: int) -> int | None:
    """1 - tanh(u)^2 = 1/cosh(u)^2."""
    node = build.graph.nodes[square]
    if node.op != "integer_power" or dict(node.params)["n"] != 2:
        return None
    root = build.graph.nodes[node.args[0]]
    if root.op != "tanh":
        return None
    return build("div", build.graph.const(1.0), build("integer_power", build("cosh", *root.args), n=2))


def _exponential(build: Builds, i: int) -> bool:
    return build.graph.nodes[i].op == "exp" or build.is_number(i, 1.0)


def _exponent(build: Builds, i: int) -> int:
    return build.graph.nodes[i].args[0]


def _negative(build: Builds, u: int) -> int:
    node = build.graph.nodes[u]
    return node.args[0] if node.op == "neg" else build("neg", u)
