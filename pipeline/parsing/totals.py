"""Totals: a 小计 or 合计 must equal the sum of its rows, or the sheet is wrong as a whole."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

import polars as pl

from pipeline.findings import Finding
from pipeline.parsing.rules import WRONG_TOTAL
from pipeline.sheets.declaration import SheetKind
from pipeline.workbook.cells import letter


class _Cell(NamedTuple):
    row: int
    value: int  # cents for money
    text: str
    slack: float  # the last decimal written, in the same unit; 0 for counts
    places: int


def _parts_of(row: int, data: list[int], totals: list[int]) -> list[tuple[int, int]]:
    """Spans of rows [first, last] that the total in `row` may sum, likeliest first."""
    above = [t for t in totals if t < row]
    below = [t for t in totals if t > row]
    first, last = min(data), max(data)
    since = (above[-1] + 1 if above else first, row)
    until = (row, below[0] - 1 if below else last)
    spans = [since, (first, row), (first, last), until, (row, last)]
    # a span without a single row would explain anything
    return [s for s in spans if any(s[0] <= d <= s[1] for d in data)]


def _sums(cells: list[_Cell], span: tuple[int, int]) -> tuple[int, float] | None:
    inside = [c for c in cells if span[0] <= c.row <= span[1]]
    if not inside:
        return None
    # the part with most decimals says to what they were rounded (4 may be 4.00); rounding errors
    # of n parts add like a random walk, and four standard deviations are allowed for
    slack = min(c.slack for c in inside)
    return sum(c.value for c in inside), slack * (0.51 + 4 * (len(inside) / 12) ** 0.5)


def _fits(total: _Cell, found: tuple[int, float] | None) -> bool:
    if found is None:
        return True
    own = total.slack * 0.51 if total.places else 0.0
    return abs(total.value - found[0]) <= max(found[1], own)


def _cells(part: pl.DataFrame, money: bool) -> dict[str, dict[str, list[_Cell]]]:
    """By column, the data cells and the total cells."""
    found: dict[str, dict[str, list[_Cell]]] = {}
    for row, column, role, value, text, places, power in part.iter_rows():
        slack = 10.0 ** (power + 2 - places) if money else 0.0
        kinds = found.setdefault(column, {"data": [], "total": []})
        kinds[role].append(_Cell(row, value, text, slack, places))
    return found


def total_findings(
    found: dict[str, pl.DataFrame],
    rows: pl.DataFrame,
    sheets: pl.DataFrame,
    kind: SheetKind,
) -> list[Finding]:
    """A structural error for each total that no reading of its rows explains.

    A total may sum the rows since the last total, all rows above, all rows, or those below it:
    of these the one that explains most columns is taken for its row.
    """
    with_total = rows.filter(pl.col("role") == "total").select("sid").unique()
    where = sheets.join(with_total, on="sid", how="semi").select("sid", "file", "sheet")
    summed = [c.id for c in kind.columns if c.over is not None]
    findings: list[Finding] = []
    for sid, file, sheet in where.iter_rows():
        roles = rows.filter(pl.col("sid") == sid)
        columns: dict[str, dict[str, list[_Cell]]] = {}
        letters: dict[str, str] = {}
        for type_ in ("count", "money"):
            part = found.get(type_)
            if part is None:
                continue
            own = part.filter((pl.col("sid") == sid) & pl.col("column").is_in(summed))
            own = own.join(roles.select("row", "role"), on="row")
            letters |= {c: letter(n) for c, n in own.select("column", "col").unique().iter_rows()}
            unsure = own.filter(pl.col("rule").is_not_null())["column"].unique()
            own = own.filter(
                pl.col("value").is_not_null() & ~pl.col("column").is_in(unsure.implode())
            )
            columns |= _cells(_amounts(own, type_), type_ == "money")
        findings += _wrong(file, sheet, columns, roles, letters)
    return findings


def _amounts(own: pl.DataFrame, type_: str) -> pl.DataFrame:
    money = type_ == "money"
    return own.select(
        "row",
        "column",
        "role",
        amount=pl.col("cents") if money else pl.col("value"),
        text=pl.col("text"),
        places=pl.col("places").cast(pl.Int64) if money else pl.lit(0, pl.Int64),
        power=pl.col("power").cast(pl.Int64) if money else pl.lit(0, pl.Int64),
    )


def _wrong(
    file: int,
    sheet: str,
    columns: dict[str, dict[str, list[_Cell]]],
    roles: pl.DataFrame,
    letters: dict[str, str],
) -> list[Finding]:
    data = sorted(roles.filter(pl.col("role") == "data")["row"])
    totals = sorted(roles.filter(pl.col("role") == "total")["row"])
    findings: list[Finding] = []
    if not data:
        return findings
    for row in totals:
        sums = {c: (t, p["data"]) for c, p in columns.items() for t in p["total"] if t.row == row}
        spans = _parts_of(row, data, totals)
        best = max(spans, key=lambda s: sum(_fits(t, _sums(d, s)) for t, d in sums.values()))
        for column, (total, parts) in sums.items():
            found = _sums(parts, best)
            if found is not None and not _fits(total, found):
                cell = f"{letters[column]}{row}"
                shown = _shown(found[0], total.slack)
                findings.append(WRONG_TOTAL.at(file, sheet, cell, row, total.text, sum=shown))
    return findings


def _shown(value: int, slack: float) -> str:
    return f"{Decimal(value) / 100:,.2f} 元" if slack else f"{value:,}"
