"""Rules between two columns of a month that came in two sheets (DECISIONS 9).

The office's sheet says how many business days a branch had, the branch's how many morning
meetings: neither row can tell alone. Held against each other are the columns of the newer sheet
and what the month held before it; the newer sheet's cell is the one that is told.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.sheets.declaration import Column, Comparison
from pipeline.validation.checks import names, plain
from pipeline.validation.subject import Subject

_KEY = ["branch_code", "month"]
_ELSEWHERE_ZH = "{said}（本表“{column}”为 {value}，先前另一张表的“{other_column}”为 {other}）"
_ELSEWHERE_EN = (
    "{said_en} ({column_en} is {value} here, {other_column_en} was {other} in another sheet before)"
)
MERGED = Rule(
    "comparison_merged", "error", "row",
    _ELSEWHERE_ZH + "若错在另一张表，请先更正并重报那张表，再重报本表。",
    _ELSEWHERE_EN + " If the other sheet is wrong, send it corrected first, then this one again.",
)  # fmt: skip
MERGED_DOUBT = Rule(
    "comparison_merged_doubt", "warning", "none", _ELSEWHERE_ZH, _ELSEWHERE_EN,
)  # fmt: skip


def merged_findings(subject: Subject) -> list[Finding]:
    """Comparisons of which only one side is in the sheet, against the month as it was."""
    if subject.kind.table != "performance" or not subject.kind.comparisons:
        return []
    rows = subject.kept["performance"].drop_nulls(_KEY)
    has = _columns_of(subject)
    found: list[Finding] = []
    for rule in subject.kind.comparisons:
        for own, other in ((rule.left, rule.right), (rule.right, rule.left)):
            found += _one_side(subject, rows, has, rule, own, other)
    return found


def _columns_of(subject: Subject) -> pl.DataFrame:
    """[file, sheet, columns: list of column ids] of each sheet."""
    known = subject.parsed.column_map.group_by("file", "sheet").agg(columns=pl.col("column"))
    return known.with_columns(pl.col("file").cast(pl.UInt32))


def _one_side(
    subject: Subject, rows: pl.DataFrame, has: pl.DataFrame, rule: Comparison, own: str, other: str
) -> Iterator[Finding]:
    if own not in rows.columns:
        return
    with_own, with_other = (pl.col("columns").list.contains(c) for c in (own, other))
    lacking = rows.join(has.filter(with_own & ~with_other), on=["file", "sheet"], how="semi")
    lacking = lacking.drop_nulls(own)
    if lacking.is_empty():
        return
    before = _before(subject, rows, has.filter(with_other), other)
    met = lacking.join(before, on=_KEY).filter(pl.col("since") < pl.col("file").cast(pl.Int64))
    latest = met.sort("since").unique([*_KEY, "file"], keep="last").sort("file", "row")
    mine, theirs = pl.col(own), pl.col("__other")
    wrong = latest.filter(mine > theirs if own == rule.left else theirs > mine)
    for row in wrong.rows(named=True):
        finding = _told(subject, row, rule, subject.kind.column(own), subject.kind.column(other))
        if finding is not None:
            yield finding


def _before(subject: Subject, rows: pl.DataFrame, has: pl.DataFrame, column: str) -> pl.DataFrame:
    """[branch_code, month, __other, since] of the store (since -1) and of this run's sheets."""
    parts = []
    for frame, since in ((subject.known.performance, pl.lit(-1)), (rows, pl.col("file"))):
        if {*_KEY, column} <= set(frame.columns):
            if frame is rows:
                frame = rows.join(has, on=["file", "sheet"], how="semi")
            parts.append(
                frame.select(*_KEY, __other=column, since=since.cast(pl.Int64)).drop_nulls()
            )
    return pl.concat(parts, how="vertical_relaxed")


def _told(
    subject: Subject, row: dict[str, object], rule: Comparison, own: Column, other: Column
) -> Finding | None:
    words = names(own) | {"said": rule.zh, "said_en": rule.en}
    words |= {"other_column": other.zh, "other_column_en": other.en}
    words |= {"value": plain(row[own.id]), "other": plain(row["__other"])}
    rule_ = MERGED if rule.severity == "error" else MERGED_DOUBT
    return subject.places.at(rule_, own.id, row, **words)
