"""Bad input: every mistake is one clear sentence, of the right class, of at most 300 characters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.errors import DomainError, ExpressionError, InputError, SymdiffError, UnsupportedError

x, y = sp.symbols("x y")
MANY = "+".join(f"variable_{k}" for k in range(300))
LONG = sum(sp.Symbol(f"v{k}") for k in range(300))

Case = tuple[Callable[[], Any], type[SymdiffError], str]


def at(value: Any) -> Callable[[], Any]:
    return lambda: sd.grad("x**2")(value)


CASES: dict[str, Case] = {
    # names and functions
    "unknown function": (lambda: sd.grad("sn(x)"), ExpressionError, "unknown function 'sn': did you mean 'sin'"),
    "unknown name": (lambda: sd.function("alhpa*x", variables=["alpha", "x"]), ExpressionError, "did you mean 'alpha'"),
    "unknown variable": (lambda: sd.grad("alpha*x")(alhpa=1.0, x=2.0), InputError, "did you mean 'alpha'"),
    "unknown variable, at": (lambda: sd.crosscheck("x", at={"z": 1.0}), InputError, "'z' is not a variable of 'x'"),
    "unknown of many": (lambda: sd.crosscheck(MANY, at={"q": 1.0}), InputError, r"'q' is not a variable of .*\.\.\."),
    "no name": (lambda: sd.crosscheck("x", at={1: 1.0}), InputError, "1 is not a variable"),
    # the number of values
    "missing": (lambda: sd.grad("x*y")(1.0), InputError, r"1 value\(s\) given, but the function has 2 .*: x, y"),
    "missing by name": (lambda: sd.grad("x*y")(x=1.0), InputError, "no value given for y: the variables are x, y"),
    "missing of many": (lambda: sd.grad(MANY)(1.0), InputError, r"has 300 variable\(s\): variable_0, .*\.\.\."),
    "missing of many by name": (lambda: sd.grad(MANY)(variable_1=1.0), InputError, r"no value given for .*\.\.\."),
    "surplus": (lambda: sd.grad("x")(1.0, 2.0), InputError, r"2 value\(s\) given, but the function has 1"),
    "no variables": (lambda: sd.value("pi")(1.0), InputError, r"0 variable\(s\): none"),
    "no point": (lambda: sd.crosscheck("x*y"), InputError, "no point given: give a value for x, y"),
    "no point of many": (lambda: sd.crosscheck(MANY), InputError, "no point given"),
    "both ways": (lambda: sd.crosscheck("x", 1.0, at={"x": 1.0}), InputError, "by position or by name, not both"),
    "both ways, call": (lambda: sd.grad("x*y")(1.0, y=1.0), InputError, "not both"),
    # values that are no finite real numbers
    "nan": (at(math.nan), InputError, "x = nan: expected a finite real number"),
    "inf": (at(-math.inf), InputError, "x = -inf: expected a finite real number"),
    "numpy's nan": (at(np.float32("nan")), InputError, "expected a finite real number"),
    "complex": (at(1 + 2j), InputError, r"x = \(1\+2j\) \(complex\): expected a finite real number"),
    "text": (at("1.5"), InputError, r"x = '1.5' \(str\): expected a finite real number"),
    "long text": (at("1" * 10_000), InputError, r"\.\.\. \(str\)"),
    "bool": (at(True), InputError, r"x = True \(bool\)"),
    "None": (at(None), InputError, r"x = None \(NoneType\)"),
    "array": (at(np.ones(3)), InputError, r"\(ndarray\): expected a finite real number"),
    "matrix": (at(np.ones((30, 30))), InputError, r"\(ndarray\)"),
    "list": (at([1.0] * 1000), InputError, r"\(list\)"),
    "huge integer": (at(10**400), InputError, "expected a finite real number"),
    "symbol": (at(x), InputError, r"x = x \(Symbol\)"),
    "a tangent": (lambda: sd.jvp("x", (1.0,), (math.nan,)), InputError, r"tangents\[0\] = nan"),
    "a cotangent": (lambda: sd.vjp("x", 1.0)[1]("a"), InputError, "cotangent"),
    "too few tangents": (lambda: sd.jvp("x*y", (1.0, 2.0), (1.0,)), InputError, "tangents has 1 entries, expected 2"),
    "too many cotangents": (lambda: sd.vjp("x", 1.0)[1]((1.0, 2.0)), InputError, "has 2 entries, expected 1"),
    "bare primals": (lambda: sd.jvp("x", 1.0, (1.0,)), InputError, "primals: expected a sequence .*, got float"),
    "bare primals, hvp": (lambda: sd.hvp("x", 1.0, (1.0,)), InputError, "primals: expected a sequence"),
    # outside the domain
    "log(-1)": (lambda: sd.steps("log(x)", -1.0), DomainError, "log at column 1 needs an argument above zero, got -1"),
    "1/0": (lambda: sd.steps("1/x", 0.0), DomainError, "div at column 2 needs a divisor that is not zero, got 1, 0"),
    "long and outside": (lambda: sd.steps(MANY + "+1/variable_0", *[0.0] * 300), DomainError, "not defined here"),
    "nowhere defined": (lambda: sd.crosscheck("sqrt(-1 - x**2)", points=2), InputError, "no point was found where"),
    # SymPy
    "hankel1": (lambda: sd.function(sp.hankel1(0, x)), UnsupportedError, r"hankel1 in hankel1\(0, x\)"),
    "long hankel1": (lambda: sd.function(sp.hankel1(0, LONG)), UnsupportedError, "hankel1"),
    "DiracDelta": (lambda: sd.function(sp.DiracDelta(x)), UnsupportedError, "DiracDelta"),
    "Integral": (lambda: sd.function(sp.Integral(x * y, (x, 0, 1))), UnsupportedError, "Integral in Integral"),
    "Sum": (lambda: sd.function(sp.Sum(x**y, (y, 0, 3))), UnsupportedError, "Sum in Sum"),
    "undefined function": (lambda: sd.function(sp.Function("f")(x)), UnsupportedError, r"f in f\(x\)"),
    "undefined head": (lambda: sd.function(sp.Function("f")), InputError, "f .* is not a scalar SymPy expression"),
    "Derivative": (lambda: sd.function(sp.Derivative(sp.Function("f")(x), x)), UnsupportedError, "Derivative"),
    "MatrixSymbol": (lambda: sd.function(sp.MatrixSymbol("A", 2, 2)), InputError, "MatrixSymbol.*not a scalar"),
    "entry of a matrix": (lambda: sd.function(sp.MatrixSymbol("A", 2, 2)[0, 0]), InputError, "not a scalar symbol"),
    "Matrix": (lambda: sd.function(sp.Matrix([[x]])), InputError, "is not a scalar SymPy expression"),
    "Indexed": (lambda: sd.function(sp.IndexedBase("a")[1]), InputError, "not a scalar symbol"),
    "relation": (lambda: sd.function(x > 0), InputError, r"x > 0 \(StrictGreaterThan\) is not a scalar"),
    "Tuple": (lambda: sd.function(sp.Tuple(x, y)), InputError, "is not a scalar"),
    "complex symbol": (lambda: sd.function(sp.Symbol("z", complex=True) ** 2), InputError, "the symbol z is not real"),
    "imaginary symbol": (lambda: sd.function(sp.Symbol("z", imaginary=True) ** 2), InputError, "z is not real"),
    "imaginary unit": (lambda: sd.function(sp.I * x), InputError, "imaginary unit"),
    "long and imaginary": (lambda: sd.function(sp.I * LONG), InputError, "imaginary unit"),
    "two of one name": (lambda: sd.function(x + sp.Symbol("x", positive=True)), InputError, "have one name"),
    "oo": (lambda: sd.function(x + sp.oo), UnsupportedError, "oo is not a finite real number"),
    "zoo": (lambda: sd.function(sp.zoo), UnsupportedError, "zoo"),
    "SymPy's nan": (lambda: sd.function(sp.nan), UnsupportedError, "nan is not a finite real number"),
    "10**400": (lambda: sd.function(x * sp.Integer(10) ** 400), UnsupportedError, "larger than a float64"),
    "half a Piecewise": (lambda: sd.function(sp.Piecewise((x, x > 0))), UnsupportedError, "the condition True"),
    "one variable short": (lambda: sd.function(x * y, variables=["x"]), InputError, "also depends on y"),
    "many variables short": (lambda: sd.function(LONG, variables=["x"]), InputError, "also depends on v0"),
    "variables as text": (lambda: sd.function(x * y, variables="xy"), InputError, "expected a list of names"),
    "a name twice": (lambda: sd.function(x, variables=["x", "x"]), InputError, "twice"),
    # no function at all
    "object": (lambda: sd.function(object()), InputError, "object cannot be differentiated: expected a formula"),
    "number": (lambda: sd.function(3), InputError, "int cannot be differentiated"),
    "bytes": (lambda: sd.grad(b"x"), InputError, "bytes cannot be differentiated"),
    "None as function": (lambda: sd.crosscheck(None), InputError, "NoneType cannot be differentiated"),
    "dict": (lambda: sd.steps({"x": 1}), InputError, "dict cannot be differentiated"),
    "empty list": (lambda: sd.function([]), InputError, "at least one"),
    "mixed list": (lambda: sd.function(["x", x]), InputError, "text only, or SymPy expressions only"),
    "list with a number": (lambda: sd.function(["x", 3]), InputError, "text only, or SymPy expressions only"),
    "nested list": (lambda: sd.function([["x"]]), InputError, "text only"),
    "empty text": (lambda: sd.function(""), ExpressionError, "nothing to read"),
    "no argument": (lambda: sd.grad(lambda: 1.0)(), InputError, "given no argument: nothing to differentiate by"),  # noqa: PLW0108 -- a user's call
    "returns text": (lambda: sd.grad(lambda x: "a")(1.0), InputError, "returns str as result: expected numbers"),
    "math.sin": (lambda: sd.grad(lambda x: math.sin(x))(1.0), UnsupportedError, "np.sin and not math.sin"),  # noqa: PLW0108 -- a user's function
    # wrt, operators, methods
    "wrt name": (lambda: sd.grad("alpha*x", wrt="alhpa"), InputError, "wrt='alhpa' is not .* did you mean 'alpha'"),
    "wrt of many": (lambda: sd.grad(MANY, wrt="q"), InputError, "wrt='q' is not a variable"),
    "wrt position": (lambda: sd.grad("x", wrt=1), InputError, "wrt=1: expected .*name or a position below 1"),
    "wrt float": (lambda: sd.grad("x", wrt=0.0), InputError, "wrt=0.0: expected a variable's name"),  # type: ignore[arg-type]  # that is the mistake
    "wrt bool": (lambda: sd.grad("x", wrt=False), InputError, "wrt=False"),
    "wrt None inside": (lambda: sd.grad("x", wrt=["x", None]), InputError, "wrt=None"),  # type: ignore[list-item]  # that is the mistake
    "formula by": (lambda: sd.formula("x", "z"), InputError, "wrt='z' is not a variable"),
    "method": (lambda: sd.grad("x", method="tap"), InputError, "method 'tap' is not known: expected one of symbolic"),
    "method list": (lambda: sd.grad("x", method=["tape"]), InputError, "expected the name of a method"),  # type: ignore[arg-type]  # that is the mistake
    "methods": (lambda: sd.crosscheck("x", 1.0, methods=["tap"]), InputError, "method 'tap' is not known"),
    "methods number": (lambda: sd.crosscheck("x", 1.0, methods=3), InputError, "methods: expected names"),  # type: ignore[arg-type]  # that is the mistake
    "operator": (lambda: sd.crosscheck("x", 1.0, operators=["gradd"]), InputError, "operator 'gradd' is not known"),
    "operators number": (lambda: sd.crosscheck("x", 1.0, operators=3), InputError, "operators: expected names"),  # type: ignore[arg-type]  # that is the mistake
    "no operators": (lambda: sd.crosscheck("x", 1.0, operators=[]), InputError, "operators is empty"),
    "grad of a vector": (lambda: sd.grad(["x", "y"]), InputError, "one value, this one has 2: use jacobian"),
    "hvp of a vector": (lambda: sd.hvp(["x", "x"], (1.0,), (1.0,)), InputError, "one value"),
    # the options of a check
    "negative points": (lambda: sd.crosscheck("x", points=-1), InputError, "points=-1: expected a whole number"),
    "half points": (lambda: sd.crosscheck("x", points=2.5), InputError, "points=2.5"),  # type: ignore[arg-type]  # that is the mistake
    "points as text": (lambda: sd.crosscheck("x", points="3"), InputError, "points='3'"),  # type: ignore[arg-type]  # that is the mistake
    "negative seed": (lambda: sd.crosscheck("x", points=1, seed=-1), InputError, "seed=-1: expected a whole number"),
    "at a number": (lambda: sd.crosscheck("x", at=3), InputError, "at: expected .*, got int"),  # type: ignore[arg-type]  # that is the mistake
    "at text": (lambda: sd.crosscheck("x", at="x=1"), InputError, "at: expected .*, got str"),  # type: ignore[arg-type]  # that is the mistake
    "at numbers": (lambda: sd.crosscheck("x", at=[1.0]), InputError, "expected a mapping of names to values"),  # type: ignore[list-item]  # that is the mistake
    "at nothing": (lambda: sd.crosscheck("x", at=[]), InputError, "no point given"),
    # claimed
    "claimed too many": (lambda: sd.crosscheck("x", 1.0, claimed=["1", "2"]), InputError, "gives 2 .* expected 1"),
    "claimed number": (lambda: sd.crosscheck("x", 1.0, claimed=3), InputError, "expected a function, .* got int"),
    "claimed syntax": (lambda: sd.crosscheck("x", 1.0, claimed="3*("), ExpressionError, "claimed: expected a number"),
    "claimed name": (lambda: sd.crosscheck("x", 1.0, claimed="3*z"), ExpressionError, "claimed: unknown name 'z'"),
    "claimed operator": (
        lambda: sd.crosscheck("x", 1.0, claimed={"gradd": lambda x: 1.0}), InputError, "operator 'gradd' is not known",
    ),
    "claimed, not asked": (
        lambda: sd.crosscheck("x", 1.0, operators=["grad"], claimed={"hessian": lambda x: 0.0}), InputError,
        "claimed has hessian, which is not checked",
    ),
    "claimed of a vector": (
        lambda: sd.crosscheck(["x", "x"], 1.0, claimed={"grad": lambda x: 1.0}), InputError, "one value",
    ),
    "claimed nothing": (lambda: sd.crosscheck("x", 1.0, claimed={}), InputError, "claimed is an empty mapping"),
    "claimed empty": (lambda: sd.crosscheck("x", 1.0, claimed=[]), InputError, "claimed: .* at least one"),
    "claimed jvp": (lambda: sd.crosscheck("x", 1.0, operators="jvp", claimed="1"), InputError, "give a function"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_is_one_clear_sentence(case: str) -> None:
    call, kind, says = CASES[case]
    with pytest.raises(SymdiffError, match=says) as caught:
        call()
    assert type(caught.value) is kind or issubclass(type(caught.value), kind)
    message = str(caught.value)
    assert len(message) <= 300
    assert message == message.strip()
    first, *pointer = message.split("\n")
    assert len(pointer) in (0, 2)  # a pointer is the text and a caret
    assert first.endswith("...") or not first.endswith((".", ":"))


class OwnError(Exception):
    """A user's own."""


def complain(*_: Any) -> float:
    raise OwnError("of my own")


@pytest.mark.parametrize(
    "call",
    [
        lambda: sd.crosscheck(lambda x: complain(x), 1.0),  # noqa: PLW0108 -- a user's function
        lambda: sd.grad(lambda x: complain(x))(1.0),  # noqa: PLW0108 -- a user's function
    ],
)
def test_an_exception_of_the_users_function_keeps_its_type(call: Callable[[], Any]) -> None:
    with pytest.raises(OwnError, match="of my own"):
        call()


def test_what_can_be_understood_is_no_mistake() -> None:
    assert sd.grad("x**2")(3) == sd.grad("x**2")(np.float32(3)) == sd.grad("x**2")(np.array(3.0)) == 6.0
    assert sd.crosscheck("x", 1.0, methods="tape").methods == ("tape",)
    assert sd.function(x * y, variables=[y, x]).names == ("y", "x")


def test_the_classes_are_a_family() -> None:
    for kind in (ExpressionError, InputError, DomainError, UnsupportedError, sd.Disagreement):
        assert issubclass(kind, SymdiffError)
    assert issubclass(ExpressionError, ValueError)
    assert issubclass(InputError, ValueError)
    assert issubclass(sd.Disagreement, AssertionError)
