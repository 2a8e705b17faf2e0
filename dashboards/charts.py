"""Chart specifications. Data in, chart out: no wording of their own, no reading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

HEIGHT = 260
# Names of a legend beside each other: two fit a phone, all of them the width of a page.
_COLUMNS = alt.ExprRef("width > 500 ? 5 : 2")


_NUMBERS = ",~f"  # as many decimals as an axis needs: 75, not 75.000000


def _on_scale(title: str, values: pl.Series) -> alt.Y:
    """The axis of a course; one that never moves stands in the middle of its own."""
    known = values.drop_nulls()
    scale = alt.Scale(zero=False, nice=True)
    if len(known) and known.min() == known.max():
        at = float(known[0])
        scale = alt.Scale(domain=[at - 1, at + 1], nice=False)
    return alt.Y("value:Q", title=title, scale=scale, axis=alt.Axis(format=_NUMBERS))


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
    legend = alt.Legend(
        orient="top", labelLimit=150, columns=_COLUMNS, title=None, symbolType="stroke"
    )
    base = alt.Chart(lines).encode(
        x=alt.X("period:O", title=period, axis=alt.Axis(labelAngle=0, labelOverlap="greedy")),
        y=_on_scale(value, lines["value"]),
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
    bars = base.mark_rule(strokeWidth=4, opacity=0.6, color="#4C78A8").encode(y=reach, y2="high:Q")
    points = base.mark_line(point=alt.OverlayMarkDef(filled=True, size=60)).encode(
        y=alt.Y("value:Q", title=value)
    )
    return (none + begin.encode(x="x:Q") + bars + points).properties(height=HEIGHT)


_GREY = "#8A94A6"


def courses(
    lines: pl.DataFrame, *, titles: dict[str, str], order: list[str], changes: Sequence[str] = ()
) -> Any:
    """Lines of several regions with their intervals. `lines`: period, value, low, high, name,
    interval (in words). `titles`: period, value, name, interval.

    `changes`: periods from which on another edition measured; a dashed line stands there.
    """
    legend = alt.Legend(orient="top", labelLimit=150, columns=_COLUMNS, title=None,
                        symbolStrokeWidth=0, symbolOpacity=1)  # fmt: skip
    base = alt.Chart(lines).encode(
        x=alt.X(
            "period:O", title=titles["period"], axis=alt.Axis(labelAngle=0, labelOverlap="greedy")
        ),
        color=alt.Color("name:N", sort=order, legend=legend),
        tooltip=[
            alt.Tooltip("name:N", title=titles["name"]),
            alt.Tooltip("period:O", title=titles["period"]),
            alt.Tooltip("value:Q", title=titles["value"], format=".1f"),
            alt.Tooltip("interval:N", title=titles["interval"]),
        ],
    )
    scale = alt.Scale(zero=False, nice=True)
    axis = alt.Axis(format=_NUMBERS)
    y = alt.Y("value:Q", title=titles["value"], scale=scale, axis=axis)
    beside = alt.XOffset("name:N", sort=order)
    bars = base.mark_rule(strokeWidth=3, opacity=0.4).encode(
        y=alt.Y("low:Q", title=titles["value"], scale=scale, axis=axis),
        y2="high:Q",
        xOffset=beside,
    )
    # Whoever cannot tell the colours tells the dashes and the shapes.
    drawn = base.mark_line(strokeWidth=1.5).encode(
        y=y, strokeDash=alt.StrokeDash("name:N", sort=order, legend=None), xOffset=beside
    )
    dots = base.mark_point(filled=True, size=60).encode(
        y=y, xOffset=beside, shape=alt.Shape("name:N", sort=order, legend=legend)
    )
    marks = bars + drawn + dots
    if changes:
        rule = alt.Chart(pl.DataFrame({"period": list(changes)})).encode(x="period:O")
        marks += rule.mark_rule(color="#B5651D", strokeDash=[5, 4], strokeWidth=2)
    return marks.properties(height=HEIGHT + 110)


def funnel(points: pl.DataFrame, curves: pl.DataFrame, *, titles: dict[str, str]) -> Any:
    """Scores against visits. `points`: visits, score, name, tier (in words); `curves`: visits, mu,
    low95, high95, low99, high99. `titles`: visits, score, name, tier, and the three tiers."""
    scale = alt.Scale(zero=False, nice=False, domainMax=102, clamp=True)
    base = alt.Chart(curves).encode(
        x=alt.X("visits:Q", title=titles["visits"], axis=alt.Axis(tickMinStep=1, format="d"))
    )
    marks: Any = base.mark_line(color=_GREY, strokeWidth=1.5).encode(
        y=alt.Y("mu:Q", title=titles["score"], scale=scale)
    )
    for column, dash in (("95", [6, 4]), ("99", [2, 3])):
        for side in ("low", "high"):
            line = base.mark_line(color=_GREY, strokeWidth=1.5, strokeDash=dash)
            marks += line.encode(y=f"{side}{column}:Q")
    order = [titles[t] for t in ("above", "average", "below")]
    legend = alt.Legend(orient="top", title=None, columns=3, labelLimit=220)
    # the many in the middle are grey, so that the few outside are seen
    hue = alt.Scale(domain=order, range=["#3B82C4", _GREY, "#D9702B"])
    form = alt.Scale(domain=order, range=["triangle-up", "circle", "triangle-down"])
    marks += (
        alt.Chart(points)
        .mark_point(filled=True, size=70, opacity=0.8)
        .encode(
            x="visits:Q",
            y=alt.Y("score:Q", scale=scale),
            color=alt.Color("tier:N", sort=order, legend=legend, scale=hue),
            shape=alt.Shape("tier:N", sort=order, legend=legend, scale=form),
            tooltip=[
                alt.Tooltip("name:N", title=titles["name"]),
                alt.Tooltip("visits:Q", title=titles["visits"]),
                alt.Tooltip("score:Q", title=titles["score"], format=".1f"),
                alt.Tooltip("tier:N", title=titles["tier"]),
            ],
        )
    )
    return marks.properties(height=HEIGHT + 80)


def heat(
    cells: pl.DataFrame, *, titles: dict[str, str], rows: list[str], columns: list[str]
) -> Any:
    """A map of rates. `cells`: row, column, value (0-100, null without one), text. The figure
    stands in each cell, so no meaning hangs on the colour. `titles`: row, column, value."""
    known = cells["value"].drop_nulls().sort()
    low, high = (float(known[0]), float(known[-1])) if len(known) else (0.0, 100.0)
    # Side by side they do not fit the cells of a phone: one character under the other, or turned.
    stacked = all(len(name) <= 4 for name in columns)
    label: dict[str, Any] = {"labelExpr": "split(datum.label, '')"} if stacked else {}
    base = alt.Chart(cells).encode(
        x=alt.X(
            "column:N", sort=columns, title=None,
            axis=alt.Axis(orient="bottom", labelAngle=0 if stacked else -90, labelPadding=6,
                          labelLimit=150, labelFontSize=11, labelOverlap=False,
                          labelBaseline="top" if stacked else "middle", **label),
        ),
        # "peer group: name" is written in two lines, so that the name is not cut
        y=alt.Y("row:N", sort=rows, title=None, axis=alt.Axis(
            labelLimit=100, labelExpr="split(replace(datum.label, '·', ': '), ': ')")),
        tooltip=[
            alt.Tooltip("row:N", title=titles["row"]),
            alt.Tooltip("column:N", title=titles["column"]),
            alt.Tooltip("text:N", title=titles["value"]),
        ],
    )  # fmt: skip
    boxes = base.mark_rect(stroke=_GREY, strokeWidth=0.5).encode(
        color=alt.Color("value:Q", legend=None, scale=alt.Scale(
            range=["#F4C9A2", "#F7F4EE", "#A9CBEA"], domain=[low, (low + high) / 2, high]))
    )  # fmt: skip
    # Every box is light, so the same dark figure is read on all, on light and dark pages.
    texts = base.mark_text(fontSize=12, color="#10151C").encode(text="text:N")
    return (boxes + texts).properties(height=34 * len(rows) + (80 if stacked else 150))


def intervals(rows: pl.DataFrame, *, titles: dict[str, str], of: int) -> Any:
    """Rank intervals of a few branches. `rows`: name, low, high, middle (expected rank), interval
    (in words). `titles`: place, name, interval. `of`: how many are ranked."""
    order = rows["name"].to_list()
    base = alt.Chart(rows).encode(
        y=alt.Y("name:N", sort=order, title=None, axis=alt.Axis(labelLimit=110)),
        tooltip=[
            alt.Tooltip("name:N", title=titles["name"]),
            alt.Tooltip("interval:N", title=titles["interval"]),
        ],
    )
    axis = alt.Axis(format="d", tickMinStep=1)
    scale = alt.Scale(domain=[1, max(of, 2)], nice=False)
    bars = base.mark_rule(strokeWidth=9, color="#3B82C4", opacity=0.6, strokeCap="round").encode(
        x=alt.X("low:Q", title=titles["place"], scale=scale, axis=axis), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=90, opacity=1, color="#D9822B").encode(x="middle:Q")
    return (bars + dots).properties(height=36 * len(order) + 40)
