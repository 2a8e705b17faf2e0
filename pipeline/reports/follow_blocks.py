"""Corrective actions and appeals (整改与申诉): the province's, a city's, and by city."""

from __future__ import annotations

import polars as pl

from pipeline.reports import register
from pipeline.reports.blocks import Block, Evidence, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language
from pipeline.reports.procedure_blocks import appeals
from pipeline.reports.register import DECIDED, OUTCOMES
from pipeline.reports.saying import join, say, share, whole
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word

_SLOTS = dict(zip(("upheld", "partly", "rejected", "pending"), OUTCOMES, strict=True))


def follow_up(f: Figures, lang: Language, within: str = "") -> list[Block]:
    """What fell due and was closed, what is open, what failed again; then the appeals."""
    table = [] if within else _by_region(f, lang)
    return [actions(f, lang, within), *table, *appealed(f, lang, within)]


def actions(f: Figures, lang: Language, within: str = "", base: bool = True) -> Sentence:
    """Sentence of the corrective actions of the province or a node; `base`: and what is counted."""
    if f.table(register.ACTIONS).is_empty():
        return say(lang, "s_no_action_register")
    scope, found = within or f.root, register.actions(f, within)
    if not found.due.value and not found.open.value:
        return say(lang, "s_no_actions")
    rate, again = f.at("rectified_on_time", scope), f.at("recurrence", scope)
    standing = {"open": whole(found.open), "late": whole(found.late)}
    if found.due.value and rate.value is not None:
        said = say(lang, "s_actions", due=whole(found.due), rate=share(rate), **standing)
    else:
        said = say(lang, "s_actions_late", **standing)
    more = None if again.value is None else say(lang, "s_actions_again", again=share(again))
    counted = say(lang, "s_actions_base", office=whole(found.office)) if base else None
    return join(lang, said, more, counted)


def _by_region(f: Figures, lang: Language) -> list[Block]:
    regions = f.scopes.filter(pl.col("level").is_in(["city", "direct"])).sort("scope")
    rows = []
    for code in regions["scope"]:
        own = register.actions(f, code)
        found: dict[str, Evidence | Reckoned] = {
            "due": own.due,
            "rate": f.at("rectified_on_time", code),
            "open": own.open,
            "late": own.late,
            "again": f.at("recurrence", code),
        }
        if own.due.value or own.open.value:
            values = {k: e.value for k, e in found.items()}
            rows.append({"part": f.name(code), **values, "evidence": found})
    if not rows:
        return []
    columns = (
        TableColumn("part", word(lang, "city"), width=2.2),
        TableColumn("due", word(lang, "actions_due"), "count", 0, total=True),
        TableColumn("rate", word(lang, "actions_rate"), "percent"),
        TableColumn("open", word(lang, "city_open"), "count", 0, total=True),
        TableColumn("late", word(lang, "actions_late"), "count", 0, total=True),
        TableColumn("again", word(lang, "actions_again"), "percent"),
    )
    return [Table(word(lang, "actions_title"), columns, rows, len(rows), id="actions")]


def appealed(f: Figures, lang: Language, within: str = "") -> list[Block]:
    """Appeals filed in the period by how they ended, the office's own register, and a list of those
    that nobody has decided."""
    filed = register.appeals(f, (), within)
    said = [] if within else appeals(f, lang)
    waiting = _undecided(f, lang, within)
    if not filed.value:
        return [*said, *waiting] or [say(lang, "s_no_appeals")]
    slots = {k: whole(outcome(f, kind, within)) for k, kind in _SLOTS.items()}
    first = say(lang, "s_appeals", filed=whole(filed), **slots)
    return [join(lang, first, _upheld(f, lang, within)), *said, *waiting]


def _undecided(f: Figures, lang: Language, within: str) -> list[Block]:
    """By number, day and city: a branch and an item are named to its own city alone."""
    rows, query = register.undecided(f, within)
    if rows.is_empty():
        return []
    shown = rows.head(thresholds().missing_shown)
    told = [
        {**r, "name": f.name(r["branch_code"]), "city": f.name(f.region.get(r["branch_code"], ""))}
        for r in shown.to_dicts()
    ]
    columns = (
        TableColumn("appeal_id", word(lang, "appeal_number"), width=1.6),
        TableColumn("filed_date", word(lang, "appeal_filed"), "date", width=1.3),
        TableColumn("name", word(lang, "branch"), width=2.2)
        if within
        else TableColumn("city", word(lang, "city"), width=2.2),
    )
    title, every = word(lang, "undecided_title"), query.replace("*", "count(*)", 1)
    table = Table(
        title, columns, told, shown.height, id="undecided", query=f"{query} LIMIT {shown.height}"
    )
    rest = Reckoned(
        rows.height - shown.height,
        every.partition(" ORDER BY")[0].replace("count(*)", f"count(*) - {shown.height}"),
    )
    return [table, *([say(lang, "onepager_more", n=whole(rest))] if rest.value else [])]


def _upheld(f: Figures, lang: Language, within: str) -> Sentence | None:
    """The rate; where nothing has been decided there is none, which is not 0 %."""
    if not register.appeals(f, DECIDED, within).value:
        return say(lang, "s_appeals_undecided")
    rate = f.at("appeal_upheld", within or f.root)
    return None if rate.value is None else say(lang, "s_appeals_rate", rate=share(rate))


def outcome(f: Figures, kind: str, within: str = "") -> Reckoned:
    """Appeals of the appeal sheets filed in the period that ended so; "" counts all."""
    return register.appeals(f, (kind,) if kind else (), within)
