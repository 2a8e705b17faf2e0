"""Whole numbers in, decimals out: shares and points without a binary fraction on the way."""

from __future__ import annotations

import polars as pl

POINTS = pl.Decimal(18, 6)
SCORE = pl.Decimal(9, 4)
POINT_PLACES, SCORE_PLACES = 6, 4


def ratio(top: pl.Expr, bottom: pl.Expr, scale: int) -> pl.Expr:
    """`top / bottom × scale` as a whole number, rounded half-even; null where bottom is 0."""
    wide = top.cast(pl.Int128) * scale
    low = bottom.cast(pl.Int128)
    quotient = wide.floordiv(low)
    twice = (wide - quotient * low) * 2
    up = (twice > low) | ((twice == low) & (quotient % 2 == 1))
    return pl.when(low > 0).then(quotient + up.cast(pl.Int128))


def decimal(whole: pl.Expr, places: int, dtype: pl.DataType) -> pl.Expr:
    """A whole number of 10^-places as a Decimal, exactly."""
    return (whole.cast(pl.Decimal(38, places)) / 10**places).cast(dtype)


def points(column: str, units: int) -> pl.Expr:
    """A column of units (so many to a point) as points, rounded half-even to 6 decimals."""
    rounded = ratio(pl.col(column), pl.lit(units), 10**POINT_PLACES)
    return decimal(rounded, POINT_PLACES, POINTS)
