"""One branch: its standing, the seven steps, points lost and why, trend, key metrics, sources."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from dashboards import charts, lasting, queries, ruler
from dashboards.exports import csv
from dashboards.formats import DASH, on_axis, points, written
from dashboards.origin import panel
from dashboards.views import Context, View
from pipeline.periods import kind_of, label

STEP = "adherence.step."
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
# Shares of a step from which it is drawn as good, fair, weak. The number stands beside the colour.
_GOOD, _FAIR = 0.9, 0.75
_TOP_ITEMS = 5


def show(context: Context) -> None:
    code = _choose(context)
    if code is None:
        st.info(context.words("branch.none"))
        return
    values = queries.values(context.publication, context.scope("values"), code)
    _tiles(context, code)
    lasting.index(context, code)
    lasting.status(context, code)
    _steps(context, values)
    left, right = st.columns([1, 1], gap="medium")
    with left:
        _lost(context, code)
    with right:
        _trend(context, code, values)
    _key_metrics(context, code)
    lasting.claim(context, code)
    _visits(context, code)


def _choose(context: Context) -> str | None:
    words = context.words
    mine = queries.branches(context.publication, context.scope("values"))
    if mine.is_empty():
        return None
    names = {
        r["scope"]: f"{r['name']} · {r['city_name'] or DASH} · {r['scope']}"
        for r in mine.iter_rows(named=True)
    }
    asked = st.query_params.get("scope", st.session_state.get("_scope"))
    if asked in names:
        st.session_state["branch_choice"] = asked
    elif "scope" in st.query_params:
        st.warning(words("branch.not_there"))
    code = st.selectbox(
        words("branch.choose"),
        list(names),
        format_func=lambda c: names.get(c, c),
        key="branch_choice",
        on_change=_taken,
        label_visibility="collapsed",
    )
    _keep(code)
    return str(code)


def _taken() -> None:
    _keep(st.session_state["branch_choice"])


def _keep(code: str) -> None:
    st.session_state["_scope"] = code
    if st.query_params.get("scope") != code:
        st.query_params["scope"] = code


def _tiles(context: Context, code: str) -> None:
    words = context.words
    rows = queries.standing(context.publication, context.scope("ranks"), code)
    by_group = {r["peer_group"]: r for r in rows.iter_rows(named=True)}
    province: dict[str, Any] = by_group.pop(queries.PROVINCE_WIDE, {})
    group: dict[str, Any] = next(iter(by_group.values()), {})
    with st.container(horizontal=True, key="branch_tiles"):
        st.metric(words("column.score"), points(province.get("score")), border=True, width=100)
        st.metric(words("column.tier"), _short_tier(context, province), border=True, width=170)
        st.metric(words("branch.interval"), _interval(province), border=True, width=125)
        st.metric(words("branch.rank"), _rank(province), border=True, width=130)
        st.metric(
            words("branch.group_rank", group=group.get("peer_group") or DASH),
            _rank(group),
            border=True,
            width=180,
        )
        st.metric(words("column.visits"), str(province.get("visits") or 0), border=True, width=100)
    st.caption(_rank_says(context, province))


def _short_tier(context: Context, row: dict[str, Any]) -> str:
    return context.words.either(f"tier.short.{row.get('tier')}", DASH)


def _tier(context: Context, row: dict[str, Any]) -> str:
    return context.words.either(f"tier.{row.get('tier')}", DASH)


def _interval(row: dict[str, Any]) -> str:
    return DASH if row.get("low") is None else f"{row['low']}–{row['high']}"


def _rank_says(context: Context, row: dict[str, Any]) -> str:
    """What the standing is worth, in the words of a branch head."""
    words, status = context.words, str(row.get("status", "not_visited"))
    if row.get("low") is None:
        return words("branch.rank_note") if status == "ok" else words(f"branch.{status}")
    said = words(
        "branch.interval_says",
        visits=row["visits"],
        low=row["low"],
        high=row["high"],
        tier=_tier(context, row),
    )
    return said if status == "ok" else f"{said} {words(f'branch.{status}')}"


def _rank(row: dict[str, Any]) -> str:
    return DASH if row.get("rank") is None else f"{row['rank']} / {row.get('of') or DASH}"


def _steps(context: Context, values: pl.DataFrame) -> None:
    words = context.words
    steps = values.filter(pl.col("metric").str.starts_with(STEP)).sort("metric")
    known = steps.filter(pl.col("value").is_not_null())
    if known.is_empty():
        return
    weakest = known.sort("value").row(0, named=True)
    st.subheader(words("branch.steps"), anchor=False)
    st.markdown(
        words(
            "branch.steps_say",
            step=_step(context, weakest),
            value=written(words, weakest["value"], "%"),
        )
    )
    cells = "".join(_cell(context, r) for r in steps.iter_rows(named=True))
    st.html(
        f'<div role="list" style="display:grid;gap:.5rem;'
        f'grid-template-columns:repeat(auto-fit,minmax(88px,1fr))">{cells}</div>'
    )


def _step(context: Context, row: dict[str, Any]) -> str:
    step = str(row["metric"]).removeprefix(STEP)
    return context.words.either(f"step.{step}", context.words.of(row["zh"], row["en"]) or step)


def _cell(context: Context, row: dict[str, Any]) -> str:
    value = row["value"]
    share = 0.0 if value is None else max(0.0, min(1.0, value))
    colour = "#3C9A6B" if share >= _GOOD else "#D98C21" if share >= _FAIR else "#C24B4B"
    return (
        '<div role="listitem" style="border:1px solid rgba(128,140,155,.35);border-radius:6px;'
        'padding:.5rem .6rem">'
        f'<div style="font-size:.85rem;opacity:.8">{escape(_step(context, row))}</div>'
        f'<div style="font-size:1.15rem;font-weight:600">{written(context.words, value, "%")}</div>'
        '<div style="height:6px;border-radius:3px;background:rgba(128,140,155,.25)">'
        f'<div style="height:6px;border-radius:3px;width:{100 * share:.0f}%;'
        f'background:{colour}"></div></div></div>'
    )


def _lost(context: Context, code: str) -> None:
    words = context.words
    if not context.may("items"):
        return
    st.subheader(words("branch.lost"), anchor=False)
    items = queries.lost_points(context.publication, context.scope("items"), code)
    lost = items.filter(pl.col("lost") > 0)
    if lost.is_empty():
        st.info(words("branch.nothing_lost" if items.height else "branch.no_items"))
        return
    top = lost.head(_TOP_ITEMS)
    share = float(top["lost"].sum()) / float(lost["lost"].sum())
    st.markdown(words("branch.lost_says", count=top.height, share=f"{100 * share:.0f}%"))
    st.html("".join(_lost_item(context, r) for r in top.iter_rows(named=True)))
    table = _lost_table(context, lost)
    with st.expander(words("branch.lost_all", count=lost.height)):
        st.dataframe(
            table,
            hide_index=True,
            placeholder=DASH,
            key="lost_table",
            column_config={
                words("column.item"): st.column_config.TextColumn(width="medium"),
                words("column.lost"): st.column_config.NumberColumn(format="%.1f", width=70),
                words("column.reasons"): st.column_config.TextColumn(width="medium"),
            },
        )
        _download(context, table, f"lost-points-{code}", "lost_download")


def _lost_item(context: Context, row: dict[str, Any]) -> str:
    """One item: what was asked, what was lost, and the words of the visits below. All escaped."""
    words = context.words
    item = words.of(row["zh"], row["en"]) or str(row["item_id"])
    # An item that only takes points away has none to attain.
    key = "branch.lost_of" if row["applicable"] else "branch.deducted"
    said = words(key, lost=points(row["lost"]), all=points(row["applicable"]))
    reasons = words("app.separator").join(row["reasons"] or [])
    return (
        '<div style="border-left:3px solid #C24B4B;padding:.15rem 0 .15rem .7rem;margin:.5rem 0">'
        '<div style="display:flex;justify-content:space-between;gap:1rem">'
        f'<span>{escape(item)}</span><b style="white-space:nowrap">{escape(said)}</b></div>'
        f'<div style="font-size:.85rem;opacity:.75">{escape(reasons)}</div></div>'
    )


def _lost_table(context: Context, lost: pl.DataFrame) -> pl.DataFrame:
    words = context.words
    lang, other = words.lang, "en" if words.lang == "zh" else "zh"
    return lost.select(
        pl.coalesce(pl.col(lang), pl.col(other), pl.col("item_id")).alias(words("column.item")),
        pl.col("lost").round(2).alias(words("column.lost")),
        pl.col("applicable").round(2).alias(words("column.applicable")),
        pl.col("reasons").list.join(words("app.separator")).alias(words("column.reasons")),
        pl.col(f"section_{lang}").alias(words("column.section")),
        pl.col("item_id").alias(words("column.code")),
    )


def _trend(context: Context, code: str, values: pl.DataFrame) -> None:
    words, key = context.words, context.publication
    st.subheader(words("branch.trend"), anchor=False)
    offered = values.filter(pl.col("metric").is_in(HEADLINE))
    if offered.is_empty():
        st.info(words("branch.no_values"))
        return
    metrics = {r["metric"]: r for r in offered.iter_rows(named=True)}
    order = [m for m in HEADLINE if m in metrics]
    metric = st.selectbox(
        words("column.metric"),
        order,
        format_func=lambda m: words.of(metrics[m]["zh"], metrics[m]["en"]),
        key="trend_metric",
        label_visibility="collapsed",
    )
    above = queries.ancestors(key, code)
    codes = tuple(dict.fromkeys([code, *above[-2:]]))
    scope = context.scope("values")
    chart = queries.chart_of(key, scope, code, metric)
    drawn = chart if chart and chart["status"] == "ok" else None
    lines = queries.trend(key, scope, codes, metric, "month" if drawn else kind_of(key.period))
    if lines.filter((pl.col("scope") == code) & pl.col("value").is_not_null()).height < 2:
        lines = queries.trend(key, scope, codes, metric, "month")
    unit = str(metrics[metric]["unit"])
    _draw_trend(context, code, lines, unit, drawn)
    lasting.limits(context, code, chart, unit)
    ruler.note(context, metric, lines["period"].to_list())


def _draw_trend(
    context: Context, code: str, lines: pl.DataFrame, unit: str, chart: dict[str, Any] | None
) -> None:
    words = context.words
    own = lines.filter((pl.col("scope") == code) & pl.col("value").is_not_null())
    if own.is_empty():
        st.info(words("branch.no_trend"))
        return
    first, last = own.row(0, named=True), own.row(-1, named=True)
    st.markdown(
        words(
            "branch.trend_says" if own.height > 1 else "branch.trend_one",
            first=label(first["period"], words.lang),
            last=label(last["period"], words.lang),
            before=written(words, first["value"], unit),
            now=written(words, last["value"], unit),
        )
    )
    drawn = lines.with_columns(
        pl.Series("value", [on_axis(v, unit) for v in lines["value"]], dtype=pl.Float64)
    )
    names = dict(drawn.select("scope", "name").unique().iter_rows())
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
    with st.expander(words("app.as_table")):
        table = drawn.pivot("name", index="period", values="value").sort("period")
        table = table.rename({"period": words("column.period")})
        st.dataframe(table, hide_index=True, placeholder=DASH)
        _download(context, table, f"trend-{code}", "trend_download")


def _key_metrics(context: Context, code: str) -> None:
    words, key = context.words, context.publication
    st.subheader(words("branch.metrics"), anchor=False)
    province = next(iter(reversed(queries.ancestors(key, code))), code)
    rows = queries.compared(key, context.scope("values"), code, province)
    everything = st.toggle(words("branch.all_metrics"), key="all_metrics")
    order = {m: i for i, m in enumerate(HEADLINE)}
    shown = rows if everything else rows.filter(pl.col("metric").is_in(HEADLINE))
    shown = shown.sort(pl.col("metric").replace_strict(order, default=len(order)), "metric")
    table = pl.DataFrame(
        [_metric_row(context, r) for r in shown.iter_rows(named=True)],
        schema={
            words(f"column.{c}"): pl.String
            for c in ("metric", "value", "interval", "province", "components", "rows", "note")
        },
        orient="row",
    )
    st.dataframe(
        table,
        hide_index=True,
        placeholder=DASH,
        key="metrics_of_branch",
        height=min(38 + 35 * max(table.height, 1), 460),
        column_config={words("column.metric"): st.column_config.TextColumn(width=190)},
    )
    st.caption(words("branch.interval_note"))
    _download(context, table, f"metrics-{code}", "metrics_download")
    panel(context, code, shown)


def _metric_row(context: Context, row: dict[str, Any]) -> tuple[str, ...]:
    words, unit = context.words, str(row["unit"] or "")
    status = str(row["status"])
    return (
        words.of(row["zh"], row["en"]) or str(row["metric"]),
        written(words, row["value"], unit),
        lasting.interval(words, row["low"], row["high"], unit),
        written(words, row["beside_value"], unit),
        _components(row),
        "" if row["n"] is None else str(row["n"]),
        "" if status == "ok" else words.either(f"value.{status}", status),
    )


def _components(row: dict[str, Any]) -> str:
    """Numerator ÷ denominator of what is a ratio; a sum has nothing to divide by."""
    top, bottom = row["numerator"], row["denominator"]
    if top is None or bottom is None or row["form"] != "ratio":
        return ""
    return f"{top:,.10g} ÷ {bottom:,.10g}"


def _visits(context: Context, code: str) -> None:
    words = context.words
    if not context.may("items"):
        return
    visits = queries.visit_scores(context.publication, context.scope("items"), code)
    with st.expander(words("branch.visits", count=visits.height)):
        table = visits.select(
            pl.col("visit_date").cast(pl.String).alias(words("column.date")),
            pl.col("round").alias(words("column.round")),
            pl.col("edition").alias(words("column.edition")),
            pl.col("score").round(1).alias(words("column.score")),
            pl.col("score_before_veto").round(1).alias(words("column.score_before_veto")),
            pl.col("coverage").mul(100).round(0).alias(words("column.coverage")),
        )
        st.dataframe(table, hide_index=True, placeholder=DASH, key="visits_table")
        _download(context, table, f"visits-{code}", "visits_download")


def _download(context: Context, table: pl.DataFrame, name: str, key: str) -> None:
    st.download_button(
        context.words("app.download_table"),
        csv(table),
        file_name=f"{name}-{context.publication.period}.csv",
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )


VIEW = View(id="branch", order=5, icon=":material/storefront:", subject="values", show=show)
