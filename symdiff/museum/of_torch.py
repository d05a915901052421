"""PyTorch on the CPU, where it is installed: tails, limits, slopes off in their first digits, or short of digits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from symdiff.museum.exhibit import Exhibit


def _asked(make: Callable[[Any], Callable[[Any], Any]], x: Any, order: int = 1) -> Callable[[], Any]:
    """torch.autograd.grad of what `make(torch)` returns, in float64."""

    def says() -> Any:
        torch: Any = import_module("torch")  # an extra
        at = torch.tensor(x, dtype=torch.float64, requires_grad=True)
        found = make(torch)(at)
        for _ in range(order):
            (found,) = torch.autograd.grad(found.sum(), at, create_graph=True)
        return found.detach().numpy()

    return says


_ALL = (
    Exhibit("torch-sinc", "torch", "sinc'(1e-8)", np.sinc, (1e-8,),
            _asked(lambda torch: torch.sinc, 1e-8), "cos(pi x)/x - sin(pi x)/(pi x**2) cancels: a third is lost"),
    Exhibit("torch-gelu", "torch", "gelu'(-10)", "gelu(x)", (-10.0,),
            _asked(lambda torch: torch.nn.functional.gelu, -10.0), "1 + erf in the tail instead of erfc"),
    Exhibit("torch-relu-minus-relu", "torch", "relu(x) - relu(-x) at 0", "relu(x) - relu(-x)", (0.0,),
            _asked(lambda torch: lambda x: torch.relu(x) - torch.relu(-x), 0.0), "the function is x, the slope 1"),
    Exhibit("torch-where", "torch", "where(x > 0, sqrt(x), 0) at -1", "where(x > 0, sqrt(x), 0)", (-1.0,),
            _asked(lambda torch: lambda x: torch.where(x > 0, torch.sqrt(x), 0 * x), -1.0),
            "0 times the slope of the branch that was not taken"),
    Exhibit("torch-hypot-squared", "torch", "hypot(x, y)**2 at (0, 0)", lambda x: np.hypot(x[0], x[1]) ** 2,
            (np.zeros(2),), _asked(lambda torch: lambda x: torch.hypot(x[0], x[1]) ** 2, [0.0, 0.0]),
            "0/0 in the slope of hypot; the function is x**2 + y**2"),
    Exhibit("torch-quotient", "torch", "0/b at 1e-300", "0/b", (1e-300,),
            _asked(lambda torch: lambda b: 0.0 / b, 1e-300), "b**2 underflows to 0"),
    Exhibit("torch-tanh", "torch", "tanh'(20)", "tanh(x)", (20.0,), _asked(lambda torch: torch.tanh, 20.0),
            "1 - y**2 rounds to zero"),
    Exhibit("torch-expm1", "torch", "expm1'(-40)", "expm1(x)", (-40.0,), _asked(lambda torch: torch.expm1, -40.0),
            "y + 1 rounds to zero"),
    Exhibit("torch-x-root", "torch", "x sqrt|x| at 0", "x*sqrt(abs(x))", (0.0,),
            _asked(lambda torch: lambda x: x * torch.sqrt(torch.abs(x)), 0.0), "0 times an infinite slope"),
    Exhibit("torch-hardsigmoid", "torch", "hardsigmoid'(1)", "clip((x + 3)/6, 0, 1)", (1.0,),
            _asked(lambda torch: torch.nn.functional.hardsigmoid, 1.0), "a sixth is float32's, in float64, too"),
    Exhibit("torch-digamma", "torch", "digamma'(1.2)", "digamma(x)", (1.2,),
            _asked(lambda torch: torch.digamma, 1.2), "trigamma by a series that was cut off after ten digits"),
)  # fmt: skip
EXHIBITS = tuple(replace(e, fails="2.13.0") for e in _ALL)
