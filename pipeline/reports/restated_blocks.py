"""What this revision changed of the former one (数据修订).

Values of the province, its regions and peer groups stand here; those of single branches are
counted, since a circular goes to all: each branch reads its own in its page and by `explain`.
The source cells are named by `publish --json` and on the page of publications, for the office.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from pipeline.publishing.restated import CODE, EDITION, OTHER, REVIEW
from pipeline.reports.blocks import Block, Quantity, Reckoned, Table, TableColumn
from pipeline.reports.circular_tables import apart, quantity, unit_word
from pipeline.reports.figures import Figures, Language, quoted
from pipeline.reports.names import node_name
from pipeline.reports.saying import join, say, whole
from pipeline.reports.words import word

_APPEAL = "申诉 appeal"  # how `pipeline.publishing.restatements` begins a cause that was an appeal


def restated(f: Figures, lang: Language) -> list[Block]:
    """Sentence, and the table of the regions' values where there are any."""
    own = f.rows("restatement", period=f.period)
    if own.is_empty():
        return [say(lang, "no_restatement" if f.publication.revision > 1 else "first_revision")]
    place = f"period = {quoted(f.period)}"
    every = Reckoned(own.height, f"SELECT count(*) FROM restatement WHERE {place}")
    single = own.filter(pl.col("scope").replace_strict(f.levels, default=None) == "branch")
    branches = "scope IN (SELECT scope FROM scope WHERE level = 'branch')"
    query = f"FROM restatement WHERE {place} AND {branches}"
    n = Reckoned(single["scope"].n_unique(), f"SELECT count(DISTINCT scope) {query}")
    said = join(
        lang,
        say(lang, "restatement", n=whole(every)),
        say(lang, "restated_branches", n=whole(n)) if n.value else None,
    )
    table = _table(f, lang, own.filter(~pl.col("scope").is_in(single["scope"].implode())))
    return [said, *([table] if table.rows else [])]


def _table(f: Figures, lang: Language, rows: pl.DataFrame) -> Table:
    names = f.table("metric").select("metric", pl.col(lang).alias("label"), "unit")
    frame = rows.join(names, on="metric", how="left").sort("metric", "scope")
    told = [
        {
            "label": r["label"] or r["metric"],
            "name": node_name(f, lang, r["scope"]),
            "unit": unit_word(r["unit"] or "", lang),
            **_both(lang, r),
            "because": word(lang, _because(r["cause"])),
            "evidence": {
                "now": Reckoned(r["value"], _cell(f, r, "value")),
                "before": Reckoned(r["former_value"], _cell(f, r, "former_value")),
            },
        }
        for r in frame.to_dicts()
    ]
    columns = (
        TableColumn("label", word(lang, "metric"), width=2.4),
        TableColumn("name", word(lang, "scope"), width=1.8),
        TableColumn("unit", word(lang, "unit"), width=0.8),
        TableColumn("before", word(lang, "former"), "decimal", 2, 1.2),
        TableColumn("now", word(lang, "value"), "decimal", 2, 1.2),
        TableColumn("because", word(lang, "cause"), width=1.2),
    )
    return Table(word(lang, "restated_title"), columns, told, rows.height, id="restatements")


def _because(cause: str) -> str:
    if _APPEAL in cause:
        return "by_appeal"
    if cause.startswith(CODE):
        return "by_code"
    return {EDITION: "by_edition", REVIEW: "by_review", OTHER: "by_other"}.get(
        cause, "by_correction"
    )


def _both(lang: Language, row: dict[str, Any]) -> dict[str, Any]:
    """The former value and the new one, never alike; what no decimal shows is said in words."""
    before, now, unit = (row[k] for k in ("former_value", "value", "unit"))
    found = apart(before, now, unit or "")
    if found is not None:
        return {"before": found[0], "now": found[1]}
    little = Quantity(word(lang, "restated_little"), "text")
    return {"before": quantity(before, unit or ""), "now": little}


def _cell(f: Figures, row: dict[str, object], column: str) -> str:
    return (
        f"SELECT {column} FROM restatement WHERE metric = {quoted(row['metric'])} "
        f"AND scope = {quoted(row['scope'])} AND period = {quoted(f.period)}"
    )
