"""Python code that is named: what is imported, what is drawn for it, what is refused and how that is said."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from symdiff.cli import main
from symdiff.errors import InputError
from symdiff.methods.modes import SECOND
from symdiff.sweep import check, read
from symdiff.sweep.arguments import sample
from symdiff.sweep.code import importing_from, load

Capture = pytest.CaptureFixture[str]
MINE = """\
import numpy as np

def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

def gradient(x):
    g = np.zeros_like(x)
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    g[:-1] += -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    return g

def misprint(x):
    return -gradient(x)

def of_two(x, y):
    return gradient(x)

def no_array(x):
    return x

def power(x, n=3, scale=1.0):
    return scale * x**n

def slope(x, y):
    return 2 * x * y, x**2

def needs_gpu(x):
    raise RuntimeError("no GPU here")

number = 3
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with modules of a user's, which is the current one."""
    (tmp_path / "users_own.py").write_text(MINE, encoding="utf-8")
    (tmp_path / "users_broken.py").write_text("def inner():\n    return 1/0\n\ninner()\n", encoding="utf-8")
    (tmp_path / "users_exit.py").write_text("raise SystemExit('no licence')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for name in ("users_own", "users_broken", "users_exit"):
        sys.modules.pop(name, None)


# -- importing -------------------------------------------------------------------------------------------


def test_a_module_that_does_not_import_shows_its_own_traceback(here: Path) -> None:
    with importing_from([here]), pytest.raises(InputError) as refused:
        load("users_broken:inner")
    said = str(refused.value)
    assert said.startswith("users_broken:inner: module users_broken does not import:\nTraceback (most recent")
    assert said.endswith("ZeroDivisionError: division by zero")
    assert "line 4, in <module>" in said
    assert "line 2, in inner" in said
    assert "importlib" not in said
    assert "sweep" not in said


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("users_exit:f", "SystemExit: no licence"),
        ("users_nowhere:f", "ModuleNotFoundError: No module named 'users_nowhere'"),
        ("users_own:gradeint", "module users_own has no 'gradeint': did you mean 'gradient'?"),
        ("users_own:number", "expected a function, found int"),
    ],
)
def test_what_cannot_be_loaded(name: str, says: str, here: Path) -> None:
    with importing_from([here]), pytest.raises(InputError, match="(?s)" + says.replace("?", r"\?")):
        load(name)


def test_the_path_is_as_it_was(here: Path) -> None:
    before = list(sys.path)
    with importing_from([here]):
        assert sys.path[0] == str(here)
    assert sys.path == before


# -- drawing ---------------------------------------------------------------------------------------------


def test_what_is_declared_is_drawn() -> None:
    def f(x: np.ndarray, W: np.ndarray, scale: float = 2.0, shift: float = 0.0) -> float:
        return np.sum(np.log(W @ x)) * scale + shift

    ranges, shapes = {"x": (1.0, 2.0), "W": (0.5, 0.75), "shift": (5.0, 6.0)}, {"x": (3,), "W": (2, 3)}
    calls, said = sample(f, {}, ranges, shapes, 4, seed=7)
    assert [list(call) for call in calls] == [["x", "W", "scale", "shift"]] * 4  # a default stands in the gap
    for call in calls:
        assert (call["x"].shape, call["W"].shape, call["scale"]) == ((3,), (2, 3), 2.0)
        assert np.all((call["x"] >= 1) & (call["x"] <= 2) & (call["W"][0] >= 0.5) & (call["W"][0] <= 0.75))
        assert 5 <= call["shift"] <= 6
    assert said.startswith("scale") is False
    again, _ = sample(f, {}, ranges, shapes, 4, seed=7)
    other, _ = sample(f, {}, ranges, shapes, 4, seed=8)
    assert np.array_equal(calls[3]["x"], again[3]["x"])
    assert not np.array_equal(calls[3]["x"], other[3]["x"])


GUESSED = {
    "numbers": (lambda x, y: x * np.exp(y), {"x": (), "y": ()}),
    "vectors": (lambda x: np.sum(x[1:] ** 2), {"x": (3,)}),
    "matrices": (np.linalg.det, {"a": (3, 3)}),
    "a matrix and a vector": (lambda A, x: np.convolve(x, np.diag(A @ A.T))[2] * x[2], {"A": (3, 3), "x": (3,)}),
    "positive numbers": (lambda x: np.sum(np.log(x[:3]) * x[2]), {"x": (3,)}),
}


@pytest.mark.parametrize(("f", "shapes"), GUESSED.values(), ids=GUESSED)
def test_what_is_not_declared_is_guessed_and_said(f, shapes: dict[str, tuple[int, ...]]) -> None:
    calls, said = sample(f, {}, {}, {}, 2, seed=0)
    assert {name: np.shape(v) for name, v in calls[0].items()} == shapes
    assert said.endswith("(guessed where nothing was declared)")


def test_what_is_given_stays() -> None:
    calls, _ = sample(lambda x, n: x**n, {"n": 3}, {"x": (1.0, 2.0)}, {}, 2, seed=0)
    assert [call["n"] for call in calls] == [3, 3]


@pytest.mark.parametrize(
    ("f", "options", "says"),
    [
        (lambda x: np.log(-1 - x**2), {}, "no call of <lambda> with x drawn gives finite values"),
        (lambda x: x.nothing, {}, "'float' object has no attribute 'nothing'"),
        (lambda x: None, {}, "it returns NoneType"),
        (lambda x: x, {"ranges": {"y": (0.0, 1.0)}}, "'y' is no argument of <lambda>"),
        (max, {}, "does not say what arguments it takes"),
    ],
)
def test_what_cannot_be_drawn(f, options: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        sample(f, {}, options.get("ranges", {}), {}, 1, seed=0)


# -- manifests -------------------------------------------------------------------------------------------


def checked(here: Path, table: str, allow: bool = True):
    file = here / "mine.symdiff.toml"
    file.write_text(table, encoding="utf-8")
    (formula,) = read(file).formulas
    return check(formula, allow_import=allow)


ROSENBROCK = '[function.r]\nf = "users_own:rosenbrock"\nmethods = "tape"\nshape = { x = 4 }\nrange = { x = [-2, 2] }\n'


def test_a_right_gradient_and_a_wrong_one(here: Path) -> None:
    right = checked(here, ROSENBROCK + 'claimed = "users_own:gradient"\npoints = 2')
    assert right.ok
    assert len(right.points) == 2
    assert all(abs(v) <= 2 for point in right.points for v in point["x"])
    wrong = checked(here, ROSENBROCK + 'claimed = { grad = "users_own:misprint" }')
    assert {f.method for f in wrong.findings if f.verdict == "DIFFER"} == {"claimed"}
    assert wrong.diagnosis
    assert wrong.diagnosis[0].startswith("claimed = -1 x true")


def test_nothing_is_imported_unless_it_is_allowed(here: Path) -> None:
    for table in (ROSENBROCK, '[formula.f]\nexpr = "x**2*y"\nat = { x = 1, y = 2 }\nclaimed = "users_own:slope"'):
        report = checked(here, table, allow=False)
        assert "names Python code, users_own:" in report.error
        assert "allow it with --allow-import" in report.error
        assert "users_own" not in sys.modules


def test_code_claims_of_a_formula(here: Path) -> None:
    table = '[formula.f]\nexpr = "{}"\nat = {{ x = 1, y = 2 }}\nmethods = "tape"\nclaimed = "users_own:slope"'
    assert checked(here, table.format("x**2*y")).ok
    assert str(checked(here, table.format("x*y")).verdict) == "DIFFER"


def test_a_function_that_raises_shows_its_own_traceback(here: Path) -> None:
    report = checked(here, '[function.r]\nf = "users_own:needs_gpu"\nat = { x = 2 }\nmethods = "tape"')
    assert report.error.startswith("mine.symdiff.toml:2: function 'r': users_own:needs_gpu raises:\nTraceback (most")
    assert report.error.endswith("RuntimeError: no GPU here")
    assert "please report it" not in report.error
    assert "crosscheck" not in report.error


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('f = "users_own:nothing"', "mine.symdiff.toml:2: function 'r': f: users_own:nothing: module users_own has no"),
        ("f = 3", 'mine.symdiff.toml:2: function \'r\': f: expected "package.module:name", got 3'),
        ('expr = "x"', "mine.symdiff.toml:2: function 'r': expr is no key"),
        ("points = 2", "mine.symdiff.toml:1: function 'r': f: is missing"),
        ('f = "users_own:power"\nshape = { x = "long" }', "toml:3: function 'r': shape: expected a length or a list"),
        ('f = "users_own:power"\nrange = { z = [0, 1] }', "'z' is no argument of power"),
        ('f = "users_own:power"\nat = { x = { a = "b" } }', "toml:3: function 'r': at: unknown name 'b'"),
    ],
)
def test_faults_of_an_entry(table: str, says: str, here: Path) -> None:
    assert says in checked(here, "[function.r]\n" + table).error


def test_a_claim_with_another_signature_is_a_finding(here: Path) -> None:
    report = checked(here, ROSENBROCK + 'claimed = "users_own:of_two"')
    (said,) = {f.reason for f in report.findings if f.method == "claimed"}
    assert "raises TypeError" in said
    assert "of_two() missing 1 required positional argument: 'y'" in said
    assert {str(f.verdict) for f in report.findings if f.method == "tape"} == {"AGREE"}


def test_a_function_with_several_values_has_its_jacobian_checked(here: Path) -> None:
    report = checked(here, '[function.r]\nf = "users_own:no_array"\nat = { x = [1, 2] }\nmethods = "tape"')
    assert {f.operator for f in report.findings} == {"jacobian"}


# -- the shell -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["users_own:rosenbrock", "--claimed", "users_own:gradient", "--shape", "x=4"], 0, "AGREE"),
        (["users_own:rosenbrock", "--claimed", "users_own:misprint"], 1, "x: 3 numbers each from -1.5 to 1.5"),
        (["users_own:rosenbrock", "--at", "x=[1.5, 2, 3]"], 0, "at x = [1.5, 2, 3]"),
        (["users_own:rosenbrock", "--range", "x=1:2", "--shape", "x=2", "--points", "2"], 0, "at #1 x = [1."),
        (["users_own:power", "--range", "x=1:pi", "--operator", "hessian"], 0, "hessian at #2"),
        (["x**2*y", "--range", "x=1:2", "--range", "y=3:4", "--points", "2", "--claimed", "users_own:slope"], 0, "#1"),
    ],
)
def test_check_names_code(words: list[str], code: int, says: str, here: Path, capsys: Capture) -> None:
    assert main(["check", *words, "--method", "tape"]) == code
    assert says in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["users_broken:inner"], "line 2, in inner"),
        (["users_own:nothing"], "module users_own has no 'nothing'"),
        (["users_own:needs_gpu", "--at", "x=1"], "RuntimeError: no GPU here"),
        (["users_own:power", "--range", "x=1"], "--range x=1: expected LOW:HIGH"),
        (["users_own:power", "--range", "x=2:1"], "the interval of x ends before it begins"),
        (["users_own:power", "--shape", "x=two"], "expected a length or lengths such as 3x2 for x"),
        (["users_own:power", "--at", "x=[1"], "expected numbers in brackets"),
        (["users_own:power", "--at", "x"], "--at 'x': expected NAME=VALUE"),
        (["users_own:power", "--range", "x=1:2,x=1:3"], "--range gives x twice"),
        (["users_own:power", "--claimed", "2*x", "--claimed", "users_own:slope"], "--claimed: give one MODULE:NAME"),
        (["x**2", "--shape", "x=3"], "--shape is for Python functions"),
        (["x**2", "--jobs", "2"], "--jobs is for manifests"),
        (["x**2", "--at", "x=1", "--resume", "out.json"], "--resume is for manifests"),
    ],
)
def test_a_mistake_is_a_sentence(words: list[str], says: str, here: Path, capsys: Capture) -> None:
    assert main(["check", *words]) == 2
    err = capsys.readouterr().err
    assert err.startswith("symdiff: ")
    assert says in err


def test_the_example_finds_the_misprint_as_expected(capsys: Capture) -> None:
    manifest = Path(__file__).parents[2] / "examples" / "claims.symdiff.toml"
    assert main(["check", str(manifest), "--allow-import", "--method", "tape"]) == 0
    out = capsys.readouterr().out
    assert "expected DIFFER by claimed: 200 where 400 belongs" in out
    assert "3 formulas: 2 AGREE, 1 DIFFER" in out
    assert main(["check", str(manifest)]) == 2
    assert "allow it with --allow-import" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("f", "at", "operators"),
    [
        ("x**2*y", ["--at", "x=2,y=3"], {"grad", "hessian", *SECOND}),
        ("users_own:of_three", ["--at", "x=2"], {"grad", "hessian", *SECOND}),
        ("users_own:slope", ["--at", "x=2,y=3", "--wrt", "x", "--wrt", "y"], {"jacobian", "hessian"}),
    ],
)
def test_an_order_is_one_thing_for_text_and_for_code(
    f: str, at: list[str], operators: set[str], here: Path, capsys: Capture
) -> None:
    """In the shell, in a manifest, and by `crosscheck` itself: see `crosscheck.orders`."""
    (here / "users_own.py").write_text(MINE + "\ndef of_three(x):\n    return x**3\n", encoding="utf-8")
    assert main(["check", f, *at, "--order", "2", "--method", "tape", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {finding["operator"] for finding in found} == operators
    entry = f'f = "{f}"' if ":" in f else f'expr = "{f}"'
    kind = "function" if ":" in f else "formula"
    point = ", ".join(f"{word}.0".replace("=", " = ") for word in at[1].split(","))
    wrt = 'wrt = ["x", "y"]' if "--wrt" in at else ""
    text = f'[{kind}.a]\n{entry}\nat = {{ {point} }}\n{wrt}\norder = 2\nmethods = "tape"\n'
    (here / "m.symdiff.toml").write_text(text)
    (formula,) = read(here / "m.symdiff.toml").formulas
    assert {x.operator for x in check(formula, allow_import=True).findings} == operators
    assert main(["check", "m.symdiff.toml", "--allow-import", "--order", "4"]) == 2
    assert "--order 4: expected 1, 2 or 3" in capsys.readouterr().err


def test_an_order_of_code_is_looked_at(here: Path, capsys: Capture) -> None:
    words = ["check", "users_own:power", "--at", "x=2"]
    assert main([*words, "--order", "4"]) == 2
    assert "order=4: expected 1, 2 or 3" in capsys.readouterr().err
    assert main([*words, "--order", "2", "--operator", "grad"]) == 2
    assert "give --operator or --order, not both" in capsys.readouterr().err
