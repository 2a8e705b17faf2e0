"""Scorecards of a shopper's workbook that nobody has filled in yet: passed over, and told.

A workbook made with the visit plan has a sheet for each visit (pipeline.planning). It may come
back with some visits still ahead: a sheet without any time, answer, tick or reason is no visit.
Where none of a file's sheets is filled in they stay, so that the file is refused for what it lacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.parsing.numbering import marked

if TYPE_CHECKING:
    from pipeline.recognise import Part

NOT_FILLED = Rule(
    "scorecard_not_filled",
    "info",
    "none",
    "工作表“{sheet}”的评分表还没有填写（没有进入、离开时间，也没有检查结果），未作为暗访录入。"
    "暗访完成后填好，再报送整个工作簿。",
    "The scorecard on sheet {sheet} is not filled in yet (no times, no answers); it was not taken "
    "as a visit. Fill it in after the visit and send the whole workbook again.",
)
_TIMES = ("time_in", "time_out")
_FILLED = ("not_applicable", "reason")


def without_unused(part: Part, sheets: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """`sheets` (of one-visit scorecards) without the unused ones, and a finding for each."""
    used = pl.concat([_timed(part), _answered(part)]).unique()
    filled = sheets.join(used, on="sid", how="semi")
    unused = sheets.join(used, on="sid", how="anti").join(filled, on="file", how="semi")
    told = [NOT_FILLED.at(f, s) for f, s in unused.select("file", "sheet").iter_rows()]
    return sheets.join(unused, on="sid", how="anti", maintain_order="left"), told


def _timed(part: Part) -> pl.DataFrame:
    given = pl.col("column").is_in(_TIMES) & pl.col("text").is_not_null()
    return part.heads.filter(given).select("sid")


def _answered(part: Part) -> pl.DataFrame:
    """sid of the sheets with anything in a column that a shopper fills."""
    name = part.columns["column"]
    asked = name.is_in(_FILLED) | (name == "answer") | name.str.starts_with("answer.")
    written = marked(part.cells["field"], len(part.columns))
    return part.columns.filter(pl.Series(written) & asked).select("sid").unique()
