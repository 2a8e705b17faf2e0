"""Corrective actions and appeals (整改与申诉): the province's, a city's, and by city."""

from __future__ import annotations

from datetime import date

import polars as pl

from pipeline import periods
from pipeline.reports.blocks import Block, Evidence, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.procedure_blocks import appeals
from pipeline.reports.saying import join, say, share, whole
from pipeline.reports.words import word

_ACTIONS, _APPEALS = "fact_corrective_action", "fact_appeal"
OUTCOMES = ("成立", "部分成立", "不成立", "待处理")


def span(f: Figures) -> tuple[date, date]:
    """First and last day of the period."""
    return periods.days_of(f.months[0])[0], periods.days_of(f.months[-1])[-1]


def follow_up(f: Figures, lang: Language, within: str = "") -> list[Block]:
    """What fell due and was closed, what is open, what failed again; then the appeals."""
    table = [] if within else _by_region(f, lang)
    return [actions(f, lang, within), *table, *appealed(f, lang, within)]


def actions(f: Figures, lang: Language, within: str = "") -> Sentence:
    """Sentence of the corrective actions of the province or a node."""
    if f.table(_ACTIONS).is_empty():
        return say(lang, "s_no_action_register")
    scope = within or f.root
    due, late = _due(f, within), _late(f, within)
    if not due.value and not late.value:
        return say(lang, "s_no_actions")
    rate, again = f.at("rectified_on_time", scope), f.at("recurrence", scope)
    if due.value and rate.value is not None:
        said = say(lang, "s_actions", due=whole(due), rate=share(rate), late=whole(late))
    else:
        said = say(lang, "s_actions_late", late=whole(late))
    more = None if again.value is None else say(lang, "s_actions_again", again=share(again))
    return join(lang, said, more)


def _due(f: Figures, within: str) -> Reckoned:
    first, last = span(f)
    rows = _of(f, _ACTIONS, within)
    n = rows.filter(pl.col("due_date").is_between(first, last)).height if rows.height else 0
    condition = f"due_date BETWEEN DATE '{first}' AND DATE '{last}'"
    return Reckoned(n, _query(_ACTIONS, condition, within))


def _late(f: Figures, within: str) -> Reckoned:
    """Not closed although due by the end of the period."""
    _, last = span(f)
    rows = _of(f, _ACTIONS, within)
    late = (pl.col("due_date") <= last) & pl.col("closed_date").is_null()
    n = rows.filter(late).height if rows.height else 0
    return Reckoned(
        n, _query(_ACTIONS, f"due_date <= DATE '{last}' AND closed_date IS NULL", within)
    )


def _of(f: Figures, table: str, within: str) -> pl.DataFrame:
    """Rows of the branches of a node; of the province, all."""
    return f.rows(table, within if within and within != f.root else "")


def _query(table: str, condition: str, within: str) -> str:
    own = (
        f" AND branch_code IN (SELECT branch_code FROM scope_member WHERE scope = {quoted(within)})"
        if within
        else ""
    )
    return f"SELECT count(*) FROM {table} WHERE {condition}{own}"


def _by_region(f: Figures, lang: Language) -> list[Block]:
    regions = f.scopes.filter(pl.col("level").is_in(["city", "direct"])).sort("scope")
    rows = []
    for code in regions["scope"]:
        found: dict[str, Evidence | Reckoned] = {
            "due": _due(f, code),
            "rate": f.at("rectified_on_time", code),
            "late": _late(f, code),
            "again": f.at("recurrence", code),
        }
        if found["due"].value or found["late"].value:
            values = {k: e.value for k, e in found.items()}
            rows.append({"part": f.name(code), **values, "evidence": found})
    if not rows:
        return []
    columns = (
        TableColumn("part", word(lang, "city"), width=2.2),
        TableColumn("due", word(lang, "actions_due"), "count", 0, total=True),
        TableColumn("rate", word(lang, "actions_rate"), "percent"),
        TableColumn("late", word(lang, "actions_late"), "count", 0, total=True),
        TableColumn("again", word(lang, "actions_again"), "percent"),
    )
    return [Table(word(lang, "actions_title"), columns, rows, len(rows), id="actions")]


def appealed(f: Figures, lang: Language, within: str = "") -> list[Sentence]:
    """Appeals filed in the period by how they ended, and the office's own register."""
    counts = {o: outcome(f, o, within) for o in OUTCOMES}
    filed = outcome(f, "", within)
    said = [] if within else appeals(f, lang)
    if not filed.value:
        return [*said] or [say(lang, "s_no_appeals")]
    slots = dict(zip(("upheld", "partly", "rejected", "pending"), counts.values(), strict=True))
    shown = {k: whole(n) for k, n in slots.items()}
    rate = share(f.at("appeal_upheld", within or f.root))
    return [say(lang, "s_appeals", filed=whole(filed), rate=rate, **shown), *said]


def outcome(f: Figures, kind: str, within: str = "") -> Reckoned:
    """Appeals of the appeal sheets filed in the period that ended so; "" counts all."""
    first, last = span(f)
    rows = _of(f, _APPEALS, within)
    n, condition = 0, f"filed_date BETWEEN DATE '{first}' AND DATE '{last}'"
    if rows.height:
        own = rows.filter(pl.col("filed_date").is_between(first, last))
        n = own.height if not kind else own.filter(pl.col("outcome") == kind).height
    if kind:
        condition += f" AND outcome = {quoted(kind)}"
    return Reckoned(n, _query(_APPEALS, condition, within))
