"""`symdiff learn`: the table, the pictures, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symdiff.cli.main import main
from symdiff.learn import recipes


def test_the_table_of_digits_has_every_rule_and_the_baseline(capsys: pytest.CaptureFixture[str]) -> None:
    rules = ["--rule", "backprop", "--rule", "direct_feedback_alignment"]
    assert main(["learn", "digits", *rules, "--epochs", "2", "--plain"]) == 0
    out = capsys.readouterr().out
    rows = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert float(rows["backprop"].split()[2]) > 0.85
    assert rows["backprop"].rstrip().endswith("0 0 0")
    assert "surrogate" in rows["direct_feedback_alignment"]
    assert 0.96 < float(rows["logistic"].split()[3]) < 0.98
    assert "no better than logistic regression:" in out


def test_all_rules_learn_and_the_pictures_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("matplotlib")
    folder = tmp_path / "new" / "pictures"
    assert main(["learn", "xor", "--rule", "all", "--short", "--json", "--write", str(folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["baseline"] == {"logistic regression": [0.5]}
    assert {row["rule"] for row in found["rules"]} >= {"backprop", "feedback_alignment", "direct_feedback_alignment"}
    for row in found["rules"]:
        assert 0.25 <= row["accuracies"][0] <= 1.0
    regions = [f"regions-{row['rule']}.png" for row in found["rules"]]  # XOR has two inputs
    assert {p.name for p in folder.iterdir()} == {"angles.png", "curves.png", "norms.png", *regions}


def test_backpropagation_solves_xor(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "xor", "--rule", "backprop", "--seeds", "2", "--epochs", "400", "--json", "--plain"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rules"]
    assert row["accuracies"] == [1.0, 1.0]
    assert row["cosines_after"] == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["digit"], "task 'digit' is not known: did you mean 'digits'"),
        (["xor", "--rule", "backporp"], "rule 'backporp' has no recipe for xor: did you mean 'backprop'"),
        (["moons", "--rule", "finite_differences"], "rule 'finite_differences' has no recipe for moons"),
    ],
)
def test_what_is_not_known_is_said_in_a_sentence(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["learn", "xor", "--rule", "backprop", "--short", "--write", str(tmp_path / "file" / "x")]) == 2
    assert "--write" in capsys.readouterr().err


@pytest.mark.parametrize("task", recipes.TASKS)
def test_every_recipe_is_of_a_rule(task: str) -> None:
    for name, one in recipes.RECIPES[task].items():
        net = one.net(name, 5, 3)
        assert net.widths[0] == (8 if name == "forward_forward" else 5)
