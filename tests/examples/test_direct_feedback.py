"""The example of direct feedback alignment asserts its claims; here in its short form."""

from __future__ import annotations

import pytest

from examples import direct_feedback


def test_its_claims_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert direct_feedback.main(short=True) == 0
    out = capsys.readouterr().out
    assert "direct_feedback_alignment  surrogate" in out
    assert out.count("10 epochs") == 2
