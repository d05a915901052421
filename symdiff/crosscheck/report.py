"""The record of a check: plain data that prints, and turns into JSON."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from symdiff.crosscheck.verdict import DECIDED, Verdict

if TYPE_CHECKING:
    from symdiff.crosscheck.asked import Asked
    from symdiff.crosscheck.shrinking import Shrunk


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one entry of one operator by one method at one point.

    Attributes:
        method: "symbolic", "tape", "jax", ..., or "claimed" for the user's own.
        operator: "grad", "hessian", ...
        argument: the variable(s) the entry differentiates by: `x1`, `x1; x2`, `params['W1'][0, 3]`, of a net
            `W1[0, 3]` (see `Report.paths`).
        index: the entry's index in the operator's result; for a Python function in the array that the
            entry is in (`argument` and `component` say which one).
        point: the number of the point in `Report.points`.
        value: what the method returned; None if it returned nothing.
        reference: the certified truth, correctly rounded; None if there is none.
        error_ulps: the error in units in the last place of the reference.
        bound: what rounding may do to this value, absolutely.
        basis: what the verdict rests on: "certified", "symbolic", "measured", "estimated" or "".
        verdict: see `Verdict`.
        reason: why, where it is not plain agreement.
        blame: the step that is guilty of a DIFFER.
        diagnosis: the likely mistake, where it has a name.
        component: which entry of the function's value, `[2]`; "" for a function with one value.
        noise: the noise floor of this entry where the basis is "measured": `bound` is 16 times it. At least the
            roundoff of the entry; more than that is measured where two programs lie further apart.
    """

    method: str
    operator: str
    argument: str
    index: tuple[int, ...]
    point: int
    value: float | None
    reference: float | None
    error_ulps: float | None
    bound: float | None
    basis: str
    verdict: Verdict
    reason: str = ""
    blame: str = ""
    diagnosis: str = ""
    component: str = ""
    noise: float | None = None

    @property
    def entry(self) -> tuple[str, int, str, str, tuple[int, ...]]:
        """Which entry this is about. The index alone is not enough: two arguments have an entry [0] each."""
        return self.operator, self.point, self.component, self.argument, self.index

    @property
    def array(self) -> str:
        """The array that the entry is in: the argument without the entry's index."""
        return self.argument.removesuffix(f"[{', '.join(map(str, self.index))}]") if self.index else self.argument


@dataclass(frozen=True, slots=True)
class Lamp:
    """One of the four lamps. `state` is "green", "red", "unsure" or "off"; `note` says why."""

    state: str
    note: str = ""


@dataclass(slots=True)
class Report:
    """Everything a check found. `bool(report)` is `report.ok`.

    Attributes:
        source: the function as the caller wrote it.
        variables: its variables in order.
        points: where it was checked: one mapping of names to values per point; arrays as nested lists, those
            of a function too large to be taken apart as they are.
        findings: one per method, operator, entry and point.
        lamps: V values, D derivatives, R replay of the caller's own function, B black box.
        methods: the methods that were asked for.
        strict: whether INACCURATE counts as a failure.
        seconds: how long the check took.
        error: the sentence of an input that could not be checked at all.
        notes: what else there is to say: how it was judged, what was certified in small.
        paths: of variables that the function itself has a name for, where they are in its arguments:
            `{"W1": "params[0]['W']"}`.
        why: for each point why it was chosen, in words; "" for those that were given, and for generic ones.
        nothing: whether derivatives have no entries, as those by an empty array: none can be wrong then, and the
            report is ok. A note says why.
        asked: the check itself, as it was asked; for `shrink`.
        exact: works out `residuals`; None where no claim differs.
    """

    source: str
    variables: tuple[str, ...]
    points: list[dict[str, Any]]
    findings: list[Finding]
    lamps: dict[str, Lamp]
    methods: tuple[str, ...] = ()
    strict: bool = False
    seconds: float = 0.0
    error: str = ""
    notes: list[str] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)
    nothing: bool = False
    asked: Asked | None = field(default=None, repr=False, compare=False)
    exact: Callable[[], list[str]] | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """No DIFFER, no UNDECIDED, no red lamp, and every entry asked for decided by at least one method.

        It is about everybody who was asked: a right claim beside a method that is wrong here agrees, and the report
        is not ok. `methods=` names whose answers are wanted. Digits that a method lost (INACCURATE) fail with
        `strict` only.
        """
        return self.verdict in (Verdict.AGREE, Verdict.PROVED, Verdict.KINK) or (
            self.verdict is Verdict.INACCURATE and not self.strict
        )

    def __bool__(self) -> bool:
        return self.ok

    def part(self, findings: Sequence[Finding]) -> Report:
        """The report on some of the findings, for themselves: without the lamps, which are about all."""
        return replace(self, findings=list(findings), lamps={}, exact=None)

    @property
    def verdict(self) -> Verdict:
        """The worst that was found. A method that cannot do the function does not count if others can."""
        found = {f.verdict for f in self.findings}
        if Verdict.DIFFER in found or any(lamp.state == "red" for lamp in self.lamps.values()):
            return Verdict.DIFFER
        for verdict in (Verdict.UNDECIDED, Verdict.OUTSIDE_DOMAIN):
            if verdict in found:
                return verdict
        if not self.findings and self.nothing:
            return Verdict.AGREE
        if not self.findings or self._entries() != self._decided():
            return Verdict.UNSUPPORTED
        for verdict in (Verdict.KINK, Verdict.INACCURATE, Verdict.AGREE):
            if verdict in found:
                return verdict
        return Verdict.PROVED

    def _entries(self) -> set[tuple[Any, ...]]:
        return {f.entry for f in self.findings}

    def _decided(self) -> set[tuple[Any, ...]]:
        return {f.entry for f in self.findings if f.verdict in DECIDED}

    @property
    def reference(self) -> dict[str, list[float | None]]:
        """The certified values: one list per operator, entries in order, point after point."""
        values: dict[tuple[Any, ...], float | None] = {}
        for f in self.findings:
            if values.get(f.entry) is None:
                values[f.entry] = f.reference
        result: dict[str, list[float | None]] = {}
        for (operator, *_), value in values.items():
            result.setdefault(operator, []).append(value)
        return result

    @property
    def blame(self) -> list[str]:
        """The guilty steps, each once."""
        return list(dict.fromkeys(f.blame for f in self.findings if f.blame))

    @property
    def diagnosis(self) -> list[str]:
        """The likely mistakes of what was claimed, each once."""
        return list(dict.fromkeys(f.diagnosis for f in self.findings if f.diagnosis))

    @property
    def residuals(self) -> list[str]:
        """What a claim that differs is more than SymPy's derivative, exactly, entry by entry: the first few, where the
        function and the claim can both be recorded and are small. Worked out when it is first asked for.

        Numbers in the code count as the exact numbers that they are; what has many digits is printed as a decimal.

        >>> import symdiff as sd
        >>> sd.crosscheck("x**2*y", at={"x": 1, "y": 3}, claimed=["2*x*y", "2*x"]).residuals
        ['claimed[1] - df/dy = -x*(x - 2)']
        """
        return self.exact() if self.exact is not None else []

    def shrink(self, tries: int = 2000, seconds: float | None = None) -> Shrunk:
        """The first failure reduced: the smallest expression and the plainest point that still show it.

        A method's failure is one of the function and the point, and both are reduced; a claim is about one
        function, and only the point is. An op that was to blame stays to blame.

        Args:
            tries: how many checks of one method at one point it may take.
            seconds: for how long to look; as long as it takes by default.

        Returns:
            `expression`, `point`, `finding`, and `code`, a program to paste that shows the failure;
            `print()` shows them all.

        Raises:
            InputError: there is nothing to shrink.

        >>> import symdiff as sd
        >>> report = sd.crosscheck("x**3", at={"x": 1.2345}, claimed="3*x")
        >>> print(report.shrink().code)
        import symdiff as sd
        <BLANKLINE>
        print(sd.crosscheck("x**3", at={"x": -1.0}, claimed="3*x", methods=("tape",)))
        """
        from symdiff.crosscheck.shrinking import shrink

        return shrink(self, tries, seconds)

    def to_dict(self) -> dict[str, Any]:
        """Plain data: dicts, lists, strings, numbers. inf and nan are strings, as JSON has none."""
        return {
            "source": self.source,
            "variables": list(self.variables),
            "paths": self.paths,
            "points": [{n: v.tolist() if hasattr(v, "tolist") else v for n, v in p.items()} for p in self.points],
            "why": self.why,
            "verdict": str(self.verdict),
            "ok": self.ok,
            "strict": self.strict,
            "methods": list(self.methods),
            "lamps": {name: asdict(lamp) for name, lamp in self.lamps.items()},
            "findings": [plain(asdict(f)) for f in self.findings],
            "residuals": self.residuals,
            "notes": self.notes,
            "error": self.error,
            "seconds": self.seconds,
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON text."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def to_html(self, path: str | os.PathLike[str] | None = None) -> str:
        """The report as a page for a browser: one file without scripts, that loads nothing from elsewhere.

        Args:
            path: where to write it, too.

        Raises:
            InputError: the file cannot be written.
        """
        from symdiff.reports.html import report_page
        from symdiff.reports.page import write

        document = report_page(self)
        if path is not None:
            write(path, document)
        return document

    def to_junit(self, path: str | os.PathLike[str] | None = None) -> str:
        """The report as JUnit XML, a test case for every method under every operator; written to `path`, too.

        >>> import symdiff as sd
        >>> xml = sd.crosscheck("x**3", 2.0, claimed="3*x", methods="tape").to_junit()
        >>> 'failures="1"' in xml, "<failure message=" in xml
        (True, True)
        """
        from symdiff.reports.junit import junit_of
        from symdiff.reports.page import write

        document = junit_of(self)
        if path is not None:
            write(path, document)
        return document

    def __str__(self) -> str:
        from symdiff.reports.text import render

        return render(self)


def plain(record: dict[str, Any]) -> dict[str, Any]:
    """The record with inf and nan as strings, as JSON has no numbers for them."""
    return {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in record.items()}
