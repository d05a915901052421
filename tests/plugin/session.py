"""A pytest session of its own: a fresh process, in a folder of its own, with the plugin by its entry point."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
OF_THE_OUTER = ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "GITHUB_ACTIONS", "GITHUB_WORKSPACE")


def session(
    folder: Path, files: Mapping[str, str], *words: str, env: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Write the files, run pytest on them; the exit code and all it printed, without times."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "pytest.ini").write_text(files.get("pytest.ini", "[pytest]\n"))
    installed = _entry_point(folder / "installed")
    own = {name: value for name, value in os.environ.items() if name not in OF_THE_OUTER}
    path = os.pathsep.join([os.fspath(ROOT), os.fspath(installed)])
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words], cwd=folder, check=False, text=True,
        env={**own, "PYTHONPATH": path, "COLUMNS": "100", **(env or {})}, capture_output=True, timeout=300,
    )  # fmt: skip
    return done.returncode, scrubbed(done.stdout + done.stderr, folder)


def _entry_point(folder: Path) -> Path:
    """What an installer writes down of the package's entry points, as pyproject.toml declares them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / "symdiff_probe-1.dist-info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: symdiff-probe\nVersion: 1\n")
    lines = [f"{name} = {module}" for name, module in project["entry-points"]["pytest11"].items()]
    (info / "entry_points.txt").write_text("\n".join(["[pytest11]", *lines, ""]))
    return folder


def scrubbed(text: str, folder: Path) -> str:
    """Without what differs from run to run: times and the folder."""
    return re.sub(r"\b\d+\.\d+ ?s\b", "0.00 s", text.replace(os.fspath(folder), "FOLDER"))


def failures(text: str) -> str:
    """What stands between the heading of the failures and the short summary."""
    return text.partition("= FAILURES =")[2].partition("\n")[2].partition("\n====")[0] + "\n"
