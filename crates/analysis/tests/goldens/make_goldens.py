"""Makes goldens.json: summaries, intervals, tests and survival curves by SciPy, statsmodels and rliable.

    python make_goldens.py > goldens.json

Needs scipy (made with 1.17), statsmodels (made with 0.15) and rliable (made with 1.2, with pandas below 3). Samples cover n from 2 to 40, wide and narrow spread, and
values far from zero.
"""

import json
import math
import random
import statistics
import sys

import numpy
from rliable import library, metrics
from scipy import stats
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower
from statsmodels.stats.proportion import proportion_confint


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
        "interquartile_mean": float(stats.trim_mean(values, 0.25)),
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


def sign_flip(values, alternative):
    """SciPy's own exact permutation of signs."""
    return float(
        stats.permutation_test(
            (values,),
            lambda it, axis: it.mean(axis=axis),
            permutation_type="samples",
            n_resamples=2 ** len(values),
            alternative=alternative,
            vectorized=True,
        ).pvalue
    )


def sign_flips(values):
    names = {"two-sided": "two_sided", "greater": "greater", "less": "less"}
    return {"values": values} | {name: sign_flip(values, it) for it, name in names.items()}


def survival(times, happened):
    curve = SurvfuncRight(times, happened)
    return {
        "times": times,
        "happened": happened,
        "at": [float(it) for it in curve.surv_times],
        "share": [float(it) for it in curve.surv_prob],
        "at_risk": [int(it) for it in curve.n_risk],
        "median": float(curve.quantile(0.5)),
    }


def wilson(hits, of):
    low, high = proportion_confint(hits, of, 0.05, method="wilson")
    return {"hits": hits, "of": of, "low": float(low), "high": float(high)}


def pairs_needed(effect, alpha):
    n = TTestPower().solve_power(effect, alpha=alpha, power=0.8, alternative="two-sided")
    return {"effect": effect, "alpha": alpha, "pairs": math.ceil(n)}


def signed_rank(values):
    every_sign = stats.PermutationMethod(n_resamples=2 ** len(values))
    return {"values": values, "p": float(stats.wilcoxon(values, method=every_sign).pvalue)}


def ranks(scores):
    """Mean over tasks of an arm's rank, 1 for the highest score."""
    return {
        "scores": scores,
        "mean": stats.rankdata([[-it for it in arm] for arm in scores], axis=0).mean(axis=1).tolist(),
    }


def over_tasks(tasks):
    scores = numpy.array(tasks).T
    least = [-0.1, 0.0, 0.2, 0.45, 0.8, 1.0, 1.2]
    profile, _ = library.create_performance_profile({"arm": scores}, least, reps=2)
    return {
        "tasks": tasks,
        "interquartile_mean": float(metrics.aggregate_iqm(scores)),
        "optimality_gap": float(metrics.aggregate_optimality_gap(scores)),
        "least": least,
        "profile": [float(it) for it in profile["arm"]],
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
differences = [[draw.gauss(0.3, 1) for _ in range(size)] for size in (3, 6, 9, 14)]
differences.append([1.0, 0.0, -1.0, 2.0, 1.0, 1.0, 0.0])
families = [[draw.random() ** 3 for _ in range(size)] for size in (1, 4, 9)]
times = [float(draw.randrange(1, 12)) for _ in range(25)]
json.dump(
    {
        "summaries": [{"values": values, **summary(values)} for values in samples],
        "paired": [paired(values[:size], values[size:]) for size, values in pairs],
        "sign_flips": [sign_flips(values) for values in differences],
        "holm": [
            {"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()} for p in families
        ],
        "wilson": [wilson(*it) for it in [(0, 5), (3, 7), (30, 30), (12, 40)]],
        "survival": [survival(times, [int(draw.random() < 0.7) for _ in times])],
        "pairs_needed": [
            pairs_needed(*it) for it in [(0.5, 0.05), (1.0, 0.05), (0.8, 0.01), (0.2, 0.05)]
        ],
        "signed_ranks": [signed_rank(values) for values in differences],
        "ranks": ranks([[float(draw.randrange(6)) for _ in range(7)] for _ in range(4)]),
        "over_tasks": over_tasks([[draw.gauss(at, 0.3) for _ in range(11)] for at in (0.3, 0.6, 1.0)]),
    },
    sys.stdout,
    indent=1,
)
print()
