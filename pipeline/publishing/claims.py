"""Table `claim`: what each branch reports against what shoppers saw, over twelve months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from audits.statistics.claims import LARGE, copying, gap, heaping
from audits.statistics.proportions import design_effect
from pipeline.periods import last_month, shift_month
from pipeline.publication_tables import TABLES
from pipeline.sheets import kinds

if TYPE_CHECKING:
    from audits.scoring import Scored

MONTHS = 12  # the rolling year: one quarter has a handful of encounters


def claims(
    facts: Mapping[str, pl.DataFrame], scope: pl.DataFrame, scored: Scored, period: str
) -> pl.DataFrame:
    """Table `claim` for every branch, over the twelve months that end with `period`."""
    end = last_month(period)
    months = [shift_month(end, -i) for i in range(MONTHS)]
    branches = scope.filter(pl.col("level") == "branch").select("scope").sort("scope")
    numbered = branches.with_row_index("branch")
    sheets = facts["performance"].filter(pl.col("month").is_in(months)).join(
        numbered, left_on="branch_code", right_on="scope"
    ).sort("branch", "month")  # fmt: skip
    tests = _tests(sheets, branches.height)
    gaps = _gaps(numbered, sheets, _seen(scored, facts["visit"], months))
    table = pl.concat([branches, gaps, tests], how="horizontal").with_columns(
        pl.lit(period).alias("period"), pl.lit(min(months)).alias("first")
    )
    return table.select(list(TABLES["claim"])).cast(pl.Schema(TABLES["claim"])).sort("scope")


def self_reported() -> list[str]:
    """Counts of the performance sheet that branches fill in themselves."""
    columns = kinds()["performance"].columns
    return [c.id for c in columns if c.type == "count" and c.filler == "branch"]


def _seen(scored: Scored, visits: pl.DataFrame, months: list[str]) -> pl.DataFrame:
    """[scope, visit_id, seen, encounters]: visits with the one sentence applicable."""
    when = visits.select("visit_id", pl.col("branch_code").alias("scope"),
                         pl.col("visit_date").dt.strftime("%Y-%m").alias("month"))  # fmt: skip
    spoke = scored.encounters.filter(pl.col("spoke_up").is_not_null())
    rows = spoke.join(when.filter(pl.col("month").is_in(months)), on="visit_id")
    return (
        rows.group_by("scope", "visit_id")
        .agg(pl.col("spoke_up").cast(pl.Int64).sum().alias("seen"), pl.len().alias("encounters"))
        .sort("scope", "visit_id")
    )


def _gaps(numbered: pl.DataFrame, sheets: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    effect = design_effect(
        seen["scope"].to_numpy(), seen["seen"].to_numpy(), seen["encounters"].to_numpy()
    )
    given = sheets.drop_nulls(["spoken", "served"]).group_by("branch").agg(
        pl.col("spoken").sum(), pl.col("served").sum()
    )  # fmt: skip
    saw = seen.group_by("scope").agg(
        pl.col("seen").sum(), pl.col("encounters").sum(), pl.len().alias("visits")
    )
    rows = numbered.join(given, on="branch", how="left").join(saw, on="scope", how="left")
    rows = rows.sort("branch").fill_null(0)
    sums = rows.select("spoken", "served", "seen", "encounters").to_numpy().T
    found = gap(sums[0], sums[1], sums[2], sums[3], effect)
    ok = pl.Series(found.status == "ok")
    known = {"reported": rows["served"] > 0, "observed": rows["encounters"] > 0}
    shown = {c: pl.Series(getattr(found, c)) for c in ("gap", "low", "high")}
    return rows.select(
        *(pl.when(k).then(pl.Series(getattr(found, c))).alias(c) for c, k in known.items()),
        *(pl.when(ok).then(values).alias(c) for c, values in shown.items()),
        "visits",
        "encounters",
        pl.lit(effect).alias("design_effect"),
        pl.Series("overclaimed", found.overclaimed, pl.Boolean),
        pl.when(ok).then(pl.Series(found.typical)).alias("typical"),
        pl.when(ok).then(pl.Series(found.z)).alias("z"),
        pl.Series("unusual", found.unusual, pl.Boolean),
        pl.Series("status", found.status, pl.String),
    )


def _tests(sheets: pl.DataFrame, units: int) -> pl.DataFrame:
    columns = [c for c in self_reported() if c in sheets.columns]
    figures = sheets.select(pl.col(columns).fill_null(-1).cast(pl.Int64)).to_numpy()
    figures = figures.reshape(sheets.height, len(columns))
    unit = sheets["branch"].to_numpy().astype(np.int64)
    heaped = heaping(figures, unit, units)
    number = sheets.select(
        pl.col("month").str.slice(0, 4).cast(pl.Int64) * 12
        + pl.col("month").str.slice(5, 2).cast(pl.Int64)
    ).to_series()
    month = number.to_numpy()
    follows = (unit[1:] == unit[:-1]) & (month[1:] == month[:-1] + 1)
    copied = copying(figures[1:][follows], figures[:-1][follows], unit[1:][follows], units)
    return pl.DataFrame(
        {
            "figures": heaped.of, "fives": heaped.found, "heaped": heaped.raised,
            "heaped_p": heaped.p, "heaped_chance": heaped.size,
            "pairs": copied.of, "equal": copied.found, "equal_expected": copied.expected,
            "copied": copied.raised, "copied_p": copied.p, "copied_chance": copied.size,
            "twins": _twins(sheets, columns, units),
        }
    )  # fmt: skip


def _twins(sheets: pl.DataFrame, columns: list[str], units: int) -> np.ndarray:
    """[branch] months in which all its counts equal another branch's, eight of them being large."""
    large = pl.sum_horizontal(
        [(pl.col(c) >= LARGE).fill_null(False).cast(pl.Int32) for c in columns] or [pl.lit(0)]
    )
    full = sheets.with_columns(large.alias("large")).filter(pl.col("large") >= min(8, len(columns)))
    if full.is_empty():
        return np.zeros(units, np.int64)
    alike = full.filter(pl.len().over("month", *columns) > 1)
    return np.bincount(alike["branch"].to_numpy().astype(np.int64), minlength=units)
