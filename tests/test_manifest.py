"""Manifests: what is read, what is refused and how it is said, what a run of many formulas does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import symdiff as sd
from symdiff.cli import main
from symdiff.errors import InputError
from symdiff.sweep import Formula, check, read, run

ROOT = Path(__file__).parent.parent
PHYSICS = ROOT / "examples" / "physics.symdiff.toml"

MIXED = """
[defaults]
points = 2
operators = ["grad", "hessian"]

[formula.cube]
title = "A cube"
expr = "x**3"
range = { x = [1, "2*pi"] }
claimed = { grad = "3*x**2" }

[formula.wrong]
expr = "x**3*y"
range = { x = [1, 2], y = [0.5, 1] }
claimed = ["3*x*y", "x**3"]

[formula.typo]
exrp = "x"

[formula.kink]
expr = "abs(x)"
at = { x = 0 }

[formula.last]
expr = ["x*y", "x + y"]
operators = ["jacobian"]
at = [{ x = 1, y = 2 }, { x = 3, y = "pi/2" }]
points = 0
"""


@pytest.fixture
def write(tmp_path: Path):
    def file(text: str) -> Path:
        path = tmp_path / "mine.symdiff.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return file


def line_and_sentence(message: str, text: str) -> str:
    """The sentence, after its line was found to be the one where the key stands (or the entry, if it is missing)."""
    found = re.fullmatch(r"mine\.symdiff\.toml:(\d+): formula 'bad': (.*)", message, re.DOTALL)
    assert found, message
    line, key = text.splitlines()[int(found[1]) - 1], re.split(r"\W", found[2])[0]
    written = any(other.startswith(key) for other in text.partition("[formula.bad]")[2].splitlines())
    assert line.startswith(key) if written else line == "[formula.bad]"
    return found[2]


# -- reading ---------------------------------------------------------------------------------------------


def test_every_key_is_read_and_defaults_are_taken_over(write) -> None:
    cube, wrong, _, kink, last = read(write(MIXED)).formulas
    assert (cube.name, cube.title, cube.expr, cube.points) == ("cube", "A cube", "x**3", 2)
    assert cube.operators == ("grad", "hessian")
    assert cube.range == {"x": (1.0, pytest.approx(6.283185307179586, abs=0))}
    assert cube.claimed == {"grad": ["3*x**2"]}
    assert wrong.claimed == ["3*x*y", "x**3"]
    assert kink.at == ({"x": 0.0},)
    assert last.expr == ("x*y", "x + y")
    assert last.operators == ("jacobian",)
    assert last.at[1]["y"] == 1.5707963267948966
    assert last.points == 0


FAULTS = {
    "exrp = 'x'": "exrp is no key: did you mean 'expr'?",
    "expr = 'x'\npoitns = 3": "poitns is no key: did you mean 'points'?",
    "expr = 'x'\nzzz = 3": "zzz is no key: expected one of expr, variables,",
    "points = 3": "expr: is missing",
    "expr = 3": "expr: expected a text or a list of texts, got 3",
    "expr = 'x'": "points: no point: give at, or points = N",
    "expr = 'x'\nrange = {x = [1, 2]}": "points: how many points to draw from range?",
    "expr = 'x'\nat = 3": "at: expected a table of values, { x = 1 }, or a list of them, got 3",
    "expr = 'x'\nat = {x = true}": "at: expected a finite number",
    "expr = 'x'\nat = {x = nan}": "at: expected a finite number",
    "expr = 'x'\nat = {x = 'y'}": "at: unknown name 'y'",
    "expr = 'x'\nat = {x = '1/0'}": "at: this constant is not a finite real number",
    "expr = 'x'\nrange = {x = [1]}": "range: expected an interval [low, high] for x",
    "expr = 'x'\nrange = {x = [2, 1]}": "range: the interval of x ends before it begins",
    "expr = 'x'\npoints = -1": "points: expected a whole number from 0",
    "expr = 'x'\npoints = 10000000": "points: expected a whole number from 0 to 100000",
    "expr = 'x'\npoints = 1\noperators = ['grda']": "operators: grda is no operator: did you mean 'grad'?",
    "expr = 'x'\npoints = 1\nmethods = ['tap']": "methods: tap is no method: did you mean 'tape'?",
    "expr = 'x'\npoints = 1\nmethods = []": "methods: expected a text or a list of texts, got []",
    "expr = 'x'\npoints = 1\nstrict = 'yes'": "strict: expected true or false, got 'yes'",
    "expr = 'x'\npoints = 1\nclaimed = {grat = 'x'}": "claimed: grat is no operator: did you mean 'grad'?",
    "expr = 'd*f'\npoints = 1\nclaimed = {d = 'f', f = 'd'}":
        "claimed: d is no operator: expected one of value, grad, value_and_grad, jacobian, jvp, vjp, hessian, hvp, "
        "third, tvp; a gradient is a list, one formula per variable in the order of the variables",
}  # fmt: skip


@pytest.mark.parametrize(("table", "says"), FAULTS.items(), ids=FAULTS)
def test_a_fault_is_one_sentence_that_names_file_formula_and_key(table: str, says: str, write) -> None:
    text = f"[formula.good]\nexpr = 'x'\nat = {{x = 1}}\n[formula.bad]\n{table}"
    good, bad = read(write(text)).formulas
    assert good.fault == ""
    assert line_and_sentence(bad.fault, text).startswith(says)
    reports = list(run([bad, good]))
    assert [r.ok for r in reports] == [False, True]
    assert reports[0].error == bad.fault


REFUSED = {  # whole files
    "[formula.x": "no TOML",
    "[formula.a]\nexpr = 'x'\n[formula.a]": "toml:3: formula.a is there twice, first in line 1: give each a name",
    "[formula.a]\nexpr = 'x'\nexpr = 'y'": "toml:3: formula.a.expr is there twice, first in line 2",
    "": "holds no formula",
    "formula = 3": "holds no formula",
    "[formulas.a]\nexpr = 'x'": "formulas is no table: did you mean 'formula'?",
    "[defaults]\npionts = 3": "[defaults]: pionts is no key: did you mean 'points'?",
    "[defaults]\nexpr = 'x'": "[defaults]: expr: every formula has its own",
    "[defaults]\npoints = 'x'": "[defaults]: points: expected a whole number",
}


@pytest.mark.parametrize(("text", "says"), REFUSED.items(), ids=REFUSED)
def test_a_file_is_refused_as_a_whole(text: str, says: str, write) -> None:
    with pytest.raises(InputError) as refused:
        read(write(text))
    assert re.match(r"mine\.symdiff\.toml(:\d+)?: ", str(refused.value))
    assert says in str(refused.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(InputError, match=r"nowhere\.symdiff\.toml: cannot be read"):
        read("nowhere.symdiff.toml")


# -- running ---------------------------------------------------------------------------------------------


LATER = {  # faults that only show when the formula is read
    "expr = 'sin(x'\nat = {x = 1}": "expr: this '(' is never closed",
    "expr = 'sinn(x)'\nat = {x = 1}": "expr: unknown function 'sinn'",
    "expr = 'x*y'\nvariables = ['x']\nat = {x = 1}": "expr: unknown name 'y'",
    "expr = 'x'\nat = {y = 1}": "at: 'y' is not a variable of 'x'",
    "expr = 'x*y'\nat = {x = 1}": "at: no value given for y",
    "expr = 'x'\nat = {x = 1}\nwrt = 'y'": "wrt: wrt='y' is not a variable",
    "expr = 'x*y'\nrange = {x = [1, 2]}\npoints = 2": "range: no interval for y",
    "expr = 'x'\nrange = {x = [1, 2], z = [1, 2]}\npoints = 2": "range: 'z' is not a variable",
    "expr = 'log(x)'\nrange = {x = [-2, -1]}\npoints = 2": "range: only 0 of 2 points were found",
    "expr = ['x', 'x']\nat = {x = 1}\noperators = 'grad'": "operators: grad needs a function with one value",
    "expr = 'x*y'\nat = {x = 1, y = 1}\nclaimed = 'y'": "claimed: 1 formula(s) given, but grad has 2 entries",
    "expr = 'x'\nat = {x = 1}\nclaimed = 'z'": "claimed: unknown name 'z'",
    "expr = 'log(-1 - x**2)'\npoints = 2": "points: no point was found where 'log(-1 - x**2)' is defined",
}


@pytest.mark.parametrize(("table", "says"), LATER.items(), ids=LATER)
def test_a_formula_that_cannot_be_checked_is_a_finding(table: str, says: str, write) -> None:
    text = f"[formula.bad]\n{table}"
    (formula,) = read(write(text)).formulas
    report = check(formula)
    assert line_and_sentence(report.error, text).startswith(says)
    (finding,) = report.findings
    assert (finding.method, finding.verdict, finding.reason) == ("input", "UNSUPPORTED", report.error)
    assert not report.ok
    assert " ".join(report.error.split()) in " ".join(str(report).split())
    json.loads(report.to_json())


def test_a_defect_of_ours_does_not_end_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(sys.modules["symdiff.sweep.run"], "crosscheck", broken)
    report = check(Formula("f", "here", "x", at=({"x": 1.0},)))
    assert report.error == "here: formula 'f': symdiff failed, please report it: ZeroDivisionError: planted"


def test_the_same_seed_gives_the_same_points_inside_the_range() -> None:
    formula = Formula("f", "here", "sqrt(x)*log(y)", range={"x": (0.0, 1.0), "y": (-1.0, 2.0)}, points=20)
    first, again, other = check(formula).points, check(formula).points, check(formula, seed=1).points
    assert first == again != other
    assert len(first) == 20
    assert all(0 < p["x"] < 1 and 0 < p["y"] < 2 for p in first)


def test_reports_come_one_by_one() -> None:
    started = []

    def formulas():
        for name in "abc":
            started.append(name)
            yield Formula(name, name, "x", at=({"x": 1.0},))

    reports = run(formulas())
    assert next(reports).ok
    assert started == ["a"]


# -- the shell -------------------------------------------------------------------------------------------


def test_a_line_for_each_formula_then_the_sum_of_it(write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--manifest", str(write(MIXED))]) == 1
    lines = capsys.readouterr().out.splitlines()
    heads = [line.split()[:2] for line in lines if line and not line.startswith(" ")]
    assert dict(heads[:5]) == {"cube": "AGREE", "wrong": "DIFFER", "typo": "BAD", "kink": "KINK", "last": "AGREE"}
    assert any("DIFFER claimed grad x at #0" in line and "the rule is wrong" in line for line in lines)
    assert any("exrp is no key" in line for line in lines)
    assert "5 formulas: 2 AGREE, 1 DIFFER, 1 BAD INPUT, 1 KINK" in lines
    assert lines[-1].endswith(" s")


def test_one_json_document(write, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", "--manifest", str(write(MIXED))]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["ok"], document["complete"]) == (False, True)
    assert document["verdicts"] == {"AGREE": 2, "DIFFER": 1, "BAD INPUT": 1, "KINK": 1}
    cube, wrong, typo, *_ = document["formulas"]
    assert (cube["name"], cube["title"], cube["ok"], cube["findings"]) == ("cube", "A cube", True, [])
    assert {f["verdict"] for f in wrong["findings"]} == {"DIFFER"}
    assert "exrp is no key" in typo["error"]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["differ", "bad", "kink", "good"], 1), (["bad", "kink", "good"], 2), (["kink", "good"], 3), (["good"], 0),
    ],
)  # fmt: skip
def test_the_exit_code_is_the_worst(names: list[str], code: int, write, capsys: pytest.CaptureFixture[str]) -> None:
    entries = {
        "differ": "expr = 'x**2'\nat = {x = 1}\nclaimed = 'x'", "bad": "expr = 'x +'\nat = {x = 1}",
        "kink": "expr = 'where(x == 0, 0, x*sin(1/x))'\nat = {x = 0}", "good": "expr = 'x**2'\nat = {x = 1}",
    }  # fmt: skip
    text = "\n".join(f"[formula.{name}]\n{entries[name]}" for name in names)
    assert main(["check", "--manifest", str(write(text))]) == code


def test_the_command_line_goes_before_the_file(write, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(write("[formula.f]\nexpr = 'x**2'\nat = {x = 1}"))
    words = ["--operator", "hessian", "--method", "tape", "--points", "3"]
    assert main(["check", "--json", "--manifest", path, *words]) == 0
    (f,) = json.loads(capsys.readouterr().out)["formulas"]
    assert (f["points"], f["entries"], f["verdicts"]) == (4, 4, {"AGREE": 4})
    assert main(["check", "--manifest", path, "--at", "x=2"]) == 2
    assert "--at belongs to one formula" in capsys.readouterr().err


def test_an_interrupt_keeps_what_is_done(write, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    import symdiff.sweep.jobs as module

    def stop_at_kink(formula: Formula, *rest: object) -> sd.Report:
        if formula.name == "kink":
            raise KeyboardInterrupt
        return check(formula)

    monkeypatch.setattr(module, "check", stop_at_kink)
    assert main(["check", "--manifest", str(write(MIXED))]) == 130
    out = capsys.readouterr().out
    assert "3 formulas: 1 AGREE, 1 DIFFER, 1 BAD INPUT" in out
    assert "interrupted, 2 of 5 not checked" in out


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal to pretend with")
def test_lines_go_into_a_file_even_where_the_bar_is_on_a_terminal(write, tmp_path: Path) -> None:
    """rich's bar takes standard output over, and would print it beside the bar."""
    leader, terminal = os.openpty()
    out = tmp_path / "out.txt"
    path = str(write("[formula.f]\nexpr = 'x**2'\nat = {x = 1}"))
    program = "import sys, symdiff.cli; sys.exit(symdiff.cli.main())"
    command = [sys.executable, "-c", program, "check", "--manifest", path]
    env = {**os.environ, "TERM": "xterm"}
    with out.open("w") as file:
        done = subprocess.run(command, stdout=file, stderr=terminal, cwd=ROOT, env=env, timeout=60, check=False)
    os.close(terminal)
    os.close(leader)
    assert done.returncode == 0
    assert "1 formula: 1 AGREE" in out.read_text()


# -- the project's own -----------------------------------------------------------------------------------


def test_the_physics_manifest_has_every_law_with_a_title() -> None:
    formulas = read(PHYSICS).formulas
    assert len(formulas) >= 110
    assert all(f.fault == "" and f.title and f.range and f.points == 20 for f in formulas)
    assert max(Counter(f.title for f in formulas).values()) == 1
    assert {"grad", "jacobian", "jvp", "vjp", "hessian"} == set(formulas[0].operators or ())
    for f in formulas:
        assert set(sd.function(f.expr).names) == set(f.range or ())


def test_the_physics_manifest_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    """At one point each; `symdiff check --manifest examples/physics.symdiff.toml` does all twenty."""
    assert main(["check", "--json", "--manifest", str(PHYSICS), "--points", "1"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"]
    assert set(document["verdicts"]) <= {"AGREE", "INACCURATE"}
    assert document["verdicts"]["AGREE"] >= 110
