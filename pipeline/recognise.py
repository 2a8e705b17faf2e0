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
from pipeline.parsing.fields import columns_of, fields_of, named_cells
from pipeline.parsing.headers import ExtraSpellings, hits
from pipeline.parsing.heads import head_values
from pipeline.parsing.layout import Layout
from pipeline.parsing.merged import fill_down, merged_findings
from pipeline.parsing.notices import (
    header_findings,
    hidden_findings,
    row_findings,
    second_findings,
    second_tables,
    tables_above,
)
from pipeline.parsing.numbering import numbered, parts_of
from pipeline.parsing.rows import roles, without_second
from pipeline.parsing.strangers import nameless_columns, pick_visible, unrecognised
from pipeline.parsing.titles import with_months, with_units
from pipeline.sheets import kinds
from pipeline.workbook.cells import ReadBatch


@dataclass
class Part:
    """Where everything is in some of the files.

    `sid` numbers the sheets of the batch, `line` the rows of all sheets of this part.

    cells: line, row, col, word, field (its place in `columns`), total (of a total row), in data
    and total rows, under columns that were named · words: text, flag, plain, dense, void, rule, by
    number · sheets: sid, file, sheet, kind, anchor, base, header_first, header_last, date1904,
    month, month_row, month_col · columns: sid, kind, col, column, row, header, unit, type (null:
    of no declared column), name (whether it holds names), power (money: power of ten to yuan) ·
    heads: sid, column, row, col, text, flag (text null: the label is there, its value is not) ·
    rows: line, sid, row, role.
    """

    cells: pl.DataFrame
    words: pl.DataFrame
    sheets: pl.DataFrame
    columns: pl.DataFrame
    heads: pl.DataFrame
    rows: pl.DataFrame


@dataclass
class Recognised:
    """The parts of a batch, the kind of each file that has one, and what is to be told."""

    parts: list[Part] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sheets(self) -> pl.DataFrame:
        """All sheets that were recognised, see `Part`."""
        return pl.concat([part.sheets for part in self.parts])

    @property
    def columns(self) -> pl.DataFrame:
        """All headers that were understood, see `Part`."""
        return pl.concat([part.columns for part in self.parts])

    @property
    def rows(self) -> pl.DataFrame:
        """All rows under headers, see `Part`."""
        return pl.concat([part.rows for part in self.parts])


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


def recognise(batch: ReadBatch, extra_spellings: ExtraSpellings | None = None) -> Recognised:
    """Find kind, header, columns, head fields and rows of every sheet of the batch.

    `extra_spellings` (kind → header → column id) are spellings that the office has confirmed.
    Sheets of no kind are left out with a finding; a file with none is a structural error.
    """
    whole = Recognised()
    for some in parts_of(batch):
        part, findings = _part(some, extra_spellings)
        whole.parts.append(part)
        whole.findings += findings
        by_file = part.sheets.filter(pl.col("kind").is_in(list(kinds())))
        whole.kinds |= dict(by_file.select("file", "kind").iter_rows())
    return whole


def _part(batch: ReadBatch, extra: ExtraSpellings | None) -> tuple[Part, list[Finding]]:
    grid = numbered(batch)
    named = hits(grid, extra)
    scored = scores(named)
    picks, findings = pick_visible(chosen(scored), grid)
    findings += unrecognised(batch, named, scored, picks, grid)
    picks, found = layouts(grid, named, picks, extra)
    placed = _placed(picks, found, grid.sheets)
    columns = columns_of(placed, found)
    heads = head_values(grid, named, placed)
    findings += header_findings(placed, found, heads, extra)
    columns, doubts = with_units(columns, placed, grid)
    grid, doubtful, told = fill_down(grid, columns, placed)
    fields = fields_of(grid, columns)
    rows = roles(grid, fields, named, columns, placed)
    seconds = second_tables(rows, named, columns)
    above = tables_above(grid, named, placed)
    findings += second_findings(pl.concat([seconds, above]), grid, placed)
    rows = without_second(rows, seconds)
    findings += doubts + row_findings(rows, placed) + hidden_findings(rows, columns, placed)
    findings += told + merged_findings(grid, doubtful, rows, placed)
    findings += nameless_columns(grid, fields, len(columns), rows, placed, found)
    sheets = with_months(placed, grid).drop("layout")
    cells = named_cells(grid, fields, rows, len(columns))
    return Part(cells, grid.words, sheets, columns, heads, rows), findings
