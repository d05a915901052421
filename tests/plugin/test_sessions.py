"""The plugin in sessions of their own: what fails, what it looks like, what options and several workers do."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import symdiff as sd
from symdiff.pytest_plugin.failures import conclusion
from tests.plugin.session import failures, session

TESTS = """\
import numpy as np
import pytest
import symdiff as sd


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_right():
    sd.assert_agree(rosenbrock, np.array([0.3, -0.2]), methods="tape")


def test_wrong():
    sd.assert_agree("x**3*y", 2.0, 3.0, claimed=["3*x*y", "x**3"], methods="tape")


def asked_elsewhere(f, **options):
    sd.assert_agree(f, 2.0, methods="tape", **options)


def test_wrong_in_a_helper():
    asked_elsewhere("sin(x)", claimed="-cos(x)")


def test_wrong_on_purpose():
    with pytest.raises(sd.Disagreement):
        asked_elsewhere("exp(x)", claimed="-exp(x)")


def test_of_something_else():
    assert 1 + 1 == 2


def test_the_fixture(symdiff):
    report = symdiff("log(x)", 2.0, methods="tape")
    print("ASKED", sorted({f.operator.partition("[")[0] for f in report.findings}), len(report.points), report.strict)
"""

MANIFEST = """\
[defaults]
methods = "tape"

[formula.cube]
expr = "x**3"
at = { x = 2 }
range = { x = [1, 2] }
points = 2

[formula.wrong]
expr = "x**3*y"
at = { x = 2, y = 3 }
claimed = ["3*x*y", "x**3"]

[formula.typo]
exrp = "x**3"

[formula.unclosed]
expr = "sin(x"
at = { x = 2 }

[formula.known]
expr = "x**3"
at = { x = 2 }
claimed = "3*x"
expect = { method = "claimed", verdict = "DIFFER", versions = "numpy>=1", reason = "issue 7" }

[formula.repaired]
expr = "x**3"
at = { x = 2 }
expect = { method = "tape", verdict = "DIFFER", versions = "numpy>=1", reason = "issue 8" }

[formula.of_old]
expr = "x**3"
at = { x = 2 }
expect = { method = "tape", verdict = "DIFFER", versions = "numpy<1", reason = "issue 9" }

[function.own]
f = "mine:cube"
claimed = "mine:slope"
at = { x = 2 }

[function.broken]
f = "broken:cube"
at = { x = 2 }
"""

FILES = {
    "test_own.py": TESTS,
    "sub/laws.symdiff.toml": MANIFEST,
    "mine.py": "def cube(x):\n    return x**3\n\ndef slope(x):\n    return 3 * x**2\n",
    "broken.py": "def cube(x):\n    return x**3\n\nraise RuntimeError('no licence')\n",
}
RED = {
    "test_own.py::test_wrong", "test_own.py::test_wrong_in_a_helper", "laws.symdiff.toml::wrong[at]",
    "laws.symdiff.toml::typo", "laws.symdiff.toml::unclosed[at]", "laws.symdiff.toml::repaired[at]",
    "laws.symdiff.toml::broken[at]",
}  # fmt: skip
GREEN = {
    "test_own.py::test_right", "test_own.py::test_wrong_on_purpose", "test_own.py::test_of_something_else",
    "test_own.py::test_the_fixture", "laws.symdiff.toml::cube[at]", "laws.symdiff.toml::cube[range]",
    "laws.symdiff.toml::of_old[at]", "laws.symdiff.toml::own[at]",
}  # fmt: skip


def outcomes(text: str) -> dict[str, set[str]]:
    """The names of the tests by their outcome, from the lines of -rA."""
    found: dict[str, set[str]] = {}
    for outcome, name in re.findall(r"^(PASSED|FAILED|XFAIL|ERROR) (\S+)", text, re.MULTILINE):
        found.setdefault(outcome, set()).add(name.removeprefix("sub/"))
    return found


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    """One session with everything in it, in one process."""
    folder = tmp_path_factory.mktemp("one")
    code, text = session(folder, FILES, "-rA", "--junitxml=junit.xml", env={"GITHUB_ACTIONS": "true"})
    return code, text, folder


def test_what_is_wrong_fails_and_what_is_right_passes(one: tuple[int, str, Path]) -> None:
    code, text, _ = one
    assert code == 1
    assert outcomes(text) == {"FAILED": RED, "PASSED": GREEN, "XFAIL": {"laws.symdiff.toml::known[at]"}}


def test_a_failure_reads_like_a_diagnosis(one: tuple[int, str, Path], golden) -> None:
    golden("pytest_failures.txt", failures(one[1]))


def test_no_frame_of_symdiff_is_shown(one: tuple[int, str, Path]) -> None:
    shown = failures(one[1])
    assert "symdiff/crosscheck" not in shown
    assert "def assert_agree" not in shown
    assert '>       asked_elsewhere("sin(x)", claimed="-cos(x)")' in shown  # the line of the test


def test_the_closing_table(one: tuple[int, str, Path], golden) -> None:
    table = one[1].rpartition("--- symdiff ---")[2].partition("\n")[2].partition("::error")[0]
    golden("pytest_table.txt", re.sub(r"-{5,}", "", table))


def test_junit_has_the_verdicts(one: tuple[int, str, Path]) -> None:
    cases = {case.get("name"): case for case in ET.parse(one[2] / "junit.xml").iter("testcase")}
    facts = {p.get("name"): p.get("value") for p in cases["test_wrong"].iter("property")}
    assert facts["symdiff.function"] == "x**3*y"
    assert facts["symdiff.verdict"] == "DIFFER"
    assert "DIFFER claimed grad d/dx: 18, truth 36" in (cases["test_wrong"].find("failure").text or "")
    assert [p.get("value") for p in cases["cube[range]"].iter("property")][:2] == ["cube", "AGREE"]


def test_github_gets_a_line_for_each_failure(one: tuple[int, str, Path]) -> None:
    lines = [line for line in one[1].splitlines() if line.startswith("::error ")]
    assert len(lines) == len(RED)
    wrong = TESTS.splitlines().index("def test_wrong():") + 2
    says = "DIFFER: claimed is wrong; tape is right"
    assert f"::error file=test_own.py,line={wrong},title=symdiff%3A test_wrong::{says}" in lines
    entry = MANIFEST.splitlines().index("[formula.wrong]") + 1
    assert f"::error file=sub/laws.symdiff.toml,line={entry},title=symdiff%3A wrong[at]::{says}" in lines


def test_several_workers_say_the_same(one: tuple[int, str, Path], tmp_path: Path) -> None:
    code, text = session(tmp_path, FILES, "-rA", "-n", "2", "-p", "symdiff.pytest_plugin")
    assert code == 1
    assert outcomes(text) == outcomes(one[1])

    def table(shown: str) -> list[str]:
        return sorted(shown.rpartition("--- symdiff ---")[2].partition("\n=")[0].splitlines()[1:13])

    assert len(table(text)) == 12
    assert table(text) == table(one[1])
    assert "diagnosis of claimed: claimed = -1 x true" in text  # the sections come over, too


def test_the_options(tmp_path: Path) -> None:
    words = ["-k", "fixture or cube", "-rP", "--symdiff-order", "2", "--symdiff-points", "3", "--symdiff-strict"]
    code, text = session(tmp_path, FILES, *words)
    assert code == 0
    assert "ASKED ['grad', 'hessian', 'hvp'] 4 True" in text
    assert re.search(r"^cube +2 +AGREE", text, re.MULTILINE)
    assert "2 functions, 3 checks at 8 points" in text  # 4 of the fixture, 1 given and 3 drawn of the manifest


def test_the_same_in_the_ini_file_and_the_command_line_goes_first(tmp_path: Path) -> None:
    ini = "[pytest]\nsymdiff_order = 2\nsymdiff_points = 3\nsymdiff_strict = true\n"
    files = {"test_own.py": TESTS, "pytest.ini": ini}
    code, text = session(tmp_path, files, "-k", "fixture", "-rP", "--symdiff-points", "1")
    assert code == 0
    assert "ASKED ['grad', 'hessian', 'hvp'] 2 True" in text


MANY = """\
import symdiff as sd

def test_many():
    for k in range(250):
        sd.assert_agree(f"x*{k}.5", 2.0, methods="tape")
"""


def test_many_functions_of_one_test_are_counted_and_not_all_kept(tmp_path: Path) -> None:
    code, text = session(tmp_path, {"test_many.py": MANY, "conftest.py": 'pytest_plugins = ["symdiff.pytest_plugin"]'})
    assert code == 0
    assert "and 181 more (-v shows all)" in text
    assert "201 functions, 250 checks at 250 points" in text
    _, text = session(tmp_path, {}, "-q")
    assert "201 functions, 250 checks at 250 points" in text
    assert "AGREE" not in text  # with -q only what is not right


def test_a_page_of_all_checks(tmp_path: Path) -> None:
    ours = {"test_own.py": TESTS, "sub/laws.symdiff.toml": MANIFEST, "mine.py": FILES["mine.py"]}
    code, text = session(tmp_path, ours, "-k", "wrong or right or cube or typo", "--symdiff-html", "one.html")
    assert code == 1
    assert "HTML report of 7 checks: FOLDER/one.html" in text
    page = (tmp_path / "one.html").read_text(encoding="utf-8")
    assert page.index("test_own.py::test_wrong<") < page.index("test_own.py::test_right<")  # what is wrong goes first
    assert page.count("<details>") == 3  # the whole report of each failure that has one
    assert "claimed[0] - df/dx = -3*x*y*(x - 1)" in page
    assert "exrp is no key" in page
    code, text = session(tmp_path, {}, "-k", "wrong or right or cube or typo", "--symdiff-html", "two.html", "-n", "2")
    assert code == 1
    both = [(tmp_path / name).read_text(encoding="utf-8") for name in ("one.html", "two.html")]
    rows = [sorted(re.sub(r"\d+\.\d\d?\b", "", page).splitlines()) for page in both]  # without times
    assert rows[0] == rows[1]


def test_a_page_that_cannot_be_written_ends_the_session_before_it_starts(tmp_path: Path) -> None:
    code, text = session(tmp_path, {"test_own.py": TESTS}, "--symdiff-html", "no/such/page.html")
    assert code == 4
    assert "--symdiff-html: FOLDER/no/such/page.html: cannot be written: No such file or directory" in text
    assert "Traceback" not in text


def test_another_seed_draws_other_points(tmp_path: Path) -> None:
    files = {"test_seed.py": "def test_it(symdiff):\n    print('AT', symdiff('x**2', methods='tape').points)\n"}
    found = []
    for seed in "1", "1", "2":
        _, text = session(tmp_path, files, "-rP", "--symdiff-points", "1", "--symdiff-seed", seed)
        found += re.findall("^AT .*", text, re.MULTILINE)
    assert found[0] == found[1] != found[2]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--symdiff-order", "7"], "--symdiff-order: expected 1, 2 or 3, got '7'"),
        (["--symdiff-points", "-1"], "--symdiff-points: expected a whole number from 0 to 100000, got '-1'"),
        (["--symdiff-seed", "x"], "--symdiff-seed: expected a whole number"),
    ],
)
def test_options_that_do_not_fit(words: list[str], says: str, tmp_path: Path) -> None:
    code, text = session(tmp_path, {"test_own.py": TESTS}, *[f"{words[0]}={words[1]}"])
    assert code == 4
    assert says in text


def test_a_manifest_that_cannot_be_read_is_an_error_of_collection(tmp_path: Path) -> None:
    code, text = session(tmp_path, {"a.symdiff.toml": "[formula.a]\n[formula.a]\n"})
    assert code == 2
    assert "a.symdiff.toml:2: formula.a is there twice, first in line 1: give each a name of its own" in text
    assert "Traceback" not in text


def test_code_outside_the_rootdir_does_not_run(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "far.symdiff.toml").write_text('[function.f]\nf = "outside_mine:cube"\nat = { x = 2 }\n')
    (tmp_path / "outside_mine.py").write_text("print('RAN')\ndef cube(x):\n    return x**3\n")
    code, text = session(inside, {}, "-s", "--rootdir", ".", "../far.symdiff.toml")
    assert code == 1
    assert "names Python code, outside_mine:cube, which importing would run" in text
    assert "RAN" not in text


def test_the_plugin_loads_nothing_but_pytest(tmp_path: Path) -> None:
    code = "import json, sys\ndef test_it():\n    print('LOADED', json.dumps(sorted(sys.modules)))\n"
    _, text = session(tmp_path, {"test_modules.py": code}, "-rP", "-p", "symdiff.pytest_plugin")
    loaded = set(json.loads(re.findall("^LOADED (.*)", text, re.MULTILINE)[0]))
    own = {name for name in loaded if name.partition(".")[0] == "symdiff"}
    assert own == {"symdiff", "symdiff.pytest_plugin", "symdiff.listening"}
    assert not loaded & {"numpy", "jax", "sympy", "flint", "rich"}


def test_the_plugin_can_be_switched_off(tmp_path: Path) -> None:
    code, text = session(tmp_path, FILES, "-p", "no:symdiff.pytest_plugin", "-k", "test_wrong or cube")
    assert code == 1
    assert re.search(r"^E +symdiff.errors.Disagreement: x", text, re.MULTILINE)  # as any exception
    assert "laws.symdiff.toml" not in text


def test_other_ways_to_show_tracebacks(tmp_path: Path) -> None:
    for style, shows in (("short", True), ("line", False), ("no", False), ("native", True)):
        _, text = session(tmp_path, FILES, f"--tb={style}", "-k", "test_wrong or wrong")
        assert ("DIFFER claimed grad d/dx: 18, truth 36" in text) == shows, style
        assert "3 failed" in text


def test_a_method_that_is_missing_is_the_conclusion() -> None:
    with pytest.raises(sd.Disagreement) as refused:
        sd.assert_agree("floor(x)*x", 2.5, methods=["tape", "symbolic"])
    assert conclusion(refused.value) == "not decided by symbolic (allow_unsupported=True accepts that)"
