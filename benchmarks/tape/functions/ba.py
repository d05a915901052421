"""Bundle adjustment: the weighted reprojection errors of p observations, each with a camera and a point of its own.

S. Agarwal, N. Snavely, S. Seitz, R. Szeliski, "Bundle adjustment in the large" (2010), with a centre and a principal
point as in the benchmark of Srajer et al. (see gmm): turn by Rodrigues' formula about r, divide by depth, radial
distortion 1 + k1 s + k2 s**2. Rows of the camera: r (3), centre (3), f, principal point (2), k1, k2.

The Jacobian has two rows of 15 entries an observation. Observations do not meet, so the gradients of the two sums
over all observations hold all of its entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np

ANSWERS = 2


def inputs(p: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    rng = np.random.default_rng(7)
    cameras, points = rng.normal(size=(11, p)), rng.normal(size=(3, p))
    cameras[:6] *= 0.2  # what is seen lies in front of the camera
    points[2] += 6.0
    return (cameras, points, rng.uniform(0.5, 1.5, p)), (rng.normal(size=(2, p)),)


def value(xp: Any, args: Any, data: Any, p: int) -> tuple[Any, Any]:
    (c, x, w), (seen,) = args, data
    d0, d1, d2 = x[0] - c[3], x[1] - c[4], x[2] - c[5]
    r0, r1, r2 = c[0], c[1], c[2]
    angle = xp.sqrt(r0 * r0 + r1 * r1 + r2 * r2)
    cos, sin = xp.cos(angle), xp.sin(angle)
    a0, a1, a2 = r0 / angle, r1 / angle, r2 / angle
    along = (a0 * d0 + a1 * d1 + a2 * d2) * (1.0 - cos)
    y0 = d0 * cos + (a1 * d2 - a2 * d1) * sin + a0 * along
    y1 = d1 * cos + (a2 * d0 - a0 * d2) * sin + a1 * along
    y2 = d2 * cos + (a0 * d1 - a1 * d0) * sin + a2 * along
    p0, p1 = y0 / y2, y1 / y2
    s = p0 * p0 + p1 * p1
    bend = (1.0 + c[9] * s + c[10] * s * s) * c[6]
    return xp.sum(w * (p0 * bend + c[7] - seen[0])), xp.sum(w * (p1 * bend + c[8] - seen[1]))
