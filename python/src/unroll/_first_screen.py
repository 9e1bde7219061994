"""The first screen of a report as HTML: what a notebook shows of a sweep."""

from __future__ import annotations

from html import escape

from ._report import Arm, Claim, Report, Task


def html(report: Report) -> str:
    """The answer, the verdicts and a table of arms for each task."""
    runs = report["runs"]
    counted = f"{runs['finished']} of {runs['planned']} runs finished"
    others = [f"{runs[state]} {state.replace('_', ' ')}" for state in ("diverged", "failed") if runs[state]]
    parts = [f"<h3>{escape(report['experiment'])}</h3>"]
    if report["question"]:
        parts.append(f"<p><em>{escape(report['question'])}</em></p>")
    parts.append(f"<p>{', '.join([counted, *others])}</p>")
    parts += [f"<p><strong>{escape(sentence)}</strong></p>" for sentence in report["answer"]]
    if report["claims"]:
        rows = [_claim(claim) for claim in report["claims"]]
        parts.append(_table(["claim", "verdict", "p, Holm"], rows))
    for task in report["tasks"]:
        goal = "↓" if task["goal"] == "minimize" else "↑"
        parts.append(f"<h4>{escape(task['task'])}: test {escape(task['metric'])} {goal}</h4>")
        headings = [
            "arm",
            "mean ± sd",
            "n",
            f"difference to {report['baseline']}, 95 %",
            "p, Holm",
            "finding",
        ]
        parts.append(_table(headings, [_arm(arm) for arm in task["arms"]] + _trivial(task)))
    if report["limits"]:
        limits = "".join(f"<li>{escape(sentence)}</li>" for sentence in report["limits"])
        parts.append(f"<details><summary>What cannot be concluded</summary><ul>{limits}</ul></details>")
    return "<div>" + "".join(parts) + "</div>"


def _claim(claim: Claim) -> list[str]:
    return [claim["text"], claim["verdict"], _number(claim["p_holm"])]


def _arm(arm: Arm) -> list[str]:
    score, versus = arm["score"], arm["versus_baseline"]
    mean, n = "–", "0"
    if score is not None:
        mean = _number(score["mean"])
        if score["sd"] is not None:
            mean += f" ± {_number(score['sd'])}"
        n = str(score["n"])
    if versus is None:
        return [arm["arm"], mean, n, "baseline", "–", "–"]
    difference = "–"
    if versus["difference"] is not None:
        measured = versus["difference"]
        difference = _number(measured["mean"], "+")
        if measured["low"] is not None:
            difference += f" [{_number(measured['low'], '+')}, {_number(measured['high'], '+')}]"
    return [arm["arm"], mean, n, difference, _number(versus["p_holm"]), versus["finding"]]


def _trivial(task: Task) -> list[list[str]]:
    if task["trivial"] is None:
        return []
    return [["trivial", _number(task["trivial"]), "–", "–", "–", "–"]]


def _number(value: float | None, sign: str = "") -> str:
    return "–" if value is None else f"{value:{sign}.3g}"


def _table(headings: list[str], rows: list[list[str]]) -> str:
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
