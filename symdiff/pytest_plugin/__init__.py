"""The pytest plugin. Loading it imports pytest and nothing else: what a test session does not use costs it nothing.

- `assert_agree` in any test: a failure shows the line of the test and the diagnosis, without symdiff's own frames.
- `*.symdiff.toml` manifests are collected, one test for each entry and set of points (`manifests`).
- the fixture `symdiff`: `assert_agree` with the options of the command line (`fixture`).
- a closing table of what was checked (`summary`); JUnit properties; annotations on GitHub; a page for a browser
  (`page`), where `--symdiff-html FILE` asks for it.

It is loaded by its entry point, `-p symdiff.pytest_plugin` or a conftest's `pytest_plugins`: the entry point has the
module's name, so that pytest knows the three for one.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from symdiff.pytest_plugin.fixture import Checker

ROWS: pytest.StashKey[dict[str, dict[str, Any]]] = pytest.StashKey()  # of a test: what it has checked
OPTIONS = {  # name: (type of the ini value, default, help)
    "order": ("string", "1", "check all derivatives up to this order: 1, 2 or 3 (default 1)"),
    "points": ("string", "", "check at that many generated points, too"),
    "seed": ("string", "0", "seed of the generated points (default 0)"),
    "strict": ("bool", False, "lost digits (INACCURATE) count as a failure"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--symdiff-order` and so on, each with its twin `symdiff_order` in the ini file."""
    group = parser.getgroup("symdiff", "derivatives judged by symdiff")
    for name, (kind, default, said) in OPTIONS.items():
        if kind == "bool":
            group.addoption(f"--symdiff-{name}", action="store_true", default=None, help=said)
        else:
            group.addoption(f"--symdiff-{name}", metavar="N", default=None, help=said)
        parser.addini(f"symdiff_{name}", f"{said}; as --symdiff-{name}", type=kind, default=default)  # type: ignore[arg-type]  # "string" or "bool", as the table says
    said = "write all checks of the session to a page for a browser, too"
    group.addoption("--symdiff-html", metavar="FILE", default=None, help=said)


def pytest_configure(config: pytest.Config) -> None:
    """Options that do not fit end the session before it starts."""
    setting(config, "order")
    setting(config, "points")
    setting(config, "seed")
    if config.getoption("symdiff_html") is not None:
        from symdiff.pytest_plugin.page import prepare

        prepare(config)


def setting(config: pytest.Config, name: str) -> Any:
    """An option as a number or a flag: of the command line, else of the ini file; None for points not given."""
    given = config.getoption(f"symdiff_{name}")
    given = config.getini(f"symdiff_{name}") if given is None else given
    if isinstance(given, bool):
        return given
    text = str(given).strip()
    if not text and name == "points":
        return None
    most = 3 if name == "order" else 100_000
    if not (text.isascii() and text.isdigit()) or not (name == "order") <= int(text) <= most:
        expected = "1, 2 or 3" if name == "order" else f"a whole number from 0 to {most}"
        raise pytest.UsageError(f"--symdiff-{name}: expected {expected}, got {given!r}")
    return int(text)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Manifests are test files."""
    if not file_path.name.endswith(".symdiff.toml"):
        return None
    from symdiff.pytest_plugin.manifests import ManifestFile

    return ManifestFile.from_parent(parent, path=file_path)


@pytest.fixture
def symdiff(request: pytest.FixtureRequest) -> Checker:
    """`sd.assert_agree` with the options of the command line: order, points, seed, strict."""
    from symdiff.pytest_plugin.fixture import Checker

    options = {name: setting(request.config, name) for name in OPTIONS}
    return Checker(**options)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Hear of the checks that a test makes."""
    from symdiff.listening import listening

    def hears(report: object) -> None:
        from symdiff.pytest_plugin.results import remember

        remember(item, report)

    with listening(hears):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What was checked goes with the report, also to another process; a disagreement is shown as its diagnosis."""
    disagreement = None
    if call.excinfo is not None:
        from symdiff.errors import Disagreement

        if isinstance(call.excinfo.value, Disagreement):
            disagreement = call.excinfo
            from symdiff.pytest_plugin.failures import without_own_frames

            without_own_frames(item, disagreement)
    checked = call.when == "call" and (ROWS in item.stash or disagreement is not None)
    if checked:
        from symdiff.pytest_plugin.results import properties

        properties(item, disagreement)
    report = yield
    if disagreement is not None:
        from symdiff.pytest_plugin.failures import rewrite

        rewrite(report, disagreement)
    if checked:
        from symdiff.pytest_plugin.results import attach

        attach(item, report, disagreement)
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The table, from the reports of this process or of all workers, and annotations where GitHub reads along."""
    reports: Iterable[Any] = [r for found in terminalreporter.stats.values() for r in found if hasattr(r, "symdiff")]
    if reports:
        from symdiff.pytest_plugin.summary import annotate, write

        write(terminalreporter, reports, config.get_verbosity())
        annotate(terminalreporter, reports, config.rootpath)
    if config.getoption("symdiff_html") is not None:
        from symdiff.errors import InputError
        from symdiff.pytest_plugin.page import write_page

        try:
            terminalreporter.write_line(write_page(config, reports))
        except InputError as e:  # it could be written when the session began
            terminalreporter.write_line(f"--symdiff-html: {e}", red=True)
