"""Parsed sheets written by hand, and the cross-checks alone: no workbook, no expectations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import polars as pl

from pipeline.findings import Finding
from pipeline.sheets import kinds
from pipeline.validation.crossing import cross_findings
from pipeline.validation.subject import Subject
from pipeline.validation.world import KnownWorld
from pipeline.warehouse.schema import fact_tables

SHEET = "表"
_DTYPES = {
    "VARCHAR": pl.String, "BIGINT": pl.Int64, "INTEGER": pl.Int32, "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean, "DATE": pl.Date, "TIME": pl.Time, "DECIMAL(18,2)": pl.Decimal(18, 2),
}  # fmt: skip


@dataclass
class Parsed:
    """What parse hands over, as agreed."""

    kind: str
    tables: dict[str, pl.DataFrame]
    column_map: pl.DataFrame
    periods: dict[int, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def facts(table: str, rows: Sequence[Mapping[str, Any]], **source: Any) -> pl.DataFrame:
    """Rows of a fact table under its types; columns not given are null. `source`: its columns."""
    declared = fact_tables()[table].columns
    own = {c: _DTYPES[t] for c, t in declared.items() if c not in ("upload_id", "seq")}
    schema = {**dict(source), **own} if source else {"file": pl.UInt32, **own}
    frame = pl.DataFrame([{c: r.get(c) for c in schema} for r in rows], schema=schema, orient="row")
    return frame.with_columns(pl.col("row").cast(pl.Int64))


def placed(
    rows: Sequence[Mapping[str, Any]], file: int = 0, first: int = 2
) -> list[dict[str, Any]]:
    """The rows with file, sheet and row numbers from `first` on."""
    return [{"file": file, "sheet": SHEET, "row": first + n, **r} for n, r in enumerate(rows)]


def column_map(files: Mapping[int, Sequence[str]], head_row: int | None = None) -> pl.DataFrame:
    """Columns A, B, C … of each file."""
    rows = [
        (file, SHEET, column, chr(ord("A") + n), head_row)
        for file, columns in files.items()
        for n, column in enumerate(columns)
    ]
    schema = {"file": pl.UInt32, "sheet": pl.String, "column": pl.String, "letter": pl.String}
    return pl.DataFrame(rows, schema=schema | {"row": pl.Int64}, orient="row")


def parsed_list(
    kind: str,
    rows: Sequence[Mapping[str, Any]],
    columns: Sequence[str] | Mapping[int, Sequence[str]],
) -> Parsed:
    """A list kind; `columns` are those of the sheet, in order from A, for all files or per file."""
    files = sorted({r["file"] for r in rows})
    per_file = columns if isinstance(columns, Mapping) else dict.fromkeys(files, columns)
    table = kinds()[kind].table
    return Parsed(kind, {table: facts(table, rows)}, column_map(per_file))


def crossed(
    kind: str, parsed: Mapping[str, Parsed] | Parsed, told: Sequence[Finding] = (), **known: Any
) -> list[Finding]:
    """What the cross-checks say of one kind."""
    everything = {kind: parsed} if isinstance(parsed, Parsed) else parsed
    return cross_findings(Subject(everything, kind, kinds(), KnownWorld(**known), told))  # type: ignore[arg-type]


def said(findings: Sequence[Finding]) -> list[tuple[str, str | None]]:
    """(rule, cell) of each finding."""
    return [(f.rule, f.cell) for f in findings]


NODES = (
    ("37", "全省", "省行", None),
    ("3701", "甲州", "二级分行", "37"),
    ("370101", "云安", "支行", "3701"),
    ("37010101", "东门", "网点", "370101"),
    ("37010102", "西桥", "网点", "370101"),
    ("37010103", "南湖", "网点", "370101"),
    ("37010104", "北站", "网点", "370101"),
    ("3702", "乙州", "二级分行", "37"),
    ("37020001", "海滨", "网点", "3702"),
)
NODE_COLUMNS = ("branch_code", "branch_name", "level", "parent_code")


def nodes(changes: Mapping[str, Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The rows of a sound register, some changed."""
    found = [dict(zip(NODE_COLUMNS, n, strict=True)) for n in NODES]
    return [n | dict((changes or {}).get(str(n["branch_code"]), {})) for n in found]


def stored(table: str, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows as the warehouse gives them: with upload_id and seq in place of the file."""
    where = {"upload_id": "a:1", "seq": 1, "sheet": SHEET, "row": 2}
    frame = facts(table, [where | dict(r) for r in rows], upload_id=pl.String, seq=pl.Int64)
    return frame.with_columns(sha256=pl.lit("a"))


REGISTER = stored("branch", nodes())

VISIT = {
    "visit_id": "v1", "branch_code": "37010101", "round": "2026Q3", "edition": "covert-1",
    "visit_date": date(2026, 9, 1), "time_in": time(9, 30), "time_out": time(10, 5),
    "shopper_id": "S01", "customer_role": "普通客户", "union_present": True,
}  # fmt: skip
ANSWER = {
    "visit_id": "v1", "encounter": 0, "item_id": "ENV01", "answer": 1.0, "not_applicable": False,
    "cell": "D20",
}  # fmt: skip
HEADS = ("branch_code", "round", "visit_date", "time_in", "shopper_id")


def cards(visits: Sequence[Mapping[str, Any]], answers: Sequence[Mapping[str, Any]]) -> Parsed:
    """One-visit scorecards: heads in A3, B3 …, reasons in column F beside the items."""
    heads = column_map({v["file"]: HEADS for v in visits}, head_row=3)
    reasons = [(v["file"], SHEET, "reason", "F", None) for v in visits]
    both = pl.concat([heads, pl.DataFrame(reasons, schema=heads.schema, orient="row")])
    tables = {"visit": facts("visit", visits), "answer": facts("answer", answers)}
    return Parsed("scorecard", tables, both)


def card(file: int = 0, answer: Mapping[str, Any] | None = None, **head: Any) -> Parsed:
    """One card of one answer in one file."""
    visit = placed([VISIT | head], file)
    return cards(visit, placed([ANSWER | dict(answer or {})], file, 20))
