"""The transcripts of the README are what the commands print, its code runs. `pytest --update-golden` writes them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from symdiff.cli import main
from symdiff.sweep import jobs, read

README = Path(__file__).parent.parent / "README.md"
TRANSCRIPT = re.compile(r"```console\n\$ (?P<command>symdiff [^\n]*)\n(?P<output>.*?)```", re.DOTALL)
SECONDS = re.compile(r"\(\d+\.\d\d s\)")


def transcripts() -> list[tuple[str, str]]:
    return [(m["command"], m["output"]) for m in TRANSCRIPT.finditer(README.read_text(encoding="utf-8"))]


def scrubbed(text: str) -> str:
    """Without the time it took, and without the blanks that only a terminal sees."""
    return "\n".join(line.rstrip() for line in SECONDS.sub("(... s)", text).strip().splitlines())


def test_there_are_transcripts() -> None:
    assert len(transcripts()) >= 4


@pytest.mark.parametrize("command", [c for c, _ in transcripts()])
def test_a_transcript_is_what_the_command_prints(
    command: str, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    (shown,) = [o for c, o in transcripts() if c == command]
    main(shlex.split(command)[1:])
    printed = capsys.readouterr().out
    if request.config.getoption("--update-golden"):
        text = README.read_text(encoding="utf-8")
        before = f"```console\n$ {command}\n{shown}```"
        README.write_text(text.replace(before, f"```console\n$ {command}\n{printed.rstrip()}\n```"), encoding="utf-8")
        return
    assert scrubbed(printed) == scrubbed(shown)


PYTHON = re.compile(r"```python\n(?P<code>.*?)```", re.DOTALL)


def test_the_python_of_the_readme_runs() -> None:
    """Block after block, in one room, as a reader would type it."""
    blocks = [m["code"] for m in PYTHON.finditer(README.read_text(encoding="utf-8"))]
    assert len(blocks) >= 2
    space: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), space)
    y, pull_back = space["y"], space["pull_back"]
    assert float(y) > 0  # type: ignore[arg-type]  # what exec leaves behind has no type
    assert pull_back(1.0)[0].shape == (10,)  # type: ignore[operator]  # as above


TOML = re.compile(r"```toml\n(?P<text>.*?)```", re.DOTALL)


def test_the_manifest_of_the_readme_is_right(tmp_path: Path) -> None:
    """With the Rosenbrock function of its Python blocks as the module that it names."""
    readme = README.read_text(encoding="utf-8")
    (text,) = (m["text"] for m in TOML.finditer(readme))
    names = r"^(def (?:rosenbrock|my_gradient)\(.*?)(?=^\S|\Z)"
    functions = re.findall(names, readme, re.MULTILINE | re.DOTALL)
    (tmp_path / "mymodule.py").write_text("import numpy as np\n" + "".join(functions), encoding="utf-8")
    (tmp_path / "mine.symdiff.toml").write_text(text.replace("points = 20", "points = 1"), encoding="utf-8")
    rows = [row for _, row in jobs.rows(read(tmp_path / "mine.symdiff.toml").formulas, allow_import=True)]
    assert [(row.name, row.verdict, row.ok) for row in rows] == [
        ("pendulum", "AGREE", True), ("rosenbrock", "AGREE", True), ("a_known_fault", "DIFFER", True),
    ]  # fmt: skip
    assert rows[2].known == ["expected DIFFER by jax (jax<1): the link to its issue"]
    assert "claimed" in rows[1].methods
