"""Whether a quick answer to a question will be right, from the question's words alone: logistic regression.

Its labels are free: the verifiers say which quick answers were right. It costs no token, and knows nothing of what it
was not trained on: questions of another kind get the score that questions have on average.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEATURES = 256
ROUNDS = 50  # of Newton's method; it ends earlier
RIDGE = 1.0


@dataclass(frozen=True)
class Classifier:
    """`weights` (FEATURES + 1,), the last one the bias."""

    weights: tuple[float, ...]

    def score(self, question: str) -> float:
        """The probability that a quick answer is right."""
        return float(sigmoid(features(question) @ np.array(self.weights)))


def features(question: str) -> np.ndarray:
    """Hashed words, numbers by how many digits they have; how many of each there are; a bias: (FEATURES + 1,)."""
    found = np.zeros(FEATURES + 1)
    tokens = [re.sub(r"\d", "9", word.lower()) for word in re.findall(r"\w+|[^\w\s]", question[:4000])]
    for token in tokens:
        found[2 + zlib.crc32(token.encode()) % (FEATURES - 2)] = 1.0
    found[0] = np.log1p(len(tokens)) / 4
    found[1] = sum(token.isdigit() for token in tokens) / 8
    found[-1] = 1.0
    return found


def train(questions: Sequence[str], right: Sequence[float]) -> Classifier:
    """Fit to the share of quick answers that were right, question by question, by Newton's method."""
    x, y = np.stack([features(question) for question in questions]), np.asarray(right, dtype=float)  # (N, F), (N,)
    weights, ridge = np.zeros(x.shape[1]), np.full(x.shape[1], RIDGE)
    ridge[-1] = 1e-6
    for _ in range(ROUNDS):
        p = sigmoid(x @ weights)  # (N,)
        gradient = x.T @ (y - p) - ridge * weights  # (F,)
        curvature = (x * (p * (1 - p))[:, None]).T @ x + np.diag(ridge)  # (F, F)
        step = np.linalg.solve(curvature, gradient)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return Classifier(tuple(float(w) for w in weights))


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x))
