"""Where a branch stands, in words first: tier, interval, and the rank only where there is one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from dashboards import origin, queries
from dashboards.formats import DASH, literal, points
from dashboards.queries import branch_facts
from dashboards.story import visits_since
from dashboards.views import Context
from pipeline.explaining.tiers import Limits

# On a phone figures stand three to a row, so that what comes below them is seen at once.
_STYLE = """<style>@media (max-width: 640px) {
.st-key-KEY {display:grid; grid-template-columns:repeat(3,minmax(0,1fr)); gap:.4rem;
  align-items:stretch !important;}
.st-key-KEY > * {width:100% !important; min-width:0; height:auto !important;}
.st-key-KEY > * > * {height:100%;}
.st-key-KEY [data-testid="stMetric"] {padding:.45rem .5rem !important; height:100%;}
.st-key-KEY [data-testid="stMetric"] > div {padding:0 !important;}
.st-key-KEY [data-testid="stMetricValue"] {font-size:1rem; font-weight:600;}
.st-key-KEY [data-testid="stMetricValue"] * {white-space:normal; overflow:visible;
  text-overflow:clip; line-height:1.25;}
.st-key-KEY [data-testid="stMetricLabel"] p {white-space:normal; font-size:.75rem;}
}</style>"""


def compact(key: str) -> str:
    """The style of a row of figures (the container of that key) on a phone."""
    return _STYLE.replace("KEY", key)


@dataclass(frozen=True)
class Standing:
    """The rank rows of one branch. `province` and `group` are empty where there is none."""

    province: dict[str, Any] = field(default_factory=dict)
    group: dict[str, Any] = field(default_factory=dict)
    limits: Limits | None = None

    @property
    def status(self) -> str:
        return str(self.province.get("status", "not_visited"))


def standing_of(context: Context, code: str) -> Standing:
    """Province-wide and in the peer group, with the limits of its tier. Denied outside the scope
    of the values: another branch's standing is in the league."""
    key = context.publication
    rows = queries.standing(key, context.scope("values"), code)
    by_group = {r["peer_group"]: r for r in rows.iter_rows(named=True)}
    province = by_group.pop(queries.PROVINCE_WIDE, {})
    limits = branch_facts.tier_limits(key, context.scope("values"), code)
    return Standing(province, next(iter(by_group.values()), {}), limits)


def show(context: Context, code: str, found: Standing) -> None:
    """Figures, and below them what they are worth."""
    words, province, group = context.words, found.province, found.group
    st.html(compact("branch_tiles"))
    with st.container(horizontal=True, key="branch_tiles", gap="small"):
        st.metric(words("column.score"), points(province.get("score")), border=True, width=104)
        st.metric(words("column.tier"), short_tier(context, province), border=True, width=160)
        st.metric(words("branch.interval"), interval(province), border=True, width=128)
        st.metric(words("branch.rank"), rank(province), border=True, width=128)
        st.metric(
            words("branch.group_rank", group=group.get("peer_group") or DASH),
            rank(group),
            border=True,
            width=190,
        )
        st.metric(words("column.visits"), str(province.get("visits") or 0), border=True, width=104)
    st.markdown(literal(says(context, found)))
    if province.get("score") is not None and context.may("origin"):
        origin.button(
            context, words("branch.rank_origin"), origin.RANK, code, "rank_origin",
            icon=":material/search:",
        )  # fmt: skip


def says(context: Context, found: Standing) -> str:
    """The standing in the words of a branch head: interval, tier, and what it is not."""
    words, row, status = context.words, found.province, found.status
    if row.get("low") is None:
        return words("branch.rank_note") if status == "ok" else words(f"branch.{status}")
    said = [
        words(
            "branch.interval_says",
            visits=visits_since(words, row["visits"], row.get("since")),
            low=row["low"],
            high=row["high"],
            tier=tier(context, row),
        )
    ]
    if status != "ok":
        said.append(words(f"branch.{status}"))
    return words.joined(said)


def to_next_tier(context: Context, found: Standing) -> str:
    """How many points of the score are missing to the next tier; empty where there is no tier."""
    limits = found.limits
    if limits is None:
        return ""
    words = context.words
    if limits.missing is None:
        return words("branch.tier_top")
    key = "branch.tier_to_average" if limits.tier == "below" else "branch.tier_to_above"
    # one visit counts as one of so many: what a point more at one visit does to the score
    each = points(1 / limits.visits) if limits.visits < 10 else f"{1 / limits.visits:.2f}"
    said = words(key, missing=points(limits.missing), visits=limits.visits, each=each)
    barred = limits.tier != "below" and bool(found.province.get("vetoes"))
    return words.joined([said, words("branch.tier_barred")]) if barred else said


def short_tier(context: Context, row: dict[str, Any]) -> str:
    return context.words.either(f"tier.short.{row.get('tier')}", DASH)


def tier(context: Context, row: dict[str, Any]) -> str:
    return context.words.either(f"tier.{row.get('tier')}", DASH)


def interval(row: dict[str, Any]) -> str:
    return DASH if row.get("low") is None else f"{row['low']}–{row['high']}"


def rank(row: dict[str, Any]) -> str:
    return DASH if row.get("rank") is None else f"{row['rank']} / {row.get('of') or DASH}"
