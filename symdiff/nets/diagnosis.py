"""Which layer of a hand-written backpropagation is wrong, and which op of it.

Which gradients are wrong tells the layer: those above it are right. What went wrong there is found by trying:
each known mistake is made on purpose, and the one that gives what was claimed is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from symdiff.nets.backward import Array, Backward, Make
from symdiff.nets.mistakes import DoesNotApply, Mistake, mistakes, scaled

if TYPE_CHECKING:
    from symdiff.nets.risk import Risk

MOST_AT_ONCE = 3  # mistakes
FURTHER_DOWN = ("top", "delta", "back")  # stages that everything below depends on


def diagnose(risk: Risk, args: Sequence[Any], found: Sequence[Array], right: Sequence[Array]) -> str:
    """The layer and the op that a claimed gradient has wrong, in words.

    Args:
        risk: the function whose gradient was claimed.
        args: what it was called with: params, X, y.
        found: the claimed gradient by the parameters, W1, b1, W2, b2, ..., of their shapes.
        right: the right one, in the same order.

    Returns:
        A sentence; "" where nothing is wrong, or where these are not the gradients by the parameters.

    >>> import numpy as np, symdiff as sd
    >>> net = sd.mlp([2, 3, 1], activation="tanh")
    >>> params, X, y = net.init(seed=0), np.array([[0.0, 1.0], [1.0, 1.0]]), np.array([1.0, 0.0])
    >>> right = [g for layer in sd.grad(net.risk)(params, X, y) for g in (layer["W"], layer["b"])]
    >>> diagnose(net.risk, (params, X, y), [right[0], -right[1], *right[2:]], right)
    'layer 1 (b1): the gradient of b1 has the wrong sign'
    """
    shapes = [np.shape(layer[name]) for layer in args[0] for name in ("W", "b")]
    found = [np.asarray(f, np.float64) for f in found[: len(shapes)]]
    right = [np.asarray(r, np.float64) for r in right[: len(shapes)]]
    if [f.shape for f in found] != shapes or [r.shape for r in right] != shapes:
        return ""
    p = Backward(risk, *args)
    tolerance = _tolerance(args[0])
    wrong = [not _near(f, r, tolerance) for f, r in zip(found, right, strict=True)]
    if not any(wrong):
        return ""
    top = max(k for k in range(1, p.net.depth + 1) if any(wrong[2 * k - 2 : 2 * k]))
    trial = _Trial(p, found, right, top, tolerance)
    if _Trial(p, right, right, top, tolerance).fits({}):
        said = trial.named() or trial.by_a_factor() or trial.several()
        if said:
            return said
    return _pattern(p, wrong, top)


class _Trial:
    """Mistakes tried out against what was claimed; `top` is the topmost layer that is wrong."""

    def __init__(self, p: Backward, found: Sequence[Array], right: Sequence[Array], top: int, tolerance: float) -> None:
        self.p, self.found, self.right, self.top, self.tolerance = p, found, right, top, tolerance
        self.known = list(mistakes(p))

    def fits(self, changed: Mapping[tuple[str, int], Make]) -> bool:
        """Whether a backpropagation with these stages changed gives what was claimed."""
        return self.reach(changed) == 2 * self.p.net.depth

    def reach(self, changed: Mapping[tuple[str, int], Make]) -> int:
        """How many of the gradients W_n, b_n, W_{n-1}, ... it gives as claimed, until the first that it does not."""
        count = 0
        try:
            with np.errstate(all="ignore"):
                for k, W, b in self.p.leaves(changed):
                    for i, made in ((2 * k - 2, W), (2 * k - 1, b)):
                        if not _near(self.found[i], made, self.tolerance, self.right[i]):
                            return count
                        count += 1
        except (DoesNotApply, ValueError):  # NumPy's word for shapes that do not go together
            pass
        return count

    def named(self) -> str:
        """The mistakes that fit: in one layer, else the same one in every layer; at most two are named."""
        known = self.known
        alone = [_sentence(self.p, m, k) for m in known for k in self._layers(m) if self.fits({(m.stage, k): m.make})]
        if alone:
            return "; or ".join(dict.fromkeys(alone[:2]))
        layers = range(1, self.p.net.depth + 1)
        every = (m for m in known if m.stage != "top" and self._everywhere(m, layers))
        return next((f"every layer: {_said(self.p, m, 0)}" for m in every), "")

    def several(self) -> str:
        """Two or three mistakes at once: from the top, always the one that makes the most right below it."""
        changed: dict[tuple[str, int], Make] = {}
        said: list[str] = []
        n, reached = self.p.net.depth, self.reach({})
        while reached < 2 * n and len(said) < MOST_AT_ONCE:
            at = n - reached // 2
            tried = [((m.stage, k), m) for m in self.known for k in self._layers(m, at) if (m.stage, k) not in changed]
            further = [(self.reach({**changed, place: m.make}), place, m) for place, m in tried]
            reach, place, mistake = max(further, key=lambda t: t[0])
            if reach <= reached:
                break
            reached, changed[place] = reach, mistake.make
            said.append(_sentence(self.p, mistake, place[1]))
        if reached < 2 * n and said:
            said.append(f"something else is wrong from layer {n - reached // 2} down")
        return "; and ".join(said)

    def _layers(self, mistake: Mistake, top: int = 0) -> list[int]:
        """Where the mistake shows at the topmost wrong layer, and nowhere above it."""
        top = top or self.top
        if mistake.stage == "top":
            return [top] if top == self.p.net.depth else []
        if mistake.stage == "back":
            return [top + 1] if top < self.p.net.depth else []
        if mistake.stage == "delta" and top == self.p.net.depth and self.p.net.activations[-1].linear:
            return []  # u_n bar is z_n bar: what the loss has wrong is said once
        return [top]

    def _everywhere(self, mistake: Mistake, layers: range) -> bool:
        """In every layer, or in every hidden one: the last is often written by itself."""
        hidden = [k for k in layers if k < len(layers)]
        ways = [list(layers), hidden] if len(hidden) > 1 else [list(layers)]
        return any(self.fits({(mistake.stage, k): mistake.make for k in way}) for way in ways)

    def by_a_factor(self) -> str:
        """A stage that is off by some other factor."""
        right = self.right
        for at, stages in ((2 * self.top - 1, ("top", "delta", "b")), (2 * self.top - 2, ("W",))):
            size = float(np.vdot(right[at], right[at]))
            factor = float(np.vdot(right[at], self.found[at])) / size if size else np.nan
            for stage in stages:
                mistake = scaled(stage, factor, f"is multiplied by {factor:.6g}")
                for k in self._layers(mistake):
                    if np.isfinite(factor) and self.fits({(stage, k): mistake.make}):
                        return _sentence(self.p, mistake, k)
        return ""


def _sentence(p: Backward, mistake: Mistake, k: int) -> str:
    """`layer 2 (W2): sigma' of tanh is taken at z2, not at u2; everything below follows from it`."""
    leaf = f"b{k}" if mistake.stage == "b" else f"W{k}"
    follows = "; everything below follows from it" if mistake.stage in FURTHER_DOWN and k > 1 else ""
    where = f"layer {k}, the loss" if mistake.stage == "top" else f"layer {k} ({leaf})"
    return f"{where}: {_said(p, mistake, k)}{follows}"


def _said(p: Backward, mistake: Mistake, k: int) -> str:
    """The mistake in words, for layer k; for every layer if k is 0."""
    if k:
        names = {"i": k, "up": k + 1, "down": k - 1, "sigma": p.net.activations[k - 1]}
    else:
        sigmas = dict.fromkeys(str(s) for s in p.net.activations if not s.linear)
        names = {"i": "_i", "up": "_(i+1)", "down": "_(i-1)", "sigma": " or ".join(sigmas) or "the activation"}
    return mistake.says.format(loss=p.net.loss.name, **names)


def _pattern(p: Backward, wrong: Sequence[bool], k: int) -> str:
    """No known mistake: what is right and what is wrong still says where it is."""
    names = [f"{leaf}{i}" for i in range(1, p.net.depth + 1) for leaf in ("W", "b")]
    bad = [n for n, w in zip(names, wrong, strict=True) if w]
    if bad == [f"b{k}"]:
        return f"layer {k} (b{k}): b{k} alone is wrong: the mistake is in its own sum of u{k}bar over the batch"
    if bad == [f"W{k}"]:
        return f"layer {k} (W{k}): W{k} alone is wrong: the mistake is in its own product of u{k}bar with z{k - 1}"
    if not (wrong[2 * k - 2] and wrong[2 * k - 1]):
        return f"layer {k} is the topmost that is wrong, and not all of it: wrong are {', '.join(bad)}"
    above = f"right from layer {k + 1} up, " if k < p.net.depth else ""
    sigma = p.net.activations[k - 1]
    slope = "" if sigma.linear else f"sigma' of {sigma}"
    before = f"W{k + 1}^T" if k < p.net.depth else f"the derivative of {p.net.loss.name}"
    how = " or ".join(s for s in (slope, before) if s)
    return f"{above}wrong from W{k} down: the mistake is in how layer {k}'s u{k}bar is made ({how})"


def _near(a: Array, b: Array, tolerance: float, like: Array | None = None) -> bool:
    """Whether two arrays are equal but for rounding. One in which everything cancels has no scale of its own: then
    that of `like`, the right one, is taken."""
    if a.shape != b.shape:
        return False
    with np.errstate(all="ignore"):
        scale = max(np.max(np.abs(v), initial=0.0) for v in (a, b, a if like is None else like))
        return bool(np.max(np.abs(a - b), initial=0.0) <= tolerance * scale)


def _tolerance(params: Any) -> float:
    """Equal but for rounding, relative to an array's largest entry: more than half of the digits of the dtype."""
    kinds = [np.asarray(v).dtype for layer in params for v in layer.values()]
    return max(float(np.finfo(k).eps) if k.kind == "f" else 2.0**-52 for k in kinds) ** 0.6
