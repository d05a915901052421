"""A scientist's model and its gradients, each wrong in its own way; the golden messages are about these."""

import numpy as np

A = np.array([[2.0, 1.0, 0.5], [0.25, 3.0, -1.0], [1.5, -0.5, 1.0]])
T = np.array([0.5, 1.0, 1.5, 2.0])
Y = np.array([1.0, 0.5, 2.0, 1.5])


def loss(w):
    """Mean squared error of a straight line."""
    return np.mean((w[0] + w[1] * T - Y) ** 2)


def loss_gradient(w):
    r = w[0] + w[1] * T - Y
    return np.stack([2 * np.mean(r), 2 * np.mean(r * T)])


def sign(w):
    return -loss_gradient(w)


def forgot_the_mean(w):
    r = w[0] + w[1] * T - Y
    return np.stack([2 * np.sum(r), 2 * np.sum(r * T)])


def field(x):
    return A @ x + x**2


def transposed(x):
    return A.T + np.diag(2 * x)


def energy(x):
    return np.sum(x**2 * np.sqrt(1 + x**2))


def no_second_term(x):
    """Of the product rule there is the first term."""
    return 2 * x * np.sqrt(1 + x**2)


def hinge(x):
    return np.sum(np.where(x > 0, x**2, x**3))


def right_above_zero(x):
    return 2 * x


def saturating(x):
    return np.sum(x**2 / (1 + x**2))


def nan_at_zero(x):
    return 2 * x**2 / (x * (1 + x**2) ** 2)


def wrong_shape(x):
    return np.sum(right(x))


def right(x):
    return 2 * x / (1 + x**2) ** 2
