"""The trust scoreboard counts what was said. What the checkers say, and how fast, is for `make bench-trust`."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.trust import page, run, score
from benchmarks.trust.battery import cases
from benchmarks.trust.battery.case import Case
from benchmarks.trust.checkers import CHECKERS, SYMDIFF, Checker, of_symdiff, ours
from benchmarks.trust.records import Record, Records, line
from benchmarks.trust.worker import ask
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict

OURS = of_symdiff(["tape"])
SCIPY = CHECKERS["scipy check_derivative"]
YES = Checker("yes", "nowhere", "", "numpy", "it accepts whatever it is asked about")
FEW = [
    case for case in cases("algebra")
    if case.name in ("quotient rule with a plus", "x**y by the power rule alone", "x^2 at 1e8", "1/x at 1e-3")
]  # fmt: skip


def yes_man(checker: Checker, case: Case) -> Record:
    if checker is YES:
        return Record(YES.name, case.family, case.name, case.kind, "accepts")
    return ask(checker, case)


@pytest.fixture(scope="module")
def said() -> Records:
    """symdiff, SciPy and the planted one about a handful of cases."""
    records = Records()
    run.measure(records, FEW, [OURS, SCIPY, YES], yes_man, lambda _: None, Console(quiet=True))
    return records


def test_the_handful_is_there_and_has_both_kinds() -> None:
    assert [c.kind for c in FEW] == ["wrong", "wrong", "right", "right"]


def test_symdiff_gets_all_of_them_and_scipy_the_wrong_ones(said: Records) -> None:
    assert [r.case for r in score.misjudged(said, OURS.name)] == []
    assert score.count(said, SCIPY.name, "wrong").objects == 2


def test_who_passes_everything_misses_every_wrong_one(said: Records) -> None:
    wrong = score.count(said, YES.name, "wrong")
    assert (wrong.objects, wrong.accepts) == (0, wrong.asked)
    assert wrong.asked == sum(c.wrong for c in FEW)
    assert {r.verdict for r in score.misjudged(said, YES.name)} == {"missed"}


def record(kind: str, outcome: str, **more: object) -> Record:
    return replace(Record("it", "algebra", f"{kind}, {outcome}", kind, outcome), **more)  # type: ignore[arg-type]  # str for Literal


@pytest.mark.parametrize(("kind", "outcome", "verdict"), [
    ("wrong", "objects", "caught"), ("wrong", "accepts", "missed"), ("wrong", "refuses", "missed"),
    ("right", "objects", "alarm"), ("right", "accepts", "passed"), ("right", "refuses", "alarm"),
])  # fmt: skip
def test_the_rule_is_the_same_for_all(kind: str, outcome: str, verdict: str) -> None:
    assert record(kind, outcome).verdict == verdict


def test_an_inaccurate_claim_judges_nobody() -> None:
    assert not any(record("inaccurate", outcome).misjudged for outcome in ("objects", "accepts", "refuses"))


def test_a_crash_is_a_refusal_also_on_a_wrong_claim() -> None:
    def broken(np, x):
        raise ZeroDivisionError("what it is about")

    crash = ask(SCIPY, Case("crash", "algebra", "wrong", broken, lambda np, x: x, (1.0,), ""))
    assert (crash.outcome, crash.verdict, crash.said) == ("refuses", "missed", "ZeroDivisionError: what it is about")


def test_who_takes_too_long_refuses() -> None:
    def endless(np, x):
        while True:
            np.sin(x)

    late = ask(SCIPY, Case("endless", "algebra", "right", endless, lambda np, x: x, (1.0,), ""), limit=0.05)
    assert (late.outcome, late.verdict, late.said) == ("refuses", "alarm", "no answer after 0.05 s")


def test_nan_from_scipy_is_an_objection() -> None:
    of = Case("nan", "algebra", "right", lambda np, x: x * x, lambda np, x: x * float("nan"), (1.0,), "")
    assert ask(SCIPY, of).outcome == "objects"


def finding(verdict: Verdict) -> Finding:
    return Finding("claimed", "grad", "x", (), 0, 1.0, 1.0, 0.0, None, "", verdict)


@pytest.mark.parametrize(("verdicts", "outcome"), [
    ([Verdict.AGREE, Verdict.KINK, Verdict.PROVED], "accepts"), ([Verdict.AGREE, Verdict.DIFFER], "objects"),
    ([Verdict.UNDECIDED, Verdict.INACCURATE], "objects"), ([Verdict.AGREE, Verdict.UNDECIDED], "refuses"),
    ([Verdict.OUTSIDE_DOMAIN], "refuses"), ([Verdict.UNSUPPORTED], "refuses"), ([], "refuses"),
])  # fmt: skip
def test_what_symdiff_says_of_the_entries_is_one_answer(verdicts: list[Verdict], outcome: str) -> None:
    assert ours.answer([finding(v) for v in verdicts]).outcome == outcome


def test_symdiff_refuses_a_function_that_it_cannot_take() -> None:
    of = Case("text", "algebra", "wrong", lambda np, x: "text", lambda np, x: x, (1.0,), "")
    assert ask(OURS, of).outcome == "refuses"


# -- the page ----------------------------------------------------------------------------------------


def row(text: str, name: str) -> list[str]:
    table = text.partition("## The score")[2].partition("## ")[0]
    (found,) = re.findall(rf"^\| {re.escape(name)} \|(.*)\|$", table, re.MULTILINE)
    return [cell.strip() for cell in found.split("|")]


def test_every_figure_of_the_page_comes_from_the_records() -> None:
    """Made-up answers: the page has their numbers, and other numbers when one of them changes."""
    made = [*(record("wrong", "objects", case=f"a{k}", cpu=0.5) for k in range(7)), record("wrong", "refuses"),
            *(record("right", "accepts", case=f"b{k}", cpu=0.5) for k in range(5)), record("right", "objects"),
            record("inaccurate", "accepts")]  # fmt: skip
    records = Records()
    for r in made:
        records.add(r)
        records.add(replace(r, checker="torch slow", cpu=r.cpu / 4))
    text = page.document(records)
    assert row(text, "it") == ["7 of 8", "1 (1)", "5 of 6", "1", "0 / 1 / 0", "500 ms", "4"]
    assert "| algebra | 8 + 6 | 1 + 1 | 1 + 1 |" in text
    records.add(record("wrong", "accepts", case="a0", cpu=0.5))
    assert row(page.document(records), "it")[:2] == ["6 of 8", "2 (1)"]


def test_the_page_names_what_symdiff_misjudges_and_who_was_left_out() -> None:
    records = Records(left_out={"torch fast": "torch"})
    records.add(record("right", "refuses", checker=SYMDIFF, said="UNDECIDED for x: a | in a cell"))
    text = page.document(records)
    assert "- alarm: algebra, *right, refuses*. UNDECIDED for x: a \\| in a cell" in text
    assert "- torch fast is left out: torch is not installed." in text
    assert "| no false alarm on a right one | 1 of 1 | MISSED |" in text
    assert "| every wrong derivative caught | 0 of 0 | not measured |" in text


def test_another_limit_moves_what_has_a_figure() -> None:
    records = Records()
    for kind, figure in (("wrong", 1e-5), ("wrong", None), ("right", 1e-5), ("right", float("nan"))):
        records.add(record(kind, "objects", case=f"{kind} {figure}", figure=figure))
    assert [score.by_limit(records, "it", x) for x in (1e-6, 1e-4)] == [(1, 2), (2, 1)]


def test_what_others_get_right_is_striking() -> None:
    records = Records()
    for case, others in (("all miss it", "accepts"), ("all others catch it", "objects")):
        family = case.split()[0] + " " + others  # one a family is shown
        records.add(record("wrong", "accepts", family=family, case=case))
        records.add(record("wrong", others, family=family, case=case, checker="another"))
    assert [r.case for r in score.striking(records, "it", "wrong")] == ["all others catch it", "all miss it"]


# -- a run -------------------------------------------------------------------------------------------


def test_a_run_that_was_cut_off_is_taken_up_again(tmp_path: Path) -> None:
    file = tmp_path / run.SAID
    kept = [record("wrong", "objects", case="1"), record("wrong", "objects", case="2", said="…", figure=float("nan"))]
    file.write_text('{"about": {}, "left_out": {}, "seconds": 2.0}\n' + "".join(map(line, kept)) + line(kept[0])[:30])
    found = Records.load(file)
    assert [r.case for r in found.found.values()] == ["1", "2"]
    assert found.seconds == 2.0
    one, two = Case("1", "algebra", "wrong", abs, abs, (1.0,), ""), Case("2", "algebra", "right", abs, abs, (1.0,), "")
    found.keep_only([one, two])
    assert [r.case for r in found.found.values()] == ["1"]
    found.forget(["it"])
    assert not found.found


def test_what_was_answered_is_not_asked_again(said: Records) -> None:
    def nobody(checker: Checker, case: Case) -> Record:
        raise AssertionError(f"{checker.name} is asked about {case.name} once more")

    before = dict(said.found)
    run.measure(said, FEW, [OURS, SCIPY, YES], nobody, lambda _: None, Console(quiet=True))
    assert said.found == before


@pytest.mark.slow
def test_the_command_asks_in_a_process_of_its_own(tmp_path: Path) -> None:
    wanted = ["--quick", "--only", "algebra", "--checkers", "scipy,(tape),numdiff", "--out", str(tmp_path)]
    run.main(wanted)
    records = Records.load(tmp_path / run.SAID)
    assert records.of("symdiff (tape)")
    assert all(r.cpu > 0 for r in records.found.values())
    assert not score.misjudged(records, "symdiff (tape)")
    text = (tmp_path / run.PAGE).read_text(encoding="utf-8")
    assert "symdiff (tape)" in text
    if importlib.util.find_spec("numdifftools") is None:
        assert "numdifftools is left out" in text


def test_who_hangs_is_given_up_and_the_next_one_asked() -> None:
    with run.Asker([SCIPY], patience=0.0) as asker:
        assert asker.ask(SCIPY, FEW[0]).outcome == "refuses"
        asker.patience = 60.0
        assert asker.ask(SCIPY, FEW[0]).verdict in ("caught", "passed")


def test_a_word_that_fits_nothing_is_said() -> None:
    with pytest.raises(SystemExit, match="there are symdiff, "):
        run.main(["--checkers", "nobody"])
    with pytest.raises(SystemExit, match="there are algebra, "):
        run.main(["--only", "nothing"])


def test_symdiff_with_other_methods_has_another_name() -> None:
    assert of_symdiff(["tape"]) is CHECKERS["symdiff (tape)"]
    assert of_symdiff(["tape", "jax"]).name == "symdiff (tape,jax)"
