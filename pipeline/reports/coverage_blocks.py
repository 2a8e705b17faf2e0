"""Who reported and who was visited (报送与暗访覆盖)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from pipeline.reports.blocks import Block, Evidence, Reckoned, Sentence, Table, TableColumn
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.names import node_name
from pipeline.reports.overall import covert
from pipeline.reports.saying import say, share, whole
from pipeline.reports.thresholds import thresholds
from pipeline.reports.words import word

_OWED = ("not_reported", "pending_correction")


def coverage(f: Figures, lang: Language) -> list[Block]:
    """Rates, visits by city, and the list of what is missing where it is short."""
    owed = owing(f, lang)
    blocks: list[Block] = [reported(f, lang), *visits(f, lang), *owed[:1]]
    return [*blocks, *owed[1:]] if not long(f) else [*blocks, say(lang, "s_missing_where")]


def long(f: Figures) -> bool:
    """Whether the list of what is missing goes into an annex."""
    return _missing(f, "").height > thresholds().missing_shown


def reported(f: Figures, lang: Language, scope: str | None = None) -> Block:
    """The rates that there are, in one sentence."""
    found = [f.at(m, scope) for m in ("reporting_on_time", "first_pass", "visit_coverage")]
    said = [say(lang, e.metric, value=share(e)) for e in found if e.value is not None]
    if not said:
        return say(lang, "s_no_rates")
    text = said[-1]
    for clause in reversed(said[:-1]):
        text = say(lang, "clause_join", first=clause, rest=text)
    return say(lang, "clause_stop", text=text)


def visits(f: Figures, lang: Language) -> list[Block]:
    """Visits planned and made, and covert visits scored, by city and direct institution."""
    regions = f.scopes.filter(pl.col("level").is_in(["city", "direct"])).sort("scope")
    return visits_by(f, lang, regions["scope"], ("city", "visits_title", "visits"))


def visits_by(
    f: Figures, lang: Language, scopes: Iterable[str], names: tuple[str, str, str]
) -> list[Block]:
    """Branches, visits and coverage, a row for each scope; nothing where there is no scope.

    `names`: the word over the scopes, the word of the title, the id of the table.
    """
    rows = [_visits_within(f, lang, code) for code in scopes]
    if not rows:
        return []
    part, title, id = names
    columns = (
        TableColumn("part", word(lang, part), width=2.2),
        TableColumn("branches", word(lang, "group_branches"), "count", 0, total=True),
        TableColumn("planned", word(lang, "visits_planned"), "count", 0, total=True),
        TableColumn("made", word(lang, "visits_made"), "count", 0, total=True),
        TableColumn("coverage", word(lang, "coverage"), "percent"),
        TableColumn("visits", word(lang, "visits"), "count", 0, total=True),
        TableColumn("seen", word(lang, "seen_branches"), "count", 0, total=True),
    )
    return [Table(word(lang, title), columns, rows, len(rows), word(lang, "visits_base"), id)]


def _visits_within(f: Figures, lang: Language, code: str) -> dict[str, Any]:
    own: dict[str, Any] = {"period": f.months, "status": "ok", "edition": covert(f)}
    planned = f.at("visit_coverage", code)
    found: dict[str, Evidence | Reckoned] = {
        "branches": f.count("scope_member", scope=code),
        "planned": f.denominator(planned),
        "made": f.numerator(planned),
        "seen": f.count("visit_score", "scope", within=code, **own),
        "visits": f.count("visit_score", within=code, **own),
        "coverage": planned,
    }
    part = node_name(f, lang, code)
    return {"part": part, **{k: v.value for k, v in found.items()}, "evidence": found}


def owing(f: Figures, lang: Language, within: str = "") -> list[Block]:
    """How many branches owe a month, and the list; nothing but a sentence where none does."""
    rows = _missing(f, within)
    if rows.is_empty():
        none = f.rows("coverage", within, period=f.months).is_empty()
        return [say(lang, "s_no_coverage")] if none else [_all_given(f, lang, within)]
    own = {"period": f.months, "status": list(_OWED)}
    n = f.count("coverage", distinct="scope", within=within, **own)
    return [say(lang, "missing", n=whole(n)), missing(f, lang, within)]


def _all_given(f: Figures, lang: Language, within: str) -> Sentence:
    """That none is owed any more, and how many came late: else a low share in time contradicts."""
    late = f.count("coverage", distinct="scope", within=within, period=f.months, status="late")
    return (
        say(lang, "none_missing_late", n=whole(late)) if late.value else say(lang, "none_missing")
    )


def _missing(f: Figures, within: str) -> pl.DataFrame:
    return f.rows("coverage", within, period=f.months, status=list(_OWED))


def missing(f: Figures, lang: Language, within: str = "") -> Table:
    """Branch × month that is not reported or awaits correction."""
    owed = _missing(f, within)
    frame = owed.join(f.scopes.select("scope", "name"), on="scope", how="left")
    rows = [
        {**row, "status": word(lang, row["status"])}
        for row in frame.sort("period", "scope").iter_rows(named=True)
    ]
    columns = (
        TableColumn("scope", word(lang, "scope"), width=1.5),
        TableColumn("name", word(lang, "branch"), width=2.6),
        TableColumn("period", word(lang, "month")),
        TableColumn("due", word(lang, "due"), "date", width=1.4),
        TableColumn("status", word(lang, "status")),
    )
    months = ", ".join(quoted(m) for m in f.months)
    inside = (
        f" AND c.scope IN (SELECT branch_code FROM scope_member WHERE scope = {quoted(within)})"
        if within
        else ""
    )
    query = (
        "SELECT c.*, s.name FROM coverage c LEFT JOIN scope s ON s.scope = c.scope "
        f"WHERE c.period IN ({months}) AND c.status IN ('not_reported', 'pending_correction')"
        f"{inside} ORDER BY c.period, c.scope"
    )
    title = word(lang, "missing_title")
    return Table(title, columns, rows, owed.height, id="missing", query=query)
