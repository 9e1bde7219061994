"""Makes goldens.json: the summaries of a few samples by SciPy and the statistics module.

    python make_goldens.py > goldens.json

Needs scipy (made with 1.17). Samples cover n from 2 to 40, wide and narrow spread, and
values far from zero.
"""

import json
import math
import random
import statistics
import sys

from scipy import stats


def summary(values):
    n = len(values)
    mean = statistics.fmean(values)
    sd = statistics.stdev(values)
    low, high = stats.t.interval(0.95, n - 1, loc=mean, scale=sd / math.sqrt(n))
    return {
        "n": n,
        "mean": mean,
        "sd": sd,
        "low": float(low),
        "high": float(high),
        "median": statistics.median(values),
    }


def paired(left, right):
    """Interval of the mean difference as scipy's own paired test gives it."""
    low, high = stats.ttest_rel(left, right).confidence_interval(0.95)
    return {
        "left": left,
        "right": right,
        "mean": statistics.fmean(a - b for a, b in zip(left, right)),
        "low": float(low),
        "high": float(high),
    }


draw = random.Random(7)
samples = [
    [0.5, 0.25],
    [0.012, 0.0134, 0.0119],
    [1e-9, 3e-9, 2e-9, 8e-9],
    [1e6 + draw.gauss(0, 1) for _ in range(5)],
    [draw.lognormvariate(-4, 2) for _ in range(9)],
    [draw.gauss(0.9, 0.03) for _ in range(20)],
    [draw.gauss(0, 100) for _ in range(40)],
]
pairs = [(size, [draw.gauss(0.2, 0.05) for _ in range(2 * size)]) for size in (2, 3, 6, 15)]
json.dump(
    {
        "summaries": [{"values": values, **summary(values)} for values in samples],
        "paired": [paired(values[:size], values[size:]) for size, values in pairs],
    },
    sys.stdout,
    indent=1,
)
print()
