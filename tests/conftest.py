"""What every test stands on: JAX on the CPU, seeds, data with known answers, golden files, a clean house."""

from __future__ import annotations

import os
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("JAX_PLATFORMS", "cpu")  # before anything imports jax, which asks once

import hypothesis
import numpy as np
import pytest

HERE = Path(__file__).parent

# No deadlines: the first call of a JAX function compiles. In CI the same examples every time.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ, print_blob=True)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, default=0, help="seed of the random points (default: 0)")
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing")


def pytest_report_header(config: pytest.Config) -> str:
    return f"symdiff: seed {config.getoption('--seed')}, JAX_PLATFORMS={os.environ['JAX_PLATFORMS']}"


@pytest.fixture
def rng(request: pytest.FixtureRequest) -> np.random.Generator:
    """Random numbers of this test's own: its name and --seed decide, not which tests ran before it."""
    return np.random.default_rng([request.config.getoption("--seed"), zlib.crc32(request.node.name.encode())])


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """`golden("lecture.txt", text)`: compare with tests/golden/lecture.txt; --update-golden writes it."""

    def compare(name: str, text: str) -> None:
        path = HERE / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is not there yet: run pytest --update-golden and read it"
        assert text == path.read_text(encoding="utf-8")

    return compare


def _globals() -> dict[str, Any]:
    """The settings of the process that a test, or the package, could leave changed."""
    found: dict[str, Any] = {"numpy errors": np.geterr(), "recursion limit": sys.getrecursionlimit()}
    if "flint" in sys.modules:
        ctx = sys.modules["flint"].ctx
        found["flint precision"], found["flint series length"] = ctx.prec, ctx.cap
    if "jax" in sys.modules:
        config = sys.modules["jax"].config
        found["jax x64"], found["jax debug nans"] = config.jax_enable_x64, config.jax_debug_nans
    if "mpmath" in sys.modules:
        found["mpmath precision"] = sys.modules["mpmath"].mp.prec
    return found


@pytest.fixture(autouse=True)
def clean_house() -> Iterator[None]:
    """No test and nothing it calls may leave a global setting changed."""
    before = _globals()
    yield
    after = _globals()
    assert {name: after[name] for name in before} == before
