"""Direct feedback alignment learns the digits with fixed random matrices where backpropagation has the weights.

    python -m examples.direct_feedback            # thirty epochs, some seconds
    python -m examples.direct_feedback --short    # ten epochs

The lecture: replace the way back through the net by a fixed random matrix at each layer,
dW_l = ((B_l e) o sigma'(u_l)) z_{l-1}^T. Two claims are asserted: the net learns, and it comes to agree with its
feedback, so that the direction turns towards the gradient; a net trained by backpropagation does not. Needs
scikit-learn for its bundled digits.
"""

from __future__ import annotations

import sys

import numpy as np

import symdiff as sd

DFA = "direct_feedback_alignment"


def main(short: bool = False) -> int:
    """Train the same net twice and print what comes of it."""
    X, y, X_test, y_test = sd.learn.digits(seed=0)
    net = sd.mlp([64, 32, 32, 10], "tanh", "softmax_cross_entropy")
    print(sd.learn.directions(net, net.init(seed=0), X[:256], y[:256], ["backprop", DFA]))
    cosines = {}
    for rule in (DFA, "backprop"):
        history = sd.learn.train(
            net, X, y, rule, epochs=10 if short else 30, lr=3e-3, validation=(X_test, y_test), probe=20, probed=[DFA]
        )
        hidden = [np.mean(probe.cosines[DFA][:2]) for probe in history.probes]
        cosines[rule] = hidden[0], np.mean(hidden[-5:])
        print(f"\n{history}")
        print(f"cosine of {DFA} and the gradient, hidden layers: {hidden[0]:.2f} before, {cosines[rule][1]:.2f} after")
        assert history.validation_accuracies[-1] > 0.93
    (_, aligned), (_, other) = cosines[DFA], cosines["backprop"]
    assert aligned > 0.35, "a net that is trained by its feedback agrees with it"
    assert abs(other) < 0.25, "one that is not does not"
    return 0


if __name__ == "__main__":
    raise SystemExit(main("--short" in sys.argv[1:]))
