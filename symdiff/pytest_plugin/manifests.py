"""Manifests as test files: every entry is a test, or two, where points are given and drawn as well."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from symdiff.errors import InputError
from symdiff.pytest_plugin import setting
from symdiff.pytest_plugin.results import remember_row
from symdiff.sweep import Formula, check, read
from symdiff.sweep.code import importing_from
from symdiff.sweep.row import Row


class Red(Exception):
    """An entry that is not right: a line for the short summary, and everything there is to say."""

    def __init__(self, line: str, text: str) -> None:
        super().__init__(text)
        self.line = line


class ManifestFile(pytest.File):
    """A `*.symdiff.toml`."""

    def collect(self) -> Iterator[pytest.Item]:
        """One test per entry and set of points; a file that cannot be read is an error of collection."""
        try:
            manifest = read(self.path)
        except InputError as e:
            raise self.CollectError(str(e)) from e
        for formula in manifest.formulas:
            for label, part in point_sets(self._with_options(formula)):
                name = f"{formula.name}[{label}]" if label else formula.name
                yield ManifestItem.from_parent(self, name=name, formula=part)

    def _with_options(self, formula: Formula) -> Formula:
        """What the command line says goes before what the file says."""
        points, order = setting(self.config, "points"), setting(self.config, "order")
        strict = formula.strict or setting(self.config, "strict")
        points = formula.points if points is None else points
        return replace(formula, points=points, order=max(order, formula.order), strict=strict)


def point_sets(formula: Formula) -> list[tuple[str, Formula]]:
    """The entry with the points that are given, and with those that are drawn or generated.

    >>> both = Formula("f", "here", "x", at=({"x": 1.0},), points=2)
    >>> [(label, len(part.at), part.points) for label, part in point_sets(both)]
    [('at', 1, 0), ('points', 0, 2)]
    """
    if formula.fault:
        return [("", formula)]
    drawn = "range" if formula.range else "points"
    if formula.kind == "function" or not formula.at or not formula.points:
        return [("at" if formula.at else drawn, formula)]
    return [("at", replace(formula, points=0, range=None)), (drawn, replace(formula, at=()))]


class ManifestItem(pytest.Item):
    """An entry at one set of points."""

    def __init__(self, *, formula: Formula, **options: Any) -> None:
        super().__init__(**options)
        self.formula = formula

    def runtest(self) -> None:
        """Check it; what is wrong as expected is an xfail, what was expected and is not is a failure."""
        start = time.perf_counter()
        inside = _is_inside(self.formula.path, self.config.rootpath)
        with importing_from([self.config.rootpath]):
            report = check(self.formula, setting(self.config, "seed"), allow_import=inside)
        row = Row.of_entry(self.formula, report, time.perf_counter() - start)
        remember_row(self, row, report)
        if row.error:
            raise Red(row.error.splitlines()[0], row.error)
        if row.surprises:
            raise Red(row.surprises[0], "\n".join([*row.surprises, "", str(report)]))
        if not row.ok:
            from symdiff.reports.text import conclusion

            raise Red(f"{report.verdict}: {conclusion(report)}", str(report))
        if row.known:
            pytest.xfail("; ".join(row.known))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The text alone: there is no line of Python to show."""
        if not isinstance(excinfo.value, Red):
            return super().repr_failure(excinfo, style)
        shown: Any = excinfo.getrepr(style="value")
        path, line, _ = self.reportinfo()
        lines = [] if self.config.getoption("tbstyle") == "line" else str(excinfo.value).splitlines()
        shown.reprtraceback.reprentries[-1].lines = lines
        shown.reprcrash.path, shown.reprcrash.lineno = str(path), line + 1
        shown.reprcrash.message = excinfo.value.line
        return shown

    def reportinfo(self) -> tuple[Path, int, str]:
        """The file, the line of the entry (from 0) and the name."""
        return self.path, max(self.formula.line() - 1, 0), self.name


def _is_inside(path: Path, folder: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())
