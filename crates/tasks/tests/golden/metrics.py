"""Scores by scikit-learn and SciPy for tests/metrics.rs.

    pip install scikit-learn==1.7.2 scipy numpy
    python3 metrics.py > metrics.json
"""

import json
import sys

import numpy as np
from scipy.special import expit, log_softmax
from sklearn.metrics import (accuracy_score, balanced_accuracy_score, f1_score, jaccard_score,
                             log_loss, mean_absolute_error, mean_squared_error)

random = np.random.default_rng(7)


def numbers(array):
    return [float(np.float32(value)) for value in np.asarray(array).ravel()]


def classes(rows, width, lengths, absent=(), scale=2.0):
    """Logits of `rows` predictions, in sequences of these lengths."""
    logits = (random.normal(size=(rows, width)) * scale).astype(np.float32)
    allowed = [c for c in range(width) if c not in absent]
    truth = random.choice(allowed, size=rows)
    if absent:
        logits[: rows // 2, absent[0]] = -50.0
    # Some are right, so that sequences match.
    right = random.random(rows) < 0.6
    logits[np.arange(rows)[right], truth[right]] += 6.0
    said = logits.argmax(axis=1)
    log = log_softmax(logits.astype(np.float64), axis=1)
    loss = float(-log[np.arange(rows), truth].mean())
    ends = np.cumsum(lengths)
    spans = [(end - n, end) for end, n in zip(ends, lengths)]
    scores = {
        "loss": loss,
        "accuracy": accuracy_score(truth, said),
        "balanced_accuracy": balanced_accuracy_score(truth, said),
        "macro_f1": f1_score(truth, said, average="macro", zero_division=0),
        "perplexity": float(np.exp(loss)),
        "bits_per_character": loss / float(np.log(2)),
        "exact_match": float(np.mean([(truth[a:b] == said[a:b]).all() for a, b in spans])),
    }
    if rows > 1 and not absent and scale < 10:
        probabilities = np.exp(log)
        assert abs(log_loss(truth, probabilities / probabilities.sum(1, keepdims=True),
                            labels=range(width)) - loss) < 1e-9
    return {"kind": "class", "width": width, "lengths": list(map(int, lengths)),
            "outputs": numbers(logits), "targets": [int(c) for c in truth],
            "scores": {name: float(value) for name, value in scores.items()}}


def values(rows, width, units, naive):
    outputs = random.normal(size=(rows, width)).astype(np.float32)
    truth = random.normal(size=(rows, width)).astype(np.float32)
    x, y = outputs.astype(np.float64), truth.astype(np.float64)
    u = np.array(units)
    scores = {
        "loss": mean_squared_error(y, x),
        "mean_absolute_error": mean_absolute_error(y * u, x * u),
        "root_mean_squared_error": float(np.sqrt(mean_squared_error((y * u).ravel(),
                                                                    (x * u).ravel()))),
        "mase": float((np.abs((x - y) * u) / np.array(naive)).mean()),
    }
    return {"kind": "value", "width": width, "lengths": [1] * rows, "outputs": numbers(outputs),
            "targets": numbers(truth), "units": units, "naive": naive,
            "scores": {name: float(value) for name, value in scores.items()}}


def labels(rows, width, lengths, scale=3.0):
    logits = (random.normal(size=(rows, width)) * scale).astype(np.float32)
    truth = (random.random((rows, width)) < 0.2).astype(np.float32)
    z = logits.astype(np.float64)
    losses = np.logaddexp(0, z) - truth * z
    said = (expit(z) > 0.5).astype(int)
    scores = {"loss": float(losses.sum(axis=1).mean()),
              "frame_accuracy": jaccard_score(truth.ravel().astype(int), said.ravel())}
    return {"kind": "labels", "width": width, "lengths": list(map(int, lengths)),
            "outputs": numbers(logits), "targets": numbers(truth),
            "scores": {name: float(value) for name, value in scores.items()}}


json.dump([
    classes(60, 5, [7, 13, 20, 1, 19]),
    classes(40, 6, [2] * 20, absent=(3,)),
    classes(1, 2, [1]),
    classes(30, 4, [3] * 10, scale=300.0),
    values(50, 3, [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]),
    values(40, 2, [44.3, 0.5], [19.6, 0.25]),
    labels(30, 8, [10, 5, 15]),
    labels(20, 3, [20], scale=200.0),
], sys.stdout)
