"""The report as a page: whole, escaped, and without anything that a browser would run or load."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.cli.main import main
from symdiff.crosscheck import Report, shrinking
from symdiff.reports import html
from symdiff.reports.html import report_page
from tests.messages import wrong

HOSTILE = "<script>alert(1)</script>&\"'\x07"
VOID = ("meta", "br", "!doctype")


LAWS = """\
[defaults]
methods = "tape"

[formula.right]
expr = "x**2"
at = { x = 2 }

[formula."<b>wrong"]
expr = "x**3"
at = { x = 2 }
claimed = "3*x"

[formula.typo]
expr = "x +"
"""


class Reader(HTMLParser):
    """The text of a page, and its tags with their attributes. Every tag that opens has to close."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(document)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrinking, "MOMENT", 60.0)


def read(document: str) -> Reader:
    """The page; nothing on it runs, and nothing comes from elsewhere."""
    found = Reader(document)
    assert {tag for tag, _ in found.tags}.isdisjoint({"script", "img", "link", "iframe", "object", "a", "form", "base"})
    names = {name for _, attributes in found.tags for name in attributes}
    assert names <= {"class", "lang", "charset", "name", "content", "http-equiv", "data-of"}
    assert "url(" not in document
    assert "://" not in document
    return found


def test_a_report_is_a_page_with_all_it_has_to_say(tmp_path: Path) -> None:
    report = sd.crosscheck(wrong.energy, np.array([0.5, -1.5, 2.0]), claimed=wrong.no_second_term, methods="tape")
    document = report.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == document
    text = read(document).text
    for said in (
        "DIFFER", "energy", "claimed is wrong; tape is right", "d/dx[1]", "-5.4083269131959835", "25.71%",
        "the term through sqrt(1 + x**2)", "claimed[0] - df/dx[0] = -x[0]**3/sqrt(x[0]**2 + 1)", "x = [0.5, -1.5, 2]",
        "from tests.messages.wrong import energy", "print(sd.crosscheck(energy,", "claimed is no_second_term",
    ):  # fmt: skip
        assert said in text, said


def test_the_page_is_the_golden_one(golden: Callable[[str, str], None]) -> None:
    report = sd.crosscheck("x**3*y", at={"x": 2, "y": 1}, claimed=["3*x*y", "x**3"], methods=("symbolic", "tape"))
    report.seconds = 0.0
    golden("report_claimed.html", report.to_html())
    golden("report_claimed.xml", report.to_junit())


def test_a_long_list_is_folded_and_begins_with_the_likely_mistake() -> None:
    x = np.linspace(0.5, 1.5, 30)
    report = sd.crosscheck(lambda x: np.sum(x**3), x, claimed=lambda x: -3 * x**2, methods="tape")
    document = report_page(report)
    read(document)
    shown, _, folded = document.partition("<details>")
    assert f"<summary>{31 - html.MOST_SHOWN} more</summary>" in folded
    assert shown.index("diagnosis of claimed") < shown.index("DIFFER claimed grad d/dx[0]")
    assert "d/dx[29]: -6.75" in folded.partition("</details>")[0]
    assert '<dt>D derivatives</dt><dd class="bad">red' in folded


def test_whatever_the_caller_has_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    report = sd.crosscheck("x**3", 2.0, claimed="3*x", methods="tape")
    report.source, report.notes, report.points = HOSTILE, [HOSTILE], [{HOSTILE: 1.0}]
    report.findings = [replace(f, reason=HOSTILE, argument=HOSTILE, diagnosis=HOSTILE) for f in report.findings]
    found = read(report_page(report))
    assert found.text.count("<script>alert(1)</script>&\"'\N{REPLACEMENT CHARACTER}") >= 6
    monkeypatch.setattr(html.page, "escape", lambda text, quote: text)
    monkeypatch.setattr(html, "text", str)
    with pytest.raises(AssertionError):  # and this is how a page would look that does not escape
        read(report_page(report))


@pytest.mark.parametrize(
    ("f", "at", "options"),
    [
        ("abs(x)*y", {"x": 0, "y": 2}, {}),
        ("log(x)", {"x": -1}, {}),
        ("tanh(x)", {"x": 18}, {}),
        (["x*y", "x + y"], {"x": 2, "y": 3}, {"points": 3}),
        ("a*b*c*d", {"a": 2, "b": 3, "c": 4, "d": 5}, {"points": 1, "claimed": ["1"] * 4}),
    ],
)
def test_every_kind_of_report_is_a_page_and_junit(
    f: Any, at: Any, options: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "MOST_ENTRIES", 20)  # of the last there are 24
    report = sd.crosscheck(f, at=at, methods=("tape", "complex_step"), **options)
    text = read(report.to_html()).text
    assert str(report.verdict) in text
    suite = ET.fromstring(report.to_junit())[0]
    assert int(suite.get("tests", "")) == len(list(suite)) > 0
    assert (int(suite.get("failures", "")) > 0) == (not report.ok)


def test_a_red_lamp_alone_is_a_failure() -> None:
    report = sd.crosscheck("x**3", 2.0, methods="tape")
    report.lamps["R"] = type(report.lamps["R"])("red", "the graph is another function")
    assert 'name="lamp R"' in report.to_junit()
    assert 'failures="1"' in report.to_junit()
    assert "DIFFER" in read(report.to_html()).text


def test_an_input_that_could_not_be_read_is_a_page() -> None:
    report = Report("x +", (), [], [], {}, error="expected a number")
    assert "expected a number" in read(report.to_html()).text


# -- the shell ---------------------------------------------------------------------------------------------


def test_one_formula_writes_all_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / name for name in ("r.html", "r.xml", "r.json")]
    words = ["check", "x**3", "--at", "x=2", "--claimed", "3*x", "--method", "tape"]
    code = main([*words, "--html", str(files[0]), "--junit", str(files[1]), "--json", str(files[2])])
    assert code == 1
    assert "exactly: claimed - df/dx = -3*x*(x - 1)" in capsys.readouterr().out
    assert "claimed - df/dx = -3*x*(x - 1)" in read(files[0].read_text(encoding="utf-8")).text
    assert ET.parse(files[1]).getroot()[0].get("failures") == "1"
    assert '"claimed - df/dx = -3*x*(x - 1)"' in files[2].read_text(encoding="utf-8")


def test_a_manifest_writes_a_page_the_wrong_ones_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "laws.symdiff.toml").write_text(LAWS, encoding="utf-8")
    page = tmp_path / "laws.html"
    assert main(["check", str(tmp_path / "laws.symdiff.toml"), "--html", str(page)]) == 1
    capsys.readouterr()
    text = read(page.read_text(encoding="utf-8")).text
    assert text.index("<b>wrong") < text.index("right x**2")
    assert "exactly: claimed - df/dx = -3*x*(x - 1)" in text
    assert re.search(r"not all right .* 1 AGREE", text)
    assert "BAD INPUT" in text


@pytest.mark.parametrize("option", ["--html", "--junit"])
def test_a_file_that_cannot_be_written_is_said_before_anything_is_checked(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symdiff.cli.check.crosscheck", lambda *_, **__: pytest.fail("checked"))
    assert main(["check", "x**3", "--at", "x=2", option, str(tmp_path / "no" / "file")]) == 2
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
