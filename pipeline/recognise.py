"""Recognise (识别): which kind each sheet is, and where its headers, heads and rows are.

The kind is decided from content, never from the file name. Nothing is guessed in silence: what
was not read, or was read although hidden, is told as a finding.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from pipeline.findings import Finding
from pipeline.parsing.blocks import anchors, layouts
from pipeline.parsing.choosing import chosen, scores
from pipeline.parsing.headers import ExtraSpellings, hits
from pipeline.parsing.heads import head_values
from pipeline.parsing.layout import Layout
from pipeline.parsing.notices import header_findings, hidden_findings, row_findings
from pipeline.parsing.numbering import numbered
from pipeline.parsing.rows import roles
from pipeline.parsing.strangers import nameless_columns, pick_visible, unrecognised
from pipeline.parsing.titles import with_months, with_units
from pipeline.sheets import kinds
from pipeline.workbook.cells import ReadBatch


@dataclass
class Recognised:
    """Where everything is. `sid` numbers the sheets of the batch.

    cells: sid, row, col, text, flag · sheets: sid, file, sheet, kind, anchor, base, header_first,
    header_last, date1904, month, month_row, month_col · columns: sid, col, column, row, unit,
    power (money: power of ten to yuan) · heads: sid, column, row, col, text, flag (text null:
    the label is there, its value is not) · rows: sid, row, role.
    """

    cells: pl.DataFrame
    sheets: pl.DataFrame
    columns: pl.DataFrame
    heads: pl.DataFrame
    rows: pl.DataFrame
    kinds: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def _placed(picks: pl.DataFrame, found: list[Layout], sheets: pl.DataFrame) -> pl.DataFrame:
    spans = pl.DataFrame(
        [(n, layout.first, layout.last) for n, layout in enumerate(found)],
        schema={"layout": pl.UInt32, "first": pl.Int64, "last": pl.Int64},
        orient="row",
    )
    placed = picks.join(spans, on="layout").join(anchors(), on="kind").join(sheets, on="sid")
    base = pl.col("base").cast(pl.Int64)
    return placed.with_columns(
        header_first=(base + pl.col("first")).cast(pl.UInt32),
        header_last=(base + pl.col("last")).cast(pl.UInt32),
    ).sort("sid")


def _columns(placed: pl.DataFrame, found: list[Layout]) -> pl.DataFrame:
    headers = [
        (n, h.col, h.row, h.column, h.text, h.unit)
        for n, layout in enumerate(found)
        for h in layout.headers
    ]
    frame = pl.DataFrame(
        headers,
        schema={
            "layout": pl.UInt32,
            "col": pl.UInt16,
            "off": pl.Int64,
            "column": pl.String,
            "header": pl.String,
            "unit": pl.String,
        },
        orient="row",
    )
    row = (pl.col("base").cast(pl.Int64) + pl.col("off")).cast(pl.UInt32)
    columns = ["sid", "kind", "col", "column", "row", "header", "unit"]
    return placed.join(frame, on="layout").with_columns(row=row).select(columns).sort("sid", "col")


def recognise(batch: ReadBatch, extra_spellings: ExtraSpellings | None = None) -> Recognised:
    """Find kind, header, columns, head fields and rows of every sheet of the batch.

    `extra_spellings` (kind → header → column id) are spellings that the office has confirmed.
    Sheets of no kind are left out with a finding; a file with none is a structural error.
    """
    cells, sheets = numbered(batch)
    named = hits(cells, extra_spellings)
    scored = scores(named)
    picks, findings = pick_visible(chosen(scored), sheets, cells)
    findings += unrecognised(batch, scored, picks, sheets, cells)
    picks, found = layouts(cells, named, picks, extra_spellings)
    placed = _placed(picks, found, sheets)
    columns = _columns(placed, found)
    heads = head_values(cells, named, placed)
    findings += header_findings(placed, found, heads, extra_spellings)
    columns, doubts = with_units(columns, placed, cells)
    rows = roles(cells, named, columns, placed)
    findings += doubts + row_findings(rows, placed) + hidden_findings(rows, columns, placed)
    findings += nameless_columns(cells, columns, rows, placed, found)
    placed = with_months(placed, cells)
    by_file = dict(placed.select("file", "kind").iter_rows())
    by_file = {file: kind for file, kind in by_file.items() if kind in kinds()}
    return Recognised(cells, placed, columns, heads, rows, by_file, findings)
