"""Scorecards, one visit a workbook or as a list: frames visit, encounter and answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from audits.scorecard import Edition
from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.answers import (
    ANSWER_COLUMNS,
    answer_findings,
    items_of,
    placed_answers,
    read_answers,
    with_cells,
    without_words,
)
from pipeline.parsing.codes import with_visit_ids
from pipeline.parsing.lists import Tables, column_cells, sourced
from pipeline.parsing.values import typed, value_findings, wide
from pipeline.sheets.declaration import SheetKind
from pipeline.sheets.scorecard import HEAD
from pipeline.workbook.cells import letter

if TYPE_CHECKING:
    from pipeline.recognise import Recognised

_READ_ONLY = ("item_text", "points")  # for the shopper's eyes; the edition is what counts
_VISIT = [c.id for c in HEAD if c.id != "branch_name"]


def _heads(recognised: Recognised, sheets: pl.DataFrame, kind: SheetKind) -> Tables:
    """visit: one row per one-visit sheet, at the row of its branch code."""
    head = {c.id: c for c in kind.head}
    about = sheets.select("sid", "date1904", title="month")
    cells = recognised.heads.filter(pl.col("text").is_not_null()).join(about, on="sid")
    cells = cells.with_columns(power=pl.lit(None, pl.Int8))
    found = typed(cells, head, kind)
    findings = value_findings(found, head, sheets)
    first = recognised.heads.group_by("sid").agg(pl.col("row").min())
    lines = sheets.select("sid").join(first, on="sid", how="left").sort("sid")
    anywhere = {t: p.drop("row").join(first, on="sid") for t, p in found.items()}
    frame = wide(anywhere, lines, list(kind.head))
    return {"visit": with_visit_ids(frame)}, findings


def _table(recognised: Recognised, sheets: pl.DataFrame, kind: SheetKind) -> Tables:
    """lines: sid, row, item_id, not_applicable, reason of every row of one-visit tables."""
    wanted = {c.id: c for c in kind.columns if c.id not in (*_READ_ONLY, "answer")}
    cells = column_cells(recognised, sheets, ("data",), list(wanted))
    found = typed(cells, wanted, kind)
    rows = recognised.rows.filter(pl.col("role") == "data").join(
        sheets.select("sid"), on="sid", how="semi"
    )
    # 不适用 written out in its own column is a tick like any other
    ticked = found.get("yes_no")
    if ticked is not None:
        written = pl.col("dense").is_in(["不适用", "N/A", "n/a", "NA"])
        value = pl.when(written).then(True).otherwise("value")
        rule = pl.when(~written).then("rule")
        found["yes_no"] = ticked.with_columns(value=value, rule=rule)
    frame = wide(found, rows.sort("sid", "row"), list(wanted.values()))
    return {"lines": frame}, value_findings(found, wanted, sheets)


def _answer_columns(recognised: Recognised, sheets: pl.DataFrame) -> pl.DataFrame:
    """sid, col, encounter (null for a plain 检查结果)."""
    own = recognised.columns.join(sheets.select("sid"), on="sid", how="semi")
    number = pl.col("column").str.extract(r"^answer\.(\d+)$").cast(pl.Int32)
    answers = own.filter((pl.col("column") == "answer") | number.is_not_null())
    return answers.select("sid", "col", encounter=number)


def _grid(recognised: Recognised, lines: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Every row × answer column, with its text ("" if blank), without encounters never met."""
    cells = recognised.cells.join(columns.select("sid", "col"), on=["sid", "col"], how="semi")
    cells = cells.join(lines.select("sid", "row"), on=["sid", "row"], how="semi")
    read = read_answers(cells)
    met = read.filter(~read["void"]).select("sid", "col")
    hall = columns.filter(pl.col("encounter").fill_null(0) == 0).select("sid", "col")
    seen = columns.join(pl.concat([met, hall]).unique(), on=["sid", "col"], how="semi")
    grid = lines.join(seen, on="sid", maintain_order="left")
    grid = grid.join(read, on=["sid", "row", "col"], how="left", maintain_order="left")
    return grid.with_columns(
        pl.col("text", "flag").fill_null(""),
        pl.col("not_applicable", "worded").fill_null(False),
        pl.col("void").fill_null(True),
    )


def _exempted(answers: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Answers with the tick of their row applied to blanks; and ticks that met no blank."""
    tick = pl.col("ticked").fill_null(False)
    applied = answers.with_columns(
        not_applicable=pl.col("not_applicable") | (tick & pl.col("void"))
    )
    idle = (
        applied.filter(tick)
        .group_by("file", "sheet", "row", maintain_order=True)
        .agg(used=pl.col("not_applicable").any())
        .filter(~pl.col("used"))
    )
    return applied, idle


def one_visit_tables(
    recognised: Recognised, sheets: pl.DataFrame, kind: SheetKind, editions: Mapping[str, Edition]
) -> Tables:
    """visit, encounter and answer of workbooks that hold one visit each."""
    heads, findings = _heads(recognised, sheets, kind)
    visits = heads["visit"]
    table, told = _table(recognised, sheets, kind)
    findings += told
    columns = _answer_columns(recognised, sheets)
    lines = table["lines"].rename({"not_applicable": "ticked"})
    grid = _grid(recognised, lines, columns)
    grid = grid.join(visits.select("sid", "visit_id", "edition"), on="sid", maintain_order="left")
    grid = with_cells(placed_answers(grid, items_of(editions)))
    grid = grid.join(sheets.select("sid", "file", "sheet"), on="sid", maintain_order="left")
    answers, idle = _exempted(grid)
    findings += answer_findings(answers) + _idle_findings(idle, recognised, sheets)
    answers = without_words(answers)
    encounters = (
        answers.group_by("file", "sheet", "visit_id", "encounter", maintain_order=True)
        .agg(row=pl.col("row").min(), letter=pl.col("cell").first().str.extract(r"^([A-Z]+)"))
        .select("file", "sheet", "row", "visit_id", "encounter", "letter")
    )
    tables = {
        "visit": sourced(visits, sheets).select(
            "file", "sheet", "row", "visit_id", *_VISIT, "branch_name"
        ),
        "encounter": encounters,
        "answer": answers.select(ANSWER_COLUMNS),
    }
    return tables, findings


def _idle_findings(
    idle: pl.DataFrame, recognised: Recognised, sheets: pl.DataFrame
) -> list[Finding]:
    where = sheets.select("sid", "file", "sheet")
    marks = recognised.columns.filter(pl.col("column") == "not_applicable").join(where, on="sid")
    placed = idle.join(marks.select("file", "sheet", "col"), on=["file", "sheet"])
    return [
        rules.NOT_APPLICABLE_CONFLICT.at(file, sheet, f"{letter(col)}{row}", row)
        for file, sheet, row, col in placed.select("file", "sheet", "row", "col").iter_rows()
    ]


def _same_visit(lines: pl.DataFrame, sheets: pl.DataFrame, recognised: Recognised) -> list[Finding]:
    """Rows of one visit must agree on who came and when they left."""
    findings: list[Finding] = []
    where = {s: (f, n) for s, f, n in sheets.select("sid", "file", "sheet").iter_rows()}
    for column in HEAD:
        if column.id not in ("time_out", "shopper_id", "customer_role", "union_present"):
            continue
        own = recognised.columns.filter(pl.col("column") == column.id).select("sid", "col")
        first = pl.col(column.id).first().over("sid", "visit_id")
        odd = lines.filter(pl.col(column.id).ne_missing(first)).join(own, on="sid")
        for sid, row, col in odd.select("sid", "row", "col").iter_rows():
            words: dict[str, Any] = {"column": column.zh, "column_en": column.en}
            cell = f"{letter(col)}{row}"
            findings.append(rules.VISIT_DIFFERS.at(*where[sid], cell, row, **words))
    return findings


def visit_list_tables(
    recognised: Recognised, sheets: pl.DataFrame, kind: SheetKind, editions: Mapping[str, Edition]
) -> Tables:
    """visit, encounter and answer of lists with one row per visit and encounter."""
    declared = {c.id: c for c in kind.columns}
    cells = column_cells(recognised, sheets, ("data",), list(declared))
    found = typed(cells, declared, kind)
    findings = value_findings(found, declared, sheets)
    rows = recognised.rows.filter(pl.col("role") == "data").join(
        sheets.select("sid"), on="sid", how="semi"
    )
    lines = with_visit_ids(wide(found, rows.sort("sid", "row"), list(kind.columns)))
    findings += _same_visit(lines, sheets, recognised)
    items = recognised.columns.join(sheets.select("sid"), on="sid", how="semi").filter(
        ~pl.col("column").is_in(list(declared))
    )
    grid = (
        lines.select("sid", "row", "visit_id", "edition", "encounter")
        .with_columns(
            pl.col("encounter").cast(pl.Int32, strict=False), reason=pl.lit(None, pl.String)
        )
        .join(items.select("sid", "col", item_id="column"), on="sid", maintain_order="left")
        .join(recognised.cells, on=["sid", "row", "col"], how="left", maintain_order="left")
    )
    grid = read_answers(grid.with_columns(pl.col("text", "flag").fill_null("")))
    grid = with_cells(placed_answers(grid, items_of(editions)))
    answers = grid.join(sheets.select("sid", "file", "sheet"), on="sid", maintain_order="left")
    findings += answer_findings(answers)
    visits = lines.unique(["sid", "visit_id"], keep="first", maintain_order=True)
    met = lines.with_columns(letter=pl.lit(None, pl.String))
    met = met.with_columns(pl.col("encounter").cast(pl.Int32, strict=False))
    tables = {
        "visit": sourced(visits.drop("encounter"), sheets).select(
            "file", "sheet", "row", "visit_id", *_VISIT, "branch_name"
        ),
        "encounter": sourced(met.select("sid", "row", "visit_id", "encounter", "letter"), sheets),
        "answer": without_words(answers).select(ANSWER_COLUMNS),
    }
    return tables, findings
