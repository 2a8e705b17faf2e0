"""Restatements (数据修订): values that changed since, with the source cells that did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from pipeline.publication_tables import TABLES
from pipeline.windows import window_map

TOLERANCE = 1e-9  # relative: below it, only the order of addition differed
CAUSES_SHOWN = 20
VALUE = ("metric", "scope", "period")
SOURCES: dict[str, type[pl.DataType]] = {
    "metric": pl.String,
    "table": pl.String,
    "column": pl.String,
    "window": pl.String,
}


def changed_values(former: pl.DataFrame, current: pl.DataFrame) -> pl.DataFrame:
    """[metric, scope, period, former_value, value] of the values that are not the same.

    Both are `metric_value` tables. A number that came or went counts; a metric that the former
    dictionary did not have is new, not restated.
    """
    old = former.select(*VALUE, pl.col("value").alias("former_value"))
    known = current.join(former.select("metric").unique(), on="metric", how="semi")
    both = known.select(*VALUE, "value").join(old, on=VALUE, how="full", coalesce=True)
    a, b = pl.col("former_value"), pl.col("value")
    apart = (a - b).abs() > TOLERANCE * pl.max_horizontal(a.abs(), b.abs(), pl.lit(1e-6))
    changed = (a.is_null() != b.is_null()) | apart.fill_null(False)
    return both.filter(changed).select(*VALUE, "former_value", "value").sort(VALUE)


def causes(
    values: pl.DataFrame,
    changes: pl.DataFrame,
    members: pl.DataFrame,
    sources: pl.DataFrame,
    until: str,
) -> pl.DataFrame:
    """Which changed cells (by `change_id`, the row number in `changes`) entered which value.

    `sources` [metric, table, column, window] says which columns a metric adds up and over which
    months; `until` is the last month looked at. Returns [metric, scope, period, change_id].
    """
    cells = changes.with_row_index("change_id").select(
        "change_id", "table", "branch_code", "month", pl.col("column").alias("cell_column")
    )
    wanted = values.select(VALUE).join(members, on="scope").join(sources, on="metric")
    met = wanted.join(cells, on=["table", "branch_code"])
    same = pl.col("cell_column").is_null() | (pl.col("cell_column") == pl.col("column"))
    periods = values["period"].unique().sort().to_list()
    known = changes["month"].drop_nulls().unique().sort().to_list()
    spans = [
        window_map(periods, window, until, known).with_columns(pl.lit(window).alias("window"))
        for window in sources["window"].unique().sort()
    ]
    near = met.filter(same).join(pl.concat(spans), on=["window", "period", "month"], how="semi")
    undated = met.filter(same & pl.col("month").is_null())
    found = pl.concat([near, undated]).select(*VALUE, "change_id")
    return found.unique().sort(*VALUE, "change_id")


def restatement_table(
    values: pl.DataFrame,
    changes: pl.DataFrame,
    caused: pl.DataFrame,
    former_revision: int,
    otherwise: str,
) -> pl.DataFrame:
    """Table `restatement`. `otherwise` is the cause of a value that no changed cell explains."""
    named = changes if "appeal" in changes.columns else changes.with_columns(appeal=None)
    words = named.with_row_index("change_id").select("change_id", _words().alias("words"))
    by_value = (
        caused.join(words, on="change_id")
        .sort(*VALUE, "change_id")
        .group_by(VALUE, maintain_order=True)
        .agg(pl.col("words").head(CAUSES_SHOWN), pl.len().alias("all"))
    )
    more = pl.when(pl.col("all") > CAUSES_SHOWN).then(
        pl.format("; … +{}", pl.col("all") - CAUSES_SHOWN)
    )
    told = by_value.select(
        *VALUE, (pl.col("words").list.join("; ") + more.otherwise(pl.lit(""))).alias("cause")
    )
    full = values.join(told, on=VALUE, how="left").with_columns(
        pl.col("cause").fill_null(otherwise), pl.lit(former_revision).alias("former_revision")
    )
    return (
        full.select(list(TABLES["restatement"])).cast(pl.Schema(TABLES["restatement"])).sort(VALUE)
    )


def _words() -> pl.Expr:
    place = pl.format(
        "{} {} {}",
        pl.coalesce("sha256", "former_sha256").fill_null(""),
        pl.coalesce("sheet", "former_sheet").fill_null(""),
        pl.coalesce("cell", pl.format("{}!{}", "change", "row"), pl.lit("")),
    )
    old, new = (pl.col(c).fill_null("∅") for c in ("old", "new"))
    whole = pl.col("column").is_null()
    told = (
        pl.when(whole)
        .then(pl.format("{} ({})", place, "change"))
        .otherwise(pl.format("{}: {} -> {}", place, old, new))
    )
    by = pl.format("申诉 appeal {}: {}", pl.col("appeal").cast(pl.Int64), told)
    return pl.when(pl.col("appeal").is_not_null()).then(by).otherwise(told)


def as_json(
    values: pl.DataFrame, changes: pl.DataFrame, caused: pl.DataFrame
) -> list[dict[str, Any]]:
    """One entry for each changed source cell, with the published values it moved."""
    moved: dict[int, list[dict[str, Any]]] = {}
    for row in caused.join(values, on=VALUE).sort("change_id", *VALUE).to_dicts():
        moved.setdefault(row.pop("change_id"), []).append(row)
    return [_entry(row, moved.get(i, [])) for i, row in enumerate(changes.to_dicts())]


def _entry(row: Mapping[str, Any], values: list[dict[str, Any]]) -> dict[str, Any]:
    own = ("table", "change", "branch_code", "column", "old", "new", "sha256", "sheet", "cell")
    return {
        **{k: row[k] for k in own},
        "period": row["month"],
        "key": row["key"],
        "row": row["row"],
        "appeal": row.get("appeal"),
        "former": {k: row[f"former_{k}"] for k in ("sha256", "sheet", "cell")},
        "values": values,
    }
