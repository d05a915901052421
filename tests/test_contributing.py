"""CONTRIBUTING.md, "An op in five minutes", is carried out: its row is added to a copy, tested, and broken."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SECTION = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## An op in five minutes")[2]
SECTION = SECTION.partition("\n## ")[0]
BLOCKS = re.findall(r"```python\n# (symdiff/ops/\w+\.py)\n(.*?)```", SECTION, re.DOTALL)
TABLE_TESTS = sorted((ROOT / "tests" / "table").glob("test_*.py"))


def copy_with(row: str, path: str, folder: Path) -> Path:
    """A copy of the package and its tests in which the row stands at the end of the file."""
    clean = shutil.ignore_patterns("__pycache__", "golden")
    for name in ("symdiff", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=clean)
    shutil.copy(ROOT / "pyproject.toml", folder)
    with (folder / path).open("a", encoding="utf-8") as file:
        file.write(f"\n\n{row}")
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy: the current folder comes before any installation."""
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=300
    )


@pytest.fixture
def block() -> tuple[str, str, str]:
    """The file, the row and the op's name, as the section has them."""
    ((path, row),) = BLOCKS
    (name,) = re.findall(r'^(\w+) = elementwise\(\s*"\1"', row, re.MULTILINE)
    assert f"make test K={name}" in SECTION
    return path, row, name


def test_the_row_enters_the_table(block: tuple[str, str, str], tmp_path: Path) -> None:
    path, row, name = block
    folder = copy_with(row, path, tmp_path)
    code = f"import symdiff, symdiff.ops as ops; print(symdiff.__file__); print(ops.TABLE[{name!r}].forward(0.0))"
    done = run(folder, "-c", code)
    assert done.stdout.split() == [str(folder / "symdiff" / "__init__.py"), str(-math.log(2))], done.stderr


def test_the_row_is_not_in_the_table_already(block: tuple[str, str, str]) -> None:
    from symdiff.ops import TABLE

    assert block[2] not in TABLE


def table_tests(folder: Path, name: str) -> tuple[int, int, str]:
    """(passed, failed, output) of the table tests of one row."""
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", name, "tests/table")
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error)", done.stdout)}
    return counts.get("passed", 0), counts.get("failed", 0) + counts.get("error", 0), done.stdout


@pytest.mark.skipif(not TABLE_TESTS, reason="no table test yet")
def test_the_row_passes_the_properties_of_the_table(block: tuple[str, str, str], tmp_path: Path) -> None:
    path, row, name = block
    passed, failed, output = table_tests(copy_with(row, path, tmp_path), name)
    assert failed == 0, output
    assert passed, output  # the properties found the row without a line of test code


@pytest.mark.skipif(not TABLE_TESTS, reason="no table test yet")
@pytest.mark.parametrize(
    ("right", "wrong"),
    [("sigmoid(-x)", "1.000001 * sigmoid(-x)"), ("jnn.log_sigmoid", "jnn.tanh"), ("arb.log1p", "arb.expm1")],
    ids=["partial", "jax", "ball"],
)
def test_a_wrong_row_does_not_pass(block: tuple[str, str, str], right: str, wrong: str, tmp_path: Path) -> None:
    path, row, name = block
    assert right in row
    _, failed, output = table_tests(copy_with(row.replace(right, wrong), path, tmp_path), name)
    assert failed, output
