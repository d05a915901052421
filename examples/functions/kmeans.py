"""Clustering by k-means."""

from __future__ import annotations

import numpy as np

SIZE = (8, 2)  # points, dimensions


def kmeans(centres, points):
    """The sum over all points of the squared distance to the nearest centre. centres: (clusters, dimensions).

    Source: MacQueen, Some Methods for Classification and Analysis of Multivariate Observations (1967); in this form
    Bishop, Pattern Recognition and Machine Learning (2006), equation 9.1.
    """
    squares = np.sum((points[:, None, :] - centres[None, :, :]) ** 2, axis=2)
    return np.sum(np.min(squares, axis=1))


def arguments(rng, size):
    n, d = size
    return rng.normal(size=(3, d)), rng.normal(size=(n, d))
