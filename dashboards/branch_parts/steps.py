"""The seven steps as a strip of buttons, each with its number; and the map of zones and posts."""

from __future__ import annotations

from html import escape
from typing import Any

import polars as pl
import streamlit as st

from audits.scorecard import ROLES, ZONES
from dashboards import origin
from dashboards.branch_parts.peers import table
from dashboards.formats import DASH, written
from dashboards.queries import branch_facts
from dashboards.views import Context

STEP, ZONE, ROLE = "adherence.step.", "adherence.zone.", "adherence.role."
# Shares from which a step, zone or post is taken as held and as fair. The number always stands
# beside the mark: nobody has to tell colours.
HELD, FAIR = 0.9, 0.75
_ICONS = {"held": ":material/check_circle:", "fair": ":material/remove:", "weak": ":material/flag:"}
_TINT = {"held": "60,154,107", "fair": "217,140,33", "weak": "194,75,75"}


def grade(share: float) -> str:
    """held, fair or weak."""
    return "held" if share >= HELD else "fair" if share >= FAIR else "weak"


def show(context: Context, code: str, values: pl.DataFrame) -> None:
    """The strip, after the sentence that says which step is weakest."""
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
            step=step_name(context, weakest),
            value=written(words, weakest["value"], "%"),
        )
    )
    _strip(context, code, steps, "branch_steps")
    table(context, code, steps, "steps")


def step_name(context: Context, row: dict[str, Any]) -> str:
    """The name of what a breakdown of adherence is about: a step, a zone, a post."""
    words, metric = context.words, str(row["metric"])
    own = metric.rpartition(".")[2]
    named = words.of(row["zh"], row["en"]) or metric
    if metric.startswith(STEP):
        return words.either(f"step.{own}", named)
    known = ZONES if metric.startswith(ZONE) else ROLES if metric.startswith(ROLE) else {}
    return words.of(*known[own]) if own in known else named


def _strip(context: Context, code: str, rows: pl.DataFrame, key: str) -> None:
    """A grid of buttons: name and share; each opens where its number comes from."""
    width = 112 if context.words.lang == "zh" else 158
    st.html(
        f"<style>.st-key-{key} {{display:grid; gap:.45rem;"
        f"grid-template-columns:repeat(auto-fill,minmax({width}px,1fr));}}"
        f".st-key-{key} > * {{width:100%;}}"
        f".st-key-{key} button {{width:100%; min-height:3.1rem;}}</style>"
    )
    with st.container(key=key):
        for row in rows.iter_rows(named=True):
            name, value = step_name(context, row), row["value"]
            text = f"{name} **{written(context.words, value, '%')}**"
            if value is None:
                st.button(f"{name} {DASH}", key=f"{key}_{row['metric']}", disabled=True, wrap=True)
                continue
            origin.button(
                context, text, row["metric"], code, f"{key}_{row['metric']}",
                type="secondary", icon=_ICONS[grade(value)], wrap=True, width="stretch",
            )  # fmt: skip


def heat(context: Context, code: str, values: pl.DataFrame) -> None:
    """Where in the branch points are kept: posts in rows, zones in columns."""
    if not context.may("items"):
        return
    words = context.words
    cells = branch_facts.zones_by_post(context.publication, context.scope("items"), code)
    placed = cells.filter(pl.col("zone").is_not_null())
    if placed.is_empty():
        return
    st.subheader(words("heat.title"), anchor=False)
    worst = _worst(placed)
    st.markdown(
        words(
            "heat.says",
            zone=_named(context, ZONES, worst["zone"]),
            post=_named(context, ROLES, worst["role"]),
            value=written(words, worst["share"], "%"),
            items=worst["items"],
        )
    )
    st.html(_map(context, placed))
    left_out = cells.filter(pl.col("zone").is_null())["items"].sum()
    st.caption(words("heat.note", count=left_out))
    totals = values.filter(
        pl.col("metric").str.starts_with(ZONE) | pl.col("metric").str.starts_with(ROLE),
        pl.col("value").is_not_null(),
    ).sort("metric")
    if totals.height:
        with st.expander(words("heat.totals")):
            _strip(context, code, totals, "branch_heat")


def _worst(placed: pl.DataFrame) -> dict[str, Any]:
    shares = placed.with_columns(share=pl.col("earned") / pl.col("applicable"))
    return shares.sort("share", "zone", "role", nulls_last=True).row(0, named=True)


def _named(context: Context, known: dict[str, tuple[str, str]], id: str | None) -> str:
    return context.words.of(*known[id]) if id in known else context.words("heat.nobody")


def _map(context: Context, placed: pl.DataFrame) -> str:
    """The map as an HTML table: it fits a phone, is read aloud in order, and names every cell."""
    words = context.words
    zones = [z for z in ZONES if z in set(placed["zone"])]
    there = set(placed["role"].to_list())
    posts: list[str | None] = [r for r in ROLES if r in there]
    posts += [None] if None in there else []
    share = {
        (r["role"], r["zone"]): r["earned"] / r["applicable"] for r in placed.iter_rows(named=True)
    }
    head = "".join(
        '<th scope="col" style="vertical-align:bottom;padding:2px;font-weight:400">'
        f'<span style="writing-mode:vertical-rl">{escape(words.of(*ZONES[z]))}</span></th>'
        for z in zones
    )
    rows = "".join(
        '<tr><th scope="row" style="text-align:left;font-weight:400;padding:2px 4px 2px 0;'
        f'min-width:3.6em">{escape(_named(context, ROLES, p))}</th>'
        + "".join(_heat_cell(words("heat.none"), share.get((p, z))) for z in zones)
        + "</tr>"
        for p in posts
    )
    corner = escape(words("heat.corner"))
    return (
        '<table style="border-collapse:separate;border-spacing:2px;font-size:.8rem;width:100%;'
        'max-width:44rem;table-layout:auto;line-height:1.25">'
        f'<thead><tr><th style="text-align:left;vertical-align:bottom;font-weight:400;opacity:.7">'
        f"{corner}</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _heat_cell(none: str, share: float | None) -> str:
    if share is None:
        return f'<td style="text-align:center;opacity:.35" aria-label="{escape(none)}">·</td>'
    kind = grade(max(0.0, share))
    bold = "700" if kind == "weak" else "400"
    mark = "▾" if kind == "weak" else ""
    return (
        f'<td style="text-align:center;padding:.35rem 1px;border-radius:3px;font-weight:{bold};'
        f'background:rgba({_TINT[kind]},.28)">{100 * share:.0f}{mark}</td>'
    )
