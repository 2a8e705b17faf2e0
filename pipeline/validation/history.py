"""Performance against the month before: jumps, and amounts ten thousand times off (元 / 万元)."""

from __future__ import annotations

from functools import partial

import polars as pl

from pipeline.sheets.declaration import SheetKind
from pipeline.validation import rules
from pipeline.validation.checks import Check, Row, names, plain

JUMP = 3.0
# 万元 read as 元 is a factor of 10,000; growth on top of it leaves this band.
UNIT_LOW, UNIT_HIGH = 3000.0, 30000.0
SHEET_ROWS = 3  # from so many rows on, the column's own median speaks for the column
FAR = 100.0  # further than any branch moves in a month, nearer than a mistaken unit
_KEY = ["branch_code", "month"]
_PLACE = ["file", "sheet", "row"]
_ROUNDS = 3  # a wrong month found, the months after it cleared, and that confirmed
_PREVIOUS, _OTHERS = "上月", "其他网点的中位数"
_BASE_EN = {_PREVIOUS: "last month", _OTHERS: "the median of other branches"}


def money_columns(kind: SheetKind) -> list[str]:
    """Performance columns in yuan that add up over time."""
    return [c.id for c in kind.columns if c.type == "money" and c.over is not None]


def history_batch(
    frame: pl.DataFrame, known: pl.DataFrame, kind: SheetKind, taken: pl.DataFrame | None = None
) -> pl.DataFrame:
    """`frame` with, per watched column c: `c__prior`, `c__ratio` (to last month) and `c__unit`.

    `c__unit` is ok, sheet (the whole column is off), row or doubt. `c__base` and `c__basis` say
    what an amount was compared with. `taken` (file, sheet, row) are the rows that no check has
    refused so far; only they, and of them only those in the right unit, are a yardstick.
    """
    sound = _sound(frame, taken)
    yardstick, found = sound, frame
    for _ in range(_ROUNDS):
        found = _compared(frame.with_columns(__yardstick=yardstick), known, kind)
        before, yardstick = yardstick, sound & ~_wrong_unit(found)
        if (before == yardstick).all():
            break
    return found.drop("__yardstick")


def _sound(frame: pl.DataFrame, taken: pl.DataFrame | None) -> pl.Series:
    """For each row of `frame`, whether it is among `taken`."""
    if taken is None:
        return pl.repeat(True, frame.height, eager=True)
    rows = taken.select(_PLACE).unique().with_columns(taken=pl.lit(True))
    own = frame.select(pl.col("file").cast(pl.UInt32), "sheet", pl.col("row").cast(pl.Int64))
    return own.join(rows, on=_PLACE, how="left", maintain_order="left")["taken"].fill_null(False)


def _wrong_unit(found: pl.DataFrame) -> pl.Series:
    """For each row whether it, or its whole workbook, is in the wrong unit."""
    units = [c for c in found.columns if c.endswith("__unit")]
    if not units:
        return pl.repeat(False, found.height, eager=True)
    whole = pl.any_horizontal(pl.col(c) == "sheet" for c in units).any().over("file")
    row = pl.any_horizontal(pl.col(c) == "row" for c in units)
    return found.select(wrong=whole | row)["wrong"]


def _compared(frame: pl.DataFrame, known: pl.DataFrame, kind: SheetKind) -> pl.DataFrame:
    watched = sorted({*money_columns(kind), *kind.jumps} & set(frame.columns))
    money = [c for c in money_columns(kind) if c in watched]
    joined = _with_prior(frame, known, watched)
    joined = joined.with_columns(_ratio(c, f"{c}__prior", f"{c}__ratio") for c in watched)
    joined = joined.with_columns(e for c in money for e in _basis(c))
    joined = joined.with_columns(_ratio(c, f"{c}__base", f"{c}__scale") for c in money)
    return _said_once(_with_units(joined, kind, money), money)


def _said_once(frame: pl.DataFrame, money: list[str]) -> pl.DataFrame:
    """Where a sheet's unit is wrong, that alone is said: no jumps and no single amounts."""
    if not money:
        return frame
    whole = pl.any_horizontal(pl.col(f"{c}__unit") == "sheet" for c in money)
    frame = frame.with_columns(__whole=whole.any().over("file", "sheet"))
    quiet = [
        pl.when(~pl.col("__whole") & (pl.col(f"{c}__unit") == "ok"))
        .then(f"{c}__ratio")
        .alias(f"{c}__ratio")
        for c in money
    ]
    units = [
        pl.when(pl.col("__whole") & (pl.col(f"{c}__unit") != "sheet"))
        .then(pl.lit("ok"))
        .otherwise(f"{c}__unit")
        .alias(f"{c}__unit")
        for c in money
    ]
    return frame.with_columns(quiet + units).drop("__whole")


def _with_prior(frame: pl.DataFrame, known: pl.DataFrame, watched: list[str]) -> pl.DataFrame:
    """Last month's row of the branch: from this batch if it is there, else from the facts."""
    columns = [*_KEY, *watched]
    own = frame.filter("__yardstick").select(columns)
    if not known.is_empty():
        have = [c for c in columns if c in known.columns]
        own = pl.concat([known.select(have), own], how="diagonal_relaxed")
    before = own.drop_nulls(_KEY).unique(_KEY, keep="last", maintain_order=True)
    before = before.with_columns(_trusted(c) for c in watched)
    following = pl.col("month").str.to_date("%Y-%m", strict=False).dt.offset_by("1mo")
    before = before.with_columns(following.dt.strftime("%Y-%m").alias("month"))
    before = before.select(*_KEY, pl.col(watched).cast(pl.Float64).name.suffix("__prior"))
    return frame.join(before, on=_KEY, how="left", maintain_order="left")


def _trusted(column: str) -> pl.Expr:
    """A month far from the branch's own median is no yardstick for the month after it."""
    value = pl.col(column).cast(pl.Float64)
    usual = value.median().over("branch_code")
    enough = value.count().over("branch_code") >= SHEET_ROWS
    near = value.is_between(usual / FAR, usual * FAR)
    return pl.when(~enough | near).then(value).alias(column)


def _ratio(top: str, bottom: str, name: str) -> pl.Expr:
    positive = (pl.col(top) > 0) & (pl.col(bottom) > 0)
    return pl.when(positive).then(pl.col(top).cast(pl.Float64) / pl.col(bottom)).alias(name)


def _basis(column: str) -> list[pl.Expr]:
    """What an amount is compared with: last month, else the other branches' median."""
    value = pl.col(column).cast(pl.Float64)
    others = value.filter((value > 0) & pl.col("__yardstick")).median().over("month")
    prior = pl.col(f"{column}__prior")
    usable = prior > 0
    return [
        pl.when(usable).then(prior).otherwise(others).alias(f"{column}__base"),
        pl.when(usable)
        .then(pl.lit(_PREVIOUS))
        .otherwise(pl.lit(_OTHERS))
        .alias(f"{column}__basis"),
    ]


def _off(scale: pl.Expr) -> pl.Expr:
    up = scale.is_between(UNIT_LOW, UNIT_HIGH)
    return (up | scale.is_between(1 / UNIT_HIGH, 1 / UNIT_LOW)).fill_null(False)


def _with_units(frame: pl.DataFrame, kind: SheetKind, money: list[str]) -> pl.DataFrame:
    """A stock that is off costs its row; a flow may truly be that small, so it needs company."""
    stocks = [c for c in money if kind.column(c).over != "flow"]
    any_stock = pl.any_horizontal(_off(pl.col(f"{c}__scale")) for c in stocks) if stocks else False
    frame = frame.with_columns(__stock_off=any_stock)
    states = []
    for column in money:
        scale = pl.col(f"{column}__scale")
        group = ("file", "sheet")
        many = scale.is_not_null().sum().over(group) >= SHEET_ROWS
        whole = many & _off(scale.median().over(group))
        certain = pl.lit(column in stocks) | pl.col("__stock_off")
        states.append(
            pl.when(~_off(scale))
            .then(pl.lit("ok"))
            .when(whole)
            .then(pl.lit("sheet"))
            .when(certain)
            .then(pl.lit("row"))
            .otherwise(pl.lit("doubt"))
            .alias(f"{column}__unit")
        )
    return frame.with_columns(states).drop("__stock_off")


def history_checks(kind: SheetKind, columns: list[str]) -> list[Check]:
    """The jump warnings, and the three unit rules per amount."""
    found = []
    for column in (c for c in kind.jumps if c in columns):
        limits = {
            "column": f"{column}__ratio",
            "min_value": 1 / JUMP,
            "max_value": JUMP,
        }
        found.append(
            Check(
                rules.JUMP,
                "ExpectColumnValuesToBeBetween",
                limits,
                column,
                names(kind.column(column)),
                partial(_prior_of, f"{column}__prior"),
            )
        )
    for column in (c for c in money_columns(kind) if c in columns):
        found += _unit_checks(kind, column)
    return found


def _prior_of(prior: str, row: Row) -> dict[str, str]:
    return {"other": plain(row[prior])}


def _unit_checks(kind: SheetKind, column: str) -> list[Check]:
    levels = {"sheet": rules.UNIT_SHEET, "row": rules.UNIT, "doubt": rules.UNIT_DOUBT}

    def of_row(row: Row) -> dict[str, str]:
        basis, small = row[f"{column}__basis"], row[f"{column}__scale"] < 1
        return {
            "other": plain(row[f"{column}__base"]),
            "base": basis,
            "base_en": _BASE_EN[basis],
            # too small: 万元 was taken for 元; too large: the reverse
            "unit": "万元" if small else "元",
            "times": "万分之一" if small else "一万倍",
            "times_en": "a ten-thousandth of" if small else "ten thousand times",
            "example": "以万元填，而本列是元" if small else "以元填，而本列是万元",
            "example_en": "万元 in a column of yuan" if small else "yuan in a column of 万元",
        }

    return [
        Check(
            rule,
            "ExpectColumnValuesToNotBeInSet",
            {"column": f"{column}__unit", "value_set": [state]},
            column,
            names(kind.column(column)),
            of_row,
        )
        for state, rule in levels.items()
    ]
