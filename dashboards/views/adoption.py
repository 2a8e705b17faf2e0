"""Does it last? Status of adoption, relapse warnings, signals, and claims that do not hold.

Every list says how many entries chance alone would give.
"""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from audits.scorecard import STEPS
from audits.statistics.adoption import STATUSES
from audits.statistics.words import explained
from dashboards import lasting, queries
from dashboards.exports import csv
from dashboards.formats import DASH, points, written
from dashboards.views import Context, View

OVERCLAIMED_BY_CHANCE = 0.025  # one side of a 95 % interval
UNUSUAL_BY_CHANCE = 0.001
_METHODS = (
    "relapse", "early_sign", "chance_signals", "control_chart", "claimed_gap", "copied_counts",
)  # fmt: skip
_MOST_SAID = 12  # sentences in full before the rest is left to the table


def show(context: Context) -> None:
    words = context.words
    rows = queries.adoption(context.publication, context.scope("values"))
    if rows.is_empty():
        st.info(words("adoption.none"))
        return
    if rows.height == 1:  # counts of one branch would all be zero or one
        _own(context, str(rows["scope"][0]))
        return
    counts = {s: rows.filter(pl.col("status") == s).height for s in STATUSES}
    st.markdown(words("adoption.statement", all=rows.height, **counts))
    _warnings(context, rows)
    _early(context)
    _signals(context)
    _claims(context)
    lasting.method(context, *_METHODS)


def _own(context: Context, code: str) -> None:
    """Of one branch alone: its status, what moved, and what it reports, in sentences."""
    words, key, scope = context.words, context.publication, context.scope("values")
    lasting.status(context, code)
    worse = queries.signals(key, scope).filter(
        (pl.col("scope") == code) & (pl.col("direction") == "worse")
    )
    looked = queries.charts(key, scope).filter(
        (pl.col("scope") == code) & (pl.col("status") == "ok")
    )
    series = worse["metric"].n_unique()
    st.subheader(words("adoption.signals", count=series), anchor=False)
    said = by_chance(context, series, float(looked["chance_below"].sum()))
    st.markdown(words.joined([said, words("adoption.signals_tested", count=looked.height)]))
    if worse.is_empty():
        st.info(words("adoption.no_signal"))
    else:
        _said(context, _series(worse))
    lasting.claim(context, code)
    lasting.method(context, *_METHODS)


def by_chance(context: Context, found: int, expected: float) -> str:
    """How many are on a list, and how many chance alone would put there."""
    text = explained("chance_signals")
    digits = 1 if expected >= 0.05 or not expected else 2 if expected >= 0.005 else 3
    slots = {"found": found, "expected": f"{expected:.{digits}f}"}
    return text.phrase("says", context.words.lang, **slots)


def _warnings(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    new = rows.filter("warned")
    st.subheader(
        words("adoption.warnings", count=new.height), anchor=False,
        help=explained("relapse").sentence.of(words.lang),
    )  # fmt: skip
    tested = rows.filter(pl.col("chance") > 0)
    said = words("adoption.tested", count=tested.height)
    chance = by_chance(context, new.height, float(tested["chance"].sum()))
    st.markdown(words.joined([chance, said]))
    if new.is_empty():
        st.info(words("adoption.no_warning"))
    else:
        _list(context, new, "warnings")
    still = rows.filter((pl.col("status") == "relapsed") & ~pl.col("warned"))
    if still.height:
        st.markdown(f"**{words('adoption.still', count=still.height)}**")
        _list(context, still, "still")
    if st.toggle(words("adoption.everyone"), key="adoption_everyone"):
        _list(context, rows, "everyone")


def _list(context: Context, rows: pl.DataFrame, key: str) -> None:
    words = context.words
    status = {s: words(f"adoption.status.{s}") for s in STATUSES}
    steps = {s: words.of(*names) for s, names in STEPS.items()}
    table = rows.select(
        pl.col("name").alias(words("column.branch")),
        pl.col("city_name").alias(words("column.city")),
        pl.col("status").replace(status).alias(words("column.status")),
        pl.col("since").alias(words("column.since")),
        pl.col("baseline").round(1).alias(words("column.baseline")),
        pl.col("latest").round(1).alias(words("column.latest")),
        pl.col("change").round(1).alias(words("column.change")),
        pl.col("first_step").replace(steps).alias(words("column.first_step")),
        pl.col(words.lang).alias(words("column.reason")),
        pl.col("scope").alias(words("column.code")),
    )
    _said(context, rows, key != "everyone")
    _table(context, table, f"adoption_{key}")


def _early(context: Context) -> None:
    """Branches whose own monthly figures fall together: a sign before visits can tell."""
    words = context.words
    rows = queries.early_signs(context.publication, context.scope("values"))
    if rows.is_empty():
        return
    told = rows.filter("told")
    st.subheader(
        words("adoption.early", count=told.height), anchor=False,
        help=explained("early_sign").sentence.of(words.lang),
    )  # fmt: skip
    said = words("adoption.tested", count=rows.height)
    chance = by_chance(context, told.height, float(rows["chance"].sum()))
    st.markdown(words.joined([chance, said]))
    if told.is_empty():
        st.info(words("adoption.no_early"))
        return
    table = told.select(
        pl.col("name").alias(words("column.branch")),
        pl.col("city_name").alias(words("column.city")),
        pl.col("since").alias(words("column.since")),
        pl.col(words.lang).alias(words("column.reason")),
        pl.col("scope").alias(words("column.code")),
    )
    _said(context, told)
    _table(context, table, "adoption_early")


def _signals(context: Context) -> None:
    words, key, scope = context.words, context.publication, context.scope("values")
    worse = queries.signals(key, scope).filter(pl.col("direction") == "worse")
    series = worse.select("scope", "metric").unique().height
    st.subheader(words("adoption.signals", count=series), anchor=False)
    looked = queries.charts(key, scope).filter(pl.col("status") == "ok")
    said = by_chance(context, series, float(looked["chance_below"].sum()))
    st.markdown(words.joined([said, words("adoption.signals_tested", count=looked.height)]))
    if worse.is_empty():
        st.info(words("adoption.no_signal"))
        return
    table = worse.select(
        pl.col("name").alias(words("column.name")),
        pl.col(words.lang).alias(words("column.signal")),
        pl.col("scope").alias(words("column.code")),
    )
    if worse.height > series:
        st.caption(words("adoption.signals_rules"))
    _said(context, _series(worse))
    _table(context, table, "adoption_signals")


def _series(worse: pl.DataFrame) -> pl.DataFrame:
    """One row a series, as they are counted: several rules may tell of the same one."""
    return worse.unique(["scope", "metric"], keep="first", maintain_order=True)


def _claims(context: Context) -> None:
    words = context.words
    rows = queries.claims(context.publication, context.scope("values"))
    if rows.is_empty():
        return
    st.subheader(words("adoption.claims"), anchor=False)
    compared = rows.filter(pl.col("status") == "ok").height
    over = int(rows["overclaimed"].sum())
    expected = points(OVERCLAIMED_BY_CHANCE * compared)
    st.markdown(words("adoption.overclaimed", found=over, expected=expected))
    unusual = f"{UNUSUAL_BY_CHANCE * compared:.2f}"
    found = int(rows["unusual"].sum())
    st.markdown(words("adoption.unusual", found=found, expected=unusual))
    chance = float((rows["heaped_chance"] + rows["copied_chance"]).sum())
    st.markdown(
        words(
            "adoption.made_up",
            heaped=int(rows["heaped"].sum()),
            copied=int(rows["copied"].sum()),
            twins=rows.filter(pl.col("twins") > 0).height,
            expected=f"{chance:.2f}",
        )
    )
    doubtful = pl.any_horizontal("overclaimed", "unusual", "heaped", "copied", pl.col("twins") > 0)
    _doubtful(context, rows.filter(doubtful).sort("gap", "scope", descending=[True, False]))


def _doubtful(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    if rows.is_empty():
        st.info(words("adoption.no_claim"))
        return
    table = pl.DataFrame(
        [
            (
                r["name"], written(words, r["reported"], "%"), written(words, r["observed"], "%"),
                written(words, r["gap"], "pp"),
                lasting.interval(words, r["low"], r["high"], "pp"), r["scope"],
            )
            for r in rows.iter_rows(named=True)
        ],
        schema={
            words(f"column.{c}"): pl.String
            for c in ("branch", "reported", "observed", "gap", "interval", "code")
        },
        orient="row",
    )  # fmt: skip
    _table(context, table, "adoption_claims")


def _said(context: Context, rows: pl.DataFrame, wanted: bool = True) -> None:
    """Each sentence whole, under the name it is about: a grid would cut it. All escaped."""
    words = context.words
    if not wanted:
        return
    parts = [
        '<div style="border-left:3px solid rgba(128,140,155,.6);padding:.1rem 0 .1rem .7rem;'
        'margin:.5rem 0;overflow-wrap:anywhere">'
        f"<div><b>{escape(str(r['name'] or r['scope']))}</b> "
        f'<span style="opacity:.75">{escape(_city(r))}</span></div>'
        f"<div>{escape(words.of(r['zh'], r['en']))}</div></div>"
        for r in rows.head(_MOST_SAID).iter_rows(named=True)
    ]
    st.html("".join(parts))
    if rows.height > _MOST_SAID:
        st.caption(words("adoption.more", count=rows.height - _MOST_SAID))


def _city(row: dict[str, Any]) -> str:
    """Where it belongs; a city is not said to be in itself."""
    city = str(row["city_name"] or "")
    return "" if city == row["name"] else city


def _table(context: Context, table: pl.DataFrame, key: str) -> None:
    words = context.words
    with st.expander(words("app.as_table")):
        st.dataframe(
            table, hide_index=True, placeholder=DASH, key=key,
            height=min(38 + 35 * max(table.height, 1), 420),
        )  # fmt: skip
        st.download_button(
            words("app.download_table"),
            csv(table),
            file_name=f"{key}-{context.publication.period}.csv",
            mime="text/csv",
            key=f"{key}_download",
            icon=":material/download:",
            on_click="ignore",
        )


VIEW = View(id="adoption", order=8, icon=":material/monitor_heart:", subject="values", show=show)
