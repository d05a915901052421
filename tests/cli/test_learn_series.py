"""`symdiff learn narma` and `mackey-glass`: the table, the picture, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symdiff.cli.main import main


def test_baselines_stand_beside_and_the_picture_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    assert main(["learn", "mackey-glass", "--units", "50", "--write", str(tmp_path / "new")]) == 0
    out = capsys.readouterr().out
    assert "echo state network, 50 units" in out
    assert "baseline: AR(20)" in out
    assert "baseline: persistence" in out
    assert "readout promises another objective: kept" in out
    assert (tmp_path / "new" / "series.png").read_bytes().startswith(b"\x89PNG")


def test_json_and_a_ridge_of_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "narma", "--units", "40", "--seeds", "2", "--ridge", "0", "--json", "--plain"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["errors"]) == 2
    assert "unregularised" in found["readout"]


def test_a_warning_is_a_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from symdiff.learn import forecasting

    monkeypatch.setattr(forecasting, "NARMA_TRAIN", 130)
    assert main(["learn", "narma", "--units", "40", "--ridge", "0", "--plain"]) == 0
    captured = capsys.readouterr()
    assert captured.err.startswith("warning: the readout's system of 30 rows has rank 30 of 42 columns")
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["narm"], "did you mean 'narma'"),
        (["narma", "--rule", "backprop"], "--rule is for nets"),
        (["narma", "--epochs", "3"], "--epochs is for nets"),
        (["digits", "--units", "5"], "--units and --ridge are for the series"),
        (["narma", "--ridge", "-1"], "ridge=-1.0"),
    ],
)
def test_what_is_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", *arguments]) == 2
    assert said in capsys.readouterr().err
