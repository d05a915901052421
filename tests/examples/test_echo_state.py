"""The example of reservoir computing, in short: it asserts its claims itself."""

from __future__ import annotations

import pytest

from examples import echo_state


def test_the_claims_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert echo_state.main([]) == 0
    out = capsys.readouterr().out
    assert "baseline: AR(20)" in out
    assert "normal equations are off by" in out
