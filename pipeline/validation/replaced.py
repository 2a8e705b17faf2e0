"""Months that come again: which upload a sheet replaces, and how many figures differ."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from pipeline.findings import Finding, Rule
from pipeline.validation.subject import Subject

_NAMED = 3  # uploads, and changed figures, that a sentence names
_KEY = ["branch_code", "month"]

REPLACED = Rule(
    "month_replaced", "info", "none",
    "{month} 的 {branches} 个网点先前已报（编号 {uploads}），录入后以本表为准："
    "有 {count} 个数字与先前不同（{changes}）。若不是更正，请核对是否发错文件。",
    "{branches} branches of {month} were reported before (upload {uploads_en}); once taken, this "
    "sheet counts: {count} figures differ ({changes_en}). If it is no correction, check whether "
    "the wrong file was sent.",
)  # fmt: skip
SENT_AGAIN = Rule(
    "month_sent_again", "info", "none",
    "{month} 的 {branches} 个网点先前已报（编号 {uploads}），本表所报的数字与先前完全相同。",
    "{branches} branches of {month} were reported before (upload {uploads_en}); every figure of "
    "this sheet is as it was.",
)  # fmt: skip


def replaced_months(subject: Subject) -> list[Finding]:
    """One finding for each workbook and month of which something is stored already.

    Compared are the columns that the sheet has: what it lacks keeps its former value (see
    DECISIONS 9). Rows that are not taken replace nothing.
    """
    stored, sent = subject.known.performance, subject.known.sent
    if subject.kind.table != "performance" or stored.is_empty() or sent.is_empty():
        return []
    known = stored.join(sent, on=_KEY, how="semi")
    again = subject.kept["performance"].join(known, on=_KEY, how="semi", maintain_order="left")
    parts = again.partition_by("file", "sheet", "month", as_dict=True, maintain_order=True)
    return [_of_one(subject, own) for own in parts.values()]


def _of_one(subject: Subject, rows: pl.DataFrame) -> Finding:
    file, sheet, month = rows.select("file", "sheet", "month").row(0)
    changed = _changed(subject, rows, _columns(subject, file, sheet))
    uploads = _uploads(subject, rows)
    words = {
        "month": month,
        "branches": rows.height,
        "count": len(changed),
        **listed("uploads", uploads),
        **listed("changes", [zh for zh, _ in changed], [en for _, en in changed]),
    }
    return (REPLACED if changed else SENT_AGAIN).at(file, sheet, **words)


def _columns(subject: Subject, file: int, sheet: str) -> list[str]:
    """The columns of figures that this sheet has."""
    own = subject.parsed.column_map.filter((pl.col("file") == file) & (pl.col("sheet") == sheet))
    stored, figures = subject.known.performance.columns, {"count", "money", "number", "rate"}
    known = {c.id for c in subject.kind.columns if c.type in figures and c.id in stored}
    return [c for c in own["column"].unique(maintain_order=True) if c in known]


def _changed(subject: Subject, rows: pl.DataFrame, columns: Sequence[str]) -> list[tuple[str, str]]:
    """Each figure that is another one now, in both languages: branch, column, was → is."""
    if not columns:
        return []
    numbers = [pl.col(c).cast(pl.Float64) for c in columns]
    before = subject.known.performance.select(*_KEY, *(n.name.suffix("__was") for n in numbers))
    both = rows.select(*_KEY, *numbers).join(before, on=_KEY, maintain_order="left")
    names = {c.id: c for c in subject.kind.columns}
    found = []
    for column in columns:
        unlike = both.filter(pl.col(column).ne_missing(pl.col(f"{column}__was")))
        for code, was, now in unlike.select("branch_code", f"{column}__was", column).iter_rows():
            told = f"{shown(was)} → {shown(now)}"
            found.append((f"{code} {names[column].zh} {told}", f"{code} {names[column].en} {told}"))
    return found


def _uploads(subject: Subject, rows: pl.DataFrame) -> list[str]:
    """The numbers, as `ingest` shows them, of the newest uploads of these branches and months."""
    sent = subject.known.sent.join(rows.select(_KEY), on=_KEY, how="semi")
    newest = sent.sort("seq").unique(_KEY, keep="last")
    return newest["upload_id"].str.slice(0, 8).unique().sort().to_list()


def listed(slot: str, zh: Sequence[str], en: Sequence[str] | None = None) -> dict[str, str]:
    """The words {slot} and {slot}_en: the first few of a list."""
    more = ["…"] if len(zh) > _NAMED else []
    english = zh if en is None else en
    return {
        slot: "、".join([*zh[:_NAMED], *more]),
        f"{slot}_en": ", ".join([*english[:_NAMED], *more]),
    }


def shown(value: float | None) -> str:
    """A figure as a sentence gives it."""
    return "—" if value is None else f"{value:,.10g}" if abs(value) < 1e9 else f"{value:,.2f}"
