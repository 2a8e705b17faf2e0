"""Where does this number come from: a dialogue on every value, down to file, sheet and cell.

The neutral name of a file is shown to whoever may not see names as received. Everything is HTML
that wraps, so that it is read on a phone; the download has every cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import polars as pl
import streamlit as st

from audits.statistics.words import explained
from dashboards import dialogue, queries
from dashboards.exports import csv
from dashboards.formats import DASH, exact, literal, plain, points, written
from dashboards.queries import branch_facts
from dashboards.views import Context
from pipeline.periods import label
from pipeline.sheets import kinds

KIND, RANK = "origin", "rank"
_MOST_ROWS = 12  # of each part, in the dialogue; the download has all
_COLUMNS = ("part", "row", "column", "file", "sheet", "cell", "value", "sha256")


def button(
    context: Context, text: str, metric: str, code: str, key: str, *, period: str = "", **how: Any
) -> None:
    """The value `text` as a button that opens where it comes from; else the value as it is."""
    if not context.may("origin"):
        st.markdown(text, width="content")
        return
    st.button(
        text,
        key=key,
        on_click=dialogue.ask,
        args=(KIND,),
        kwargs={"metric": metric, "code": code, "period": period},
        help=None,
        **({"type": "tertiary"} | how),
    )


def dialogues(context: Context) -> None:
    """Draws the dialogue if one was asked for. At the end of every page that has values."""
    found = dialogue.asked(KIND)
    if found is None:
        return
    given = found[1]
    dialogue.draw(context.words, context.words("origin.title"), lambda: _body(context, **given))


def _body(context: Context, metric: str, code: str, period: str) -> None:
    words, key, scope = context.words, context.publication, context.scope("origin")
    with st.spinner(words("origin.working")):
        if metric == RANK:
            _rank(context, branch_facts.rank_origin(key, scope, code), code)
            return
        wanted = period or key.period
        row = branch_facts.value_of(key, scope, code, metric, wanted)
        folder = context.folder if context.may("names") else None
        told = queries.origin(key, scope, metric, code, folder, wanted)
    _head(context, code, wanted, row or {})
    _parts(context, told, code)


def _place(context: Context, code: str, period: str) -> str:
    names = queries.nodes(context.publication, context.scope("origin"))
    found = names.filter(pl.col("scope") == code)["name"].to_list()
    return f"{found[0] if found else code} · {label(period, context.words.lang)}"


def _head(context: Context, code: str, period: str, row: Mapping[str, Any]) -> None:
    """The value, then the formula in words: what was divided by what."""
    words = context.words
    st.caption(literal(_place(context, code, period)))
    name = words.of(row.get("zh"), row.get("en"))
    value = written(words, row.get("value"), str(row.get("unit") or ""))
    st.markdown(f"**{literal(name)}**")
    # a heading inside a dialogue is smaller than its text
    st.html(f'<div style="font-size:1.5rem;font-weight:600">{escape(value)}</div>')
    formula = words.of(row.get("formula_zh"), row.get("formula_en"))
    st.markdown(words("origin.formula", formula=literal(formula)))


def _parts(context: Context, told: dict[str, Any], code: str) -> None:
    words = context.words
    cells = found_cells(told)
    if not cells:
        st.info(words("origin.none"))
        return
    files = len({c["sha256"] for c in cells})
    st.markdown(words("origin.says", cells=len(cells), files=files))
    labels = _Labels(context, code)
    for component in told["components"]:
        st.html(_component(context, component, labels))
    st.download_button(
        words("origin.download"),
        csv(_table(context, told, labels)),
        file_name=f"origin-{told['metric']}-{code}-{told['period']}.csv",
        mime="text/csv",
        key="origin_download",
        icon=":material/download:",
        on_click="ignore",
    )


def _component(context: Context, component: dict[str, Any], labels: _Labels) -> str:
    """One part of the formula: its sum, then its rows with their cells."""
    words, rows = context.words, component["rows"]
    mean = component["mean_over_months"]
    said = words(
        "origin.part_mean" if mean else "origin.part",
        part=words.either(f"part.{component['name']}", component["name"]),
        value=plain(component["value"]),
        rows=len(rows),
        months=mean or 0,
    )
    listed = "".join(_row(context, row, component, labels) for row in rows[:_MOST_ROWS])
    more = len(rows) - _MOST_ROWS
    rest = f'<div style="opacity:.75">{words("origin.more", count=more)}</div>' if more > 0 else ""
    return (
        '<div style="margin:.4rem 0 .8rem;overflow-wrap:anywhere">'
        f'<div style="font-weight:600">{escape(said)}</div>{listed}{rest}</div>'
    )


def _row(context: Context, row: dict[str, Any], component: dict[str, Any], labels: _Labels) -> str:
    cells = "".join(_cell(context, c, component["fact"]) for c in row["cells"])
    value = plain(row["value"])
    return (
        '<div style="border-left:3px solid rgba(128,140,155,.45);padding:.1rem 0 .1rem .6rem;'
        'margin:.35rem 0">'
        f"<div>{escape(labels.row(row))} <b>= {escape(value)}</b></div>{cells}</div>"
    )


def _cell(context: Context, cell: dict[str, Any], fact: str) -> str:
    place = " · ".join((str(cell["file"]), str(cell["sheet"]), str(cell["cell"])))
    said = context.words(
        "origin.cell", column=_column(context, fact, cell["column"]), value=_value(context, cell)
    )
    return (
        f'<div style="font-size:.85rem">{escape(said)}</div>'
        f'<div style="font-size:.85rem;opacity:.75">{escape(place)}</div>'
    )


def _column(context: Context, fact: str, column: str) -> str:
    """A column in the words of its sheet."""
    for kind in kinds().values():
        if kind.table == fact:
            for declared in (*kind.columns, *kind.head):
                if declared.id == column:
                    return context.words.of(declared.zh, declared.en)
    return context.words.either(f"origin.column.{column}", column)


def _value(context: Context, cell: dict[str, Any]) -> str:
    value = DASH if cell.get("value") is None else plain(cell["value"])
    if (by := cell.get("corrected")) is not None:
        return context.words("origin.corrected", old=value, new=by["new"], reason=by["reason"])
    return value


def found_cells(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Every cell of an explanation once per component, with the component's name as `part`."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for component in told.get("components", []):
        for row in component["rows"]:
            for cell in row["cells"]:
                place = (component["name"], cell["sha256"], cell["sheet"], cell["cell"])
                found.setdefault(place, cell | {"part": component["name"]})
    return list(found.values())


class _Labels:
    """Words for the rows of an explanation: branch, month or day of the visit, counter, item."""

    def __init__(self, context: Context, own: str) -> None:
        key, self.words, self.own = context.publication, context.words, own
        nodes = queries.nodes(key, context.scope("origin"))
        self.names = dict(nodes.select("scope", "name").iter_rows())
        self.days = branch_facts.visit_days(key)
        self.items = branch_facts.item_words(key)

    def row(self, row: Mapping[str, Any]) -> str:
        words, branch = self.words, str(row["branch_code"])
        said = [] if branch == self.own else [self.names.get(branch, branch)]
        day = self.days.get(str(row.get("visit_id")))
        said.append(str(day) if day else label(row["month"], words.lang) if row["month"] else "")
        if row.get("encounter") is not None:
            hall = row["encounter"] == branch_facts.HALL
            key = "lost.hall" if hall else "lost.counter"
            said.append(words(key, number=row["encounter"]))
        if row.get("item_id"):
            said.append(words.of(*self.items.get(row["item_id"], (row["item_id"], None))))
        own = ("branch_code", "month", "visit_id", "encounter", "item_id", "value", "cells")
        said += [str(v) for k, v in row.items() if k not in own and v is not None]
        return " · ".join(s for s in said if s)


def _table(context: Context, told: dict[str, Any], labels: _Labels) -> pl.DataFrame:
    """Every cell of every row: one line each."""
    words = context.words
    lines = [
        {
            "part": words.either(f"part.{component['name']}", component["name"]),
            "row": labels.row(row),
            "column": _column(context, component["fact"], cell["column"]),
            "value": _value(context, cell),
        }
        | {c: str(cell[c]) for c in ("file", "sheet", "cell", "sha256")}
        for component in told["components"]
        for row in component["rows"]
        for cell in row["cells"]
    ]
    own = {"row": words("origin.row"), "column": words("origin.column")}
    titles = {c: own.get(c) or words(f"column.{c}") for c in _COLUMNS}
    return pl.DataFrame(lines, schema=dict.fromkeys(_COLUMNS, pl.String)).rename(titles)


def _rank(context: Context, told: dict[str, Any], code: str) -> None:
    """A standing: what came out, then the visits that entered, less the effect of their round."""
    words = context.words
    st.caption(literal(_place(context, code, told["period"])))
    st.markdown(explained("rank_interval").sentence.of(words.lang))
    for group in told["groups"]:
        st.markdown(_group(context, group))
    st.markdown(
        words(
            "origin.rank_score",
            score=points(told["score"]),
            visits=len(told["visits"]),
            since=label(told["since"], words.lang),
        )
    )
    st.html("".join(_visit(context, v) for v in told["visits"]))


def _group(context: Context, group: dict[str, Any]) -> str:
    words = context.words
    whole = group["peer_group"] == queries.PROVINCE_WIDE
    return words(
        "origin.rank_group",
        group=words("league.province") if whole else literal(str(group["peer_group"])),
        tier=words.either(f"tier.{group['tier']}", DASH),
        interval=DASH if group["low"] is None else f"{group['low']}–{group['high']}",
        rank=DASH if group["rank"] is None else group["rank"],
        of=group["of"] or DASH,
    )


def _visit(context: Context, visit: dict[str, Any]) -> str:
    said = context.words(
        "origin.rank_visit",
        day=visit["visit_date"],
        round=visit["round"] or DASH,
        score=exact(visit["score"]),
        effect=f"{round(visit['round_effect'], 2) + 0.0:+.2f}",
        entered=f"{visit['entered']:.2f}",
    )
    place = f"{visit['file']} · {visit['sheet']}"
    return (
        '<div style="border-left:3px solid rgba(128,140,155,.45);padding:.1rem 0 .1rem .6rem;'
        f'margin:.35rem 0;overflow-wrap:anywhere"><div>{escape(said)}</div>'
        f'<div style="font-size:.85rem;opacity:.75">{escape(place)}</div></div>'
    )
