"""Facts without anything that names a shopper: ids, free texts, names of sheets.

The warehouse keeps what was written; whatever is published goes through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from pipeline.office import masked_texts
from pipeline.persons import mask_texts, masked, pattern_of
from pipeline.sheets import kinds

Facts = Mapping[str, pl.DataFrame]


def pattern_for(ids: Iterable[str], listed: pl.DataFrame) -> str | None:
    """What names a shopper. `ids`: of those who went or were to go; `listed`: the office's list."""
    names: Iterable[str] = listed["name"].drop_nulls() if "name" in listed.columns else ()
    return pattern_of({*ids, *listed["shopper_id"].drop_nulls()}, names)


def discreet(
    facts: Facts, pattern: str | None, remembered: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """`facts` with shoppers masked in every free text (扣分原因, 申诉理由 …) and name of a sheet.

    `remembered`: texts that named somebody erased since, by digest, as they were masked then.
    """
    found = dict(facts)
    for table, column in _prose(found):
        text = masked_texts.replaced(found[table][column], remembered)
        found[table] = found[table].with_columns(text.alias(column))
        if pattern is not None:
            found[table] = found[table].with_columns(masked(column, pattern))
    return _without_named_sheets(found, pattern, remembered)


def _prose(facts: Facts) -> list[tuple[str, str]]:
    """(table, column) of every free text."""
    return [
        (kind.table, column.id)
        for kind in kinds().values()
        for column in kind.columns
        if column.prose and kind.table in facts and column.id in facts[kind.table].columns
    ]


def _without_named_sheets(
    facts: Facts, pattern: str | None, remembered: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    """Sheets are called after people, too; a CSV's after its file. The same in every table."""
    placed = {t for t, f in facts.items() if {"sha256", "sheet"} <= set(f.columns)}
    if not placed:
        return dict(facts)
    every = pl.concat([facts[t].select("sha256", "sheet") for t in sorted(placed)]).unique()
    called = sheet_names(every, pattern, remembered)
    if called.is_empty():
        return dict(facts)
    return {t: _called(f, called) if t in placed else f for t, f in facts.items()}


def _called(frame: pl.DataFrame, called: pl.DataFrame) -> pl.DataFrame:
    renamed = frame.join(called, on=["sha256", "sheet"], how="left", maintain_order="left")
    return renamed.with_columns(pl.coalesce("public", "sheet").alias("sheet")).drop("public")


def sheet_names(
    sheets: pl.DataFrame, pattern: str | None, remembered: Mapping[str, str]
) -> pl.DataFrame:
    """[sha256, sheet, public] of the sheets [sha256, sheet] whose name must not be published.

    Where two of one file would be called alike they are numbered.
    """
    names = sheets.drop_nulls().unique().sort("sha256", "sheet")
    text = masked_texts.replaced(names["sheet"], remembered).to_list()
    public = mask_texts(text, pattern) if pattern is not None else text
    named = names.with_columns(public=pl.Series(public, dtype=pl.String))
    named = named.filter(pl.col("public") != pl.col("sheet"))
    number = pl.int_range(pl.len()).over("sha256", "public") + 1
    suffix = pl.when(number > 1).then(pl.format("·{}", number)).otherwise(pl.lit(""))
    return named.with_columns(public=pl.col("public") + suffix)
