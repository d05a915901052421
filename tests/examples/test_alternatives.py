"""The examples of forward-forward and of evolution strategies, in their short form: they assert what they claim."""

from __future__ import annotations

import pytest

from examples import evolution, forward_forward

pytest.importorskip("sklearn")


def test_forward_forward_learns_the_digits(capsys: pytest.CaptureFixture[str]) -> None:
    assert forward_forward.main(seeds=0) == 0
    assert "forward_forward promises another objective: kept" in capsys.readouterr().out


def test_evolution_learns_xor_and_the_digits(capsys: pytest.CaptureFixture[str]) -> None:
    assert evolution.main(seeds=0) == 0
    assert "evolution: XOR learned with 1 of 1 seeds" in capsys.readouterr().out
