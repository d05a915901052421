"""Several processes, and runs that go on where they were stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from symdiff.cli import main
from symdiff.errors import InputError
from symdiff.sweep import jobs, read
from symdiff.sweep.jobs import Ledger

ROOT = Path(__file__).parents[2]
FOUR = """
[defaults]
methods = "tape"
[formula.cube]
expr = "x**3"
[formula.wrong]
expr = "x**3"
claimed = "3*x"
[formula.typo]
expr = "x**3 +"
[formula.known]
expr = "x**3"
claimed = "3*x"
expect = { method = "claimed", verdict = "DIFFER", reason = "issue <1>" }
""".replace("expr =", "at = { x = 2 }\nexpr =")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.symdiff.toml"
    path.write_text(FOUR, encoding="utf-8")
    return path


def test_several_processes_find_the_same(file: Path) -> None:
    formulas = read(file).formulas
    found = [dict(jobs.rows(formulas, jobs=n)) for n in (1, 2)]
    assert set(found[0]) == set(found[1]) == {0, 1, 2, 3}
    for k, row in found[0].items():
        row.seconds = found[1][k].seconds = 0.0
        assert row == found[1][k]
    assert [found[0][k].ok for k in range(4)] == [True, False, False, True]


def test_the_shell_writes_every_format(file: Path, tmp_path: Path, capsys: Capture) -> None:
    words = ["--json", str(tmp_path / "out.json"), "--junit", str(tmp_path / "out.xml"), "--jobs", "2"]
    assert main(["check", str(file), *words]) == 1
    out = capsys.readouterr().out
    assert "4 formulas: 2 DIFFER, 1 AGREE, 1 BAD INPUT" in out
    assert "1 of them wrong as expected" in out
    document = json.loads((tmp_path / "out.json").read_text())
    assert [f["name"] for f in document["formulas"]] == ["cube", "wrong", "typo", "known"]
    suite = ET.parse(tmp_path / "out.xml").getroot()[0]
    assert [suite.get(k) for k in ("tests", "failures", "errors", "skipped")] == ["4", "1", "1", "1"]
    cases = {case.get("name"): case for case in suite}
    assert (cases["wrong"].get("file"), cases["wrong"].get("line")) == (str(file), "7")
    assert "DIFFER claimed grad x at #0: 6, truth 12" in (cases["wrong"].find("failure").text or "")
    assert "expected a number" in (cases["typo"].find("error").get("message") or "")
    assert "issue <1>" in (cases["known"].find("skipped").get("message") or "")


def test_what_the_shell_prints(file: Path, capsys: Capture, golden) -> None:
    assert main(["check", str(file)]) == 1
    golden("manifest_run.txt", re.sub(r" *\b\d+\.\d+ s", " 0.00 s", capsys.readouterr().out))


def test_github_gets_a_line_for_each_entry_that_is_not_right(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(file.parent))
    assert main(["check", str(file)]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("::error ")]
    assert [line.partition("::DIFFER")[0].partition("::mine")[0] for line in lines] == [
        "::error file=mine.symdiff.toml,line=7,title=symdiff%3A wrong",
        "::error file=mine.symdiff.toml,line=11,title=symdiff%3A typo",
    ]


def test_json_to_the_terminal_still_takes_the_formula_that_follows(capsys: Capture) -> None:
    assert main(["check", "--json", "x**2", "--at", "x=1", "--method", "tape"]) == 0
    assert json.loads(capsys.readouterr().out)["source"] == "x**2"


def test_what_was_checked_is_not_checked_again(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    check = jobs.check

    def counting(formula, *rest):
        asked.append(formula.name)
        return check(formula, *rest)

    monkeypatch.setattr(jobs, "check", counting)
    ledger = str(tmp_path / "done.jsonl")
    assert main(["check", str(file), "--resume", ledger]) == 1
    assert asked == ["cube", "wrong", "typo", "known"]
    assert main(["check", str(file), "--resume", ledger]) == 1  # and it says the same
    assert len(asked) == 4
    assert main(["check", str(file), "--resume", ledger, "--seed", "1"]) == 1
    assert len(asked) == 8  # another seed is another run
    file.write_text(FOUR.replace('claimed = "3*x"\n[', 'claimed = "3*x**2"\n['), encoding="utf-8")
    assert main(["check", str(file), "--resume", ledger]) == 2
    assert asked[8:] == ["wrong"]  # what has changed is checked


def test_a_line_that_was_cut_off_is_not_taken_for_a_row(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "done.jsonl"
    formulas = read(file).formulas
    ledger = Ledger(path)
    dict(jobs.rows(formulas, known=ledger))
    whole = path.read_text()
    path.write_text(whole[:-20])
    again = Ledger(path)
    assert [again.row(f, 0) is not None for f in formulas] == [True, True, True, False]
    assert Ledger(path).row(formulas[0], 0) is not None  # and what is added later begins on a line of its own
    path.write_text("[formula.x]\n" + whole)
    with pytest.raises(InputError, match=r"done\.jsonl:1: no line of a run of symdiff"):
        Ledger(path)


def test_entries_with_code_are_checked_again(tmp_path: Path) -> None:
    file = tmp_path / "code.symdiff.toml"
    file.write_text('[function.f]\nf = "math:hypot"\nat = { x = 1, y = 2 }\n', encoding="utf-8")
    ledger = Ledger(tmp_path / "done.jsonl")
    formulas = read(file).formulas
    dict(jobs.rows(formulas, known=ledger))
    assert ledger.row(formulas[0], 0) is None


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs process groups")
@pytest.mark.parametrize("processes", ["1", "2"])
def test_ctrl_c_writes_what_has_been_checked(processes: str, tmp_path: Path) -> None:
    quick = '[formula.quick{}]\nexpr = "x**2"\nat = {{ x = 1 }}\nmethods = "tape"\n'
    slow = '[formula.slow{}]\nexpr = "sin(x*y)**7*exp(x*z)"\npoints = 5000\noperators = "hessian"\nmethods = "tape"\n'
    file = tmp_path / "mine.symdiff.toml"
    file.write_text("".join([quick.format(1), quick.format(2), slow.format(1), slow.format(2)]), encoding="utf-8")
    out = tmp_path / "out.json"
    program = (
        "import signal, sys; from symdiff.cli import main\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it\n"
        "    sys.exit(main())"
    )
    words = ["check", str(file), "--jobs", processes, "--json", str(out), "--resume", str(tmp_path / "done.jsonl")]
    with subprocess.Popen(
        [sys.executable, "-c", program, *words], cwd=ROOT, start_new_session=True, stdout=subprocess.PIPE, text=True
    ) as run:
        deadline = time.monotonic() + 120
        ledger = tmp_path / "done.jsonl"
        while time.monotonic() < deadline and not (ledger.exists() and ledger.read_text().count("\n") == 2):
            time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)
        said, _ = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "interrupted, 2 of 4 not checked" in said
    document = json.loads(out.read_text())
    assert not document["complete"]
    assert [f["name"] for f in document["formulas"]] == ["quick1", "quick2"]


DIES = "import os\ndef f(x):\n    os._exit(3)\n"


def test_a_process_that_dies_is_said(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "dies_early.py").write_text(DIES, encoding="utf-8")
    file = tmp_path / "mine.symdiff.toml"
    entry = '[function.f{}]\nf = "dies_early:f"\nat = {{ x = 1 }}\n'
    file.write_text(entry.format(1) + entry.format(2), encoding="utf-8")
    assert main(["check", str(file), "--jobs", "2", "--allow-import"]) == 2
    said = capsys.readouterr()
    assert "a process that was checking ended by itself" in said.err
    assert "--jobs 1 shows which of them it is" in said.err
    assert "2 of 2 not checked" in said.out


def test_a_file_that_cannot_be_written_is_said_before_anything_is_checked(file: Path, capsys: Capture) -> None:
    assert main(["check", str(file), "--junit", str(file.parent / "nowhere" / "out.xml")]) == 2
    said = capsys.readouterr()
    assert "cannot be written" in said.err
    assert said.out == ""
