"""Scorecards, one visit a workbook or as a list: frames visit, encounter and answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from audits.lookups import codes_of, index_of, ranked
from audits.scorecard import Edition
from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.answers import (
    ANSWER_COLUMNS,
    answer_findings,
    items_of,
    placed_answers,
    scopes_of,
    without_words,
)
from pipeline.parsing.codes import with_visit_ids
from pipeline.parsing.lists import Tables, sourced
from pipeline.parsing.tables import lines_of
from pipeline.parsing.text import is_name
from pipeline.parsing.values import Typed, typed, value_findings, wide
from pipeline.parsing.words import prepared
from pipeline.sheets.declaration import SheetKind
from pipeline.sheets.scorecard import HEAD
from pipeline.workbook.cells import distinct, letter

if TYPE_CHECKING:
    from pipeline.recognise import Part

_VISIT = [c.id for c in HEAD if c.id != "branch_name"]


def _heads(part: Part, sheets: pl.DataFrame, kind: SheetKind) -> Tables:
    """visit: one row per one-visit sheet, at the row of its branch code."""
    head = {c.id: c for c in kind.head}
    types = pl.DataFrame(
        [(c.id, c.type, is_name(c, kind.key)) for c in kind.head],
        schema={"column": pl.String, "type": pl.String, "name": pl.Boolean},
        orient="row",
    ).with_row_index("slot")
    about = sheets.select("sid", "date1904", title="month")
    cells = part.heads.filter(pl.col("text").is_not_null()).join(about, on="sid")
    cells = cells.with_columns(power=pl.lit(None, pl.Int8)).join(types, on="column")
    word, words = distinct(cells["text"], cells["flag"])
    found = typed(cells.drop("text", "flag").with_columns(word), prepared(words))
    findings = value_findings(found, head, sheets)
    frame = wide(found, sheets["sid"], list(kind.head))
    first = part.heads.group_by("sid").agg(pl.col("row").min())
    frame = frame.join(first, on="sid", how="left", maintain_order="left")
    return {"visit": with_visit_ids(frame)}, findings


def _table(part: Part, found: Typed, sheets: pl.DataFrame, kind: SheetKind) -> Tables:
    """lines: line, sid, row, item_id, not_applicable, reason of every row of one-visit tables."""
    wanted = {c.id: c for c in kind.columns}
    # 不适用 written out in its own column is a tick like any other
    ticked = found.get("yes_no")
    if ticked is not None:
        written = pl.col("dense").is_in(["不适用", "N/A", "n/a", "NA"])
        value = pl.when(written).then(True).otherwise("value")
        rule = pl.when(~written).then("rule")
        found = found | {"yes_no": ticked.with_columns(value=value, rule=rule)}
    lines = lines_of(part, sheets)
    columns = [wanted[c] for c in ("item_id", "not_applicable", "reason")]
    values = wide(found, lines["line"], columns).drop("line")
    return {"lines": pl.concat([lines, values], how="horizontal")}, value_findings(
        found, wanted, sheets
    )


def _answer_columns(part: Part, sheets: pl.DataFrame) -> pl.DataFrame:
    """field, sid, col, encounter (null for a plain 检查结果)."""
    own = part.columns.with_row_index("field").join(sheets.select("sid"), on="sid", how="semi")
    number = pl.col("column").str.extract(r"^answer\.(\d+)$").cast(pl.Int32)
    answers = own.filter((pl.col("column") == "answer") | number.is_not_null())
    return answers.select("field", "sid", "col", encounter=number)


def _exempted(answers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers with the tick of their row applied to blanks; and ticks that met no blank."""
    tick = answers["ticked"].fill_null(False)
    applied = answers.with_columns(
        not_applicable=pl.col("not_applicable") | (tick & pl.col("void"))
    )
    idle = (
        applied.select("file", "sheet", "row", "not_applicable")
        .filter(tick)
        .group_by("file", "sheet", "row", maintain_order=True)
        .agg(used=pl.col("not_applicable").any())
        .filter(~pl.col("used"))
    )
    return applied, idle


def one_visit_tables(
    part: Part,
    found: Typed,
    sheets: pl.DataFrame,
    kind: SheetKind,
    editions: Mapping[str, Edition],
) -> Tables:
    """visit, encounter and answer of workbooks that hold one visit each."""
    heads, findings = _heads(part, sheets, kind)
    visits = heads["visit"]
    table, told = _table(part, found, sheets, kind)
    findings += told
    lines = table["lines"].rename({"not_applicable": "ticked"})
    about = visits.select("sid", "visit_id", "edition").join(
        sheets.select("sid", "file", "sheet"), on="sid", maintain_order="left"
    )
    items = items_of(editions)
    whose = index_of(lines["sid"].to_numpy(), about["sid"].to_numpy())
    lines = lines.hstack(about.select("visit_id", "file", "sheet")[whose].get_columns())
    each = np.arange(len(lines))
    scopes = scopes_of(items, about["edition"], lines["item_id"], whose, each)
    grid, texts = placed_answers(part, lines, _answer_columns(part, sheets), items, scopes)
    answers, idle = _exempted(grid)
    findings += answer_findings(answers, texts) + _idle_findings(idle, part, sheets)
    answers = without_words(answers)
    tables = {
        "visit": sourced(visits, sheets).select(
            "file", "sheet", "row", "visit_id", *_VISIT, "branch_name"
        ),
        "encounter": _encounters(answers, about),
        "answer": answers.select(ANSWER_COLUMNS),
    }
    return tables, findings


def _encounters(answers: pl.DataFrame, about: pl.DataFrame) -> pl.DataFrame:
    """file, sheet, row, visit_id, encounter, letter: where each encounter is met first."""
    # sheets that go by one name are one
    page = about.select("sid", page=pl.col("sid").first().over("file", "sheet", "visit_id"))
    which = index_of(answers["sid"].to_numpy(), page["sid"].to_numpy())
    code = codes_of(page["page"])[which].astype(np.int64)
    met = codes_of(answers["encounter"])
    size = int(met.max(initial=0)) + 1
    group, known = ranked(code * size + met)
    first = np.full(len(known), len(answers), dtype=np.int64)
    np.minimum.at(first, group, np.arange(len(answers)))
    row = np.full(len(known), np.iinfo(np.uint32).max, dtype=np.uint32)
    np.minimum.at(row, group, answers["row"].to_numpy())
    order = np.argsort(first)
    some = answers.select("file", "sheet", "visit_id", "encounter", "col")[first[order]]
    names = {col: letter(col) for col in some["col"].unique()}
    return some.select(
        "file", "sheet", pl.Series("row", row[order]), "visit_id", "encounter",
        letter=pl.col("col").replace_strict(names, default=None, return_dtype=pl.String),
    )  # fmt: skip


def _idle_findings(idle: pl.DataFrame, part: Part, sheets: pl.DataFrame) -> list[Finding]:
    where = sheets.select("sid", "file", "sheet")
    marks = part.columns.filter(pl.col("column") == "not_applicable").join(where, on="sid")
    placed = idle.join(marks.select("file", "sheet", "col"), on=["file", "sheet"])
    return [
        rules.NOT_APPLICABLE_CONFLICT.at(file, sheet, f"{letter(col)}{row}", row)
        for file, sheet, row, col in placed.select("file", "sheet", "row", "col").iter_rows()
    ]


def _same_visit(lines: pl.DataFrame, sheets: pl.DataFrame, part: Part) -> list[Finding]:
    """Rows of one visit must agree on who came and when they left."""
    findings: list[Finding] = []
    where = {s: (f, n) for s, f, n in sheets.select("sid", "file", "sheet").iter_rows()}
    for column in HEAD:
        if column.id not in ("time_out", "shopper_id", "customer_role", "union_present"):
            continue
        own = part.columns.filter(pl.col("column") == column.id).select("sid", "col")
        first = pl.col(column.id).first().over("sid", "visit_id")
        told = lines.with_columns(other=first)
        odd = told.filter(pl.col(column.id).ne_missing(pl.col("other"))).join(own, on="sid")
        for sid, row, col, said, other in odd.select(
            "sid", "row", "col", column.id, "other"
        ).iter_rows():
            words: dict[str, Any] = {"column": column.zh, "column_en": column.en}
            words |= {"value": _written(said), "other": _written(other)}
            cell = f"{letter(col)}{row}"
            findings.append(rules.VISIT_DIFFERS.at(*where[sid], cell, row, **words))
    return findings


def _written(value: Any) -> str:
    """A value of a head as the sheet has it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:%H:%M}" if isinstance(value, time) else str(value or "—")


def _item_columns(part: Part, sheets: pl.DataFrame) -> pl.DataFrame:
    """field, sid, col, item_id of the columns that are called after an item."""
    own = part.columns.with_row_index("field").join(sheets.select("sid"), on="sid", how="semi")
    items = own.filter(pl.col("type").is_null())
    return items.select("field", "sid", "col", item_id="column")


def visit_list_tables(
    part: Part,
    found: Typed,
    sheets: pl.DataFrame,
    kind: SheetKind,
    editions: Mapping[str, Edition],
) -> Tables:
    """visit, encounter and answer of lists with one row per visit and encounter."""
    declared = {c.id: c for c in kind.columns}
    findings = value_findings(found, declared, sheets)
    numbers = lines_of(part, sheets)
    values = wide(found, numbers["line"], list(kind.columns)).drop("line")
    lines = with_visit_ids(pl.concat([numbers, values], how="horizontal"))
    findings += _same_visit(lines, sheets, part)
    met = lines.with_columns(
        pl.col("encounter").cast(pl.Int32, strict=False),
        reason=pl.lit(None, pl.String),
        letter=pl.lit(None, pl.String),
    ).join(sheets.select("sid", "file", "sheet"), on="sid", maintain_order="left")
    columns = _item_columns(part, sheets)
    answers, texts = placed_answers(part, met, columns, items_of(editions))
    findings += answer_findings(answers, texts)
    visits = lines.unique(["sid", "visit_id"], keep="first", maintain_order=True)
    tables = {
        "visit": sourced(visits.drop("encounter", "line"), sheets).select(
            "file", "sheet", "row", "visit_id", *_VISIT, "branch_name"
        ),
        "encounter": met.select("file", "sheet", "row", "visit_id", "encounter", "letter"),
        "answer": without_words(answers).select(ANSWER_COLUMNS),
    }
    return tables, findings
