"""What a check is asked, looked at; and what is judged once the function is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.claimed.claims import Claim, claims
from symdiff.crosscheck.claimed.torch_scope import brings_columns, columns
from symdiff.crosscheck.orders import operators_of
from symdiff.crosscheck.sites import At, Taken
from symdiff.errors import InputError
from symdiff.inputs.code import Code
from symdiff.methods import THREE
from symdiff.methods import method as find_method
from symdiff.methods.base import count as entries_of
from symdiff.problem import Problem, Wrt, listed


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """The arguments of `crosscheck`. `given` is the function, read; `chosen` are the methods, if any were named."""

    given: Problem | Code
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    at: At | None
    wrt: Wrt
    claimed: Any
    chosen: tuple[str, ...] | None
    operators: Sequence[str] | str | None
    order: int | None
    points: int
    seed: int
    strict: bool
    prove: bool
    full: bool
    progress: Callable[[int, int], None] | None
    accuracy: float

    @property
    def methods(self) -> tuple[str, ...]:
        return THREE if self.chosen is None else self.chosen

    @property
    def code(self) -> Code:
        """What is given, where it is a Python function."""
        assert isinstance(self.given, Code)
        return self.given

    @property
    def has_claims(self) -> bool:
        """Whether there is a derivative to judge besides the methods': the caller's, or of the function's library."""
        return self.claimed is not None or (isinstance(self.given, Code) and brings_columns(self.given))

    def look(self) -> None:
        """Raise `InputError` where an option is none, before anything is computed."""
        for name in self.methods:
            find_method(name)
        for what, number in (("points", self.points), ("seed", self.seed)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 0:
                raise InputError(f"{what}={repr(number)[:60]}: expected a whole number, 0 or more")
        given = self.accuracy
        if isinstance(given, bool) or not isinstance(given, float | int) or not 0 <= given < 1:
            raise InputError(f"accuracy={repr(given)[:60]}: expected a relative accuracy of the values, such as 1e-8")

    def about(self, problem: Problem | ArrayProblem, taken: Sequence[Taken] = (), why: Sequence[str] = ()) -> Matter:
        """The question about the function as it was read or recorded: its operators, and the claims about them."""
        named = None if self.operators is None else words(self.operators, "operators", "grad")
        width = len(problem.select(self.wrt)) if isinstance(problem, Problem) else entries_of(problem.shapes)
        operators = operators_of(problem, named, self.order, self.claimed, width)
        judged = [*claims(self.claimed, problem, operators), *columns(self.given, operators)]
        return Matter(self, problem, operators, judged, taken, why)


@dataclass(frozen=True, slots=True, eq=False)
class Matter:
    """What is judged. `taken` are the recordings of a Python function, one for each point, and `why` says of each
    point why it was chosen; a formula has none."""

    asked: Question
    problem: Problem | ArrayProblem
    operators: Sequence[str]
    claims: Sequence[Claim]
    taken: Sequence[Taken]
    why: Sequence[str]

    @property
    def paths(self) -> dict[str, str]:
        """Where the variables are that the function itself has a name for: see `Report.paths`."""
        given = self.asked.given
        names = given.leaf_names if isinstance(given, Code) else {}
        return {name: path for path, name in names.items() if name in self.problem.names}

    @property
    def notes(self) -> Sequence[str]:
        """What was noted where the function was recorded."""
        return self.problem.notes if isinstance(self.problem, ArrayProblem) else ()

    @property
    def nothing(self) -> str:
        """Why a derivative of a Python function has no entries, in words; "" where it has some."""
        if not isinstance(self.problem, ArrayProblem):
            return ""
        if not entries_of(self.problem.shapes):
            names = listed(self.problem.names) or "the argument"
            return f"{names} holds no numbers: there is nothing to differentiate by"
        empty = not entries_of(self.problem.answers)
        return "the function returns no numbers: there is nothing to differentiate" if empty else ""

    def remarks(self) -> list[str]:
        """What was noted about the claims so far, and why there is no entry."""
        said = [sentence for claim in self.claims for sentence in claim.remarks]
        return [*said, self.nothing] if self.nothing else said


def words(given: Any, what: str, such_as: str) -> list[str]:
    """One name or several."""
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    for name in names:
        if not isinstance(name, str):
            raise InputError(f"{what}: expected names such as {such_as!r}, got {type(name).__name__}")
    return names
