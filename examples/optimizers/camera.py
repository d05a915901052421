"""Computer vision: a point seen by a pinhole camera with radial distortion, as in bundle adjustment.

p = P[:2] / P[2], pixel = f (1 + k1 r + k2 r**2) p with r = |p|**2.
Source: S. Agarwal and others, "Bundle Adjustment in the Large" (2010), up to the sign of the viewing direction.
"""

from __future__ import annotations

import numpy as np

from examples.optimizers.case import Case, Slip

POINT = np.array([0.3, -0.5, 2.2])
LENS = {"f": 525.0, "k1": -0.12, "k2": 0.03}


def pixel(point: np.ndarray, lens: dict[str, float]) -> np.ndarray:
    """Where the point is seen, (2,)."""
    p = point[:2] / point[2]
    r = np.sum(p**2)
    return lens["f"] * (1 + lens["k1"] * r + lens["k2"] * r**2) * p


def _by_p(p: np.ndarray, lens: dict[str, float]) -> np.ndarray:
    """d pixel / dp, (2, 2): the distortion changes with p, too."""
    r = np.sum(p**2)
    scale, change = 1 + lens["k1"] * r + lens["k2"] * r**2, lens["k1"] + 2 * lens["k2"] * r
    return lens["f"] * (scale * np.eye(2) + 2 * change * np.outer(p, p))


def _p_by_point(point: np.ndarray) -> np.ndarray:
    """dp / dP, (2, 3)."""
    x, y, z = point
    return np.array([[1 / z, 0.0, -x / z**2], [0.0, 1 / z, -y / z**2]])


def pixel_jacobian(point: np.ndarray, lens: dict[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """By the point, (2, 3), and by the lens, (2,) for each of its numbers."""
    p = point[:2] / point[2]
    r, f = np.sum(p**2), lens["f"]
    by_lens = {"f": (1 + lens["k1"] * r + lens["k2"] * r**2) * p, "k1": f * r * p, "k2": f * r**2 * p}
    return _by_p(p, lens) @ _p_by_point(point), by_lens


def distortion_held_fast(point: np.ndarray, lens: dict[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """As if the distortion did not depend on the point."""
    p = point[:2] / point[2]
    r = np.sum(p**2)
    scale = 1 + lens["k1"] * r + lens["k2"] * r**2
    return lens["f"] * scale * _p_by_point(point), pixel_jacobian(point, lens)[1]


def depth_as_a_length(point: np.ndarray, lens: dict[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """d(1/z) taken for -1/z."""
    by_point, by_lens = pixel_jacobian(point, lens)
    return by_point * np.array([1.0, 1.0, point[2]]), by_lens


CASES = (
    Case(
        "A point seen by a camera", pixel, (POINT, LENS), {"jacobian": pixel_jacobian},
        {
            "the distortion is held fast": Slip(
                {"jacobian": distortion_held_fast},
                frozenset((f"[{o}]", f"point[{k}]") for o in range(2) for k in range(3)),
            ),
            "-1/z for the derivative of 1/z": Slip(
                {"jacobian": depth_as_a_length}, frozenset({("[0]", "point[2]"), ("[1]", "point[2]")})
            ),
        },
        wrt=("point", "lens"),
    ),
)  # fmt: skip
