"""League table: every branch by score, province-wide or within its peer group."""

from __future__ import annotations

from typing import Any

import polars as pl
import streamlit as st

from audits.statistics.funnel import OUTSIDE
from audits.statistics.ranks import chance
from dashboards import addressed, charts, procedure, queries, ruler
from dashboards.access import Scope, standing_detail
from dashboards.exports import csv
from dashboards.formats import DASH, points
from dashboards.rewards import joint_sets, method, rewards
from dashboards.views import Context, View
from pipeline.periods import label

_CHANCES = ("certain", "possible", "impossible")
_TIERS = ("above", "average", "below")
_MARKS = {"above": "▲", "average": "●", "below": "▼"}  # told without colour
MOST_PICTURES = 1_000
_LONGEST = 100  # signs that are looked for: a search for a million would break off the page
_WIDTH = 54
# A track, the interval on it, and the expected rank; colours that are read on light and dark.
_PICTURE = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='124' height='48' "
    "viewBox='0 0 62 24'%3E%3Cpath d='M4 12H58' stroke='%238A94A6' stroke-opacity='.45'/%3E"
    "%3Cpath d='M{a} 12H{b}' stroke='%233B82C4' stroke-width='8' stroke-opacity='.75'/%3E"
    "%3Ccircle cx='{m}' cy='12' r='{r}' fill='%23D9822B'/%3E%3C/svg%3E"
)


def show(context: Context) -> None:
    words, key, scope = context.words, context.publication, context.scope("ranks")
    group = _choose_group(context)
    detail = standing_detail(context.viewer)
    rows = _own_first(context, queries.league_for(key, scope, detail, group))
    if rows.is_empty():
        st.info(words("league.none"))
        return
    _statement(context, rows, detail)
    procedure.line(context)
    shown = _search(context, rows)
    _table(context, shown)
    _notes(context, rows)
    with st.container(horizontal=True):
        st.download_button(
            words("app.download_table"),
            csv(_worded(context, shown)),
            file_name=f"league-{key.period}-r{key.revision}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
    if detail.everything:
        rewards(context, group)
        _spread(context, rows)
        joint_sets(context, rows)
    method(context)


def _own_first(context: Context, rows: pl.DataFrame) -> pl.DataFrame:
    """The own branch on top, wherever it stands."""
    node = context.viewer.node
    return rows.sort(pl.col("scope") != node, maintain_order=True) if node else rows


def _choose_group(context: Context) -> str:
    words = context.words
    groups = queries.peer_groups(context.publication, context.scope("ranks"))
    options = {queries.PROVINCE_WIDE: words("league.province")} | {g: g for g in groups}
    return addressed.one("group", words("league.group"), options, width=260)


def _statement(context: Context, rows: pl.DataFrame, detail: Scope) -> None:
    """One sentence that says what the table shows, before the table."""
    words = context.words
    if not detail.everything:
        counts = {t: rows.filter(pl.col("tier") == t).height for t in _TIERS}
        st.markdown(words("league.tiers", all=rows.height, **counts))
        st.caption(words("league.others"))
        return
    score = rows["score"].drop_nulls()
    if score.is_empty():
        st.markdown(words("league.nobody", all=rows.height))
        return
    ranked = rows["rank"].count()
    st.markdown(
        words(
            "league.statement" if ranked else "league.no_rank",
            ranked=ranked or score.len(),
            all=rows.height,
            best=points(score.max()),  # type: ignore[arg-type]
            middle=points(score.median()),  # type: ignore[arg-type]
            worst=points(score.min()),  # type: ignore[arg-type]
        )
    )


def _notes(context: Context, rows: pl.DataFrame) -> None:
    """How the table is to be read: intervals, what has no ordinal rank, and on which visits."""
    words = context.words
    counts = dict(rows.group_by("status").len().iter_rows())
    if not _filled(rows, "low"):
        reason = next((s for s in ("no_visit_variance", "no_spread") if s in counts), None)
        st.caption(words(f"league.{reason}" if reason else "league.note_ordinal"))
        return
    first = rows.row(0, named=True)
    said = [
        words(f"league.{status}", count=counts[status])
        for status in ("by_decision", "unreliable")
        if status in counts
    ]
    said.append(words("league.note_interval", k=first["first_k"] or DASH, chance=_by_chance(rows)))
    if first["since"]:
        said.append(words("league.window", since=label(first["since"], words.lang)))
    st.caption(words.joined(said))
    if first["since"]:
        ruler.note(context, "adherence", [first["since"], context.publication.period])


def _by_chance(rows: pl.DataFrame) -> int:
    """How many of the branches with a tier would fall outside the warning limits by luck."""
    return round(OUTSIDE * rows["tier"].count())


def _search(context: Context, rows: pl.DataFrame) -> pl.DataFrame:
    words = context.words
    text = st.text_input(
        words("league.search"),
        placeholder=words("league.search"),
        key="league_search",
        label_visibility="collapsed",
    )
    wanted = (text or "").strip().lower()[:_LONGEST]
    if not wanted:
        return rows
    hit = pl.any_horizontal(
        pl.col(c).fill_null("").str.to_lowercase().str.contains(wanted, literal=True)
        for c in ("name", "scope", "city_name")
    )
    found = rows.filter(hit)
    if found.is_empty():
        st.info(words("league.not_found"))
    return found


def _filled(rows: pl.DataFrame, column: str) -> bool:
    return column in rows.columns and rows[column].null_count() < rows.height


def _worded(context: Context, rows: pl.DataFrame, *, drawn: bool = False) -> pl.DataFrame:
    """The table in words: tiers and intervals first, ordinal ranks second.

    `drawn`: with the interval as a picture, and tiers short enough for a phone beside it.
    """
    words = context.words
    status = {s: words.rank_status(s) for s in rows["status"].unique().to_list()}
    tier = {t: words(f"tier.{t}") for t in _TIERS}
    if drawn:
        short = {t: words(f"league.tier.{t}") for t in _TIERS}
        tier = {t: f"{_MARKS[t]} {short[t]}" for t in _TIERS}
    chances = {c: words(f"chance.{c}") for c in _CHANCES}
    chance_of = [chances.get(chance(p) or "") for p in rows["p_first_k"]]
    own = pl.when(pl.col("scope") == pl.lit(context.viewer.node or "")).then(pl.lit("★ "))
    table = rows.select(
        pl.concat_str(own.otherwise(pl.lit("")) if drawn else pl.lit(""), "name").alias("branch"),
        pl.col("tier").replace(tier),
        *([pictures(rows).alias("drawn")] if drawn else []),
        pl.col("score").round(1),
        "low",
        "high",
        "rank",
        pl.col("status").replace(status),
        pl.Series("chance", chance_of, dtype=pl.String),
        pl.col("p_first_k").mul(100).round(0),
        "visits",
        pl.col("reliability").round(2),
        "published_score",
        "vetoes",
        pl.col("city_name").alias("city"),
        "group",
        pl.col("scope").alias("code"),
    )
    optional = {
        c for c in ("low", "high", "tier", "reliability", "p_first_k") if not _filled(rows, c)
    }
    optional |= {"chance"} if "p_first_k" in optional else set()
    optional |= {"drawn"} if drawn and "low" in optional else set()
    optional |= {"status"} if drawn and set(rows["status"]) == {"ok"} else set()
    optional |= set() if _has_veto(rows) else {"published_score", "vetoes"}
    shown = table.drop(optional)
    return shown.rename({c: words(f"column.{c}") for c in shown.columns})


def pictures(rows: pl.DataFrame) -> pl.Series:
    """The rank interval of each row as a small picture, on one scale from the first to the last.

    Of long tables (over MOST_PICTURES rows) none are made: the numbers stand beside.
    """
    high = rows["high"].max()
    if rows.height > MOST_PICTURES or high is None:
        return pl.Series([None] * rows.height, dtype=pl.String)
    scale = _WIDTH / max(int(high) - 1, 1)  # type: ignore[arg-type]
    return pl.Series(
        [
            None if lo is None else _PICTURE.format(
                a=round(4 + (lo - 1) * scale, 1), b=round(4 + (hi - 1) * scale, 1),
                m=round(4 + ((lo if ex is None else ex) - 1) * scale, 1),
                r=0 if ex is None else 3.5,
            )
            for lo, hi, ex in rows.select("low", "high", "expected").iter_rows()
        ],
        dtype=pl.String,
    )  # fmt: skip


def _has_veto(rows: pl.DataFrame) -> bool:
    return "vetoes" in rows.columns and bool((rows["vetoes"].fill_null(0) > 0).any())


def _table(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    picked: Any = st.dataframe(
        _worded(context, rows, drawn=True),
        hide_index=True,
        placeholder=DASH,
        key="league_table",
        height=min(38 + 35 * max(rows.height, 1), 460),
        on_select="rerun",
        selection_mode="single-row",
        # name, tier and interval are together as wide as a phone
        column_config={
            words("column.branch"): st.column_config.TextColumn(width=158, pinned=True),
            words("column.tier"): st.column_config.TextColumn(width=102),
            words("column.drawn"): st.column_config.ImageColumn(
                width=78, help=words("league.drawn_says")
            ),
            words("column.rank"): st.column_config.NumberColumn(width=60),
            words("column.low"): st.column_config.NumberColumn(width=76),
            words("column.high"): st.column_config.NumberColumn(width=76),
            words("column.p_first_k"): st.column_config.NumberColumn(format="%d%%", width=90),
            words("column.score"): st.column_config.NumberColumn(format="%.1f", width=70),
            words("column.visits"): st.column_config.NumberColumn(width=80),
            words("column.published_score"): st.column_config.NumberColumn(format="%.1f"),
        },
    )
    if chosen := picked.selection.rows:
        _open(context, rows["scope"][chosen[0]])
    st.caption(words("league.open_hint"))


def _open(context: Context, code: str) -> None:
    """The page of a branch, for whoever may see it; else it is said."""
    key, words = context.publication, context.words
    mine = queries.covered(key, context.scope("values"))
    if code not in mine:
        st.info(words("league.not_yours"))
        return
    query = {"scope": code, "lang": words.lang}
    query |= {"period": key.period, "revision": str(key.revision)}
    st.switch_page(context.pages["branch"], query_params=query)


def _spread(context: Context, rows: pl.DataFrame) -> None:
    words = context.words
    scores = rows.filter(pl.col("score").is_not_null()).select("score")
    if scores.height < 5:
        return
    st.subheader(words("league.spread"), anchor=False)
    within = scores.filter((pl.col("score") - scores["score"].median()).abs() <= 5).height
    st.markdown(words("league.spread_says", share=f"{100 * within / scores.height:.0f}%"))
    st.altair_chart(
        charts.spread(scores, score=words("column.score"), branches=words("league.branches")),
        alt=words("league.spread"),
    )


VIEW = View(id="league", order=0, icon=":material/leaderboard:", subject="ranks", show=show)
