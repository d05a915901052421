"""Faults planted into symdiff itself: does the check go red, and does it name the guilty step?"""

from __future__ import annotations

from symdiff.selftest.run import selftest
from symdiff.selftest.score import Mutant, Score

__all__ = ["Mutant", "Score", "selftest"]
