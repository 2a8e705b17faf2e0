"""Which facts differ between two publications, cell by cell: the causes of a restatement.

Compared are values under their key, never their provenance: a workbook sent again unchanged
changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from pipeline.publishing.cells import ELSEWHERE, add_cells, moved
from pipeline.warehouse.schema import fact_tables

PLACE = ("sha256", "sheet", "row", "cell")
NOT_COMPARED = frozenset({"column_map", "edition", "item", "item_bridge", "quarantine"})
CHANGES: dict[str, type[pl.DataType]] = {
    "table": pl.String,
    "change": pl.String,  # changed; added or removed: the whole row, column and cell are null
    "key": pl.String,
    "branch_code": pl.String,
    "month": pl.String,
    "column": pl.String,
    "old": pl.String,
    "new": pl.String,
    "sha256": pl.String,
    "sheet": pl.String,
    "row": pl.Int64,
    "cell": pl.String,
    "former_sha256": pl.String,
    "former_sheet": pl.String,
    "former_cell": pl.String,
}
_ORDER = ("table", "branch_code", "month", "key", "column")


def differences(
    former: Mapping[str, pl.DataFrame], current: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """The cells that differ, columns CHANGES, in a fixed order.

    Both are the fact frames of a publication by table; a row that only one of them has is one
    line of change `added` or `removed`.
    """
    found = [
        _of_table(name, table.key, former, current)
        for name, table in fact_tables().items()
        if name not in NOT_COMPARED and name in former and name in current
    ]
    return pl.concat(found, how="diagonal").select(list(CHANGES)).sort(_ORDER)


def _of_table(
    name: str,
    key: tuple[str, ...],
    former: Mapping[str, pl.DataFrame],
    current: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    values = [c for c in current[name].columns if c in former[name].columns and c not in PLACE]
    old = _unlike(former[name], current[name], values)
    new = _unlike(current[name], former[name], values)
    lines = [
        _changed(name, key, values, old, new, former, current),
        _whole_rows(name, "added", new.join(old, on=key, how="anti"), current),
        _whole_rows(name, "removed", old.join(new, on=key, how="anti"), former),
    ]
    return pl.concat(lines, how="diagonal").with_columns(pl.lit(name).alias("table"))


def _unlike(rows: pl.DataFrame, others: pl.DataFrame, values: list[str]) -> pl.DataFrame:
    return rows.join(others.select(values).unique(), on=values, how="anti", nulls_equal=True)


def _changed(
    name: str,
    key: tuple[str, ...],
    values: list[str],
    old: pl.DataFrame,
    new: pl.DataFrame,
    former: Mapping[str, pl.DataFrame],
    current: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    sides = [
        add_cells(_long(name, key, values, rows, facts), facts["column_map"])
        for rows, facts in ((old, former), (new, current))
    ]
    before = sides[0].select(
        "key",
        "column",
        pl.col("value").alias("old"),
        *(pl.col(c).alias(f"former_{c}") for c in ("sha256", "sheet", "cell")),
    )
    both = sides[1].rename({"value": "new"}).join(before, on=["key", "column"])
    unlike = both.filter(pl.col("old").ne_missing(pl.col("new")))
    return unlike.with_columns(pl.lit("changed").alias("change"))


def _long(
    name: str,
    key: tuple[str, ...],
    values: list[str],
    rows: pl.DataFrame,
    facts: Mapping[str, pl.DataFrame],
) -> pl.DataFrame:
    """One line per row and value column: [key, branch_code, month, place, column, value]."""
    known = _whole_rows(name, "", rows, facts).select("key", "branch_code", "month")
    place = [rows["sha256"], rows["sheet"], rows["row"].cast(pl.Int64)]
    if "cell" in rows.columns:
        place.append(rows["cell"].alias("own_cell"))
    texts = rows.select(
        pl.col(c).cast(pl.String).name.prefix("value:") for c in values if c not in key
    )
    wide = pl.concat([known, pl.DataFrame(place), texts], how="horizontal")
    index = [c for c in wide.columns if c not in texts.columns]
    long = wide.unpivot(index=index, variable_name="column", value_name="value")
    told = long.with_columns(pl.col("column").str.strip_prefix("value:"))
    return moved(told, facts.get(ELSEWHERE)) if name == "performance" else told


def _whole_rows(
    name: str, change: str, rows: pl.DataFrame, facts: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """One line per row: [change, key, branch_code, month, sha256, sheet, row]."""
    key = pl.concat_str(
        [pl.col(c).cast(pl.String).fill_null("") for c in fact_tables()[name].key], separator="|"
    )
    placed = _with_branch(rows, facts)
    return placed.select(
        pl.lit(change).alias("change"),
        key.alias("key"),
        "branch_code",
        _month(placed).alias("month"),
        "sha256",
        "sheet",
        pl.col("row").cast(pl.Int64),
    )


def _with_branch(rows: pl.DataFrame, facts: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    if "visit_id" in rows.columns and "branch_code" not in rows.columns:
        visits = facts["visit"].select("visit_id", "branch_code", "visit_date")
        return rows.join(visits, on="visit_id", how="left", maintain_order="left")
    return rows


def _month(rows: pl.DataFrame) -> pl.Expr:
    if "month" in rows.columns:
        return pl.col("month")
    for day in ("visit_date", "issued_date", "filed_date", "planned_date"):
        if day in rows.columns:
            return pl.col(day).dt.strftime("%Y-%m")
    return pl.lit(None, pl.String)
