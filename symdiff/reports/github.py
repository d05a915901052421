"""Annotations for GitHub's runner, which reads them in what is printed
(https://docs.github.com/actions/reference/workflow-commands-for-github-actions)."""

from __future__ import annotations

import os
from pathlib import Path

MOST_ANNOTATIONS = 50  # GitHub itself shows the first ten of a step


def reads_along() -> bool:
    """Whether this runs on GitHub."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def annotation(file: str | Path, line: int, title: str, message: str, base: Path | None = None) -> str:
    r"""One workflow command. Paths are told from the repository's folder, or from `base` where that is not known.

    >>> annotation("/a/t.py", 3, "x[1]", "50 % off\nat 1", Path("/a"))
    '::error file=t.py,line=3,title=symdiff%3A x[1]::50 %25 off%0Aat 1'
    """
    base = base or Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd())
    path = Path(file).absolute()
    shown = path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
    names = f"file={_property(shown)},line={line},title={_property('symdiff: ' + title)}"
    return f"::error {names}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
