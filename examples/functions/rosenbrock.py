"""Rosenbrock's banana, the test of every optimiser."""

from __future__ import annotations

import numpy as np

SIZE = (1, 5)  # functions added up, variables of each


def rosenbrock(x):
    """The sum of 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2 along every row of x.

    Source: Rosenbrock, An Automatic Method for Finding the Greatest or Least Value of a Function (1960).
    """
    return np.sum(100.0 * (x[:, 1:] - x[:, :-1] ** 2) ** 2 + (1.0 - x[:, :-1]) ** 2)


def arguments(rng, size):
    return (rng.normal(size=size),)
