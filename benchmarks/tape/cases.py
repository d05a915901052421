"""What is measured: functions of a size, and the operator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.tape.functions import family


@dataclass(frozen=True, slots=True)
class Case:
    """One function of one size, and what is wanted of it: grad, value_and_grad, hvp, hessian or jacobian."""

    name: str
    family: str
    operator: str = "grad"
    size: dict[str, Any] = field(default_factory=dict, hash=False)
    dtype: str = "float64"

    def inputs(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The arguments to differentiate by, and the data."""
        return family(self.family).inputs(**self.size)

    def point(self) -> tuple[Any, ...]:
        """The arguments of a call: a Hessian-vector product has the vector behind them."""
        args, _ = self.inputs()
        return (*args, family(self.family).direction(**self.size)) if self.operator == "hvp" else args

    def value(self, np: Any, args: Any, data: Any) -> Any:
        return family(self.family).value(np, args, data, **self.size)

    def of_arguments(self, np: Any, data: Any) -> Callable[..., Any]:
        """The function of its arguments alone; the data are enclosed."""
        value, size = family(self.family).value, self.size
        return lambda *args: value(np, args, data, **size)


NETS, ACTIVATIONS, DTYPES = ("tiny", "medium", "big"), ("sigmoid", "relu", "tanh"), ("float64", "float32")


def all_cases() -> list[Case]:
    """Every case of the results page, in its order."""
    return [*_formulas(), *_networks(), *_objectives()]


def _formulas() -> Iterator[Case]:
    yield Case("scalar", "scalar")
    for n in (10, 1000, 1_000_000):
        yield Case(f"rosenbrock n={n} grad", "rosenbrock", "grad", {"n": n})
        yield Case(f"rosenbrock n={n} hvp", "rosenbrock", "hvp", {"n": n})
        if n == 10:
            yield Case("rosenbrock n=10 hessian", "rosenbrock", "hessian", {"n": n})
    yield Case("rosenbrock n=100 hessian", "rosenbrock", "hessian", {"n": 100})
    yield Case("chain 100000 ops", "chain", "grad", {"ops": 100_000})


def _networks() -> Iterator[Case]:
    for net in NETS:
        for activation in ACTIVATIONS:
            for dtype in DTYPES:
                size = {"net": net, "activation": activation, "dtype": dtype}
                yield Case(f"mlp {net} {activation} {dtype}", "mlp", "value_and_grad", size, dtype)


def _objectives() -> Iterator[Case]:
    yield Case("gmm n=1000 d=10 k=25", "gmm", "grad", {"n": 1000, "d": 10, "k": 25})
    yield Case("ba p=2000 jacobian", "ba", "jacobian", {"p": 2000})
    yield Case("lstm 127 steps", "lstm", "grad", {"steps": 127})
    yield Case("lse n=100000", "lse", "grad", {"n": 100_000})
    yield Case("llsq n=1024 m=128", "llsq", "grad", {"n": 1024, "m": 128})
    yield Case("ode n=20 steps=50", "ode", "grad", {"n": 20, "steps": 50})
    yield Case("kmeans n=10000 d=8 k=10", "kmeans", "grad", {"n": 10_000, "d": 8, "k": 10})
    yield Case("det n=5", "det", "grad", {"n": 5})


LONG_CHAIN = Case("chain 1000000 ops", "chain", "grad", {"ops": 1_000_000})  # memory only, of the tape
