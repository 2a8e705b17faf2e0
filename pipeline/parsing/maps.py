"""Where each column of a file lies, and which period the file reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from pipeline.sheets.declaration import SheetKind
from pipeline.workbook.cells import letter

if TYPE_CHECKING:
    from pipeline.recognise import Part

_PERIOD = re.compile(r"20\d{2}(?:Q[1-4]|-(?:0[1-9]|1[0-2]))?")


def column_map(part: Part, sheets: pl.DataFrame) -> pl.DataFrame:
    """file, sheet, column, letter, row; `row` only for head fields and a month in the title."""
    where = sheets.select("sid", "file", "sheet")
    columns = part.columns.join(where, on="sid").with_columns(row=pl.lit(None, pl.UInt32))
    heads = part.heads.join(where, on="sid")
    months = sheets.filter(pl.col("month_row").is_not_null()).select(
        "sid", "file", "sheet", column=pl.lit("month"), col="month_col", row="month_row"
    )
    own = columns.filter(pl.col("column") == "month").select("sid")
    months = months.join(own, on="sid", how="anti")
    wanted = ["file", "sheet", "column", "col", "row"]
    places = pl.concat([f.select(wanted) for f in (columns, heads, months)])
    names = {col: letter(col) for col in places["col"].unique()}
    name = pl.col("col").replace_strict(names, default=None, return_dtype=pl.String)
    return places.with_columns(letter=name).select("file", "sheet", "column", "letter", "row")


def periods_of(kind: SheetKind, tables: dict[str, pl.DataFrame]) -> dict[int, str]:
    """file → period: the month of a performance sheet, the round of visits, the year of targets.

    The latest, if a file states several; no entry, if it states none.
    """
    name = "visit" if kind.layout != "list" else kind.table
    frame = tables[name]
    stated = next((c for c in ("month", "round", "year") if c in frame.columns), None)
    if stated is None:
        return {}
    told = frame.select("file", period=pl.col(stated).cast(pl.String)).drop_nulls()
    latest = told.group_by("file").agg(pl.col("period").max()).sort("file")
    return {f: p for f, p in latest.iter_rows() if _PERIOD.fullmatch(p)}
