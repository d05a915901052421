"""The rules of the house: what the files promise each other."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MODULES = sorted((ROOT / "symdiff").rglob("*.py"))
TEXTS = [ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")]
MOST_LINES = 400


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def short(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


# -- packaging ---------------------------------------------------------------------------------------


def test_the_test_extra_is_the_test_group() -> None:
    """The pip of Python 3.11 knows extras only, uv prefers groups: both get the same."""
    assert PROJECT["project"]["optional-dependencies"]["test"] == PROJECT["dependency-groups"]["test"]


def test_the_version_stands_in_pyproject_only() -> None:
    """In the changelog too, of course, but there it is history."""
    version = PROJECT["project"]["version"]
    for path in [*MODULES, ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"]:
        assert not re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.])", read(path)), short(path)


def test_the_version_is_the_installed_one() -> None:
    try:
        installed = importlib.metadata.version(PROJECT["project"]["name"])
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("runs from a folder, not from an installation")
    import symdiff

    assert symdiff.__version__ == installed == PROJECT["project"]["version"]


def test_the_changelog_knows_the_version() -> None:
    assert re.search(rf"^## \[{re.escape(PROJECT['project']['version'])}\]", read(ROOT / "CHANGELOG.md"), re.MULTILINE)


def test_the_package_is_typed() -> None:
    assert (ROOT / "symdiff" / "py.typed").exists()


# -- the front door ----------------------------------------------------------------------------------


def test_every_list_of_public_names_is_the_same_list() -> None:
    """`_HOME`, `__all__` and the imports for the type checker say one thing three times."""
    import symdiff

    tree = ast.parse(read(ROOT / "symdiff" / "__init__.py"))
    (typed,) = (n for n in tree.body if isinstance(n, ast.If) and ast.unparse(n.test) == "TYPE_CHECKING")
    for_checkers = {
        alias.name: node.module for node in typed.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    rooms = {name for name, module in for_checkers.items() if module == "symdiff"}
    assert rooms == set(symdiff._ROOMS)
    assert {name: module for name, module in for_checkers.items() if name not in rooms} == symdiff._MODULE_OF
    assert set(symdiff.__all__) == set(symdiff._MODULE_OF) | rooms - {"torch"}  # `import *` leaves torch to PyTorch


def test_the_public_names_are_there() -> None:
    """Each in the module that _HOME says. Run apart: nothing may have been imported before."""
    import symdiff

    for module, names in symdiff._HOME.items():
        folder = ROOT / Path(*module.split("."))
        if not (folder.with_suffix(".py").exists() or (folder / "__init__.py").exists()):
            pytest.skip(f"{module} is not built yet")
        for name in names:
            assert getattr(symdiff, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'gradd'"):
        _ = symdiff.gradd  # type: ignore[attr-defined]  # that it is not there is the point


@pytest.mark.skipif(not (ROOT / "symdiff" / "crosscheck" / "__init__.py").exists(), reason="no crosscheck yet")
@pytest.mark.parametrize("first", ["import symdiff.crosscheck", "from symdiff.crosscheck import Report", "pass"])
def test_crosscheck_is_the_function_whatever_was_imported_first(first: str) -> None:
    code = f"{first}\nimport symdiff as sd\nfrom symdiff import crosscheck as c\nprint(type(sd.crosscheck), type(c))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["<class", "'function'>"] * 2


# -- the linter --------------------------------------------------------------------------------------


def ruff(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ruff", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_ruff_sees_every_file() -> None:
    seen = {Path(line).resolve() for line in ruff("check", "--show-files", ".").stdout.splitlines()}
    wanted = {path.resolve() for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]}
    assert wanted - seen == set()


def test_ruff_is_content() -> None:
    done = ruff("check", "--output-format", "concise", ".")
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_ignore_in_pyproject_has_a_reason() -> None:
    """Whatever names a rule in a list of exceptions says why on the same line."""
    text = read(ROOT / "pyproject.toml")
    ruff_ignores = text.partition("\nignore = [")[2].partition("\n[tool.ruff.lint.mccabe]")[0]
    pyright = [line for line in text.partition("\n[tool.pyright]")[2].splitlines() if line.startswith("report")]
    lines = [line for line in ruff_ignores.splitlines() if re.search(r'"[A-Z]+\d*"', line)] + pyright
    assert len(lines) > 5
    assert [line for line in lines if not re.search(r"  # .{10,}", line)] == []


IGNORES = re.compile(r"#\s*(noqa|type:\s*ignore|pyright:\s*ignore|pragma|fmt:\s*off|ruff:\s*noqa)(.*)$")
GIVES_A_REASON = re.compile(r"(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*|\[[\w, -]+\]):?\s*(#|--|-|;|,)?\s*\S.{7,}")


def test_every_ignore_in_the_code_names_its_rule_and_a_reason() -> None:
    bare = []
    for path in [*MODULES, *(ROOT / "tests").rglob("*.py")]:
        if path.name == "test_house.py":  # the examples below
            continue
        for number, line in enumerate(read(path).splitlines(), 1):
            found = IGNORES.search(line)
            if found and not GIVES_A_REASON.match(found[2].strip()):
                bare.append(f"{short(path)}:{number}: {line.strip()}")
    assert bare == []


@pytest.mark.parametrize("line", ["x = 1  # noqa", "x  # type: ignore", "x  # noqa: E501", "x  # type: ignore[a]"])
def test_an_ignore_without_a_reason_is_seen(line: str) -> None:
    found = IGNORES.search(line)
    assert found
    assert not GIVES_A_REASON.match(found[2].strip())


@pytest.mark.parametrize("line", ["x  # noqa: S301 -- our own file", "x  # type: ignore[arg-type]  # never None here"])
def test_an_ignore_with_a_reason_is_content(line: str) -> None:
    found = IGNORES.search(line)
    assert found
    assert GIVES_A_REASON.match(found[2].strip())


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_a_file_has_one_subject_and_few_lines(path: Path) -> None:
    assert len(read(path).splitlines()) <= MOST_LINES


# -- the texts ---------------------------------------------------------------------------------------

COMMANDS = (
    "python3 -m venv .venv && .venv/bin/pip install -qe '.[test]' && .venv/bin/symdiff demo",
    "python3 -m venv .venv && .venv/bin/pip install -qe '.[test]' && .venv/bin/python -m pytest -n 2",
    "uv run symdiff demo",
    "uv run pytest -n 2",
)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_has_the_command(command: str) -> None:
    assert re.search(rf"^ *{re.escape(command)}\s*(#.*)?$", read(ROOT / "README.md"), re.MULTILINE)


def test_the_readme_does_not_send_anybody_to_the_other_symdiff() -> None:
    assert not re.search(r"(pip|uv|pipx|uvx) +(tool +)?(install|add|run --with) +symdiff\b(?!-toolkit)", read(TEXTS[0]))


def test_ci_runs_the_command_of_the_readme() -> None:
    """`.ci/run` reads the command out of README.md; here is that it finds it, by the same pattern."""
    script = read(ROOT / ".ci" / "run")
    pattern = re.search(r"sed -n 's/(.+?)/\\1/p' README\.md", script)
    assert pattern
    found = subprocess.run(
        ["bash", "-c", f"{pattern[0]} | head -n 1"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == COMMANDS[1]


def test_make_help_lists_the_documented_interface() -> None:
    if shutil.which("make") is None:
        pytest.skip("no make here")
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = "help test full data nets gates random-programs selftest museum lint types docs bench bench-tape".split()
    targets += ["bench-trust", "bench-check", "bench-learn"]
    assert re.findall(r"^ *make ([\w-]+)", shown, re.MULTILINE) == targets


PATH = re.compile(r"`((?:symdiff|tests|benchmarks|docs|examples|\.ci)/[\w./-]*|[A-Z]+\.md|Makefile|pyproject\.toml)`")


@pytest.mark.parametrize("text", TEXTS, ids=short)
def test_every_path_in_a_text_exists(text: Path) -> None:
    links = re.findall(r"\]\(([\w./-]+)\)", read(text))
    assert [p for p in [*PATH.findall(read(text)), *links] if not (ROOT / p).exists()] == []


def code_map() -> set[str]:
    """The paths of the code map: a folder or file at the start of a row, file names after a folder."""
    section = read(ROOT / "ARCHITECTURE.md").partition("\n## Code map")[2].partition("\n## ")[0]
    found = set()
    for row in re.findall(r"^\| `(symdiff/[^`]*)` \|(.*)$", section, re.MULTILINE):
        found.add(row[0])
        if row[0].endswith("/"):
            found |= {row[0] + name for name in re.findall(r"`([\w/]+\.py|[\w/]+/)`", row[1])}
    return found


def test_the_code_map_shows_every_module() -> None:
    modules = {short(path) for path in MODULES}
    packages = {m.removesuffix("__init__.py") for m in modules if m.endswith("/__init__.py")}
    wanted = {m for m in modules if not m.endswith("/__init__.py")} | packages - {"symdiff/"}
    assert sorted(wanted - code_map()) == [], "not on the code map"
    assert sorted(path for path in code_map() if not (ROOT / path).exists()) == [], "on the code map, but gone"


def test_no_text_names_a_path_of_somebodys_machine() -> None:
    own = re.compile(r"(?<![\w.])/(?:home|root|Users|tmp|work|opt)/")
    assert [short(path) for path in [*MODULES, *TEXTS] if own.search(read(path))] == []
