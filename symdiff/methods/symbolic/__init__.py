"""SymPy's derivative: in closed form where the function is small, as a straight-line program otherwise."""

from symdiff.methods.symbolic.formula import formula
from symdiff.methods.symbolic.method import Symbolic

__all__ = ["Symbolic", "formula"]
