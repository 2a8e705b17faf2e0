"""From the rows of a mart to the source cells whose values entered them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipeline.marts import marts
from pipeline.metrics.declaration import Component
from pipeline.publishing.cells import ELSEWHERE, add_cells, moved

ROW = "mart_row"  # number of the mart row that a cell belongs to
CELLS = (ROW, "column", "sha256", "sheet", "cell", "fact")


def fact_table(part: Component) -> str:
    """The fact table in which a component's cells lie."""
    return part.fact or marts()[part.mart].fact


def cells_behind(
    rows: pl.DataFrame, part: Component, facts: Mapping[str, pl.DataFrame]
) -> pl.DataFrame:
    """[mart_row, column, sha256, sheet, cell, fact] of every source cell behind `rows`.

    `rows` are those of `lineage.rows_behind`. `fact` is the typed value as text. A cell that is
    empty in the sheet did not enter and is left out.
    """
    table = facts[fact_table(part)]
    found = _facts_of(rows.with_row_index(ROW), part, table)
    columns = [c for c in part.sources if c in table.columns]
    own = [pl.col("cell").alias("own_cell")] if "cell" in table.columns else []
    texts = [pl.col(c).cast(pl.String).alias(f"value:{c}") for c in columns]
    merged = ["branch_code", "month"] if fact_table(part) == "performance" else []
    wide = found.select(ROW, "sha256", "sheet", "row", *merged, *own, *texts)
    index = [c for c in wide.columns if not c.startswith("value:")]
    long = wide.unpivot(index=index, variable_name="column", value_name="fact").with_columns(
        pl.col("column").str.strip_prefix("value:")
    )
    told = long.filter(pl.col("fact").is_not_null())
    told = moved(told, facts.get(ELSEWHERE)) if merged else told
    placed = add_cells(told, facts["column_map"])
    return placed.select(CELLS).unique().sort(ROW, "column", "sha256", "sheet", "cell")


def keys_of(part: Component) -> tuple[tuple[str, str], ...]:
    """Pairs (key of the fact, column of the mart)."""
    return part.keys or tuple((key, key) for key in marts()[part.mart].keys)


def _facts_of(rows: pl.DataFrame, part: Component, table: pl.DataFrame) -> pl.DataFrame:
    """The facts behind each mart row, with its number."""
    pairs = [(fact, own) for fact, own in keys_of(part) if not (part.since and fact == "month")]
    wanted = rows.select(
        ROW,
        *(pl.col(own).alias(f"on:{fact}") for fact, own in pairs),
        pl.col(part.since or "month").alias("first_month"),
        pl.col("month").alias("last_month"),
    )
    for fact, _ in pairs:
        if isinstance(wanted.schema[f"on:{fact}"], pl.List):
            wanted = wanted.explode(f"on:{fact}")
    found = _joined(wanted, [fact for fact, _ in pairs], table)
    if part.since:
        found = found.filter(pl.col("month").is_between("first_month", "last_month"))
    return found


def _joined(wanted: pl.DataFrame, keys: Sequence[str], table: pl.DataFrame) -> pl.DataFrame:
    typed = wanted.with_columns(pl.col(f"on:{k}").cast(table.schema[k]) for k in keys)
    # Keys are kept on both sides: a key may itself be a source whose cell is wanted.
    return typed.join(table, left_on=[f"on:{k}" for k in keys], right_on=list(keys), coalesce=False)
