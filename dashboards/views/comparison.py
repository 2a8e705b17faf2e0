"""Up to five branches beside each other: standing with intervals, steps, headline metrics."""

from __future__ import annotations

import polars as pl
import streamlit as st

from audits.scorecard import STEPS
from dashboards import addressed, charts, figures, origin, queries
from dashboards.branch_parts.trend import HEADLINE
from dashboards.figures import Source
from dashboards.formats import DASH, literal, written
from dashboards.views import Context, View
from dashboards.views.trends import region_names

MOST = 5
_GAP = "speak_up_gap"
_OFFERED = 3  # to begin with
_STEPS = {f"adherence.step.{s}": names for s, names in STEPS.items()}


def show(context: Context) -> None:
    words, key, scope = context.words, context.publication, context.scope("values")
    mine = queries.branches(key, scope)
    if mine.is_empty():
        st.info(words("branch.none"))
        return
    names = dict(mine.select("scope", "name").iter_rows())
    if mine.height > 1:
        codes = addressed.several(
            "branches", words("comparison.choose", most=MOST), names,
            default=mine["scope"].to_list()[:_OFFERED], most=MOST,
        )  # fmt: skip
    else:
        codes = list(names)
        st.caption(words("comparison.own"))
    if not codes:
        st.info(words("comparison.choose", most=MOST))
        return
    _standing(context, codes, names)
    _metrics(context, codes, names)
    origin.dialogues(context)


def _standing(context: Context, codes: list[str], names: dict[str, str]) -> None:
    """Rank intervals side by side, and whether any two can be told apart."""
    words, key = context.words, context.publication
    rows = queries.league(key, context.scope("values")).filter(pl.col("scope").is_in(codes))
    known = rows.filter(pl.col("low").is_not_null())
    if known.is_empty():
        st.info(words("comparison.no_interval"))
        return
    st.markdown(literal(_says(context, known)))
    drawn = known.select(
        "name", "low", "high", pl.col("expected").alias("middle"),
        interval=pl.format("{}–{}", "low", "high"),
    )  # fmt: skip
    titles = {"place": words("comparison.place"), "name": words("column.branch")}
    titles["interval"] = words("branch.interval")
    of = int(known["of"].drop_nulls().max() or known["high"].max())  # type: ignore[arg-type]
    st.altair_chart(charts.intervals(drawn, titles=titles, of=of), alt=words("page.comparison"))
    tier = {t: words(f"tier.{t}") for t in ("above", "average", "below")}
    lines = [
        (names[r["scope"]], tier.get(r["tier"], DASH), f"{r['low']}–{r['high']}", str(r["visits"]))
        for r in known.iter_rows(named=True)
    ]
    columns = ("column.branch", "column.tier", "branch.interval", "column.visits")
    table = pl.DataFrame(lines, schema={words(c): pl.String for c in columns}, orient="row")
    own = context.may("origin")
    sources = [
        [Source(words("funnel.open", name=names[c]), origin.RANK, c)] if own else []
        for c in known["scope"]
    ]
    figures.table(context, table, "comparison_standing", sources=sources)


def _says(context: Context, known: pl.DataFrame) -> str:
    words = context.words
    ordered = known.sort("low", "high").to_dicts()
    if len(ordered) == 1:
        only = ordered[0]
        return words("comparison.says_one", name=only["name"], low=only["low"], high=only["high"])
    apart = [
        (a["name"], b["name"]) for a in ordered for b in ordered if a["high"] < b["low"]
    ]  # fmt: skip
    if not apart:
        return words("comparison.overlap", count=len(ordered))
    first, second = apart[0]
    return words("comparison.apart", better=first, worse=second, pairs=len(apart))


def _metrics(context: Context, codes: list[str], names: dict[str, str]) -> None:
    words, key, scope = context.words, context.publication, context.scope("values")
    every = queries.dictionary(key, scope)
    known = {r["metric"]: r for r in every.iter_rows(named=True)}
    wanted = [m for m in (*HEADLINE, *_STEPS) if m in known]
    beside = _beside(context, codes)
    rows = queries.beside_each_other(key, scope, (*codes, *beside), tuple(wanted))
    at = {(r["metric"], r["scope"]): r for r in rows.iter_rows(named=True)}
    _steps(context, at, {c: names[c] for c in codes} | beside)
    columns = {c: names[c] for c in codes} | beside
    lines, sources = [], []
    for metric in wanted:
        unit = str(known[metric]["unit"] or "")
        found = {c: at.get((metric, c)) for c in columns}
        if not any(r and r["value"] is not None for r in found.values()):
            continue
        name = words.of(known[metric]["zh"], known[metric]["en"]) or metric
        lines.append((name, *(_text(context, r, unit) for r in found.values())))
        sources.append([Source(names[c], metric, c) for c in codes if found[c]])
    st.subheader(words("branch.metrics"), anchor=False)
    if not lines:
        st.info(words("branch.no_values"))
        return
    titles = [words("column.metric"), *columns.values()]
    table = pl.DataFrame(lines, schema=dict.fromkeys(titles, pl.String), orient="row")
    figures.table(context, table, "comparison", sources=sources, folded=False)
    if _GAP in known:
        name = words.of(known[_GAP]["zh"], known[_GAP]["en"])
        st.caption(literal(words("app.about", name=name, said=words("peers.gap"))))


def _beside(context: Context, codes: list[str]) -> dict[str, str]:
    """The province, and where it is one branch alone its peer group: by name."""
    key, scope = context.publication, context.scope("values")
    places = queries.regions(key, scope)
    wanted = ("province", "peer_group") if len(codes) == 1 else ("province",)
    own = queries.branches(key, scope).filter(pl.col("scope").is_in(codes))["peer_group"]
    groups = [f"peer:{g}" for g in own.drop_nulls()]
    found = places.filter(
        pl.col("level").is_in(wanted)
        & ((pl.col("level") == "province") | pl.col("scope").is_in(groups))
    )
    return region_names(context, found)


def _text(context: Context, row: dict[str, object] | None, unit: str) -> str:
    if row is None:
        return DASH
    if row["value"] is None:
        return context.words.value_status(str(row["status"]), DASH)
    return written(context.words, row["value"], unit)  # type: ignore[arg-type]


def _steps(
    context: Context, at: dict[tuple[str, str], dict[str, object]], columns: dict[str, str]
) -> None:
    """The seven steps of the chosen ones as a map; nothing where there is none."""
    words = context.words
    cells = []
    for metric, spoken in _STEPS.items():
        for code, name in columns.items():
            value = (at.get((metric, code)) or {}).get("value")
            share = 100 * value if isinstance(value, float) else None
            text = DASH if share is None else f"{share:.0f}"
            cells.append((name, words.of(*spoken), share, text))
    frame = pl.DataFrame(
        cells,
        schema={"row": pl.String, "column": pl.String, "value": pl.Float64, "text": pl.String},
        orient="row",
    )
    if frame["value"].is_null().all():
        return
    st.subheader(words("branch.steps"), anchor=False)
    st.caption(words("comparison.steps"))
    titles = {"row": words("column.name"), "column": words("heatmap.step")}
    titles["value"] = words("heatmap.share")
    st.altair_chart(
        charts.heat(
            frame, titles=titles, rows=list(columns.values()),
            columns=[words.of(*s) for s in _STEPS.values()],
        ),
        alt=words("branch.steps"),
    )  # fmt: skip


VIEW = View(id="comparison", order=14, icon=":material/compare:", subject="values", show=show)
