"""Merged cells among the data: names and codes are meant for all their rows, figures are not."""

from __future__ import annotations

import polars as pl

from pipeline.findings import Finding
from pipeline.parsing import rules
from pipeline.parsing.numbering import Grid
from pipeline.workbook.cells import letter

_FILLED = ("code", "text", "month", "year")
_APART = ("item_text", "points")  # of a scorecard: nobody reads them


def merged_spans(grid: Grid, placed: pl.DataFrame) -> pl.DataFrame:
    """Merged ranges under the headers that have a value: sid, top, left, bottom, right, word."""
    some = placed.filter(pl.col("merged").list.len() > 0)
    spans = some.select("sid", "header_last", "merged").explode("merged")
    corners = ("top", "left", "bottom", "right")
    spans = spans.select(
        "sid",
        "header_last",
        *(pl.col("merged").list.get(i, null_on_oob=True).alias(c) for i, c in enumerate(corners)),
    ).filter(pl.col("top") > pl.col("header_last"))
    if spans.is_empty():
        return spans.with_columns(word=pl.lit(None, pl.UInt32))
    spans = spans.with_columns(pl.col("left", "right").cast(pl.UInt16)).drop("header_last")
    return spans.join(
        grid.cells.select("sid", "row", "col", "word"),
        left_on=["sid", "top", "left"], right_on=["sid", "row", "col"],
    ).sort("sid", "top", "left")  # fmt: skip


def _covered(spans: pl.DataFrame, columns: pl.DataFrame) -> pl.DataFrame:
    """Every cell of the ranges whose column is named: row, col, and the span's corners.

    `fills`: the value of the first is meant here too. Of such spans the first is left out.
    """
    rows = pl.int_ranges("top", pl.col("bottom") + 1, dtype=pl.UInt32)
    cols = pl.int_ranges("left", pl.col("right") + 1, dtype=pl.UInt16)
    cells = spans.with_columns(row=rows).explode("row").with_columns(col=cols).explode("col")
    known = columns.select("sid", "col", "column", "type")
    fills = (
        (pl.col("left") == pl.col("right"))
        & pl.col("type").is_in(_FILLED).fill_null(False)
        & (pl.col("column") != "answer")
    )
    cells = cells.join(known, on=["sid", "col"], maintain_order="left").with_columns(fills=fills)
    cells = cells.filter(~pl.col("fills") | (pl.col("row") > pl.col("top")))
    # a name merged with blank columns beside it is just a wide cell
    alone = pl.len().over("sid", "top", "left") == 1
    return cells.filter(pl.col("fills") | ~alone)


def fill_down(
    grid: Grid, columns: pl.DataFrame, placed: pl.DataFrame
) -> tuple[Grid, pl.DataFrame, list[Finding]]:
    """The grid with names and codes in every row that their merged cell spans; the cells that a
    merged figure or a merge across columns leaves in doubt; what was filled."""
    spans = merged_spans(grid, placed)
    if spans.is_empty():
        return grid, pl.DataFrame(), []
    cells = _covered(spans, columns).join(
        grid.numbered_lines().select("line", "sid", "row"), on=["sid", "row"], maintain_order="left"
    )
    full = cells.filter("fills")
    shown = full.unique(["sid", "top", "left"], keep="first", maintain_order=True)
    told = grid.spelled(_placed(shown, placed), "text")
    findings = [
        rules.MERGED_FILLED.at(file, sheet, _span(*corners), corners[0], text[:80])
        for file, sheet, text, *corners in told.select(
            "file", "sheet", "text", "top", "left", "bottom", "right"
        ).iter_rows()
    ]
    more = full.select("sid", "line", "row", "col", "word")
    return (grid.with_more(more) if len(more) else grid), cells.filter(~pl.col("fills")), findings


def merged_findings(
    grid: Grid, doubtful: pl.DataFrame, rows: pl.DataFrame, placed: pl.DataFrame
) -> list[Finding]:
    """An error for each cell of a data row whose value a merge leaves in doubt."""
    if doubtful.is_empty():
        return []
    data = rows.filter(pl.col("role") == "data").select("line")
    found = doubtful.filter(~pl.col("column").is_in(_APART)).join(data, on="line", how="semi")
    told = grid.spelled(_placed(found, placed), "text")
    return [
        rules.MERGED_VALUE.at(
            file, sheet, f"{letter(col)}{row}", row, text[:80], span=_span(*corners)
        )
        for file, sheet, row, col, text, *corners in told.select(
            "file", "sheet", "row", "col", "text", "top", "left", "bottom", "right"
        ).iter_rows()
    ]


def _placed(cells: pl.DataFrame, placed: pl.DataFrame) -> pl.DataFrame:
    return cells.join(placed.select("sid", "file", "sheet"), on="sid", maintain_order="left")


def _span(top: int, left: int, bottom: int, right: int) -> str:
    return f"{letter(left)}{top}:{letter(right)}{bottom}"
