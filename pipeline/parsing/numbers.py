"""Numbers as people write them, read from their text: no float ever touches an amount.

Every function takes a frame with `text` (raw), `joined` (see `words`), `flag`, and gives it back
with `value` (null if it cannot be read) and `unit`, if one is written in the cell. Blanks are dealt
with before (see `values`).
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from pipeline.parsing.headers import MONEY_UNITS

_NUMBER = r"^([+-]?)([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.([0-9]*))?$"
_SCIENTIFIC = r"^[+-]?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2}$"
_COUNTED = r"(?:人次|人|户|次|笔|天|日|个|件|名|级|分钟|分)$"
_AMOUNT = r"(百万元|千元|万元|亿元|万|亿|元)(?:整)?$"
_CURRENCY = r"^(?:¥|RMB|人民币)"
_SHORT = {"万": 4, "亿": 8}
WIDEST = 18  # digits that an Int64 surely holds


def _spelled_out(frame: pl.DataFrame) -> pl.DataFrame:
    """Scientific notation written out (1.2E+7 -> 12000000), exactly."""
    odd = frame.filter(pl.col("digits").str.contains(_SCIENTIFIC))["digits"].unique()
    if odd.is_empty():
        return frame
    plain = {text: format(Decimal(text), "f") for text in odd}
    return frame.with_columns(pl.col("digits").replace(plain))


def _parts(frame: pl.DataFrame, digits: pl.Expr) -> pl.DataFrame:
    """Adds minus, whole and fraction (texts); whole is null if it is no number."""
    frame = _spelled_out(frame.with_columns(digits=digits.str.replace_all("−", "-", literal=True)))
    text = pl.col("digits")
    return frame.with_columns(
        minus=text.str.starts_with("-"),
        whole=text.str.extract(_NUMBER, 2)
        .str.replace_all(",", "", literal=True)
        .str.strip_chars_start("0"),
        fraction=text.str.extract(_NUMBER, 3).fill_null(""),
    )


def counts(frame: pl.DataFrame) -> pl.DataFrame:
    """Whole numbers: 1,234 · 12户 · 12.0. A fraction is unreadable. Value: Int64."""
    split = _parts(frame, pl.col("joined").str.replace(_COUNTED, ""))
    split = split.with_columns(unit=pl.col("joined").str.extract(f"({_COUNTED})", 1))
    whole = pl.col("fraction").str.contains("[1-9]").not_()
    fits = pl.col("whole").str.len_chars() < WIDEST
    size = (
        pl.when(whole & fits & ~_shared()).then(pl.concat_str(pl.lit("0"), "whole")).cast(pl.Int64)
    )
    return split.with_columns(
        value=pl.when("minus").then(-size).otherwise(size), rule=_told_large(~fits)
    )


def _shared() -> pl.Expr:
    """A cell that shows 500 % where a number is asked for: 5 and 500 are both guesses."""
    return pl.col("flag") == "percent"


def _told_large(large: pl.Expr) -> pl.Expr:
    """`rule`, and where none stands yet, that a number has more digits than can be stored."""
    return pl.coalesce("rule", pl.when(large).then(pl.lit("number_too_large")))


def cents_of(whole: pl.Expr, fraction: pl.Expr, minus: pl.Expr, power: pl.Expr) -> pl.Expr:
    """whole.fraction × 10^power in cents, rounded half up; null if it does not fit Int64."""
    kept = (power + 3).cast(pl.Int64)  # up to tenths of a cent: the digit that decides rounding
    padded = fraction.str.pad_end(12, "0").str.slice(0, kept)
    fits = (whole.str.len_chars() + kept) < WIDEST
    tenths = pl.when(fits).then(pl.concat_str(pl.lit("0"), whole, padded)).cast(pl.Int64)
    cents = (tenths + 5) // 10
    return pl.when(minus).then(-cents).otherwise(cents)


def yuan(cents: pl.Expr) -> pl.Expr:
    """Cents (Int64) as DECIMAL(18,2), by text and so exactly."""
    sign = pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    size = cents.abs()
    rest = (size % 100).cast(pl.String).str.zfill(2)
    text = pl.concat_str(sign, (size // 100).cast(pl.String), pl.lit("."), rest)
    return text.cast(pl.Decimal(18, 2), strict=False)


def money(frame: pl.DataFrame) -> pl.DataFrame:
    """Amounts in yuan; `power` is the column's unit (null: yuan), a unit in the cell wins.

    Value: Decimal(18,2); adds `cents` (Int64), `places`, the decimals that were written, `headed`,
    the power of ten that header or title state (null: neither), and `currency`, whether a sign of
    it stands before the number.
    """
    bare = pl.col("joined").str.replace(_CURRENCY, "")
    powers = {**MONEY_UNITS, **_SHORT}
    unit = bare.str.extract(_AMOUNT, 1)
    own = unit.replace_strict(powers, default=None, return_dtype=pl.Int8)
    frame = frame.with_columns(
        power=pl.coalesce(own, pl.col("power"), pl.lit(0, pl.Int8)), unit=unit, headed="power",
        currency=pl.col("joined").str.contains(_CURRENCY),
    )  # fmt: skip
    split = _parts(frame, bare.str.replace(_AMOUNT, ""))
    cents = cents_of(pl.col("whole"), pl.col("fraction"), pl.col("minus"), pl.col("power"))
    places = pl.col("fraction").str.strip_chars_end("0").str.len_chars()
    read = split.with_columns(cents=pl.when(~_shared()).then(cents), places=places)
    large = pl.col("whole").is_not_null() & pl.col("cents").is_null() & ~_shared()
    return read.with_columns(value=yuan(pl.col("cents")), rule=_told_large(large))


def floats(frame: pl.DataFrame) -> pl.DataFrame:
    """Plain numbers. Value: Float64."""
    split = _parts(frame, pl.col("joined"))
    number = pl.concat_str(pl.lit("0"), "whole", pl.lit("."), "fraction", pl.lit("0"))
    size = number.cast(pl.Float64, strict=False)
    return split.with_columns(value=pl.when("minus").then(-size).otherwise(size))


def rates(frame: pl.DataFrame) -> pl.DataFrame:
    """Shares 0–1. 85% is .85; a percent-formatted cell holds the share itself.

    Plain numbers share one unit per column and sheet: all up to 1, they are shares; all above 1
    (or 0), percentages; a mix is doubt (`doubt` true, value null). Value: Float64.
    """
    signed = pl.col("joined").str.ends_with("%")
    bare = frame.with_columns(signed=signed, joined=pl.col("joined").str.replace("%$", ""))
    read = floats(bare)
    free = ~pl.col("signed") & (pl.col("flag") != "percent")
    size = pl.when(free).then(pl.col("value").abs())
    over = ["sid", "column"]
    read = read.with_columns(
        free=free,
        above=(size > 1).any().over(over),
        below=((size > 0) & (size <= 1)).any().over(over),
        only_one=(size.filter(size > 0) == 1).all().over(over),
    )
    mixed = pl.col("above") & pl.col("below") & (pl.col("value") > 0) & (pl.col("value") <= 1)
    doubt = pl.col("free") & mixed
    share = (
        pl.when("signed")
        .then(pl.col("value") / 100)
        .when(pl.col("free") & pl.col("above"))
        .then(pl.col("value") / 100)
        .otherwise(pl.col("value"))
    )
    return read.with_columns(doubt=doubt, value=pl.when(~doubt).then(share))
