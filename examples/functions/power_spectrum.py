"""The power spectrum of a signal, by the matrix of the discrete Fourier transform."""

from __future__ import annotations

import numpy as np

SIZE = (5, 1)  # samples, channels


def power_spectrum(signal):
    """|sum_t x_t exp(-2 pi i k t / n)|^2 / n for k = 0, ..., n/2, in real arithmetic. signal: (samples, channels).

    Source: Press et al., Numerical Recipes (2007), equations 12.1.7 and 13.4.5 (the periodogram).
    """
    n = len(signal)
    angles = 2 * np.pi * np.outer(np.arange(n // 2 + 1), np.arange(n)) / n
    real, imaginary = np.cos(angles) @ signal, np.sin(angles) @ signal
    return (real**2 + imaginary**2) / n


def arguments(rng, size):
    return (rng.normal(size=size),)
