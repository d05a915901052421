"""`symdiff conventions` in the shell."""

from __future__ import annotations

import json

import pytest

from symdiff.cli import main

Capture = pytest.CaptureFixture[str]


def test_of_a_formula(capsys: Capture) -> None:
    assert main(["conventions", "max(x, 2*x)", "--at", "x=0"]) == 0
    out = capsys.readouterr().out
    assert "max(x, 2*x)  x = 0" in out
    for method in ("symbolic", "tape", "jax"):
        assert f"{method}: kink: max at column 1; max' = (" in out
    assert "KINK: no derivative here" in out


def test_of_a_formula_as_json(capsys: Capture) -> None:
    words = ["conventions", "abs(x) + x*y", "--at", "x=0,y=3", "--method", "tape", "--json"]
    assert main(words) == 0
    data = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert data["methods"] == ["tape"]
    assert [(c["argument"], c["values"], c["verdicts"]["tape"]) for c in data["conventions"]] == [
        ("x", {"tape": 3.0}, "KINK"), ("y", {"tape": 0.0}, "AGREE"),
    ]  # fmt: skip
    assert data["conventions"][0]["point"] == {"x": 0.0, "y": 3.0}


def test_of_every_kink(capsys: Capture) -> None:
    assert main(["conventions", "--method", "tape"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["at", "tape"]
    begins = {line.split("  ")[0] for line in lines}
    assert {"abs(x)", "max(a, b)", "hypot(a, b)", "sqrt(x)", "sign(x)", "floor(x)", "a**b", "np.max(a)"} <= begins


def test_of_every_kink_as_json(capsys: Capture) -> None:
    assert main(["conventions", "--method", "tape", "--json"]) == 0
    data = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert ["inf"] == [c["values"]["tape"] for c in data["conventions"] if c["function"] == "sqrt(x)"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--at", "x=0"], "--at and --operator are for a formula"),
        (["--operator", "hessian"], "--at and --operator are for a formula"),
        (["abs(x)"], "no value given for x: add --at x=VALUE"),
        (["abs(3)"], "abs(3) has no variable"),
        (["abs(x", "--at", "x=0"], "column"),
        (["abs(x)", "--at", "x=0", "--method", "nobody"], "'nobody' is not known"),
        (["abs(x)", "--at", "x=0", "--operator", "slope"], "'slope' is not known"),
    ],
)
def test_bad_input_is_a_sentence(words: list[str], says: str, capsys: Capture) -> None:
    assert main(["conventions", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("symdiff: ")
    assert says in captured.err
    assert captured.err.count("\n") <= 3
