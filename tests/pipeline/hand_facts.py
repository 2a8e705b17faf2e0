"""A small province by hand: one city with a sub-branch of two branches, one direct branch."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.warehouse.schema import fact_tables

FILE_A, FILE_B = "a" * 64, "b" * 64
TYPES: dict[str, Any] = {
    "VARCHAR": pl.String,
    "BIGINT": pl.Int64,
    "INTEGER": pl.Int32,
    "DOUBLE": pl.Float64,
    "BOOLEAN": pl.Boolean,
    "DATE": pl.Date,
    "TIME": pl.Time,
    "DECIMAL(18,2)": pl.Decimal(18, 2),
    "DECIMAL(9,3)": pl.Decimal(9, 3),
}


def live(table: str, rows: list[dict[str, Any]], seq: int = 1) -> pl.DataFrame:
    """A frame as the warehouse hands it out: with upload id, ledger number and SHA-256."""
    schema = {c: TYPES[t] for c, t in fact_tables()[table].columns.items()}
    if "upload_id" not in schema:
        return pl.DataFrame(rows, schema=schema)
    sent = [
        {"sheet": "表", "row": 3 + i, "seq": seq, "sha256": FILE_A} | r for i, r in enumerate(rows)
    ]
    sent = [{"upload_id": f"{r['sha256']}:{r['seq']}"} | r for r in sent]
    return pl.DataFrame(sent, schema=schema | {"sha256": pl.String})


def node(code: str, level: str, parent: str | None, group: str | None = None) -> dict[str, Any]:
    return {
        "branch_code": code,
        "branch_name": f"机构{code}",
        "level": level,
        "parent_code": parent,
        "peer_group": group,
        "opened": date(2010, 1, 1),
        "head": "某某",
    }


REGISTER = [
    node("01", "省行", None),
    node("0101", "二级分行", "01"),
    node("010101", "支行", "0101"),
    node("01010101", "网点", "010101", "甲"),
    node("01010102", "网点", "010101", "乙"),
    node("0199", "省行直管机构", "01"),
    node("019901", "网点", "0199", "甲"),
]


def month_row(code: str, month: str, **values: Any) -> dict[str, Any]:
    money = {"income": Decimal("100.00")}
    return {"branch_code": code, "month": month, "served": 100, "spoken": 50, **money, **values}


def letters(sha256: str, columns: dict[str, str], sheet: str = "表") -> list[dict[str, Any]]:
    """Rows of the column map: where each column stands. No row: the fact's own."""
    own = {"sha256": sha256, "sheet": sheet, "row": None}
    return [own | {"column": c, "letter": x} for c, x in columns.items()]
