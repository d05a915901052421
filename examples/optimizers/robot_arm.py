"""Mechanics: where the hand of a planar arm is, by the angles of its joints.

The hand of three links of lengths l is at x = sum_i l_i cos(q_1 + ... + q_i), y likewise with sin, and turned by the
sum of all angles. Joint j moves every link after it, so column j of the Jacobian is a sum from j on.
Source: any textbook of robotics, for instance J. J. Craig, "Introduction to Robotics", chapter 5.
"""

from __future__ import annotations

import numpy as np

from examples.optimizers.case import Case, Slip

Q, LENGTHS = np.array([0.4, -0.7, 1.1]), np.array([1.0, 0.8, 0.5])


def hand(q: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Position and orientation of the hand, (3,)."""
    turned = np.cumsum(q)
    return np.stack([np.sum(lengths * np.cos(turned)), np.sum(lengths * np.sin(turned)), turned[-1]])


def hand_jacobian(q: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Its Jacobian by hand, (3, 3)."""
    turned = np.cumsum(q)
    after = lambda links: np.cumsum(links[::-1])[::-1]  # noqa: E731 - every link from a joint on
    return np.stack([after(-lengths * np.sin(turned)), after(lengths * np.cos(turned)), np.ones(len(q))])


def one_link_each(q: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """As if a joint moved its own link only."""
    turned = np.cumsum(q)
    return np.stack([-lengths * np.sin(turned), lengths * np.cos(turned), np.ones(len(q))])


def sign_of_the_sine(q: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The derivative of cos without its minus."""
    return hand_jacobian(q, lengths) * np.array([[-1.0], [1.0], [1.0]])


FIRST_ROW = frozenset(("[0]", f"q[{k}]") for k in range(3))
CASES = (
    Case(
        "The hand of a robot arm", hand, (Q, LENGTHS), {"jacobian": hand_jacobian},
        {
            "a joint moves its own link only": Slip(
                {"jacobian": one_link_each}, frozenset((f"[{o}]", f"q[{k}]") for o in (0, 1) for k in (0, 1))
            ),
            "cos without its minus": Slip({"jacobian": sign_of_the_sine}, FIRST_ROW),
        },
    ),
)  # fmt: skip
