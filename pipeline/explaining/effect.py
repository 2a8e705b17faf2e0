"""Explain an effect: the cells that were averaged, and the branches and values behind them.

Asked for as `effect.<metric>`. Each value of a branch is itself explained down to its visits or
sheets by `explain <metric> --scope BRANCH --period QUARTER`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from audits.statistics.effect import Guards, count
from audits.statistics.group_time import NEVER, Floats, GroupTime, Panel, by_group, group_time
from audits.statistics.words import explained
from pipeline.faults import Fault
from pipeline.publication import Publication
from pipeline.publishing.effects import Frame, frame_of, outcomes

PREFIX = "effect."  # before the metric whose effect is asked for
USAGE, FAILED = 2, 1


def explain_effect(publication: Publication, asked: str, scope: str, period: str) -> dict[str, Any]:
    """Where an effect comes from (`schemas/explain-effect.schema.json`), the branches of `scope`.

    Fault: 2 no effect on that metric, or no such scope or period; 1 the cells do not give the
    published figure.
    """
    metric = asked.removeprefix(PREFIX)
    head, words = _head(publication, metric, period), explained("effect")
    frame, outcome = _panel(publication, metric)
    cells = _counted(frame, outcome) if head["verdict"] != "insufficient" else None
    weights = by_group(cells) if cells is not None else np.zeros(0)
    _must_give(head["estimate"], cells, weights)
    return {
        "metric": asked,
        "of": metric,
        "scope": scope,
        "period": period,
        "revision": publication.revision,
        "name": {"zh": words.name.zh, "en": words.name.en},
        "explanation": {"zh": words.sentence.zh, "en": words.sentence.en},
        "verdict": head["verdict"],
        "reason": {"zh": head["reason_zh"], "en": head["reason_en"]},
        **{k: head[k] for k in ("estimate", "low", "high", "n", "clusters", "p_pre")},
        "cells": [] if cells is None else _cells(cells, weights, frame.periods),
        "branches": _branches(publication, frame, outcome, cells, scope),
    }


def _head(publication: Publication, metric: str, period: str) -> dict[str, Any]:
    table = publication.table("effect")
    known = "kind" in table.columns and period == publication.period
    if known:
        found = table.filter((pl.col("metric") == metric) & (pl.col("kind") == "group"))
        if found.height:
            return found.row(0, named=True)
    name = publication.path.name
    raise Fault(
        f"发布 {name} 没有指标“{metric}”在 {period} 的导入成效。",
        f"Publication {name} has no effect of the introduction on {metric!r} in {period}.",
        USAGE,
    )


def _panel(publication: Publication, metric: str) -> tuple[Frame, Floats]:
    values = publication.table("metric_value")
    frame = frame_of(publication.table("scope"), values["period"].unique().sort().to_list())
    empty = np.full((frame.branches.height, len(frame.periods)), np.nan)
    return frame, outcomes(values, frame, [metric]).get(metric, empty)


def _counted(frame: Frame, outcome: Floats) -> GroupTime:
    found = group_time(Panel(outcome, frame.cohort, frame.cluster))
    return count(found, Guards())[0]


def _must_give(published: float | None, cells: GroupTime | None, weights: Floats) -> None:
    """Else the explanation would be a story."""
    if published is None or cells is None:
        return
    found = float(weights @ [c.att for c in cells.cells])
    if not math.isclose(published, found, rel_tol=1e-9, abs_tol=1e-12):
        raise Fault(
            f"由指标值重算得 {found}，与发布的 {published} 不符；请重新发布后再查。",
            f"The values give {found}, but {published} was published. Publish again.",
            FAILED,
        )


def _cells(found: GroupTime, weights: Floats, periods: Sequence[str]) -> list[dict[str, Any]]:
    """Cells with their weight in the figure; those before the introduction weigh nothing."""
    return [
        {
            "cohort": periods[c.cohort],
            "base": periods[c.cohort - 1],
            "time": periods[c.period],
            "event": c.event,
            "weight": float(weight),
            "estimate": c.att,
            "introduced": {"change": c.treated.mean, "branches": c.treated.n},
            "control": {"change": c.control.mean, "branches": c.control.n},
        }
        for c, weight in zip(found.cells, weights, strict=True)
    ]


def _branches(
    publication: Publication, frame: Frame, outcome: Floats, cells: GroupTime | None, scope: str
) -> list[dict[str, Any]]:
    """The branches of the scope that entered, as what, and their values."""
    members = publication.table("scope_member").filter(pl.col("scope") == scope)["branch_code"]
    if members.is_empty():
        raise Fault(
            f"发布 {publication.path.name} 中没有机构“{scope}”。",
            f"Publication {publication.path.name} has no scope {scope!r}.",
            USAGE,
        )
    if cells is None:
        return []
    owner = dict(publication.table("scope").select("scope", "parent").iter_rows())
    wanted = frame.branches.filter(pl.col("scope").is_in(members.implode()))
    rows = []
    for code, unit in wanted.select("scope", "unit").iter_rows():
        own, cohort = outcome[unit], int(frame.cohort[unit])
        roles = _roles(own, cohort, cells)
        if roles:
            rows.append(
                {
                    "scope": code,
                    "unit": owner[code],
                    "cohort": None if cohort == NEVER else frame.periods[cohort],
                    "enters_as": roles,
                    "values": [
                        {"period": p, "value": float(v)}
                        for p, v in zip(frame.periods, own, strict=True)
                        if not np.isnan(v)
                    ],
                }
            )
    return rows


def _roles(own: Floats, cohort: int, cells: GroupTime) -> list[str]:
    """introduced, control, or both in turn: a branch is a control until its own introduction."""
    there = [c for c in cells.cells if not np.isnan(own[c.period] - own[c.cohort - 1])]
    treated = any(c.cohort == cohort for c in there)
    control = any(c.cohort != cohort and cohort > max(c.period, c.cohort - 1) for c in there)
    return [r for r, is_one in (("introduced", treated), ("control", control)) if is_one]
