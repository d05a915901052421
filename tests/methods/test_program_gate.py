"""Random programs in memory full of nan, at branches that flip, with arguments that are one another, in two threads:
each is the reverse sweep, bit for bit. And every kind of fault that the gate is for is planted, and seen.

`SYMDIFF_FULL=1` (make gates) tries thousands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest

from symdiff.methods.tape import numbers, places, plan, reading, source
from symdiff.methods.tape.known import same_bits
from tests.data_files import FULL
from tests.faults import patched, rewritten
from tests.methods.gate import Gated, complaints, complaints_at_the_door, gated, program_of, the_sweep

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
PROGRAMS = 10_000 if FULL else 160  # all traps are among 160
AT_THE_DOOR = 1000 if FULL else 30


@pytest.mark.parametrize("start", range(0, PROGRAMS, 20))
def test_random_programs_are_the_sweep(start: int) -> None:
    for seed in range(start, start + 20):
        assert not complaints(gated(seed)), seed


def test_random_functions_are_right_through_grad() -> None:
    for seed in range(AT_THE_DOOR):
        assert not complaints_at_the_door(gated(seed)), seed


def test_the_gate_looks_at_what_it_says() -> None:
    """Programs answer at every kind of point but the one where every decision flips: there they must not."""
    answered: list[str] = []
    seeds = [seed for seed in range(48) if seed % 6 != 3]  # those may decide alike there
    for seed in seeds:
        assert not complaints(gated(seed), answered)
    count = Counter(answered)
    assert set(count) == {name for seed in range(3) for name in gated(seed).points} - {"the other branches"}
    assert count["where it was written"] == count["near"] == 2 * len(seeds)
    assert all(count[name] >= 40 for name in ("elsewhere", "one array", "arrays in one another"))


# -- planted faults ------------------------------------------------------------------------------------------------


def in_method(owner: Any, name: str, *edits: tuple[str, str]) -> AbstractContextManager[None]:
    """A method with its source changed, as a person would."""
    return patched(owner, name, rewritten(getattr(owner, name), *edits))


def stale_buffer() -> AbstractContextManager[None]:
    """What may be a copy is taken for a view, made once before the call."""
    return in_method(
        source.Source, "may_be_ready",
        ("return solid", "return True"), ('return call.kind != "getitem" or call.param.basic', "return True"),
    )  # fmt: skip


def dropped_guard() -> AbstractContextManager[None]:
    return patched(source.Source, "guard", lambda *_: None)


def dropped_guard_of_numbers() -> AbstractContextManager[None]:
    return in_method(numbers._Writer, "step", ('self.lines += [f"if not {same}:", "    return None"]', "pass"))


def place_too_early() -> AbstractContextManager[None]:
    """A result is written over an argument that somebody reads later."""
    return in_method(places.Places, "over", ("place.last == self.when[i] and alone", "alone"))


def swapped_place() -> AbstractContextManager[None]:
    """A place is given away one step before it is read for the last time."""
    return in_method(places.Places, "reuse", ("setdefault(place.last, [])", "setdefault(time, [])"))


def argument_written_over() -> AbstractContextManager[None]:
    """The caller's arrays are taken for the program's own."""
    return in_method(reading.Reading, "read", ("if i in self.consumed:", "if True:"))


def answer_not_copied() -> AbstractContextManager[None]:
    return patched(source.Source, "output", lambda self, k: self.name(self.r.outputs[k]))


def one_workspace() -> AbstractContextManager[None]:
    """Two callers at once get the same arrays."""
    kept: dict[plan.Plan, Any] = {}

    def call(self: plan.Plan, inputs: Any) -> Any:
        with np.errstate(all="ignore"):
            return kept.setdefault(self, self.workspace())(*inputs)

    return patched(plan.Plan, "__call__", call)


def swapped_arguments() -> AbstractContextManager[None]:
    """A step reads the places of its arguments the other way round."""
    healthy = source.Source.call_into

    def swapped(self: Any, i: int, args: list[str], target: str) -> str:
        shapes = [self.r.shape(a) for a in self.r.args[i]]
        alike = len(shapes) == 2 and self.r.calls[i].kind == "ufunc" and shapes[0] == shapes[1]
        return healthy(self, i, args[::-1] if alike else args, target)

    return patched(source.Source, "call_into", swapped)


FAULTS: dict[Callable[[], AbstractContextManager[None]], str] = {
    stale_buffer: "not the sweep",
    dropped_guard: "not the sweep",
    dropped_guard_of_numbers: "not the sweep",
    place_too_early: "not the sweep",
    swapped_place: "not the sweep",
    swapped_arguments: "not the sweep",
    argument_written_over: "an argument was written over",
    answer_not_copied: "an answer is not the caller's own",
    one_workspace: "in two threads",
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_gate_goes_red(fault: Callable[[], AbstractContextManager[None]]) -> None:
    with fault():
        assert any(FAULTS[fault] in said for seed in range(160) for said in complaints(gated(seed)))


@pytest.mark.parametrize("fault", [dropped_guard, dropped_guard_of_numbers], ids=lambda fault: fault.__name__)
def test_a_guard_that_is_missing_passes_the_proof_and_the_gate_at_the_door_sees_it(fault: Any) -> None:
    with fault():
        assert any(complaints_at_the_door(gated(seed)) for seed in range(30))


@pytest.mark.parametrize("fault", [stale_buffer, place_too_early, swapped_place, swapped_arguments],
                         ids=lambda fault: fault.__name__)  # fmt: skip
def test_a_wrong_program_is_not_used(fault: Any) -> None:
    """It does not reproduce the sweep where it was written: the sweep goes on answering."""
    seen = [seed for seed in range(60) if _red(fault, gated(seed))]
    assert seen
    with fault():
        for seed in seen:
            case = gated(seed)
            tame = {name: point for name, point in case.points.items() if name != "far out"}  # nan there proves little
            assert not complaints_at_the_door(Gated(case.f, tame)), seed


def _red(fault: Any, case: Gated) -> bool:
    wanted = the_sweep(case.f, case.written_at)
    with fault():
        found = program_of(case)[0](case.written_at)
    return found is None or not all(map(same_bits, found, wanted))
