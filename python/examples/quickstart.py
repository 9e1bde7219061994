"""Trains eight architectures on two tasks, briefly, and looks at what came out.

    python python/examples/quickstart.py

Run it in the top folder of the project. It takes a few seconds and leaves the results of the README's
sweep alone. Without the changes to steps and seeds
it is that sweep, which takes minutes.
"""

import argparse

import unroll

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--results", default="results/example", help="folder that results go to")
results = arguments.parse_args().results

sweep = unroll.run(
    "experiments/quickstart.toml",
    results=results,
    seeds=2,
    train__steps=40,
    train__evaluate_every=20,
    frames="polars",
)

for sentence in sweep.answer:
    print(sentence)
for claim, verdict in sweep.verdicts.items():
    print(f"{verdict}: {claim}")

print(sweep.arms.select("task", "arm", "mean", "sd", "difference", "p_holm"))
