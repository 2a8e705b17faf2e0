"""Registers sent again: the newest row of a node holds as a whole, so whatever it changes is told.

A peer group, a parent, a day of introduction or of closing changes ranks, and a column that the
sheet lacks would be blank from then on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.sheets.declaration import Column
from pipeline.validation.replaced import listed, shown
from pipeline.validation.subject import Subject

_UNSAID = ("head", "email")  # of people: that it changed is told, not what it was
_NAMES = ("branch_name", "parent_name")  # beside their codes

# A warning: a former register that is read anew, corrected, is held against newer ones too.
LACKS = Rule(
    "register_lacks_column", "warning", "none",
    "本表没有这些列，而先前的《{kind}》里 {count} 行有值：{columns}。录入后这些行的这几列是空白，"
    "同类组、导入日期等缺失会改变名次。请补上这些列（不变的照填）后重报；确要清空可忽略。",
    "The sheet lacks columns of which {count} rows of the former {kind_en} hold values: "
    "{columns_en}. These rows are blank there from now on, and without peer group or day of "
    "introduction ranks change. Add these columns (with the values that stay) and send it again; "
    "ignore this if they are to be emptied.",
)  # fmt: skip
CHANGED = Rule(
    "register_changed", "warning", "none",
    "与先前的《{kind}》相比改动了 {lines} 行的 {count} 项（{changes}），录入后以本表为准，"
    "完成率和名次可能随之改变。请逐项核对；属实可忽略。",
    "Compared with the former {kind_en}, {count} entries in {lines} rows differ ({changes_en}); "
    "once taken this sheet counts, and attainment and ranks may change with it. Check each; ignore "
    "this if they are right.",
)  # fmt: skip


class _Told(NamedTuple):
    """What of a kind is compared: its table, the key, what was there before, whether values may be
    said."""

    table: str
    key: list[str]
    before: pl.DataFrame
    said: bool


def changed_entries(subject: Subject) -> list[Finding]:
    """Per workbook a warning of the columns that it empties, and one of what else it changes."""
    known = subject.known
    told = {
        "branches": _Told("branch", ["branch_code"], known.branches, True),
        "shoppers": _Told("shopper", ["shopper_id"], known.shoppers, False),
        "targets": _Told("target", ["branch_code", "year", "product_id"], known.targets, True),
    }.get(subject.kind.id)
    if told is None or not set(told.key) <= set(told.before.columns) or told.before.is_empty():
        return []
    own = subject.kept[told.table].drop_nulls(told.key)
    both = own.join(told.before, on=told.key, suffix="__was", maintain_order="left")
    parts = both.partition_by("file", "sheet", maintain_order=True)
    return [f for part in parts for f in _of_sheet(subject, told, part)]


def _of_sheet(subject: Subject, told: _Told, both: pl.DataFrame) -> Iterator[Finding]:
    place = both.select("file", "sheet").row(0)
    here = pl.struct("file", "sheet") == pl.struct(file=pl.lit(place[0]), sheet=pl.lit(place[1]))
    had = set(subject.parsed.column_map.filter(here)["column"])
    columns = [c for c in subject.kind.columns if f"{c.id}__was" in both.columns
               and c.id not in (*told.key, *_NAMES)]  # fmt: skip
    kind: dict[str, Any] = {"kind": subject.kind.zh, "kind_en": subject.kind.en}
    lost = [c for c in columns if c.id not in had and not c.derived
            and both[f"{c.id}__was"].null_count() < both.height]  # fmt: skip
    if lost:
        rows = both.select(pl.any_horizontal(pl.col(f"{c.id}__was").is_not_null() for c in lost))
        words: dict[str, Any] = {"count": int(rows.to_series().sum()), **kind}
        words["columns"] = "、".join(c.zh for c in lost)
        words["columns_en"] = ", ".join(c.en for c in lost)
        file, sheet = place
        yield LACKS.at(file, sheet, **words)
    if told.said:
        yield from _changes(subject, told, both, [c for c in columns if c.id in had], kind)


def _changes(
    subject: Subject, told: _Told, both: pl.DataFrame, columns: list[Column], kind: dict[str, Any]
) -> Iterator[Finding]:
    found: list[tuple[dict[str, Any], Column]] = [
        (row, c)
        for row in both.rows(named=True)
        for c in columns
        if row[c.id] != row[f"{c.id}__was"]
    ]
    if not found:
        return
    zh = [f"{_of(row, told)} {c.zh}{_was(row, c, '是', '否')}" for row, c in found]
    en = [f"{_of(row, told)} {c.en}{_was(row, c, 'yes', 'no')}" for row, c in found]
    words: dict[str, Any] = {"lines": len({row["row"] for row, _ in found}), "count": len(found)}
    first, column = found[0]
    finding = subject.places.at(CHANGED, column.id, first, **kind, **words,
                                **listed("changes", zh, en))  # fmt: skip
    if finding is not None:
        yield finding


def _of(row: dict[str, Any], told: _Told) -> str:
    return " ".join(str(row.get("product") if k == "product_id" else row[k]) for k in told.key)


def _was(row: dict[str, Any], column: Column, yes: str, no: str) -> str:
    if column.id in _UNSAID:
        return ""

    def plain(value: Any) -> str:
        if isinstance(value, bool):
            return yes if value else no
        return "—" if value is None else str(value) if isinstance(value, str | date) else shown(
            float(value)
        )  # fmt: skip

    return f" {plain(row[f'{column.id}__was'])} → {plain(row[column.id])}"
