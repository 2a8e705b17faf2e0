"""Chart specifications. Data in, chart out: no wording of their own, no reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

HEIGHT = 260


def trend(
    lines: pl.DataFrame,
    *,
    value: str,
    period: str,
    name: str,
    order: list[str],
    points: bool,
    limits: Sequence[float | None] = (),
) -> Any:
    """Lines over periods. `lines`: period, value, name (who); missing values break the line.

    `order`: the names, the one the page is about first. `points`: one decimal is enough.
    `limits`: centre, lower and upper line of a control chart, if there is one.
    """
    # two to a line: three names side by side do not fit a phone
    legend = alt.Legend(orient="top", labelLimit=150, columns=2, title=None, symbolType="stroke")
    base = alt.Chart(lines).encode(
        x=alt.X("period:O", title=period, axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
        y=alt.Y("value:Q", title=value, scale=alt.Scale(zero=False, nice=True)),
        color=alt.Color("name:N", sort=order, legend=legend),
        tooltip=[
            alt.Tooltip("name:N", title=name),
            alt.Tooltip("period:O", title=period),
            alt.Tooltip("value:Q", title=value, format=".1f" if points else ".2f"),
        ],
    )
    # The branch is the solid line: whoever cannot tell the colours tells the dashes.
    drawn = base.encode(strokeDash=alt.StrokeDash("name:N", sort=order, legend=legend))
    marks = drawn.mark_line(strokeWidth=2.5) + base.mark_point(filled=True, size=45)
    for at, dash in zip(limits, ([1, 0], [6, 4], [6, 4]), strict=False):
        rule = alt.Chart(pl.DataFrame({"value": [at]})).encode(y="value:Q")
        marks += rule.mark_rule(color="#8A94A6", strokeDash=dash, strokeWidth=1)
    return marks.properties(height=HEIGHT)


def spread(scores: pl.DataFrame, *, score: str, branches: str, chosen: float | None = None) -> Any:
    """How the scores (column `score`, 0-100) are spread over the branches, in steps of 5 points."""
    bars = (
        alt.Chart(scores)
        .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
        .encode(
            x=alt.X("score:Q", bin=alt.Bin(step=5), title=score, axis=alt.Axis(format="d")),
            y=alt.Y("count():Q", title=branches, axis=alt.Axis(tickMinStep=1)),
            tooltip=[
                alt.Tooltip("score:Q", bin=alt.Bin(step=5), title=score),
                alt.Tooltip("count():Q", title=branches),
            ],
        )
    )
    if chosen is None:
        return bars.properties(height=180)
    rule = alt.Chart(pl.DataFrame({"score": [chosen]})).mark_rule(color="#E08E2B", strokeWidth=3)
    return (bars + rule.encode(x="score:Q")).properties(height=180)


def event_study(course: pl.DataFrame, *, value: str, event: str) -> Any:
    """The course before and after an introduction. `course`: event, value, low, high, count.

    Points with their intervals; the dashed rule stands between the last period before and the
    introduction, the line at 0 is no difference.
    """
    base = alt.Chart(course).encode(
        x=alt.X(
            "event:Q",
            title=event,
            axis=alt.Axis(tickMinStep=1, format="d"),
            scale=alt.Scale(padding=24, nice=False),
        ),
        tooltip=[
            alt.Tooltip("event:Q", title=event, format="+d"),
            alt.Tooltip("value:Q", title=value, format="+.2f"),
            alt.Tooltip("low:Q", format="+.2f"),
            alt.Tooltip("high:Q", format="+.2f"),
            alt.Tooltip("count:Q", title="n"),
        ],
    )
    reach = alt.Y("low:Q", title=value)
    none = alt.Chart(pl.DataFrame({"y": [0.0]})).mark_rule(color="#8A94A6").encode(y="y:Q")
    begin = alt.Chart(pl.DataFrame({"x": [-0.5]})).mark_rule(
        color="#E08E2B", strokeWidth=2, strokeDash=[5, 4]
    )
    bars = base.mark_rule(strokeWidth=4, opacity=0.4, color="#4C78A8").encode(y=reach, y2="high:Q")
    points = base.mark_line(point=alt.OverlayMarkDef(filled=True, size=60)).encode(
        y=alt.Y("value:Q", title=value)
    )
    return (none + begin.encode(x="x:Q") + bars + points).properties(height=HEIGHT)
