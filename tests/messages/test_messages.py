"""The messages as golden files: in a terminal, in pytest's output, as JSON. Each names the mistake that was made.

All of it is computed with + - * / and roots, which are the same numbers on every machine.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.crosscheck import shrinking
from tests.messages import wrong
from tests.plugin.session import failures, session

W, X = np.array([0.5, -0.25]), np.array([0.5, -1.5, 2.0])
FOUR = np.array([0.5, -1.5, 2.0, -0.75])

CASES: dict[str, tuple[Any, np.ndarray, Any, str]] = {  # and what the message has to say of it
    "sign": (wrong.loss, W, wrong.sign, "claimed = -1 x true at 5 of 5 points: the sign"),
    "factor": (wrong.loss, W, wrong.forgot_the_mean, "a sum over 4 where there is a mean"),
    "transposed": (wrong.field, X, wrong.transposed, "it is transposed"),
    "missing_term": (wrong.energy, X, wrong.no_second_term, "is missing"),
    "one_side": (wrong.hinge, FOUR, wrong.right_above_zero, "right except where x <= 0"),
    "nan": (wrong.saturating, np.array([0.0, 1.0]), wrong.nan_at_zero, "nan where the derivative exists"),
    "wrong_shape": (wrong.saturating, X, wrong.wrong_shape, "claimed returns shape () for grad, expected (3,)"),
}


CONFTEST = "from symdiff.crosscheck import shrinking\n\nshrinking.MOMENT = 60.0\n"  # not by how fast the machine is


@pytest.fixture(autouse=True)
def time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message is reduced for a second; the golden ones are the same on a slow machine."""
    monkeypatch.setattr(shrinking, "MOMENT", 60.0)


def message(f: Any, x: np.ndarray, claimed: Any) -> Any:
    with pytest.raises(sd.Disagreement) as caught:
        sd.assert_agree(f, x, claimed=claimed, methods="tape")
    return caught.value


def timeless(text: str) -> str:
    return re.sub(r"\(\d+\.\d\d s\)", "(0.00 s)", text)


@pytest.mark.parametrize("name", CASES)
def test_the_message_is_the_golden_one(name: str, golden: Callable[[str, str], None]) -> None:
    f, x, claimed, says = CASES[name]
    raised = message(f, x, claimed)
    text = timeless(str(raised))
    assert says in text.replace("\n", " ")
    assert os.fspath(Path.cwd()) not in text
    golden(f"message_{name}.txt", text + "\n")
    told = raised.report.to_dict() | {"seconds": 0.0}
    golden(f"message_{name}.json", json.dumps(told, indent=1, allow_nan=False) + "\n")


@pytest.mark.parametrize("name", CASES)
def test_the_reproduction_shows_the_failure_again(name: str) -> None:
    """What is to be pasted is run: a fresh call with its own plainer point, and the claim differs there."""
    f, x, claimed, _ = CASES[name]
    raised = message(f, x, claimed)
    shrunk = raised.report.shrink(tries=shrinking.FEW_TRIES)
    assert shrunk.code in str(raised)
    assert f"claimed={claimed.__name__}" in shrunk.code
    assert not shrunk.report.ok


def test_what_is_proved_is_the_golden_one(golden: Callable[[str, str], None]) -> None:
    report = sd.assert_agree(wrong.saturating, X, claimed=wrong.right, prove=True, methods="tape")
    golden("message_proved.txt", timeless(str(report)) + "\n")
    golden("message_proved.json", json.dumps(report.to_dict() | {"seconds": 0.0}, indent=1) + "\n")


def test_the_failures_of_a_session_are_the_golden_ones(tmp_path: Path, golden: Callable[[str, str], None]) -> None:
    text = Path(wrong.__file__).read_text(encoding="utf-8")
    lines = ["import numpy as np", "import symdiff as sd", "import wrong"]
    for name, (f, x, claimed, _) in CASES.items():
        call = f"wrong.{f.__name__}, np.array({x.tolist()}), claimed=wrong.{claimed.__name__}"
        lines += ["", "", f"def test_{name}():", f'    sd.assert_agree({call}, methods="tape")']
    files = {"wrong.py": text, "test_wrong.py": "\n".join([*lines, ""]), "conftest.py": CONFTEST}
    code, printed = session(tmp_path, files, "-q")
    assert code == 1
    assert os.fspath(tmp_path) not in printed
    assert sys.prefix not in printed
    golden("pytest_messages.txt", failures(printed))
