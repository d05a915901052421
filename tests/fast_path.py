"""Whether the same call again is answered by the written program, or goes the long way."""

from __future__ import annotations

from typing import Any

import pytest

from symdiff.operators._again import MISS, Again


def watched_answers(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A list that grows by one for every call that a program was asked to answer: whether it did."""
    answers: list[bool] = []
    real = Again.__call__

    def watched(self: Again, *call: Any) -> Any:
        found = real(self, *call)
        answers.append(found is not MISS)
        return found

    monkeypatch.setattr(Again, "__call__", watched)
    return answers
