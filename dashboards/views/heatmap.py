"""Steps of the counter by region: where which of the seven is weak."""

from __future__ import annotations

import polars as pl
import streamlit as st

from audits.scorecard import STEPS
from dashboards import addressed, charts, figures, origin, queries
from dashboards.figures import Source
from dashboards.formats import literal, written
from dashboards.views import Context, View
from dashboards.views.trends import region_names

_METRICS = {step: f"adherence.step.{step}" for step in STEPS}
_MOST = 30  # rows that can be taken in


def show(context: Context) -> None:
    words, key, scope = context.words, context.publication, context.scope("values")
    places = queries.regions(key, scope)
    levels = _levels(context, places)
    if not levels:
        st.info(words("heatmap.none"))
        return
    # a city has one row of its own among cities: its sub-branches are what it compares
    default = "sub" if context.viewer.role == "city" else None
    level = addressed.one("level", words("heatmap.level"), levels, default=default, width=240)
    wanted = {"region": ("city", "direct"), "sub": ("sub_branch",), "peer": ("peer_group",)}[level]
    found = places.filter(pl.col("level").is_in(("province", *wanted))).head(_MOST)
    codes = tuple(found["scope"])
    rows = queries.beside_each_other(key, scope, codes, tuple(_METRICS.values()))
    _draw(context, rows, region_names(context, found))
    origin.dialogues(context)


def _levels(context: Context, places: pl.DataFrame) -> dict[str, str]:
    there = set(places["level"])
    offered = {"region": {"city", "direct"}, "sub": {"sub_branch"}, "peer": {"peer_group"}}
    return {k: context.words(f"heatmap.level.{k}") for k, of in offered.items() if of & there}


def _draw(context: Context, rows: pl.DataFrame, names: dict[str, str]) -> None:
    words = context.words
    steps = {s: words.of(*spoken) for s, spoken in STEPS.items()}
    of_metric = {m: s for s, m in _METRICS.items()}
    known = rows.filter(pl.col("value").is_not_null()).sort("value", "metric", "scope")
    if known.is_empty():
        st.info(words("heatmap.empty"))
        return
    worst = known.row(0, named=True)
    st.markdown(
        literal(
            words(
                "heatmap.says", place=names[worst["scope"]], step=steps[of_metric[worst["metric"]]],
                value=written(words, worst["value"], "%"),
            )
        )
    )  # fmt: skip
    cells = pl.DataFrame(
        [
            (names[r["scope"]], steps[of_metric[r["metric"]]],
             None if r["value"] is None else 100 * r["value"], _text(r))
            for r in rows.iter_rows(named=True)
        ],
        schema={"row": pl.String, "column": pl.String, "value": pl.Float64, "text": pl.String},
        orient="row",
    )  # fmt: skip
    titles = {"row": words("column.name"), "column": words("heatmap.step")}
    titles["value"] = words("heatmap.share")
    st.altair_chart(
        charts.heat(
            cells, titles=titles, rows=list(names.values()), columns=list(steps.values())
        ),
        alt=words("page.heatmap"),
    )  # fmt: skip
    st.caption(words("heatmap.reads", few=queries.FEWEST))
    _table(context, rows, names, steps)


def _text(row: dict[str, object]) -> str:
    value = row["value"]
    if isinstance(value, float):
        return f"{100 * value:.0f}"
    return "×" if row["status"] == "suppressed" else "—"


def _table(
    context: Context, rows: pl.DataFrame, names: dict[str, str], steps: dict[str, str]
) -> None:
    words = context.words
    at = {(r["scope"], r["metric"]): r for r in rows.iter_rows(named=True)}
    lines, sources = [], []
    own = set(queries.nodes(context.publication, context.scope("values"))["scope"])
    for code, name in names.items():
        found = [at.get((code, m)) for m in _METRICS.values()]
        lines.append((name, *(_written(context, r) for r in found)))
        sources.append(
            [Source(step, _METRICS[s], code) for (s, step), r in zip(steps.items(), found,
             strict=True) if r and r["value"] is not None and code in own]
        )  # fmt: skip
    titles = (words("column.name"), *steps.values())
    table = pl.DataFrame(lines, schema=dict.fromkeys(titles, pl.String), orient="row")
    figures.table(context, table, "heatmap", sources=sources)


def _written(context: Context, row: dict[str, object] | None) -> str:
    if row is None or row["status"] in ("ok", None) or row["value"] is not None:
        return written(context.words, row["value"] if row else None, "%")  # type: ignore[arg-type]
    return context.words.value_status(str(row["status"]))


VIEW = View(id="heatmap", order=16, icon=":material/grid_on:", subject="values", show=show)
