"""The fact tables (design §3): one declaration, from which DDL and frames are made.

Every fact carries `upload_id` (text, = SHA-256 of the file + ":" + ledger sequence), `seq` (ledger
sequence number, decides supersession), `sheet`, `row`. The wide performance table and the
register take their columns from the sheet kinds: they are not written twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.sheets import kinds
from pipeline.sheets.declaration import Column

SQL_TYPE = {
    "code": "VARCHAR",
    "text": "VARCHAR",
    "count": "BIGINT",
    "money": "DECIMAL(18,2)",
    "number": "DOUBLE",
    "rate": "DOUBLE",
    "date": "DATE",
    "time": "TIME",
    "month": "VARCHAR",
    "year": "INTEGER",
    "yes_no": "BOOLEAN",
}
SOURCE = {"upload_id": "VARCHAR", "seq": "BIGINT", "sheet": "VARCHAR", "row": "INTEGER"}


@dataclass(frozen=True)
class FactTable:
    """`key` identifies a fact: of the accepted rows with one key, the highest `seq` is live."""

    id: str
    columns: dict[str, str]
    key: tuple[str, ...]


def _of(columns: tuple[Column, ...]) -> dict[str, str]:
    return {c.id: SQL_TYPE[c.type] for c in columns}


def _from_kind(kind: str, key: tuple[str, ...]) -> FactTable:
    declared = kinds()[kind]
    return FactTable(declared.table, SOURCE | _of(declared.columns), key)


def fact_tables() -> dict[str, FactTable]:
    """All fact tables by id. Long because it is a list: each table is declared here, once."""
    tables = [
        _from_kind("performance", ("branch_code", "month")),
        _from_kind("branches", ("branch_code",)),
        _from_kind("targets", ("branch_code", "year", "product")),
        _from_kind("plans", ("plan_id",)),
        _from_kind("action_ledger", ("issue_id",)),
        _from_kind("actions", ("issue_id",)),
        _from_kind("appeals", ("appeal_id",)),
        FactTable(
            "visit",
            SOURCE
            | {
                "visit_id": "VARCHAR",
                "branch_code": "VARCHAR",
                "round": "VARCHAR",
                "edition": "VARCHAR",
                "visit_date": "DATE",
                "time_in": "TIME",
                "time_out": "TIME",
                "shopper_id": "VARCHAR",
                "customer_role": "VARCHAR",
                "union_present": "BOOLEAN",
            },
            ("visit_id",),
        ),
        FactTable(
            "encounter",
            SOURCE | {"visit_id": "VARCHAR", "encounter": "INTEGER", "letter": "VARCHAR"},
            ("visit_id", "encounter"),
        ),
        FactTable(
            "answer",
            SOURCE
            | {
                "visit_id": "VARCHAR",
                "encounter": "INTEGER",
                "item_id": "VARCHAR",
                "answer": "DOUBLE",  # yes = 1, no = 0; level, count or minutes as given
                "not_applicable": "BOOLEAN",
                "reason": "VARCHAR",
                "cell": "VARCHAR",
            },
            ("visit_id", "encounter", "item_id"),
        ),
        FactTable(
            "column_map",
            {
                "upload_id": "VARCHAR",
                "seq": "BIGINT",
                "sheet": "VARCHAR",
                "column": "VARCHAR",  # column id; head field id for one-visit scorecards
                "letter": "VARCHAR",
                "row": "INTEGER",  # NULL: the fact's own row; given: a head field's row
            },
            ("upload_id", "sheet", "column"),
        ),
        FactTable(
            "quarantine",  # rows that an error kept out; the newest word on their key
            SOURCE | {"kind": "VARCHAR", "branch_code": "VARCHAR", "period": "VARCHAR"},
            ("kind", "branch_code", "period"),
        ),
        FactTable(
            "item_bridge",
            {
                "edition": "VARCHAR",
                "former_edition": "VARCHAR",
                "former_item": "VARCHAR",
                "relation": "VARCHAR",
                "item_id": "VARCHAR",
            },
            ("edition", "former_item", "item_id"),
        ),
        FactTable(
            "edition",
            {
                "edition": "VARCHAR",
                "instrument": "VARCHAR",
                "sha256": "VARCHAR",
                "body": "VARCHAR",  # the edition as JSON: what was used stays as it was used
                "first_used_seq": "BIGINT",
            },
            ("edition",),
        ),
        FactTable(
            "item",
            {
                "edition": "VARCHAR",
                "item_id": "VARCHAR",
                "section": "VARCHAR",
                "step": "VARCHAR",
                "role": "VARCHAR",
                "zone": "VARCHAR",
                "kind": "VARCHAR",
                "points": "DECIMAL(9,3)",
                "effect": "VARCHAR",
                "veto": "INTEGER",
                "zh": "VARCHAR",
                "en": "VARCHAR",
            },
            ("edition", "item_id"),
        ),
    ]
    return {t.id: t for t in tables}
