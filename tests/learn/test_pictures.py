"""Pictures: every line is the run's own numbers, the file's name says its format, and what cannot be is said."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.errors import InputError, UnsupportedError
from symdiff.learn import assess, pictures, train
from symdiff.learn.data import moons

pytest.importorskip("matplotlib")

NET = sd.mlp([2, 6, 2], "tanh", "softmax_cross_entropy")
X, Y = moons(60)
HISTORY = train(NET, X, Y, rule="direct_feedback_alignment", epochs=4, probe=2, validation=0.2)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The figures that are written, to look into."""
    figures: list[Any] = []
    original = pictures._saved
    monkeypatch.setattr(pictures, "_saved", lambda figure, path: (figures.append(figure), original(figure, path))[1])
    return figures


def lines(axes: Any) -> list[list[float]]:
    return [np.asarray(line.get_ydata()).tolist() for line in axes.lines]


def test_learning_curves_are_those_of_the_history(drawn: list[Any], tmp_path: Path) -> None:
    path = pictures.learning_curves({"dfa": HISTORY}, tmp_path / "curves.svg", baseline=0.8)
    assert path.read_text(encoding="utf-8").startswith("<?xml")
    losses, accuracies = drawn[0].axes
    assert lines(losses) == [HISTORY.losses, HISTORY.validation_losses]
    assert lines(accuracies) == [HISTORY.accuracies, HISTORY.validation_accuracies, [0.8, 0.8]]


def test_angles_are_those_of_the_probes(drawn: list[Any], tmp_path: Path) -> None:
    path = pictures.angles({"dfa": HISTORY}, tmp_path / "angles.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    first, last, _ = lines(drawn[0].axes[0])  # two layers, and the line at 90 degrees
    cosines = [probe.cosines["direct_feedback_alignment"] for probe in HISTORY.probes]
    np.testing.assert_allclose(np.cos(np.radians([first, last])).T, cosines, atol=1e-12)
    np.testing.assert_allclose(last, 0.0, atol=1e-5)  # the last layer of direct feedback alignment is backpropagation
    assert min(first) > 1.0


def test_norms_are_those_of_the_directions(drawn: list[Any], tmp_path: Path) -> None:
    pictures.norms({"dfa": HISTORY}, tmp_path / "norms.png")
    assert lines(drawn[0].axes[0]) == np.transpose(HISTORY.norms).tolist()


def test_a_forecast_and_its_error(drawn: list[Any], tmp_path: Path) -> None:
    true = np.sin(np.arange(20.0))
    pictures.forecast(true, {"half": 0.5 * true, "runs away": 1e9 * true}, tmp_path / "series.png", start=7)
    above, below = drawn[0].axes
    assert lines(above)[:2] == [true.tolist(), (0.5 * true).tolist()]
    np.testing.assert_allclose(lines(below)[0][1:], 0.5 * np.abs(true[1:]), rtol=1e-14)
    assert above.lines[0].get_xdata()[0] == 7
    assert above.get_ylim()[1] < 2.0  # the one that runs away does not press the series flat


def test_regions_and_examples_are_the_net_s(drawn: list[Any], tmp_path: Path) -> None:
    pictures.regions(NET, HISTORY.params, X, Y, tmp_path / "regions.png", points=20)
    mesh, *points = drawn[0].axes[0].collections
    outputs = NET.forward(HISTORY.params, np.array([[X[:, 0].mean(), X[:, 1].mean()]]))["z2"]
    assert np.unique(mesh.get_array()).tolist() == [0, 1]
    assert outputs.shape == (1, 2)
    assert [len(p.get_offsets()) for p in points] == [30, 30]
    np.testing.assert_array_equal(points[1].get_offsets(), X[Y == 1])


def test_reliability_and_confusion_are_those_of_the_assessment(drawn: list[Any], tmp_path: Path) -> None:
    found = assess(NET, HISTORY.params, X, Y)
    assert found.calibration is not None
    pictures.reliability({"dfa": found.calibration}, tmp_path / "reliability.png")
    pictures.confusion(found, tmp_path / "confusion.png")
    assert lines(drawn[0].axes[0])[1] == [b.accuracy for b in found.calibration.bins]
    assert sum(int(text.get_text()) for text in drawn[1].axes[0].texts) == 60


def test_what_cannot_be_drawn_is_said(tmp_path: Path) -> None:
    plain = train(NET, X, Y, epochs=1)
    for call, said in (
        (lambda: pictures.learning_curves({}, tmp_path / "a.png"), "no histories"),
        (lambda: pictures.norms({}, tmp_path / "a.png"), "no histories"),
        (lambda: pictures.angles({"plain": plain}, tmp_path / "a.png"), "'plain' has no probes"),
        (lambda: pictures.norms({"plain": plain}, tmp_path / "nowhere" / "a.png"), "cannot be written"),
        (lambda: pictures.norms({"plain": plain}, tmp_path / "a.xyz"), "xyz"),
        (lambda: pictures.norms({"plain": plain}, tmp_path / "a"), "has no ending"),
        (lambda: pictures.reliability({"margin": None}, tmp_path / "a.png"), "'margin' has no calibration"),
        (lambda: pictures.forecast([1.0, 2.0], {"short": [1.0]}, tmp_path / "a.png"), "'short' has shape"),
    ):
        with pytest.raises(InputError, match=said):
            call()


def test_without_matplotlib_a_sentence_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(UnsupportedError, match=r"needs matplotlib.*symdiff-toolkit\[plot\]"):
        pictures.norms({"dfa": HISTORY}, tmp_path / "a.png")
