"""The shell: what it prints, what it returns, and that a user's mistake is never a traceback."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from symdiff.cli import main
from symdiff.cli.main import EXAMPLES

ROOT = Path(__file__).parent.parent.parent
LECTURE = "x1**2*(x2*x3 - 2*x1**2)"
AT = ["--at", "x1=1", "--at", "x2=2", "--at", "x3=3"]

Capture = pytest.CaptureFixture[str]


def shell(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A real process, from another folder."""
    code = "import sys; from symdiff.cli import main; sys.exit(main())"
    env = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    return subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False, env=env, encoding="utf-8"
    )


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


# -- the verbs ---------------------------------------------------------------------------------------


def test_check_prints_the_three_the_truth_the_lamps_and_the_verdict(capsys: Capture) -> None:
    assert main(["check", LECTURE, *AT]) == 0
    out = capsys.readouterr().out
    for line in ("at x1 = 1, x2 = 2, x3 = 3", "reference  4", "symbolic   4      0 ulp  AGREE", "jax        2"):
        assert line in out
    assert "lamps: V green; D green; R, B off (text has no callable of its own)" in out
    assert out.splitlines()[-1].startswith("AGREE: every derivative is right here, certified in ball arithmetic")


def test_check_json_has_everything(capsys: Capture) -> None:
    assert main(["check", LECTURE, *AT, "--points", "2", "--operator", "grad", "--operator", "hessian", "--json"]) == 0
    data = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert (data["source"], data["verdict"], data["ok"]) == (LECTURE, "AGREE", True)
    assert data["variables"] == ["x1", "x2", "x3"]
    assert len(data["points"]) == 3
    assert len(data["findings"]) == 3 * 3 * (3 + 9)
    assert set(data["lamps"]) == set("VDRB")
    first = data["findings"][0]
    assert (first["method"], first["operator"], first["argument"]) == ("symbolic", "grad", "x1")
    assert (first["value"], first["reference"], first["basis"]) == (4.0, 4.0, "certified")


def test_check_json_of_numbers_that_json_has_not(capsys: Capture) -> None:
    assert main(["check", "log(x)", "--at", "x=0", "--json"]) == 2
    json.loads(capsys.readouterr().out, parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["x**2", "--at", "x=3"], 0, "AGREE"),
        (["tanh(x)", "--at", "x=18"], 0, "INACCURATE: every rule is right, but digits were lost on the way"),
        (["tanh(x)", "--at", "x=18", "--strict"], 1, "INACCURATE"),
        (["x**3", "--at", "x=2", "--claimed", "3*x"], 1, "claimed is wrong; symbolic, tape and jax are right"),
        (["x**3", "--at", "x=2", "--claimed", "3*x**2"], 0, "claimed    12"),
        (["sqrt(x)", "--at", "x=-1"], 2, "OUTSIDE_DOMAIN: the function is not defined here"),
        (["where(x == 0, 0, x*sin(1/x))", "--at", "x=0"], 3, "UNDECIDED: equal at column 9 is not smooth here"),
        (["sqrt(x)", "--at", "x=0"], 0, "the slope is infinite"),
        (["abs(x)", "--at", "x=0"], 0, "KINK: abs at column 1 has no derivative here"),
        (["x*y", "--points", "2", "--wrt", "y"], 0, "d/dy"),
        (["x*y", "--points", "2", "--method", "tape", "--method", "complex_step"], 0, "complex_step"),
    ],
)
def test_exit_codes(words: list[str], code: int, says: str, capsys: Capture) -> None:
    assert main(["check", *words]) == code
    assert says in capsys.readouterr().out


def test_steps_in_three_forms(capsys: Capture) -> None:
    assert main(["steps", LECTURE, *AT, "--paths", "x1"]) == 0
    text = capsys.readouterr().out
    assert "z3   = 2*z1         2       -1  z3bar = -z4bar" in text
    assert "dy/dx1 = 8 + (-4) = 4" in text
    assert main(["steps", LECTURE, *AT, "--latex"]) == 0
    assert r"z_{4} = z_{2} - z_{3} & 4 & \bar{z}_{4} = \bar{y} z_{1} = 1 \\" in capsys.readouterr().out
    assert main(["steps", LECTURE, *AT, "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["gradient"] == {"x1": 4.0, "x2": 3.0, "x3": 2.0}
    assert [s["adjoint"] for s in data["steps"]] == [2.0, 1.0, -1.0, 1.0, 1.0]


def test_formula_in_its_forms(capsys: Capture) -> None:
    assert main(["formula", LECTURE]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["dy/dx2 = x1**2*x3", "dy/dx3 = x1**2*x2"]
    assert main(["formula", LECTURE, "--wrt", "x2", "--latex"]) == 0
    assert capsys.readouterr().out == "\\frac{\\partial y}{\\partial x_{2}} = x_{1}^{2} x_{3}\n"
    assert main(["formula", LECTURE, "--wrt", "x3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"x3": "x1**2*x2"}
    assert main(["formula", "sin(x)**2 + cos(x)**2", "--simplify"]) == 0
    assert capsys.readouterr().out == "dy/dx = 0\n"
    assert main(["formula", "x*y"]) == 0
    assert capsys.readouterr().out == "df/dx = y\ndf/dy = x\n"
    assert main(["formula", "3"]) == 0
    assert capsys.readouterr().out == "y depends on no variable: there is nothing to differentiate by\n"


def test_the_demo_is_the_lecture(capsys: Capture) -> None:
    assert main(["demo"]) == 0
    out = capsys.readouterr().out
    assert "gradient dy/d(x1, x2, x3) = (4, 3, 2)" in out
    assert "at #3" in out
    assert "AGREE: every derivative is right here" in out


# -- help --------------------------------------------------------------------------------------------


def test_symdiff_alone_prints_help(capsys: Capture) -> None:
    assert main([]) == 0
    out = capsys.readouterr().out
    assert out.startswith("usage: symdiff")
    assert "exit codes: 0 every derivative is right" in out


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["check", "--help"], ["steps", "-h"], ["formula", "-h"]])
def test_help(words: list[str], capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("usage: symdiff")


def test_the_version(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    import symdiff

    monkeypatch.setattr(symdiff, "__version__", "1.2.3", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, "symdiff 1.2.3\n")


LINES = [shlex.split(line)[1:] for line in EXAMPLES.splitlines() if line.strip().startswith("symdiff ")]


@pytest.mark.parametrize("words", LINES, ids=" ".join)
def test_every_example_of_the_help_runs(words: list[str], capsys: Capture) -> None:
    files = [word for word in words if word.endswith(".toml")]
    if any(not (ROOT / file).exists() for file in files):
        pytest.skip("its file is not there yet")
    if files:
        pytest.skip("the manifest's own tests run it")
    if words[0] in ("selftest", "learn"):
        pytest.skip("a minute, and its own tests run it")
    wrong = words[0] == "check" and "--claimed" in words  # the example's; compare measures and does not judge
    assert main(words) == (1 if wrong else 0)
    captured = capsys.readouterr()
    assert captured.out
    assert captured.err == ""


# -- points and formulas as they are typed -----------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--at", "x=1,y=2"], "at x = 1, y = 2"),
        (["--at", "x=1", "--at", "y=2"], "at x = 1, y = 2"),
        (["--at=x=1, y = 2 "], "at x = 1, y = 2"),
        (["--at", "x=pi/2,y=-1"], "at x = 1.5707963267948966, y = -1"),
        (["--at", "y=atan2(1,2),x=1e-3"], "at x = 0.001, y = 0.4636476090008061"),
        (["--at", "x=-2**2,y=.5"], "at x = -4, y = 0.5"),
        (["--at", "x=+1,,y=1/3,"], "at x = 1, y = 0.3333333333333333"),
    ],
)
def test_points_as_they_are_typed(words: list[str], line: str, capsys: Capture) -> None:
    assert main(["check", "x*y", *words, "--method", "tape"]) == 0
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("x=1,x=2", "--at gives x twice"),
        ("x=1,z=2", "'z' is not a variable of 'x': the variables are x"),
        ("z=2", "'z' is not a variable"),
        ("x", "--at 'x': expected NAME=VALUE, e.g. --at x=1.5"),
        ("x=", "--at 'x=': expected NAME=VALUE"),
        ("=1", "--at '=1': expected NAME=VALUE"),
        ("", "no value given for x: add --at x=VALUE, or --points 10"),
        ("x=nan", "--at x=nan: expected a finite real number"),
        ("x=inf", "--at x=inf: expected a finite real number"),
        ("x=1e400", "--at x=1e400: expected a finite real number"),
        ("x=1+2j", "--at x=1+2j: expected a real number or a constant formula such as pi/2 ("),
        ("x=one", "--at x=one: expected a real number or a constant formula such as pi/2 (unknown name 'one')"),
        ("x=y", "unknown name 'y'"),
        ("x=sqrt(-1)", "--at x=sqrt(-1): expected a real number"),
        ("x=9**9**9", "--at x=9**9**9: expected"),
        ("x=" + "1" * 5000, "--at x=111"),
        ("x=1=2", "--at x=1=2: expected a real number"),
    ],
)
def test_points_that_are_none(value: str, says: str, capsys: Capture) -> None:
    for verb in ("check", "steps"):
        if verb == "steps" and "--points" in says:
            continue
        assert main([verb, "x", "--at", value]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("symdiff: ")
        assert says in captured.err
        assert len(captured.err.strip()) <= 300


@pytest.mark.parametrize("formula", ["-x**2", "--x", "-(x + 1)", "-x", "-1*x", "-sin(x)"])
def test_a_formula_that_begins_with_a_minus(formula: str, capsys: Capture) -> None:
    assert main(["check", formula, "--at", "x=-1.5", "--method", "tape"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == formula
    assert main(["formula", formula]) == 0
    assert main(["steps", formula, "--at", "x=-1.5"]) == 0


def test_columns_are_counted_from_what_was_typed(capsys: Capture) -> None:
    assert main(["check", "-x**", "--at", "x=1"]) == 2
    assert capsys.readouterr().err == (
        "symdiff: expected a number, a name or '(' before the end at column 5\n  -x**\n      ^\n"
    )
    assert main(["check", "x", "--at", "x=1", "--claimed", "-1 +"]) == 2
    assert "column 5" in capsys.readouterr().err


def test_a_claim_that_begins_with_a_minus(capsys: Capture) -> None:
    assert main(["check", "-x**3", "--at", "x=2", "--claimed", "-3*x**2"]) == 0
    assert "claimed    -12" in capsys.readouterr().out


# -- mistakes ----------------------------------------------------------------------------------------

MISTAKES = [
    (["check"], "no formula given"),
    (["check", ""], "nothing to read"),
    (["check", "sin("], "column 5"),
    (["check", "sn(x)", "--at", "x=1"], "did you mean 'sin'"),
    (["check", "x*y"], "no value given for x, y: add --at x=VALUE, or --points 10 to have points generated"),
    (["check", "x*y", "--at", "x=1"], "no value given for y: add --at y=VALUE"),
    (["check", "+".join(f"x{k}" for k in range(500))], "no value given for x0, x1, x2, x3, x4, ...: add --at x0="),
    (["check", "3"], "3 has no variable: there is nothing to differentiate by"),
    (["check", "x", "--at", "x=1", "--operator", "gard"], "operator 'gard' is not known"),
    (["check", "x", "--at", "x=1", "--method", "tap"], "method 'tap' is not known"),
    (["check", "x", "--at", "x=1", "--wrt", "y"], "wrt='y' is not a variable of 'x': the variables are x"),
    (["check", "x", "--at", "x=1", "--claimed", "y"], "claimed: unknown name 'y'"),
    (["check", "x", "--at", "x=1", "--claimed", "1", "--claimed", "1"], "claimed gives 2 number(s) for grad"),
    (["check", "x", "--at", "x=1", "--claimed", "1", "--operator", "jvp"], "cannot be judged under jvp"),
    (["check", "sqrt(-1 - x**2)", "--points", "2"], "no point was found"),
    (["check", "x", "--manifest", "some.symdiff.toml"], "not both"),
    (["steps", "x*y", "--at", "x=1"], "no value given for y: add --at y=VALUE"),
    (["steps", "log(x)", "--at", "x=-1"], "log at column 1 needs an argument above zero, got -1"),
    (["steps", "x", "--at", "x=1", "--paths", "t"], "'t' is not a variable of 'x'"),
    (["steps", "x", "--at", "x=1", "--paths", "x", "--json"], "--paths is text"),
    (["formula", "x", "--wrt", "t"], "'t' is not a variable"),
    (["formula", "9**9**9*x"], "9"),
    (["formula", "import os"], "column"),
]


@pytest.mark.parametrize(("words", "says"), MISTAKES, ids=lambda w: " ".join(w)[:60] if isinstance(w, list) else "")
def test_a_mistake_is_a_sentence_and_exit_code_2(words: list[str], says: str, capsys: Capture) -> None:
    assert main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert says in captured.err
    assert captured.err.startswith("symdiff: ")
    assert "Traceback" not in captured.err
    assert len(captured.err.strip()) <= 310


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["chek", "x"], "invalid choice: 'chek'"),
        (["check", "x", "--at"], "--at: expected one argument"),
        (["check", "x", "--nonsense"], "--nonsense"),
        (["check", "x", "--points", "-3"], "--points: expected a whole number, 0 or more, got '-3'"),
        (["check", "x", "--points", "many"], "expected a whole number, 0 or more, got 'many'"),
        (["check", "x", "--seed", "1.5"], "expected a whole number, 0 or more, got '1.5'"),
        (["check", "x", "y"], "y"),
        (["steps", "x", "--latex", "--json"], "not allowed with"),
        (["formula"], "FORMULA"),
    ],
)
def test_options_that_do_not_fit(words: list[str], says: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.err.startswith("usage: symdiff")


def test_an_interrupt_is_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("symdiff.cli.formula.run", interrupted)
    assert main(["formula", "x"]) == 130
    assert capsys.readouterr().err == "symdiff: interrupted\n"


# -- colour and progress -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stream", "no_color", "colored"),
    [(Terminal, None, True), (Terminal, "1", False), (Terminal, "", True), (io.StringIO, None, False)],
)
def test_colour_only_on_a_terminal_and_never_with_no_color(
    stream: type[io.StringIO], no_color: str | None, colored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = stream()
    monkeypatch.setattr(sys, "stdout", out)
    if no_color is None:
        monkeypatch.delenv("NO_COLOR", raising=False)
    else:
        monkeypatch.setenv("NO_COLOR", no_color)
    assert main(["check", "x**2", "--at", "x=1"]) == 0
    assert ("\x1b[" in out.getvalue()) is colored
    assert "AGREE" in out.getvalue()


@pytest.mark.parametrize(("stream", "shown"), [(Terminal, True), (io.StringIO, False)])
def test_the_progress_bar_is_on_stderr_and_on_a_terminal_only(
    stream: type[io.StringIO], shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from symdiff.cli import progress

    err, out = stream(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(progress, "PATIENCE", -1.0)
    monkeypatch.setenv("TERM", "xterm")
    assert main(["check", "x**2", "--points", "3", "--json"]) == 0
    assert bool(err.getvalue()) is shown
    json.loads(out.getvalue())


# -- real processes ----------------------------------------------------------------------------------


def test_a_process_returns_the_exit_code() -> None:
    done = shell("check", "x**3", "--at", "x=2", "--claimed", "3*x")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "\x1b[" not in done.stdout
    assert "claimed is wrong" in done.stdout


def test_a_process_that_is_told_nonsense() -> None:
    done = shell("check", "sn(x)", "--at", "x=1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[0] == "symdiff: unknown function 'sn': did you mean 'sin' or 'sinh'? at column 1"


def test_a_pipe_that_nobody_reads() -> None:
    """`symdiff steps ... --json | head -1` of more than a pipe holds."""
    code = "import sys; from symdiff.cli import main; sys.exit(main())"
    formula = "+".join(f"x*sin({k}.0*x)" for k in range(1, 400))
    process = subprocess.Popen(
        [sys.executable, "-c", code, "steps", formula, "--at", "x=1", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"{\n"
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), err) == (0, b"")


def test_a_terminal_without_greek_letters() -> None:
    done = shell("check", "\u03bb**2", "--at", "\u03bb=2", PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    assert done.returncode == 0
    assert "\\u03bb = 2" in done.stdout
    assert done.stderr == ""


def test_check_shrinks_a_failure(capsys: Capture) -> None:
    assert main(["check", "x**3*y", "--at", "x=1.7,y=2.9", "--claimed", "3*x*y", "--claimed", "x**3", "--shrink"]) == 1
    out = capsys.readouterr().out
    assert "smallest failure (" in out
    assert out.endswith('print(sd.crosscheck("x**3*y", at={"x": -1.0, "y": 1.0}, claimed=["3*x*y", "x**3"], '
                        'methods=("tape",)))\n')  # fmt: skip
    assert main(["check", "x*y", "--at", "x=1,y=2", "--shrink"]) == 0
    assert "smallest failure" not in capsys.readouterr().out
