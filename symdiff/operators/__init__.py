"""Derivatives of a function, with JAX's names and shapes; one operator, one file."""

from symdiff.operators.grad import grad
from symdiff.operators.hessian import hessian
from symdiff.operators.hvp import hvp
from symdiff.operators.jacobian import jacobian
from symdiff.operators.jvp import jvp
from symdiff.operators.per_example import per_example_grad
from symdiff.operators.third import third
from symdiff.operators.value import value
from symdiff.operators.value_and_grad import value_and_grad
from symdiff.operators.vjp import vjp

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "per_example_grad", "third", "value", "value_and_grad", "vjp"]
