"""Totals: a 小计 or 合计 must equal the sum of its rows, or the sheet is wrong as a whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from decimal import Decimal
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import polars as pl

from pipeline.findings import Finding
from pipeline.parsing.rules import WRONG_TOTAL
from pipeline.parsing.values import Typed
from pipeline.sheets.declaration import SheetKind
from pipeline.workbook.cells import letter


class _Cell(NamedTuple):
    row: int
    value: int  # cents for money
    text: str
    slack: float  # the last decimal written, in the same unit; 0 for counts
    places: int


class _Parts(NamedTuple):
    """The data cells of one column, from top to bottom."""

    rows: list[int]
    sums: list[int]  # of the first 0, 1, 2 … cells
    slack: np.ndarray


def _parts_of(row: int, data: list[int], totals: list[int]) -> list[tuple[int, int]]:
    """Spans of rows [first, last] that the total in `row` may sum, likeliest first."""
    above, below = totals[: bisect_left(totals, row)], totals[bisect_right(totals, row) :]
    first, last = data[0], data[-1]
    since = (above[-1] + 1 if above else first, row)
    until = (row, below[0] - 1 if below else last)
    spans = [since, (first, row), (first, last), until, (row, last)]
    # a span without a single row would explain anything
    return [s for s in spans if bisect_left(data, s[0]) < bisect_right(data, s[1])]


def _sums(parts: _Parts, span: tuple[int, int]) -> tuple[int, float] | None:
    first, end = bisect_left(parts.rows, span[0]), bisect_right(parts.rows, span[1])
    if first == end:
        return None
    # the part with most decimals says to what they were rounded (4 may be 4.00); rounding errors
    # of n parts add like a random walk, and four standard deviations are allowed for
    slack = float(parts.slack[first:end].min())
    return parts.sums[end] - parts.sums[first], slack * (0.51 + 4 * ((end - first) / 12) ** 0.5)


def _fits(total: _Cell, found: tuple[int, float] | None) -> bool:
    if found is None:
        return True
    own = total.slack * 0.51 if total.places else 0.0
    return abs(total.value - found[0]) <= max(found[1], own)


def _columns(part: pl.DataFrame) -> dict[str, tuple[_Parts, list[_Cell]]]:
    """By column, its data cells and its total cells."""
    decimals = part["power"] + 2 - part["places"]
    known = {n: 10.0**n for n in decimals.unique()}
    slack = decimals.replace_strict(known, return_dtype=pl.Float64).alias("slack") * part["money"]
    cells = part.with_columns(slack).sort("row")
    found: dict[str, tuple[_Parts, list[_Cell]]] = {
        column: (_Parts([], [0], np.empty(0)), [])
        for column in cells["column"].unique(maintain_order=True)
    }
    cells = cells.sort("column", "total", maintain_order=True)
    names = ("row", "amount", "text", "slack", "places")
    row, amount, *_ = columns = [cells[name].to_list() for name in names]
    exact, end = cells["slack"].to_numpy(), 0
    for column, total, count in cells.group_by("column", "total", maintain_order=True).len().rows():
        span = slice(end, end + count)
        end += count
        if total:
            found[column][1].extend(map(_Cell, *(c[span] for c in columns)))
        else:
            sums = list(accumulate(amount[span], initial=0))
            found[column] = _Parts(row[span], sums, exact[span]), found[column][1]
    return found


def total_findings(
    found: Typed, rows: pl.DataFrame, sheets: pl.DataFrame, kind: SheetKind
) -> list[Finding]:
    """A structural error for each total that no reading of its rows explains.

    A total may sum the rows since the last total, all rows above, all rows, or those below it:
    of these the one that explains most columns is taken for its row.
    """
    own_rows = rows.join(sheets.select("sid"), on="sid", how="semi")
    with_total = own_rows.filter(pl.col("role") == "total").select("sid").unique()
    if with_total.is_empty():
        return []
    where = sheets.join(with_total, on="sid", how="semi").select("sid", "file", "sheet")
    summed = [c.id for c in kind.columns if c.over is not None]
    amounts = [
        _amounts(part.filter(pl.col("column").is_in(summed)), type_)
        for type_, part in found.items()
        if type_ in ("count", "money")
    ]
    if not amounts:
        return []
    cells = pl.concat(amounts).join(with_total, on="sid", how="semi")
    findings: list[Finding] = []
    for sid, file, sheet in where.iter_rows():
        own = cells.filter(pl.col("sid") == sid).drop("sid")
        letters = {c: letter(n) for c, n in own.select("column", "col").unique().iter_rows()}
        unsure = own.filter(pl.col("rule").is_not_null())["column"].unique()
        sure = pl.col("amount").is_not_null() & ~pl.col("column").is_in(unsure.implode())
        roles = own_rows.filter(pl.col("sid") == sid)
        findings += _wrong(file, sheet, _columns(own.filter(sure)), roles, letters)
    return findings


def _amounts(part: pl.DataFrame, type_: str) -> pl.DataFrame:
    money = type_ == "money"
    given = pl.col("cents").is_not_null() & pl.col("value").is_not_null()
    return part.select(
        "sid",
        "row",
        "col",
        "column",
        "total",
        "text",
        "rule",
        amount=pl.when(given).then("cents") if money else pl.col("value"),
        places=pl.col("places").cast(pl.Int64) if money else pl.lit(0, pl.Int64),
        power=pl.col("power").cast(pl.Int64) if money else pl.lit(0, pl.Int64),
        money=pl.lit(money),
    )


def _wrong(
    file: int,
    sheet: str,
    columns: dict[str, tuple[_Parts, list[_Cell]]],
    roles: pl.DataFrame,
    letters: dict[str, str],
) -> list[Finding]:
    data = sorted(roles.filter(pl.col("role") == "data")["row"])
    totals = sorted(roles.filter(pl.col("role") == "total")["row"])
    findings: list[Finding] = []
    if not data:
        return findings
    for row in totals:
        sums = {c: (t, parts) for c, (parts, own) in columns.items() for t in own if t.row == row}
        spans = _parts_of(row, data, totals)
        best = max(spans, key=lambda s: sum(_fits(t, _sums(d, s)) for t, d in sums.values()))
        for column, (total, parts) in sums.items():
            found = _sums(parts, best)
            if found is not None and not _fits(total, found):
                cell = f"{letters[column]}{row}"
                words = _shown(total.value, total.slack, "total") | _shown(
                    found[0], total.slack, "sum"
                )
                findings.append(WRONG_TOTAL.at(file, sheet, cell, row, total.text, **words))
    return findings


def _shown(value: int, slack: float, slot: str) -> dict[str, str]:
    """A number as the words `slot` and `slot`_en; amounts, which have a slack, in yuan."""
    if not slack:
        return {slot: f"{value:,}", f"{slot}_en": f"{value:,}"}
    amount = f"{Decimal(value) / 100:,.2f}"
    return {slot: f"{amount} 元", f"{slot}_en": f"{amount} yuan"}
