"""Titles above a table and sheet names: the month they state and the unit of the money."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from pipeline.findings import Finding
from pipeline.parsing.headers import MONEY_UNITS
from pipeline.parsing.numbering import Grid
from pipeline.parsing.rules import UNIT_ASSUMED, UNIT_DOUBT
from pipeline.parsing.text import dense_text
from pipeline.sheets import kinds
from pipeline.workbook.cells import letter

_UNIT = re.compile(r"单位[:：]?([^)）\]】;；。]*)")
_MONEY = re.compile(r"百万元|千元|万元|亿元|元")
_YEAR_MONTH = re.compile(r"(20\d{2})年(?:度)?(0?[1-9]|1[0-2])月(?!\d{1,2}日)")
_DASHED = re.compile(r"(?<!\d)(20\d{2})[-./](0?[1-9]|1[0-2])(?![-./\d])")
_DIGITS = re.compile(r"(?<!\d)(20\d{2})(0[1-9]|1[0-2])(?!\d)")
# Dates of making the sheet are not the month it reports.
_CLERK = re.compile(r"(制表|填表|填报|打印|报送|上报|生成|导出)(日期|时间|日)")


def month_in(text: str) -> str | None:
    """The month a title or sheet name states (YYYY-MM); None if none, or two different ones."""
    clean = dense_text(text)
    if _CLERK.search(clean):
        return None
    for pattern in (_YEAR_MONTH, _DASHED, _DIGITS):
        found = {f"{year}-{int(month):02d}" for year, month in pattern.findall(clean)}
        if found:
            return found.pop() if len(found) == 1 else None
    return None


def units_in(text: str) -> set[str]:
    """The units of money a title names after 单位: the empty set if it names none."""
    found = _UNIT.search(dense_text(text))
    return set(_MONEY.findall(found.group(1))) if found else set()


def power(unit: str) -> int | None:
    """The power of ten from a unit of money to yuan; None if it is no unit of money."""
    return MONEY_UNITS.get(unit)


def _above(placed: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """Cells over the header of list sheets: sid, row, col, text."""
    lists = [k.id for k in kinds().values() if k.layout != "one_visit"]
    sheets = placed.filter(pl.col("kind").is_in(lists)).select("sid", "header_first")
    before = sheets["header_first"].to_numpy().astype(np.int64) - 1
    lines = grid.lines_between(sheets["sid"], 1, before).select("line")
    return grid.spelled(grid.on(lines), "text").select("sid", "row", "col", "text")


def with_months(placed: pl.DataFrame, grid: Grid) -> pl.DataFrame:
    """`placed` with the month that title or sheet name states, and the title's cell.

    Adds month (YYYY-MM or null), month_row, month_col (null if the sheet name states it).
    """
    stated: dict[int, tuple[str, int | None, int | None]] = {}
    for sid, row, col, text in _above(placed, grid).iter_rows():
        month = month_in(text)
        if month is not None and sid not in stated:
            stated[sid] = (month, row, col)
    lists = [k.id for k in kinds().values() if k.layout != "one_visit"]
    named = placed.filter(pl.col("kind").is_in(lists))
    for sid, sheet in named.select("sid", "sheet").iter_rows():
        month = month_in(sheet)
        if month is not None and sid not in stated:
            stated[sid] = (month, None, None)
    frame = pl.DataFrame(
        [(sid, *found) for sid, found in stated.items()],
        schema={
            "sid": pl.UInt32,
            "month": pl.String,
            "month_row": pl.UInt32,
            "month_col": pl.UInt16,
        },
        orient="row",
    )
    return placed.join(frame, on="sid", how="left", maintain_order="left")


def with_units(
    columns: pl.DataFrame, placed: pl.DataFrame, grid: Grid
) -> tuple[pl.DataFrame, list[Finding]]:
    """`columns` with `power`: the power of ten from a money column's unit to yuan.

    The header's own unit wins over the title's. Neither: yuan, with a warning; a title with two
    units: a structural error.
    """
    titled: dict[int, set[str]] = {}
    for sid, _, _, text in _above(placed, grid).iter_rows():
        titled.setdefault(sid, set()).update(units_in(text))
    single = {sid: power(*found) for sid, found in titled.items() if len(found) == 1}
    own = pl.col("unit").replace_strict(MONEY_UNITS, default=None, return_dtype=pl.Int8)
    by_title = pl.col("sid").replace_strict(single, default=None, return_dtype=pl.Int8)
    money = pl.col("type") == "money"
    frame = columns.with_columns(power=pl.when(money).then(pl.coalesce(own, by_title)))
    of_rows = frame.filter(pl.col("column") == "unit").select("sid")
    silent = frame.filter(money & pl.col("power").is_null()).join(of_rows, on="sid", how="anti")
    silent = silent.unique("sid", keep="first", maintain_order=True)
    where = {s: (f, n) for s, f, n in placed.select("sid", "file", "sheet").iter_rows()}
    findings = [
        _doubt(where[sid], f"{letter(col)}{row}", text, titled.get(sid, set()))
        for sid, col, row, text in silent.select("sid", "col", "row", "header").iter_rows()
    ]
    return frame, findings


def _doubt(where: tuple[int, str], cell: str, text: str, stated: set[str]) -> Finding:
    file, sheet = where
    if stated:
        return UNIT_DOUBT.at(file, sheet, cell, value=" / ".join(sorted(stated)))
    return UNIT_ASSUMED.at(file, sheet, cell, value=text)
