"""Findings of recognising: what the headers lack, repeat or add, and what was hidden or skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.parsing import rules
from pipeline.parsing.blocks import NUMBER
from pipeline.parsing.choosing import FEWEST
from pipeline.parsing.headers import ExtraSpellings, names_of
from pipeline.parsing.layout import Layout
from pipeline.parsing.numbering import Grid
from pipeline.sheets import kinds
from pipeline.sheets.declaration import Column, SheetKind
from pipeline.workbook.cells import letter

FEW = 5  # absent columns named in one sentence
SHOWN = 20  # rows or columns named in one sentence


def listed(slot: str, numbers: Iterable[object]) -> dict[str, Any]:
    """Up to SHOWN of the given as words `slot` (Chinese) and `slot_en`; says if there are more."""
    names = [str(n) for n in numbers]
    more = "…" if len(names) > SHOWN else ""
    return {slot: "、".join(names[:SHOWN]) + more, f"{slot}_en": ", ".join(names[:SHOWN]) + more}


def _guess(nearest: str | None, absent: Sequence[Column]) -> dict[str, Any]:
    lacking = _lacking([c for c in absent if c.zh != nearest])
    if nearest is None:
        return {
            "guess_zh": f"若需读取，请改用模板的表头；不需要的可忽略。{lacking['absent_zh']}",
            "guess_en": "If it is to be read, use the template's headers; if not, ignore this."
            + lacking["absent_en"],
        }
    return {
        "guess_zh": f"是否为“{nearest}”？是的请改成这个表头，或请省行确认这种写法；"
        f"不需要的可忽略。{lacking['absent_zh']}",
        "guess_en": f"Did you mean {nearest}? If so, change the header, or have the office confirm "
        f"this spelling; if the column is not needed, ignore this.{lacking['absent_en']}",
    }


def _lacking(absent: Sequence[Column]) -> dict[str, Any]:
    """Which columns of the template an unknown or repeated header may stand for."""
    if not absent:
        return {"absent_zh": "", "absent_en": ""}
    more = ["…"] if len(absent) > FEW else []
    zh = "、".join([c.zh for c in absent[:FEW]] + more)
    en = ", ".join([c.en for c in absent[:FEW]] + more)
    return {
        "absent_zh": f"本表缺少模板中的“{zh}”，若是其中一列，请改成这个表头。",
        "absent_en": f" The sheet lacks these columns of the template: {en}. If it is one of them, "
        "give it that header.",
    }


def _hidden(hidden: bool) -> dict[str, Any]:
    """That a column is hidden: who looks for it would not see it."""
    zh, en = ("，隐藏列", ", a hidden column") if hidden else ("", "")
    return {"hidden": zh, "hidden_en": en}


def _layout_findings(
    sheet: dict[str, Any], layout: Layout, extra: ExtraSpellings | None
) -> Iterator[Finding]:
    file, name, base = sheet["file"], sheet["sheet"], sheet["base"]
    kind = kinds()[sheet["kind"]]
    for column in kind.columns:
        if column.required and column.id not in layout.found:
            yield _missing(rules.MISSING_COLUMN, sheet, column, base)
    if kind.layout == "one_visit" and not _answered(layout):
        yield rules.NO_ANSWER_COLUMN.at(file, name, row=base)
    absent = _absent(kind, layout)
    for first, second in layout.duplicates:
        yield rules.DUPLICATE_HEADER.at(
            file,
            name,
            f"{letter(second.col)}{base + second.row}",
            value=second.text,
            other=f"{letter(first.col)}{base + first.row}",
            **_lacking(absent),
        )
    names = names_of(kind.id, extra)
    for row, col, text in layout.unknown:
        if names.knows(text):
            continue
        cell = f"{letter(col)}{base + row}"
        nearest = names.nearest(text, layout.found)
        words = _guess(nearest, absent) | _hidden(col in sheet["hidden_cols"])
        yield rules.UNKNOWN_COLUMN.at(file, name, cell, value=text, **words)


def _absent(kind: SheetKind, layout: Layout) -> list[Column]:
    """Columns of the template that a list lacks, of those who fill in most of theirs here.

    Office and branch each send their own columns: the other's are not missed. Required ones are
    told by themselves.
    """
    found: list[Column] = []
    for filler in ("office", "branch") if kind.layout == "list" else ():
        own = [c for c in kind.columns if c.filler == filler and not c.derived]
        lacking = [c for c in own if c.id not in layout.found]
        if len(lacking) * 2 <= len(own):
            found += [c for c in lacking if not c.required]
    return found


def _missing(rule: Rule, sheet: dict[str, Any], column: Column, row: int) -> Finding:
    words = {"column": column.zh, "column_en": column.en}
    return rule.at(sheet["file"], sheet["sheet"], row=row, **words)


def header_findings(
    placed: pl.DataFrame,
    found: list[Layout],
    heads: pl.DataFrame,
    extra: ExtraSpellings | None = None,
) -> list[Finding]:
    """Missing required, repeated and unknown headers of every sheet, head fields included."""
    findings: list[Finding] = []
    troubled = [n for n, layout in enumerate(found) if _troubled(layout)]
    for sheet in placed.filter(pl.col("layout").is_in(troubled)).iter_rows(named=True):
        findings += _layout_findings(sheet, found[sheet["layout"]], extra)
    required = _required_heads()
    wanted = required.join(placed.select("sid", "kind"), on="kind", maintain_order="left_right")
    lacking = wanted.join(heads.select("sid", "column"), on=["sid", "column"], how="anti")
    if lacking.is_empty():
        return findings
    sheets = {sheet["sid"]: sheet for sheet in placed.iter_rows(named=True)}
    for kind, id, sid in lacking.sort("at", "sid").select("kind", "column", "sid").iter_rows():
        column, base = kinds()[kind].column(id), sheets[sid]["base"]
        findings.append(_missing(rules.MISSING_HEAD, sheets[sid], column, base))
    return findings


@cache
def _required_heads() -> pl.DataFrame:
    """kind, column, at (their order)."""
    rows = [(k.id, c.id) for k in kinds().values() for c in k.head if c.required]
    return pl.DataFrame(rows, schema=["kind", "column"], orient="row").with_row_index("at")


def _answered(layout: Layout) -> bool:
    return any(c.split(".")[0] == "answer" for c in layout.found)


def _troubled(layout: Layout) -> bool:
    if layout.unknown or layout.duplicates:
        return True
    kind = kinds()[layout.kind]
    if kind.layout == "one_visit" and not _answered(layout):
        return True
    return any(c.required and c.id not in layout.found for c in kind.columns)


def row_findings(rows: pl.DataFrame, placed: pl.DataFrame) -> list[Finding]:
    """Totals and notes left out (info), and sheets without a single row (error)."""
    findings = []
    where = {s: (f, n) for s, f, n in placed.select("sid", "file", "sheet").iter_rows()}
    told = rows.filter(pl.col("role").is_in(["note", "total", "mean"])).with_columns(
        pl.col("role").cast(pl.String).replace("mean", "total")
    )
    for sid, role, numbers in (
        told.group_by("sid", "role", maintain_order=True).agg(pl.col("row").sort()).iter_rows()
    ):
        rule = rules.ROWS_LEFT_OUT if role == "note" else rules.TOTALS_LEFT_OUT
        findings.append(rule.at(*where[sid], **listed("rows", numbers)))
    filled = rows["sid"].filter(rows["role"] == "data").to_numpy()
    blank = ~np.isin(placed["sid"].to_numpy(), filled)
    for sheet in placed.filter(pl.Series(blank)).iter_rows(named=True):
        row = sheet["header_last"]
        findings.append(rules.NO_ROWS.at(sheet["file"], sheet["sheet"], row=row))
    return findings


def second_tables(rows: pl.DataFrame, hits: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Where another table begins under the first: sid, row, col of its first foreign header.

    A header that is printed again stands in the same columns; where most of its names stand
    elsewhere, or name columns of another kind, it is not.
    """
    own = columns.select("sid", "kind", "col", "column", same=pl.lit(True))
    under = np.isin(hits["line"].to_numpy(), rows["line"].to_numpy())
    below = hits.filter(pl.Series(under) & ~hits["head"])
    marked = below.join(own, on=["sid", "kind", "col", "column"], how="left")
    marked = marked.with_columns(pl.col("same").fill_null(False))
    counted = marked.group_by("sid", "line", "kind").agg(
        names=pl.col("column").n_unique(), same=pl.col("same").sum()
    )
    suspect = counted.group_by("sid", "line").agg(pl.col("names", "same").max())
    suspect = suspect.filter((pl.col("names") >= FEWEST) & (pl.col("same") < pl.col("names")))
    first = suspect.sort("line").unique("sid", keep="first", maintain_order=True)
    cells = marked.join(first.select("line"), on="line", how="semi")
    cells = cells.group_by("sid", "line", "row", "col").agg(pl.col("same").any())
    cells = cells.filter(~pl.col("same")).sort("line", "col")
    return cells.unique("sid", keep="first", maintain_order=True).select(
        "sid", "line", "row", "col"
    )


def tables_above(grid: Grid, hits: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    """Where the chosen table begins although another stands over it: sid, line, row, col of its
    first header. A header over rows of figures is no group of names."""
    begins = placed.select("sid", "kind", "base", "header_first")
    own = hits.filter(~pl.col("head")).join(begins, on=["sid", "kind"])
    over = own.filter(pl.col("row") < pl.col("header_first"))
    different = pl.min_horizontal(pl.col("column").n_unique(), pl.col("col").n_unique())
    rows = over.group_by("sid", "header_first", "row").agg(names=different)
    whole = rows.filter(pl.col("names") >= FEWEST)
    tops = whole.group_by("sid", "header_first").agg(top=pl.col("row").min()).sort("sid")
    first, last = tops["top"].to_numpy() + 1, tops["header_first"].to_numpy() - 1
    between = grid.on(grid.lines_between(tops["sid"], first, last))
    figures = grid.spelled(between, "text").filter(pl.col("text").str.contains(NUMBER))
    filled = figures.group_by("sid", "line").len().filter(pl.col("len") >= 2)
    found = own.filter(pl.col("row") == pl.col("base")).join(filled, on="sid", how="semi")
    found = found.sort("line", "col").unique("sid", keep="first", maintain_order=True)
    return found.select("sid", "line", "row", "col")


def second_findings(seconds: pl.DataFrame, grid: Grid, placed: pl.DataFrame) -> list[Finding]:
    """A structural error for each sheet with two tables, at the second one's header."""
    told = seconds.join(placed.select("sid", "file", "sheet"), on="sid", maintain_order="left")
    texts = grid.cells.select("line", "col", "word")
    told = grid.spelled(told.join(texts, on=["line", "col"], maintain_order="left"), "text")
    return [
        rules.SECOND_TABLE.at(file, sheet, f"{letter(col)}{row}", row, name)
        for file, sheet, row, col, name in told.select(
            "file", "sheet", "row", "col", "text"
        ).iter_rows()
    ]


def hidden_findings(
    rows: pl.DataFrame, columns: pl.DataFrame, placed: pl.DataFrame
) -> list[Finding]:
    """Hidden rows with data (warning), hidden columns that were read and 1904 dates (info)."""
    findings = []
    some = placed.filter(pl.col("hidden_rows").list.len() > 0)
    hidden = some.select("sid", "file", "sheet", row="hidden_rows").explode("row")
    data = rows.filter(pl.col("role") == "data")
    found = hidden.join(data, on=["sid", "row"]).group_by("file", "sheet", maintain_order=True)
    for file, sheet, numbers in found.agg(pl.col("row").sort()).iter_rows():
        findings.append(rules.HIDDEN_ROWS.at(file, sheet, **listed("rows", numbers)))
    some = placed.filter(pl.col("hidden_cols").list.len() > 0)
    hidden = some.select("sid", "file", "sheet", col="hidden_cols").explode("col")
    found = hidden.join(columns, on=["sid", "col"]).group_by("file", "sheet", maintain_order=True)
    for file, sheet, numbers in found.agg(pl.col("col").sort()).iter_rows():
        words = listed("columns", (letter(n) for n in numbers))
        findings.append(rules.HIDDEN_COLUMNS.at(file, sheet, **words))
    for file, sheet in placed.filter("date1904").select("file", "sheet").iter_rows():
        findings.append(rules.DATE_1904.at(file, sheet))
    return findings
