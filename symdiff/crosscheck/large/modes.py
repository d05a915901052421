"""One composition of forward and reverse mode of a function too large for balls: held against the plain product with
the same vectors, on which the tape and another method agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symdiff.crosscheck.claimed.claims import Claim
from symdiff.crosscheck.large.noise import FACTOR
from symdiff.crosscheck.large.noise_floor import Judged, worst_at
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods import THREE


class Composed(Judged):
    """A task with modes. Noise is that of the composition's own programs."""

    def findings(self, methods: Sequence[str], claimed: Sequence[Claim]) -> list[Finding]:
        """One finding for each method and array: the verdict on its worst entry. Nobody claims a composition."""
        task = replace(self.task, modes=())
        plain = Judged(self.problem, task, self.leaves, self.vector, self.witness, self.number, {})
        about, count = plain.findings(THREE, []), len(plain.tape)
        agree = [[f.method for f in about if f.array == name and f.verdict is Verdict.AGREE] for name in self._leaves()]
        gathered, refused = self._gathered(methods)
        result: list[Finding] = []
        for method in methods:
            if method in refused:
                why = refused[method]
                result += [self._finding(method, k, (), None, Verdict.UNSUPPORTED, "", why) for k in range(count)]
                continue
            arrays = gathered[method]
            pairs = enumerate(zip(arrays, plain.tape, strict=True))
            result += [self._held(method, k, a, other, agree[k]) for k, (a, other) in pairs]
        return result

    def _leaves(self) -> list[str]:
        """The name of the leaf that each array belongs to."""
        return [self.problem.names[k] for k in self.task.wrt]

    def _held(self, name: str, k: int, value: np.ndarray, plain: np.ndarray, agree: Sequence[str]) -> Finding:
        ratio = self._ratio((name, "tape"), k, value, plain)
        at = worst_at(ratio)
        if not ratio.size or ratio[at] <= FACTOR:
            return self._finding(name, k, at, value, Verdict.AGREE, "measured", "")
        says = f"{float(ratio[at]):.3g} times the measured noise from {self.task.operator}"
        if "tape" not in agree or len(agree) < 2:
            return self._finding(name, k, at, value, Verdict.UNDECIDED, "", f"{says}, on which no two methods agree")
        why = f"{says}, on which {' and '.join(agree)} agree"
        return replace(self._finding(name, k, at, value, Verdict.DIFFER, "measured", why), reference=float(plain[at]))
