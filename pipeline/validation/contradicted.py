"""Months of which two files of one run tell different figures: the later in path order counts.

Which that is no clerk can see: 业绩-更正.xlsx comes before 业绩.xlsx. So both are told.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.validation.replaced import listed, shown
from pipeline.validation.subject import Subject

_KEY = ["branch_code", "month"]
_FIGURES = {"count", "money", "number", "rate"}

_ZH = (
    "本次报送的另一个文件也报了 {month} 的 {branches} 个网点，有 {count} 个数字不同（{changes}）："
)
_EN = (
    "Another file of this sending tells of {branches} branches of {month} too, and {count} figures "
    "differ ({changes_en}): "
)
OVERRULED = Rule(
    "month_overruled", "warning", "none",
    _ZH + "以那个文件为准（同次报送按文件名先后，后者为准），本文件的这些数字不作数。"
    "若本文件才是更正，请单独重报本文件。",
    _EN + "that file counts (in one sending the later by name does), and these figures of "
    "this one do not. If this one is the correction, send it again by itself.",
)  # fmt: skip
OVERRULES = Rule(
    "month_overrules", "warning", "none",
    _ZH + "以本文件为准（同次报送按文件名先后，后者为准）。"
    "若那个文件才是更正，请单独重报那个文件。",
    _EN + "this one counts (in one sending the later by name does). If that one is the "
    "correction, send it again by itself.",
)  # fmt: skip


def contradicted_months(subject: Subject) -> list[Finding]:
    """One warning for each of the workbooks and months, at the first figure that differs."""
    if subject.kind.table != "performance":
        return []
    rows = subject.kept["performance"].drop_nulls(_KEY)
    rows = rows.filter(pl.col("file").n_unique().over(_KEY) > 1)
    if rows.is_empty():
        return []
    said = _said(subject, rows)
    last = said.unique([*_KEY, "column"], keep="last", maintain_order=True)
    pairs = said.join(last, on=[*_KEY, "column"], suffix="_last", maintain_order="left").filter(
        pl.col("file") != pl.col("file_last"), pl.col("value").ne_missing(pl.col("value_last"))
    )
    late = [pl.col(f"{c}_last").alias(c) for c in ("file", "sheet", "row")]
    return [*_told(subject, OVERRULED, pairs), *_told(subject, OVERRULES, pairs.with_columns(late))]


def _said(subject: Subject, rows: pl.DataFrame) -> pl.DataFrame:
    """file, sheet, row, branch_code, month, column, value of every figure that a sheet has a column
    for, in the order in which the files are taken."""
    figures = [c.id for c in subject.kind.columns if c.type in _FIGURES and c.id in rows.columns]
    place = ["file", "sheet", "row", *_KEY]
    numbers = rows.select(*place, pl.col(figures).cast(pl.Float64))
    long = numbers.unpivot(figures, index=place, variable_name="column", value_name="value")
    had = subject.parsed.column_map.select("file", "sheet", "column").unique()
    own = long.join(had, on=["file", "sheet", "column"], how="semi")
    order = {c: n for n, c in enumerate(figures)}
    own = own.with_columns(at=pl.col("column").replace_strict(order, return_dtype=pl.Int32))
    return own.sort("file", "row", "at").drop("at")


def _told(subject: Subject, rule: Rule, pairs: pl.DataFrame) -> Iterator[Finding]:
    names = {c.id: c for c in subject.kind.columns}
    for own in pairs.partition_by("file", "month", maintain_order=True):
        first = own.row(0, named=True)
        figures = [
            (f"{code} {names[c].zh} {shown(was)} → {shown(now)}",
             f"{code} {names[c].en} {shown(was)} → {shown(now)}")
            for code, c, was, now in own.select(
                "branch_code", "column", "value", "value_last"
            ).iter_rows()
        ]  # fmt: skip
        words = {"month": first["month"], "branches": own["branch_code"].n_unique(),
                 "count": own.height}  # fmt: skip
        changes = listed("changes", [zh for zh, _ in figures], [en for _, en in figures])
        finding = subject.places.at(rule, first["column"], first, **words, **changes)
        if finding is not None:
            yield finding
