"""The trend of one metric of a branch, with control limits where there are months enough."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from dashboards import charts, dialogue, lasting, origin, queries, ruler
from dashboards.branch_parts.peers import download, group_of
from dashboards.formats import DASH, on_axis, written
from dashboards.views import Context
from pipeline.periods import kind_of, label

HEADLINE = (
    "adherence",
    "adherence.open",
    "seven_steps_complete",
    "observed_speak_up",
    "reported_speak_up",
    "speak_up_gap",
    "identification_rate",
    "referral_rate",
    "referral_success",
    "follow_up_rate",
    "evening_meeting_rate",
    "target_attainment",
    "deposit_average_growth",
    "key_client_net_gain",
    "satisfaction",
    "complaints",
    "rectified_on_time",
)
Row = dict[str, Any]


def show(context: Context, code: str, values: pl.DataFrame) -> None:
    """A metric of choice over the published periods, beside its group and the region above."""
    words, key = context.words, context.publication
    st.subheader(words("branch.trend"), anchor=False)
    offered = values.filter(pl.col("metric").is_in(HEADLINE))
    if offered.is_empty():
        st.info(words("branch.no_values"))
        return
    metrics = {r["metric"]: r for r in offered.iter_rows(named=True)}
    metric = st.selectbox(
        words("column.metric"),
        [m for m in HEADLINE if m in metrics],
        format_func=lambda m: words.of(metrics[m]["zh"], metrics[m]["en"]),
        key="trend_metric",
        label_visibility="collapsed",
    )
    group = group_of(context, code)
    above = queries.ancestors(key, code)[-1:]
    codes = tuple(dict.fromkeys([code, *([f"peer:{group}"] if group else []), *above]))
    scope = context.scope("values")
    chart = queries.chart_of(key, scope, code, metric)
    drawn = chart if chart and chart["status"] == "ok" else None
    lines = queries.trend(key, scope, codes, metric, "month" if drawn else kind_of(key.period))
    if lines.filter((pl.col("scope") == code) & pl.col("value").is_not_null()).height < 2:
        lines = queries.trend(key, scope, codes, metric, "month")
    unit = str(metrics[metric]["unit"])
    _draw(context, code, metric, lines, unit, drawn)
    lasting.limits(context, code, chart, unit)
    ruler.note(context, metric, lines["period"].to_list())


def _draw(
    context: Context, code: str, metric: str, lines: pl.DataFrame, unit: str, chart: Row | None
) -> None:
    words = context.words
    own = lines.filter((pl.col("scope") == code) & pl.col("value").is_not_null())
    if own.is_empty():
        st.info(words("branch.no_trend"))
        return
    st.markdown(_says(context, own, unit, chart))
    drawn = lines.with_columns(
        pl.Series("value", [on_axis(v, unit) for v in lines["value"]], dtype=pl.Float64)
    )
    names = dict(drawn.select("scope", "name").unique(maintain_order=True).iter_rows())
    order = [names[code], *(n for c, n in names.items() if c != code)]
    st.altair_chart(
        charts.trend(
            drawn.select("period", "value", "name"),
            value=words("branch.axis", unit=words.unit(unit)) if unit else words("column.value"),
            period=words("column.period"),
            name=words("column.name"),
            order=order,
            points=unit in ("%", "pp"),
            limits=[on_axis(chart[c], unit) for c in ("centre", "lower", "upper")] if chart else [],
        ),
        alt=words("branch.trend"),
    )
    _table(context, code, metric, lines, unit, order)


def _says(context: Context, own: pl.DataFrame, unit: str, chart: Row | None) -> str:
    """From the first to the last point, and whether that asks for an explanation."""
    words = context.words
    first, last = own.row(0, named=True), own.row(-1, named=True)
    said = words(
        "branch.trend_says" if own.height > 1 else "branch.trend_one",
        first=label(first["period"], words.lang),
        last=label(last["period"], words.lang),
        before=written(words, first["value"], unit),
        now=written(words, last["value"], unit),
    )
    if chart and chart["lower"] <= last["value"] <= chart["upper"] and not chart["signals"]:
        return words.joined([said, words("branch.inside")])
    return said


def _table(
    context: Context, code: str, metric: str, lines: pl.DataFrame, unit: str, order: list[str]
) -> None:
    """The points as written; a ticked row opens where the branch's value of that period is from."""
    words = context.words
    with st.expander(words("app.as_table")):
        texts = pl.Series("value", [written(words, v, unit) for v in lines["value"]])
        table = lines.with_columns(texts).pivot("name", index="period", values="value")
        table = table.sort("period").select("period", *[n for n in order if n in table.columns])
        shown = table.rename({"period": words("column.period")})
        picked: Any = st.dataframe(
            shown, hide_index=True, placeholder=DASH, key=f"trend_table_{metric}",
            on_select="rerun" if context.may("origin") else "ignore",
            selection_mode="single-row",
        )  # fmt: skip
        download(context, shown, f"trend-{code}", "trend_download")
        if context.may("origin") and picked.selection.rows:
            period = table["period"][picked.selection.rows[0]]
            st.button(
                words("origin.of_period", period=label(period, words.lang)), key="trend_origin",
                icon=":material/search:", on_click=dialogue.ask, args=(origin.KIND,),
                kwargs={"metric": metric, "code": code, "period": period},
            )  # fmt: skip
