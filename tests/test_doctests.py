"""The examples in docstrings and texts are run."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL


def with_examples(*patterns: str) -> list[str]:
    paths = [path for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    return [p.relative_to(ROOT).as_posix() for p in paths if ">>> " in p.read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", with_examples("symdiff/**/*.py"))
def test_the_examples_of_a_module(path: str) -> None:
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=FLAGS)
    assert result.attempted
    assert not result.failed


@pytest.mark.parametrize("path", with_examples("*.md", "docs/**/*.md"))
def test_the_examples_of_a_text(path: str) -> None:
    result = doctest.testfile(str(ROOT / path), module_relative=False, optionflags=FLAGS)
    assert result.attempted
    assert not result.failed
